"""What a project's addresses, contacts, forges and numbers may look like."""

HOMEPAGES = ["http://127.0.0.1:8000/a?b=c#d", "http://[::1]/", "http://a_b.com", "http://user@example.com"]
HOMEPAGES += [
    "HTTP://EXAMPLE.COM",
    "http://localhost",
    "http://a.com:99999",
    "http://a.com:",
    "http://a..com",
    "ftp://a.com",
]
CONTACTS = ["a.b+c@example.com", "x" * 65 + "@example.com", "a@example.c", "a@ex_ample.com", "a@[127.0.0.1]"]
CONTACTS += [
    "a..b@example.com",
    "x@example.test",
    "ä@example.com",
    "a@example.com.",
    "Name <a@example.com>",
    "a@localhost",
]
FORGES = [
    "https://github.com/a/b",
    "a b",
    ["a", "https://b/c"],
    "ftp://x/y/z?q=1#f",
    "//x/y",
    "github.com/a?b",
    "mailto:x@y",
]
REPOS = [
    "copr://alice/none",
    "copr://alice",
    "copr://alice/values/x",
    "copr://@g/x",
    "http://x y",
    ["http://a", "http://b"],
]
NUMBERS = [720, 721, -1, "5", " 5 ", "5.0", "+5", "", 1.9, True]
TYPES = ["application/json", "text/plain", "application/vnd.api+json", "application/x-www-form-urlencoded"]


def run(h):
    h.alice.project("values")

    def edit(**body):
        return h.alice.put("/project/edit/{}/{}", "alice", "values", json=body)

    for address in HOMEPAGES:
        edit(homepage=address)
    for address in CONTACTS:
        edit(contact=address)
    for forge in FORGES:
        edit(packit_forge_projects_allowed=forge)
    for repo in REPOS:
        edit(additional_repos=repo)
        edit(runtime_dependencies=repo)
    for number in NUMBERS:
        edit(delete_after_days=number)
        edit(repo_priority=number)
    edit(chroots=[None])
    edit(chroots="fedora-40-x86_64")
    for kind in TYPES:
        headers = {"Content-Type": kind}
        for body in (b'{"description": "as JSON"}', b"description=as+a+form", b"[]", b"{"):
            h.alice.put("/project/edit/{}/{}", "alice", "values", data=body, headers=headers)
    part = {"json": ("json", b'{"description": "in a part"}')}
    h.alice.put("/project/edit/{}/{}", "alice", "values", files=part, note="a file like any other here")
    h.alice.put("/project/edit/{}/{}", "alice", "values")

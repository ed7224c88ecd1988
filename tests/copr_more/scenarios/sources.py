"""Where builds and packages come from: fields that are special, and how lists stand for one value."""

SCM = [{"spec": "a.specx"}, {"spec": " a.spec "}, {"source_build_method": "tito", "srpm_build_method": "rpkg"}]
SCM += [{"scm_type": "svn"}, {"clone_url": "git@a.com:x"}, {"clone_url": "https://user:pw@a.com/x"}, {"committish": 5}]
PYPI = [
    {"pypi_package_name": ["a", "b"]},
    {"pypi_package_name": []},
    {"pypi_package_name": 5},
    {"python_versions": [None]},
]
PYPI += [{"python_versions": "3"}, {"python_versions": ["3", "2"]}, {"timeout": [60, 70]}, {"spec_template": None}]
CUSTOM = [
    {"script": "a\r\nb\r\n"},
    {"script": "x" * 4097},
    {"chroot": "fedora-latest-aarch64"},
    {"builddeps": ["a", "b"]},
]
CUSTOM += [{"repos": "copr://alice/none"}, {"resultdir": " out "}]
DISTGIT = [{"package_name": "a b"}, {"namespace": "forks/x/../y/"}, {"distgit": "Fedora"}, {"package_name": 0}]
URL = [{"pkgs": "http://a/b.src.rpm?x=1"}, {"pkgs": "http://a/b?x.src.rpm"}, {"pkgs": ["http://a/b.spec", "bad"]}]
URL += [{"pkgs": "http://a/b.spec http://a/c.nosrc.rpm"}, {"pkgs": "http://[/b.src.rpm"}]
DENIED = ["epel-*", ",", " epel-* , ", "epel-*;x", "nothing-*", ["epel-*", "fedora-4*"]]


def run(h):
    h.alice.project("sources", chroots=["fedora-40-x86_64", "epel-9-x86_64"])

    def build(kind, body, options):
        for option in options:
            sent = {"ownername": "alice", "projectname": "sources", **body, **option}
            made = h.alice.post("/build/create/" + kind, json=sent)
            h.anon.get("/build/source-build-config/{}", made.id or made.get("items", 0, "id"))

    build("scm", {"clone_url": "https://a.com/x.git"}, SCM)
    build("pypi", {"pypi_package_name": "requests"}, PYPI)
    build("custom", {"script": "true"}, CUSTOM)
    build("distgit", {"package_name": "bash"}, DISTGIT)
    build("url", {}, URL)

    body = {"package_name": "gem", "gem_name": "x", "timeout": 99}
    h.alice.post("/package/add/{}/{}/{}/{}", "alice", "sources", "gem", "rubygems", json=body)
    for patterns in DENIED:
        change = {"package_name": "gem", "chroot_denylist": patterns}
        h.alice.post("/package/edit/{}/{}/{}/{}", "alice", "sources", "gem", "rubygems", json=change)
    for option in ({}, {"timeout": None}, {"timeout": ""}, {"timeout": 0}, {"package_name": " gem "}):
        sent = {"ownername": "alice", "projectname": "sources", "package_name": "gem", **option}
        made = h.alice.post("/package/build", json=sent)
        h.anon.get("/build/source-build-config/{}", made.id)
    for name in (" gem ", ["gem"], 5, None):
        h.alice.put("/package/reset", json={"ownername": "alice", "projectname": "sources", "package_name": name})

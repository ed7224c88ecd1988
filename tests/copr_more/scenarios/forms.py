"""Forms where clients usually send JSON, and bodies that are neither."""

BODIES = [(b"[]", "application/json"), (b"{", "application/json"), (b"", "application/json"), (b"x=1", "text/plain")]
PROJECT = {"ownername": "alice", "projectname": "forms"}
REQUESTS = [
    ("POST", "/project/add/alice", {"name": "forms2", "chroots": "fedora-40-x86_64"}),
    ("PUT", "/project/edit/alice/forms", {"description": "x", "enable_net": "true"}),
    ("POST", "/project/fork/alice/forms", {"name": "fork", "ownername": "alice"}),
    ("PUT", "/project/permissions/request/alice/forms", {"builder": "true"}),
    ("PUT", "/project-chroot/edit/alice/forms/fedora-40-x86_64", {"with_opts": "a b", "additional_modules": "a:1"}),
    ("POST", "/package/add/alice/forms/p/rubygems", {"package_name": "p", "gem_name": "x", "webhook_rebuild": "on"}),
    ("PUT", "/package/reset", {**PROJECT, "package_name": "p"}),
    ("POST", "/package/build", {**PROJECT, "package_name": "p"}),
    ("POST", "/build/create/url", {**PROJECT, "pkgs": "http://a/b.src.rpm http://a/c.src.rpm"}),
    ("POST", "/build/create/pypi", {**PROJECT, "pypi_package_name": "x", "python_versions": ["3", "2"]}),
    ("POST", "/build/check-before-build", {**PROJECT, "chroots": "epel-9-x86_64"}),
    ("DELETE", "/build/delete/list", {"builds": "5"}),
    ("DELETE", "/project/delete/alice/fork", {"verify": "true"}),
]


def run(h):
    h.alice.project("forms")
    for method, path, fields in REQUESTS:
        h.alice.call(method, path, data=fields)
        h.bob.call(method, path, data=fields, files={"more": ("name", b"content")})
        for body, kind in BODIES:
            h.alice.call(method, path, data=body, headers={"Content-Type": kind})
        h.alice.call(method, path, params=fields)

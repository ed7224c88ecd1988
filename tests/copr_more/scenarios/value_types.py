"""Fields of projects, chroots, builds and packages with values of every JSON type: which are taken, and as what."""

VALUES = [0, True, False, ["a"]]
PROJECT = ["description", "homepage", "additional_repos", "devel_mode", "use_bootstrap_container", "bootstrap"]
PROJECT += ["packit_forge_projects_allowed", "repo_priority", "storage", "delete_after_days", "name"]
CHROOT = ["additional_packages", "additional_modules", "module_toggle", "bootstrap_image", "delete_comps"]
BUILD = ["timeout", "enable_net", "background", "project_dirname", "chroots", "package_name", "chroot_denylist"]
PACKAGE = ["webhook_rebuild", "max_builds", "chroot_denylist", "gem_name"]


def run(h):
    h.alice.project("types")
    number = 0
    for field in PROJECT:
        for value in VALUES:
            number += 1
            body = {"name": f"types{number}", "chroots": ["fedora-40-x86_64"], field: value}
            h.alice.post("/project/add/{}", "alice", json=body)
    for field in ("devel_mode", "additional_repos", "use_bootstrap_container"):
        number += 1
        body = {"name": f"types{number}", "chroots": ["fedora-40-x86_64"], field: {"a": 1}}
        h.alice.post("/project/add/{}", "alice", json=body)
    for chroots in ("", 0, False, {}, [], None):
        h.alice.post("/project/add/{}", "alice", json={"name": "none", "chroots": chroots})
    for field in CHROOT:
        for value in VALUES:
            h.alice.put("/project-chroot/edit/{}/{}/{}", "alice", "types", "fedora-40-x86_64", json={field: value})
    build = {"ownername": "alice", "projectname": "types", "gem_name": "rails"}
    for field in BUILD:
        for value in VALUES:
            h.alice.post("/build/create/rubygems", json={**build, field: value})
    for field in PACKAGE:
        for value in VALUES:
            number += 1
            name = f"p{number}"
            body = {"package_name": name, "gem_name": "x", field: value}
            h.alice.post("/package/add/{}/{}/{}/{}", "alice", "types", name, "rubygems", json=body)

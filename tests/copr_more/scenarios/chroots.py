"""A project's chroots: patterns and denylists choose among them, settings stay when they go and return."""

CHROOTS = ["fedora-40-x86_64", "epel-9-x86_64", "epel-9-aarch64"]
DENIED = {"one": "epel-9-*", "two": "fedora-*, epel-*", "three": "*-aarch64"}
CHOICES = [{}, {"chroots": ["epel-9-x86_64"]}, {"exclude_chroots": ["*-x86_64"]}, {"exclude_chroots": ["*"]}]
PROJECT = [
    {"delete_after_days": 3},
    {"devel_mode": True},
    {"bootstrap": "off"},
    {"repo_priority": 99},
    {"repo_priority": 5},
]
PROJECT += [{"module_hotfixes": True}, {"additional_repos": ["http://q/$basearch?priority=7"]}, {"isolation": "nspawn"}]
SETTINGS = {"additional_packages": ["a"], "with_opts": ["w"], "additional_modules": ["m:1"], "isolation": "simple"}


def run(h):
    h.alice.project("chroots", chroots=CHROOTS)
    where = {"ownername": "alice", "projectname": "chroots"}
    chroot = {**where, "chrootname": "epel-9-x86_64"}
    address = ("/project-chroot/edit/{}/{}/{}", "alice", "chroots", "epel-9-x86_64")

    h.alice.put(*address, json=SETTINGS)
    h.alice.put(*address, json={"bootstrap": "custom_image", "additional_repos": "bad"})
    for name, denied in DENIED.items():
        body = {"package_name": name, "gem_name": name, "chroot_denylist": denied}
        h.alice.post("/package/add/{}/{}/{}/{}", "alice", "chroots", name, "rubygems", json=body)
        for choice in CHOICES:
            build = h.alice.post("/package/build", json={**where, "package_name": name, **choice})
            h.anon.get("/build-chroot/list", params={"build_id": build.id})
            h.alice.put("/build/cancel/{}", build.id, record=False)
            h.alice.delete("/build/delete/{}", build.id, record=False)

    build = h.alice.post("/build/create/rubygems", json={**where, "gem_name": "x", "chroots": ["epel-9-x86_64"]})
    h.alice.put("/build/cancel/{}", build.id)
    fewer = {"chroots": ["fedora-40-x86_64"]}
    h.alice.put("/project/edit/{}/{}", "alice", "chroots", json=fewer, note="what was cancelled still holds it")
    h.alice.put("/project/edit/{}/{}", "alice", "chroots", json={**fewer, "auto_prune": False})
    h.alice.delete("/build/delete/{}", build.id)
    h.alice.put("/project/edit/{}/{}", "alice", "chroots", json=fewer)
    h.anon.get("/project-chroot", params=chroot)
    h.anon.get("/rpmrepo/alice/chroots/epel-9")
    h.alice.put("/project/edit/{}/{}", "alice", "chroots", json={"chroots": CHROOTS})
    h.anon.get("/project-chroot/build-config", params=chroot)
    for change in PROJECT:
        h.alice.put("/project/edit/{}/{}", "alice", "chroots", json=change)
        h.anon.get("/project-chroot/build-config", params=chroot)
    h.anon.get("/rpmrepo/alice/chroots/epel-9")

"""The repositories that a project offers: multilib, priorities, what else it needs, addresses that miss."""

RELEASES = ["fedora-40", "fedora-rawhide", "epel-9", "epel-8", "fedora-40-x86_64", "fedora"]


def run(h):
    h.alice.project("needed", chroots=["fedora-40-x86_64"])
    h.alice.project(
        "repos",
        chroots=["fedora-40-x86_64", "fedora-rawhide-x86_64", "epel-9-x86_64", "epel-9-aarch64"],
        multilib=True,
        runtime_dependencies="copr://alice/needed http://ext/$chroot/$basearch?priority=4",
        repo_priority=3,
        module_hotfixes=True,
    )
    h.anon.get("/rpmrepo/{}/{}/{}", "alice", "repos", "fedora-40")
    for release in RELEASES:
        for query in ({}, {"arch": "x86_64"}, {"arch": "aarch64"}):
            h.anon.get("//coprs/{}/{}/repo/{}/x.repo", "alice", "repos", release, params=query)
    h.anon.get("//coprs/alice/repos/repo/fedora-40")
    h.anon.get("//coprs/g/nobody/repos/repo/fedora-40/")
    h.alice.delete("/project/delete/{}/{}", "alice", "needed", json={"verify": True})
    h.anon.get("/rpmrepo/{}/{}/{}", "alice", "repos", "fedora-40")
    h.anon.get("//coprs/{}/{}/repo/{}/", "alice", "repos", "fedora-40")

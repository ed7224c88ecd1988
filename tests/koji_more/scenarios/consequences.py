"""What follows from a step elsewhere: mails about builds of every kind, the history of a copied tag."""

KINDS = {
    "build": ["git://e/pkg#1", "tg"],
    "maven": ["git://e/pkg#1", "tg", {}],
    "winbuild": ["vm", "git://e/pkg#1", "tg"],
    "image": ["pkg", "1", ["x86_64"], "tg", "inst"],
    "sleep": [1],
}


def run(h):
    h.builder.host.updateHost(0.0, True)
    h.admin.createTag("base", arches="x86_64")
    h.admin.createTag("bt", parent="base", arches="x86_64")
    h.admin.createBuildTarget("tg", "bt", "bt")
    for method, arguments in KINDS.items():
        told(h, method, arguments)
    copied(h)


def told(h, method, arguments):
    """A build that a task of some kind makes and fails, and who hears of it."""
    task = h.admin.makeTask(method, arguments)
    h.admin.assignTask(task, "kojibuilder.local")
    h.builder.host.openTask(task)
    nvr = {"name": "pkg", "version": "1", "release": method, "epoch": None, "task_id": task}
    build = h.builder.host.initBuild(nvr)
    h.builder.host.failBuild(task, build)
    h.admin.listTasks({"method": "buildNotification", "decode": True}, {"order": "-id", "limit": 1})


def copied(h):
    for place in ("base far", "bt near", "base near", "bt last", "bt gone"):
        h.admin.packageListAdd(*place.split(), owner="kojiuser")
    h.admin.packageListBlock("bt", "gone")
    for name in ("far", "near", "last"):
        h.admin.tagBuildBypass("bt", h.admin.createEmptyBuild(name, "1", "1", None))
    for latest in (True, False):
        h.admin.snapshotTag("bt", f"copy-{latest}", latest_only=latest)
        for table in ("tag_packages", "tag_package_owners", "tag_listing"):
            h.admin.queryHistory(tables=[table], tag=f"copy-{latest}")

"""A tag that is inherited twice, with a package filter and without, read at each moment of its making."""

PLAIN = {"maxdepth": None, "intransitive": False, "noconfig": False, "pkg_filter": ""}


def run(h):
    known, moments = grow(h.admin)
    for event in (*moments, None):
        read(h.admin, "top", event)
        h.admin.getBuildTarget("target", event=event)
        h.admin.listExternalRepos(event=event)
    for event in moments:
        h.admin.tagFirstChangeEvent("top", after=event)
        h.admin.tagLastChangeEvent("top", before=event)
        h.admin.tagChangedSinceEvent(event, [known["base"]])
    for what in (
        {"package": "p"},
        {"build_target": "target"},
        {"external_repo": "outside"},
        {"group": "build"},
        {"tag": "top"},
    ):
        h.admin.queryHistory(**what)
        h.admin.queryHistory(active=True, **what)


def grow(admin):
    known = {name: admin.createTag(name, arches="x86_64") for name in ("base", "middle", "top")}
    moments = []
    for step in (packages, builds, links, settings, outside, end):
        step(admin, known)
        moments.append(admin.getLastEvent()["id"])
    return known, moments


def packages(admin, known):
    for name in ("p", "q"):
        admin.packageListAdd("base", name, "kojiuser")
    admin.packageListAdd("middle", "r", "kojiadmin")


def builds(admin, known):
    for tag, name in (("base", "p"), ("base", "q"), ("middle", "r"), ("base", "p"), ("base", "q")):
        version = str(admin.getNextRelease({"name": name, "version": "1"}))
        admin.createEmptyBuild(name, "1", version, None)
        admin.tagBuildBypass(tag, f"{name}-1-{version}")
    admin.untagBuildBypass("base", "p-1-1")
    admin.tagBuildBypass("base", "p-1-1")


def links(admin, known):
    base, middle = known["base"], known["middle"]
    admin.setInheritanceData("middle", [{**PLAIN, "parent_id": base, "priority": 1}])
    admin.setInheritanceData("top", [{**PLAIN, "parent_id": base, "priority": 1, "pkg_filter": "^p", "maxdepth": 0}])
    admin.setInheritanceData("top", [{**PLAIN, "parent_id": middle, "priority": 2}])


def settings(admin, known):
    admin.packageListBlock("middle", "q")
    admin.packageListSetOwner("base", "p", "kojiadmin")
    admin.editTag2("base", arches="i686", extra={"x": 1}, locked=True)
    admin.editTag2("middle", block_extra=["x"])
    admin.groupListAdd("base", "build")
    admin.groupPackageListAdd("base", "build", "bash")
    admin.groupPackageListBlock("middle", "build", "bash")


def outside(admin, known):
    admin.createBuildTarget("target", "top", "base")
    admin.editBuildTarget("target", "target", "middle", "base")
    admin.createExternalRepo("outside", "http://example.com/")
    admin.addExternalRepoToTag("base", "outside", 1)
    admin.editExternalRepo("outside", url="http://example.com/new/")


def end(admin, known):
    admin.packageListUnblock("middle", "q")
    admin.editTag2("base", remove_extra=["x"], locked=False)
    admin.removeExternalRepoFromTag("base", "outside")
    admin.deleteBuildTarget("target")
    admin.deleteTag("middle")


def read(admin, tag, event):
    admin.getBuildConfig(tag, event=event)
    admin.getFullInheritance(tag, event=event)
    admin.listTagged(tag, event=event, inherit=True)
    admin.listTagged(tag, event=event, inherit=True, latest=2)
    admin.getLatestBuilds(tag, event=event)
    admin.listTaggedRPMS(tag, event=event, inherit=True)
    admin.listPackages(tag, event=event, inherited=True, with_dups=True)
    admin.getExternalRepoList(tag, event=event)
    admin.getTagGroups(tag, event=event)

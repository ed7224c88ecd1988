"""Builds through their states: recycled, cancelled, deleted, reset, refunded; and what each leaves."""

from tests.koji_more.questions import product

NVR = {"name": "pkg", "version": "1", "release": "1", "epoch": None}
WAYS = ["pkg-1-1", {"name": "pkg", "version": None, "release": "1"}, "no-such-1-1", 99999, None, "", [], True]


def run(h):
    h.builder.host.updateHost(0.0, True)
    h.admin.createTag("t", arches="x86_64")
    h.admin.createBuildTarget("tg", "t", "t")
    h.admin.packageListAdd("t", "pkg", owner="kojiuser")
    kinds(h)
    task = h.user.build("git://x/pkg#1", "tg")
    h.admin.assignTask(task, "kojibuilder.local")
    h.builder.host.openTask(task)
    under_way(h, task)
    reserved(h)
    named(h)


def kinds(h):
    """A build's type goes when it is begun anew."""
    maven = {"group_id": "g", "artifact_id": "a", "version": "1"}
    h.admin.createMavenBuild(NVR, maven)
    h.admin.createWinBuild(NVR, {"platform": "p"})
    h.admin.createImageBuild(NVR)
    ends(h, "pkg-1-1")
    h.admin.createWinBuild(NVR, {"platform": "p"})
    h.admin.getMavenBuild("pkg-1-1")
    h.admin.createWinBuild(NVR, {"platform": "q"})
    h.admin.tagBuildBypass("t", "pkg-1-1")
    ends(h, "pkg-1-1")
    h.admin.createImageBuild(NVR)
    ends(h, "pkg-1-1")
    for odd in (
        {"state": 0},
        {"task_id": 99999},
        {"owner": ""},
        {"extra": {"a": [1]}},
        {"draft": True},
        {"epoch": "3"},
    ):
        build = h.admin.createImageBuild({**NVR, "release": "".join(odd), **odd})
        h.admin.getBuild(build)
    h.admin.listBuilds(queryOpts={"order": "build_id"})


def ends(h, build):
    look(h, build)
    for how in (h.admin.deleteBuild, h.admin.cancelBuild, h.admin.resetBuild):
        how(build)
        look(h, build)
    h.admin.untagBuildBypass("t", build)


def look(h, build):
    h.admin.getBuild(build)
    h.admin.getBuildType(build)
    h.admin.buildReferences(build)
    h.admin.listTags(build=build)


def under_way(h, task):
    """What a host makes can neither be deleted nor reset, nor made twice."""
    data = {**NVR, "release": "9", "task_id": task}
    build = h.builder.host.initBuild(data)
    for release in ("9", "10"):
        h.admin.createEmptyBuild("pkg", "1", release, None)
    h.builder.host.initBuild({**data, "release": "10"})
    h.admin.deleteBuild(build)
    h.admin.resetBuild(build)
    h.admin.tagBuildBypass("t", build)
    h.builder.host.failBuild(task, build)
    h.builder.host.failBuild(task, build)
    h.builder.host.initBuild(data)
    h.user.cancelBuild(build)
    h.admin.getBuild(build)
    h.admin.getTaskInfo(task)
    h.admin.createEmptyBuild("pkg", "1", "9", 5, owner="kojibuilder.local")
    h.admin.getBuild("pkg-1-9")


def reserved(h):
    h.admin.grantCGAccess("kojiuser", "cg", create=True)
    for task in (None, 99999, 1):
        data = {**NVR, "name": "res", "release": str(task), "task_id": task}
        got = h.user.CGInitBuild("cg", data)
        h.admin.getBuild(got["build_id"])
        h.admin.resetBuild(got["build_id"])
        h.user.CGInitBuild("cg", data)
        h.user.CGRefundBuild("cg", got["build_id"], got["token"], 4)
        h.user.CGInitBuild("cg", data)
        h.user.cancelBuild(got["build_id"])
        h.admin.getBuild(got["build_id"])
    h.admin.listBuilds(cgID="cg", queryOpts={"order": "build_id"})


def named(h):
    for method in ("getBuild", "findBuildID"):
        argument = {"getBuild": "buildInfo", "findBuildID": "X"}[method]
        product(h.admin, method, **{argument: WAYS}, strict=[False, True])
    product(h.admin, "listBuildRPMs", build=WAYS)
    product(h.admin, "getArchive", archive_id=[None, "x", 99999], strict=[False, True])
    versions = ["1", "2", None]
    product(h.admin, "getNextRelease", build_info=[{"name": "pkg", "version": each} for each in versions], incr=[1, 0])
    for moment in (True, 0, 1e12, "x", None):
        h.admin.setBuildTimestamp("pkg-1-9", moment)
        h.admin.listBuilds(completeBefore=moment, queryOpts={"order": "build_id"})

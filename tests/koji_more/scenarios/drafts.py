"""Draft builds: made by a host, tagged, signed, promoted; what each listing shows of them before and after."""

import base64

from tests.koji_more.questions import product
from tests.koji_more.site import done

RPMS = ["alpha-1.0-1.src.rpm", "alpha-1.0-1.noarch.rpm"]
EITHER = [None, True, False]


def run(h):
    h.builder.host.updateHost(0.0, True)
    h.admin.createTag("bt", arches="x86_64")
    h.admin.createTag("dest", arches="x86_64")
    h.admin.createTag("child", parent="dest")
    h.admin.createBuildTarget("tg", "bt", "dest")
    h.admin.packageListAdd("dest", "alpha", owner="kojiuser")
    made = [made_by_host(h, number) for number in range(2)]
    look(h, made)
    key = signed(h, made)
    promote(h, made)
    look(h, made)
    h.admin.writeSignedRPM("alpha-1.0-1.noarch", key)
    h.admin.promoteBuild(h.admin.createEmptyBuild("empty", "1", "1", None, draft=True))
    ends(h, made)


def made_by_host(h, number):
    task = h.user.build(f"git://e/alpha#{number}", "tg", {"draft": True})
    h.admin.assignTask(task, "kojibuilder.local")
    h.builder.host.openTask(task)
    data = {"name": "alpha", "version": "1.0", "release": "1", "epoch": None, "task_id": task, "draft": True}
    build = h.builder.host.initBuild(data)
    h.builder.host.initBuild(data)
    work = f"tasks/{task % 10000}/{task}"
    for name in RPMS:
        h.upload_fixture(h.builder, name, work)
    h.upload(h.builder, b"log", work, "build.log")
    source, binary = (f"{work}/{name}" for name in RPMS)
    h.builder.host.completeBuild(task, build, source, [binary], {}, {"noarch": [f"{work}/build.log"]})
    h.builder.host.tagBuild(task, "dest", build)
    h.builder.host.closeTask(task, done(build))
    return build


def look(h, made):
    for build in made:
        h.admin.getBuild(build)
        h.admin.listBuildRPMs(build)
        h.admin.getBuildLogs(build)
        h.admin.listTags(build=build)
    product(h.admin, "listTagged", tag=["child"], draft=EITHER, inherit=[True], latest=[False, True])
    product(h.admin, "listTaggedRPMS", tag=["dest"], draft=EITHER)
    product(h.admin, "getLatestRPMS", tag=["child"], draft=EITHER)
    product(h.admin, "listBuilds", packageID=["alpha"], draft=EITHER, queryOpts=[{"order": "build_id"}])
    product(h.admin, "listRPMs", draft=EITHER, queryOpts=[{"order": "id"}])
    for multi in (False, True):
        h.admin.getRPM("alpha-1.0-1.noarch", multi=multi)
    h.admin.getBuild("alpha-1.0-1")
    h.admin.getNextRelease({"name": "alpha", "version": "1.0"})


def signed(h, made):
    header = base64.b64encode(h.fixture("alpha-1.0-1.noarch.sighdr-one")).decode()
    for build in made:
        for rpm in h.admin.listBuildRPMs(build):
            h.admin.addRPMSig(rpm["id"], header)
    h.admin.addRPMSig("alpha-1.0-1.noarch", header)
    return h.admin.queryRPMSigs(queryOpts={"order": "-sigkey,rpm_id"})[0]["sigkey"]


def promote(h, made):
    moment = h.admin.getLastEvent()["id"]
    for who in (h.builder, h.anon, h.admin, h.user):
        who.promoteBuild(made[1])
    h.admin.promoteBuild(made[0], force=True)
    h.admin.listTagged("dest", event=moment)
    h.admin.listBuilds(promoter="kojiuser")
    h.admin.queryRPMSigs(queryOpts={"order": "rpm_id,sigkey"})


def ends(h, made):
    for build in made:
        h.admin.deleteBuild(build)
        h.admin.untagBuildBypass("dest", build)
        h.admin.deleteBuild(build)
        h.admin.resetBuild(build)
        h.admin.getBuild(build)
    h.admin.createEmptyBuild("alpha", "1.0", "1", None, draft=True)
    h.admin.createEmptyBuild("alpha", "1.0", "1", None)
    h.admin.getRPM("alpha-1.0-1.noarch")

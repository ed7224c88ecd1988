"""Submitting work: each call with each odd argument, by an admin and by anybody, and the task that comes of it."""

from tests.koji_more.questions import grid, product
from tests.koji_more.site import settle

SCM = "git://example.com/x#1"


def run(h):
    settle(h)
    h.admin.createTag("empty")
    h.admin.createBuildTarget("e", "empty", "empty")
    for session in (h.admin, h.user, h.builder, h.anon):
        for call in everything(session):
            h.admin.getTaskInfo(call(), request=True)
    targets(h)
    options(h)
    roots(h)
    h.admin.getTaskInfo(h.admin.resubmitTask(1), request=True)


def everything(session):
    """All calls that make a task, as they should be."""
    image = {"name": "n", "version": "1", "target": "f", "arch": "x86_64"}
    return [
        lambda: session.build(SCM, "f"),
        lambda: session.build("cli-build/x.src.rpm", "f", {"scratch": True}),
        lambda: session.chainBuild([[SCM], ["pa-1.0-1"]], "f"),
        lambda: session.mavenBuild(SCM, "f"),
        lambda: session.chainMaven({"p": {"scmurl": SCM}}, "f"),
        lambda: session.winBuild("vm", SCM, "f"),
        lambda: session.wrapperRPM("pa-1.0-1", SCM, "f"),
        lambda: session.buildImage("n", "1", "x86_64", "f", "ks", "livecd"),
        lambda: session.buildImage("n", "1", ["x86_64"], "f", "ks", "livemedia"),
        lambda: session.buildImageOz("n", "1", ["x86_64"], "f", "http://tree"),
        lambda: session.buildImageIndirection({**image, "indirection_template_url": SCM}),
        lambda: session.newRepo("f-build", src=True),
        lambda: session.restartHosts(3, {"channel": "default"}),
        lambda: session.runroot("f-build", "x86_64", "ls", packages=["bash"]),
        lambda: session.saveFailedTree(1),
    ]


def targets(h):
    for target in ("g2", "old", "no-such", "e", 1, 99999, {"name": "f"}, None, "", False, [], {}, 1.5):
        h.admin.build(SCM, target)
        h.admin.chainBuild([[SCM]], target)
        h.admin.mavenBuild(SCM, target)
        h.admin.winBuild("vm", SCM, target)
        h.admin.wrapperRPM("pa-1.0-1", SCM, target)
        h.admin.buildImageOz("n", "1", ["x86_64"], target, "http://tree")
    for build in ("lost-1-1", 1, {"id": 1}, "no-such-1-1", 99999, None, "", {}):
        h.admin.wrapperRPM(build, SCM, "f")
    for source in (None, "", 5, [], "x", "git://example.com/x", "../x.src.rpm"):
        h.admin.build(source, "f")
        h.admin.mavenBuild(source, "f")
        h.admin.winBuild("vm", source, "f")
        h.admin.chainBuild(source, "f")
        h.admin.chainMaven(source, "f")


def options(h):
    opts = [
        None,
        {},
        [],
        "",
        {"scratch": True},
        {"repo_id": 99999},
        {"draft": True},
        {"unheard": 1},
        {"scratch": True, "draft": True},
    ]
    for session in (h.admin, h.user):
        grid(session, "build", {"src": SCM, "target": "f"}, opts=opts)
        grid(session, "chainBuild", {"srcs": [[SCM]], "target": "f"}, opts=opts)
        for priority in (-5, 5, 0, "", None, "x", "5"):
            session.build(SCM, "f", {"scratch": True}, priority)
            session.buildImage("n", "1", "x86_64", "f", "ks", "livecd", None, priority)
            session.wrapperRPM("pa-1.0-1", SCM, "f", priority)
    for channel in ("chan", "off", "no-such", 1, None, "", [], {"name": "chan"}):
        task = h.admin.build(SCM, "f", {}, None, channel)
        h.admin.getTaskInfo(task)
        h.admin.mavenBuild(SCM, "f", {}, None, channel)
        h.admin.wrapperRPM("pa-1.0-1", SCM, "f", None, channel)


def roots(h):
    root = {"tagInfo": "f-build", "arch": "x86_64", "command": "ls"}
    arches = ["noarch", "i686", "ppc64le", "", None, 7]
    grid(
        h.admin,
        "runroot",
        root,
        arch=arches,
        channel=["chan", "no-such", None],
        tagInfo=["gone", "no-such", "other", "empty", None],
    )
    product(h.admin, "newRepo", tag=["gone", "leaf", None], event=[None, 1, "x", True])
    for opts in (None, {}, {"channel": "no"}, {"arches": ["x86_64"]}, [], "x", {"unheard": 1}):
        h.admin.getTaskInfo(h.admin.restartHosts(options=opts), request=True)

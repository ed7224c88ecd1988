"""The conversation of Koji's own build daemon and repository daemon with the hub, as both were seen to hold it.

A build goes through it as between a real kojid, a real kojira and the hub: who asks what, in which order, in which
session, and what must have come true in between. The programs themselves are not part of these tests.
"""

from pathlib import Path

import koji
import pytest
from koji.xmlrpcplus import Fault, dumps, loads

from tests import kits
from tests.rpc.conftest import client

FIXTURES = kits.KOJI / "fixtures"
SRPM, RPM = "alpha-1.0-1.src.rpm", "alpha-1.0-1.noarch.rpm"
METHODS = ["build", "waitrepo", "newRepo", "createrepo", "rebuildSRPM", "buildArch", "tagBuild", "buildNotification"]


# What a host of Koji 1.36 tells of a package that was installed: digests, and no size.
AS_OF_1_36 = {
    "name": "beta",
    "version": "1.0",
    "release": "0",
    "epoch": None,
    "arch": "noarch",
    "buildtime": 1,
    "sha256header": "2" * 64,
    "sha1header": "1" * 40,
    "payloadhash": "sha256::" + "2" * 64,
    "location": 1,
    "external_repo": {"external_repo_id": 1, "external_repo_name": "far"},
}


class Daemon:
    """A build daemon: a main session that takes tasks, and one of its own for each task."""

    def __init__(self, served):
        self.main = client(served, "kojibuilder.local")
        self.main.exclusiveSession(force=True)
        assert self.main.echo("OK") == ["OK"]
        self.id = self.main.host.getID()
        self.load = 0.0

    def turn(self):
        """What it does every few seconds; the tasks that it is to begin."""
        states = [koji.BR_STATES[state] for state in ("INIT", "WAITING", "BUILDING")]
        self.main.listBuildroots(hostID=self.id, state=states)
        mine = self.main.host.getHostTasks()
        assert self.main.host.getHost()["enabled"]
        self.main.host.updateHost(self.load, True, data={"methods": METHODS, "maxjobs": 10})
        return mine, self.main.host.getTasks()

    def take(self, method):
        """Begin the task of METHOD that the hub hands out; (its id, its arguments, its session)."""
        _, offered = self.turn()
        (found,) = (task for task in offered if task["method"] == method)
        task = self.main.host.openTask(found["id"])
        assert task["host_id"] == self.id and task["state"] == koji.TASK_STATES["OPEN"]
        self.main.host.setTaskWeight(task["id"], 0.2)
        return task["id"], loads(task["request"])[0], self.main.subsession()

    def end(self, task_id, session, result):
        session.host.closeTask(task_id, dumps((result,), methodresponse=1, allow_none=1))
        number = session.sinfo["session-id"]
        session.logout()
        self.main.logoutChild(number)

    def alerted(self):
        """The tasks that are told that a subtask they wait for has ended."""
        return [task["id"] for task in self.turn()[0] if task.get("alert")]


def upload(session, task_id, path):
    """As daemons do: below the task's own directory, verified; the path by which results name it."""
    where = koji.pathinfo.taskrelpath(task_id)
    session.uploadWrapper(str(path), where, path.name)
    assert session.checkUpload(where, path.name)["size"] == path.stat().st_size
    return f"{where}/{path.name}"


def buildroot(session, task_id, repo_id, tmp_path):
    """A buildroot's life; its id."""
    number = session.host.newBuildRoot(repo_id, "x86_64", task_id=task_id)
    package = {
        "name": "alpha",
        "version": "1.0",
        "release": "0",
        "epoch": None,
        "arch": "noarch",
        "size": 1,
        "buildtime": 1,
        "payloadhash": "0" * 32,
        "location": 1,
        "external_repo": {"external_repo_id": 1, "external_repo_name": "far"},
    }
    session.host.setBuildRootList(number, [package])
    session.host.setBuildRootState(number, "BUILDING")
    session.host.updateBuildRootList(number, [package, AS_OF_1_36])
    (tmp_path / "build.log").write_text("ok\n")
    upload(session, task_id, tmp_path / "build.log")
    session.host.setBuildRootState(number, "EXPIRED")
    return number


@pytest.fixture(scope="module")
def place(served):
    """A tag to build for, with an external repository as bases have it."""
    admin = client(served, "kojiadmin")
    admin.addHostToChannel("kojibuilder.local", "createrepo")
    admin.createTag("dest")
    admin.createTag("dest-build", parent="dest", arches="x86_64")
    admin.packageListAdd("dest", "alpha", "kojiadmin")
    admin.createBuildTarget("dest", "dest-build", "dest")
    admin.createExternalRepo("far", "http://far/")
    admin.addExternalRepoToTag("dest-build", "far", 5)
    yield admin
    admin.logout()


@pytest.fixture
def daemon(served):
    made = Daemon(served)
    yield made
    made.main.logout()


def test_a_build_goes_through_the_daemons_of_koji(daemon, place, tmp_path):
    admin = place
    admin.uploadWrapper(str(FIXTURES / SRPM), "cli-build/1")
    build = admin.build(f"cli-build/1/{SRPM}", "dest", {})

    # the build asks for a repository and waits
    build_id, (source, target, _), session = daemon.take("build")
    found = session.getBuildTarget(target, event=None)
    data = {
        "user_id": admin.getLoggedInUser()["id"],
        "source": source,
        "task_id": build_id,
        "build_tag": found["build_tag"],
        "skip_tag": False,
        "scratch": None,
        "draft": None,
        "from_scm": False,
        "repo_id": None,
        "target": "dest",
        "tag": found["dest_tag"],
    }
    assert session.host.assertPolicy("build_rpm", data) is None
    asked = session.repo.request(found["build_tag"], min_event=None, at_event=None, opts=None)
    assert asked["repo"] is None and asked["request"]["active"]
    waitrepo = session.host.subtask(
        method="waitrepo",
        arglist=["dest-build", None, [], asked["request"]["min_event"]],
        parent=build_id,
        label="waitrepo",
    )
    session.host.taskSetWait(build_id, [waitrepo])
    assert build_id == build

    # the repository daemon has the request served
    admin.repo.checkQueue()
    wait_id, _, wait_session = daemon.take("waitrepo")
    repo_task, arguments, repo_session = daemon.take("newRepo")
    tag = arguments[0]
    repo_id, event = repo_session.host.repoInit(tag["id"], opts={}, task_id=repo_task)
    child = repo_session.host.subtask(
        method="createrepo", arglist=[repo_id, "x86_64", None], label="x86_64", parent=repo_task, arch="noarch"
    )
    repo_session.host.taskSetWait(repo_task, [child])
    child_id, _, child_session = daemon.take("createrepo")
    assert child_session.repoInfo(repo_id, strict=True)["state"] == koji.REPO_INIT
    assert [each["url"] for each in child_session.getExternalRepoList(tag["id"], event=event)] == ["http://far/"]
    (tmp_path / "repomd.xml").write_text("<repomd/>")
    files = upload(child_session, child_id, tmp_path / "repomd.xml")
    daemon.end(child_id, child_session, [str(Path(files).parent), ["repomd.xml"]])
    assert daemon.alerted() == [repo_task]
    assert repo_session.host.taskWait(repo_task) == [[child_id], []]
    ((_, made),) = repo_session.host.taskWaitResults(repo_task, [child_id], canfail=[])
    repo_session.host.repoDone(repo_id, {"x86_64": made})
    daemon.end(repo_task, repo_session, [repo_id, event])
    ready = wait_session.repo.checkRequest(asked["request"]["id"])
    assert ready["repo"]["id"] == repo_id and not ready["request"]["active"]
    daemon.end(wait_id, wait_session, ready["repo"])

    # the source package, and one build for all arches
    assert daemon.alerted() == [build_id]
    session.host.taskWait(build_id)
    session.host.taskWaitResults(build_id, [wait_id], canfail=[])
    options = {"repo_id": repo_id, "scratch": None}
    srpm_task = session.host.subtask(
        method="rebuildSRPM",
        arglist=[source, found["build_tag"], options],
        label="srpm",
        arch="noarch",
        parent=build_id,
    )
    srpm_id, _, srpm_session = daemon.take("rebuildSRPM")
    root = buildroot(srpm_session, srpm_id, repo_id, tmp_path)
    srpm = upload(srpm_session, srpm_id, FIXTURES / SRPM)
    origin = {"source": SRPM, "url": SRPM}
    daemon.end(srpm_id, srpm_session, {"srpm": srpm, "logs": [], "brootid": root, "source": origin})
    ((_, made),) = session.host.taskWaitResults(build_id, [srpm_task], canfail=[])
    assert made["source"] == origin
    number = session.host.initBuild(
        {
            "name": "alpha",
            "version": "1.0",
            "release": "1",
            "epoch": None,
            "task_id": build_id,
            "source": SRPM,
            "extra": {"source": {"original_url": SRPM}},
        }
    )
    session.host.subtask(
        method="buildArch",
        arglist=[srpm, found["build_tag"], "noarch", True, {"repo_id": repo_id}],
        label="noarch",
        parent=build_id,
        arch="noarch",
    )
    arch_id, _, arch_session = daemon.take("buildArch")
    assert arch_session.getAverageBuildDuration("alpha", age=6) is None
    root = buildroot(arch_session, arch_id, repo_id, tmp_path)
    files = [upload(arch_session, arch_id, FIXTURES / name) for name in (SRPM, RPM)]
    log = f"{koji.pathinfo.taskrelpath(arch_id)}/build.log"
    daemon.end(arch_id, arch_session, {"rpms": files[1:], "srpms": files[:1], "logs": [log], "brootid": root})
    session.host.taskWaitResults(build_id, [arch_id], canfail=[])
    session.host.completeBuild(
        build_id, number, files[0], files[1:], dict.fromkeys(files, root), logs={"noarch": [log]}
    )

    # the tag
    session.host.subtask(
        method="tagBuild",
        arglist=[found["dest_tag"], number, False, None, True],
        label="tag",
        parent=build_id,
        arch="noarch",
    )
    tag_id, _, tag_session = daemon.take("tagBuild")
    tag_session.host.tagBuild(tag_id, found["dest_tag"], number, force=False, fromtag=None)
    tag_session.host.tagNotification(True, found["dest_tag"], None, number, data["user_id"], True)
    daemon.end(tag_id, tag_session, None)
    session.host.taskWaitResults(build_id, [tag_id], canfail=[])
    daemon.end(build_id, session, None)
    mail_id, (recipients, told, *_), mail_session = daemon.take("buildNotification")
    assert told["nvr"] == "alpha-1.0-1" and recipients == ["kojiadmin@example.com"]
    daemon.end(mail_id, mail_session, "sent")

    assert admin.getTaskInfo(build)["state"] == koji.TASK_STATES["CLOSED"]
    assert [each["nvr"] for each in admin.listTagged("dest")] == ["alpha-1.0-1"]
    assert admin.getBuild("alpha-1.0-1")["extra"] == {"source": {"original_url": SRPM}}
    assert {each["id"] for each in admin.listBuildroots(taskID=arch_id)} == {root}


def test_the_repository_daemon_keeps_watch(place):
    """kojira's round: what external repositories hold, which requests wait, what has expired."""
    admin = place
    watcher = admin.subsession()
    known = watcher.repo.getExternalRepoData("far")
    watcher.repo.setExternalRepoData("far", {"max_ts": 1, **(known or {})})
    assert watcher.repo.getExternalRepoData("far")["max_ts"] == 1
    assert watcher.getTagExternalRepos(tag_info="dest-build")[0]["external_repo_name"] == "far"
    assert "dest-build" in {each["build_tag_name"] for each in watcher.getBuildTargets()}
    watcher.repo.autoRequests()
    repo_id = watcher.repo.request("dest-build", min_event="last")["request"]["id"]
    watcher.repo.checkQueue()
    watcher.repo.updateEndEvents()
    admin.cancelTask(watcher.repo.checkRequest(repo_id)["request"]["task_id"])
    assert all(
        row["state"] in koji.REPO_STATES.values() for row in watcher.repo.query([["dist", False]], ["id", "state"])
    )
    watcher.logout()


def test_a_daemon_that_fails_a_task_says_why(daemon, place):
    admin = place
    task_id = admin.makeTask("tagBuild", ["dest", 999999])
    mine, _, session = daemon.take("tagBuild")
    assert mine == task_id
    session.host.failTask(mine, dumps(Fault(1000, "No such build: 999999")))
    session.logout()
    with pytest.raises(koji.GenericError, match="No such build: 999999"):
        admin.getTaskResult(task_id)


def test_a_daemon_gives_back_what_it_cannot_do(daemon, place):
    admin = place
    task_id = admin.makeTask("sleep", [1])
    _, offered = daemon.turn()
    assert [task["id"] for task in offered] == [task_id]
    daemon.main.host.refuseTask(task_id, soft=False, msg="no handler available for method")
    assert daemon.turn()[1] == []
    (refusal,) = admin.scheduler.getTaskRefusals([["task_id", task_id]])
    assert refusal["by_host"] and not refusal["soft"]
    assert admin.getTaskInfo(task_id)["state"] == koji.TASK_STATES["FREE"]
    admin.cancelTask(task_id)


def test_of_external_packages_the_size_may_be_unknown_and_digests_stand_for_the_hash(place):
    told = {key: value for key, value in AS_OF_1_36.items() if key not in ("location", "external_repo", "payloadhash")}
    place.addExternalRPM({**told, "name": "gamma"}, "far")
    found = place.getRPM("gamma-1.0-0.noarch@far")
    assert found["size"] is None and found["payloadhash"] == AS_OF_1_36["payloadhash"]
    place.addExternalRPM({**told, "name": "delta", "sigmd5": "3" * 32, "size": 7}, "far")
    assert place.getRPM("delta-1.0-0.noarch@far")["payloadhash"] == "3" * 32
    with pytest.raises(koji.GenericError, match="Mismatch for payloadhash: other != sha256::2"):
        place.addExternalRPM({**told, "name": "epsilon", "payloadhash": "other"}, "far")
    bare = {key: value for key, value in told.items() if not key.endswith("header")}
    with pytest.raises(koji.GenericError, match="payloadhash field missing"):
        place.addExternalRPM({**bare, "name": "epsilon"}, "far")

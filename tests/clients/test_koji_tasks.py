"""Tasks that need no build: trials, dependants, hosts' own, and those that nobody here can do; by the koji client."""

import re
import time
from xmlrpc.client import Fault

import koji
import pytest

from tests.clients.site import Site


@pytest.fixture(scope="module")
def session(site: Site) -> koji.ClientSession:
    """The client library's session of an admin."""
    return site.session()


def make(session: koji.ClientSession, method: str, *arglist: object, **opts: object) -> int:
    return int(session.makeTask(method, list(arglist), **opts))


def ended(session: koji.ClientSession, task_id: int, seconds: float = 30) -> dict[str, object]:
    """The task once it has ended; it must within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        task = session.getTaskInfo(task_id)
        if task["state"] in (koji.TASK_STATES["CLOSED"], koji.TASK_STATES["FAILED"], koji.TASK_STATES["CANCELED"]):
            return dict(task)
        time.sleep(0.05)
    raise AssertionError(f"task {task_id} did not end: {session.getTaskInfo(task_id)}")


def result(session: koji.ClientSession, task_id: int) -> object:
    ended(session, task_id)
    return session.getTaskResult(task_id)


def says(session: koji.ClientSession, task_id: int, words: str) -> bool:
    """Whether the scheduler's log comes to say that of a task."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = session.scheduler.getLogMessages([["task_id", task_id]], fields=["msg"])
        if any(re.search(words, row["msg"]) for row in found):
            return True
        time.sleep(0.05)
    raise AssertionError(f"of task {task_id} is said: {found}")


def test_trials_do_what_koji_does(session: koji.ClientSession) -> None:
    assert result(session, make(session, "someMethod", 1, 2)) == 42
    begun = time.monotonic()
    assert result(session, make(session, "sleep", 1)) is None
    assert 1 <= time.monotonic() - begun < 5
    assert result(session, make(session, "waittest", 2, 0)) is None
    with pytest.raises(koji.GenericError, match="Invalid method: default"):
        result(session, make(session, "default"))


def test_a_task_waits_for_the_tasks_that_it_depends_on(session: koji.ClientSession) -> None:
    first = make(session, "sleep", 1)
    second = make(session, "dependantTask", [first, "nonsense", 999999], [["someMethod", []], ["sleep", [0]]])
    assert result(session, second) is None
    children = session.getTaskChildren(second)
    assert [child["method"] for child in children] == ["someMethod", "sleep"]
    assert min(child["create_ts"] for child in children) >= session.getTaskInfo(first)["completion_ts"]


def test_a_task_fails_with_what_it_depends_on(session: koji.ClientSession) -> None:
    bad = make(session, "sleep", "BAD_ARG")
    with pytest.raises(koji.GenericError, match=f"Dependency {bad} failed to complete"):
        result(session, make(session, "dependantTask", [bad], [["someMethod", []]]))


def test_the_local_host_can_be_restarted(site: Site) -> None:
    shown = site.koji("restart-hosts", "--wait", "--force")
    assert re.search(r"restartVerify.*closed", shown)


def test_a_host_that_is_shut_down_takes_nothing_until_it_is_enabled(session: koji.ClientSession) -> None:
    ended(session, make(session, "shutdown"))
    waiting = make(session, "someMethod")
    assert says(session, waiting, "no enabled host is in it")
    session.enableHost("localhost")
    assert result(session, waiting) == 42


@pytest.mark.parametrize(
    ("method", "channel", "words"),
    [
        ("winbuild", "vm", "It waits for a host of channel vm, and no enabled host is in it.*virtual machines"),
        ("vmExec", "default", "it needs a host with virtual machines"),
        ("indirectionimage", "image", "image factory makes images in virtual machines"),
        ("osbuildImage", "image", "osbuild"),
        ("dudBuild", "image", "driver disks need a host"),
        ("buildContainer", "default", "containers need a host"),
        ("buildSourceContainer", "default", "containers need a host"),
        ("noSuchMethod", "default", "it has no handler for noSuchMethod tasks"),
    ],
)
def test_what_this_machine_cannot_do_waits_and_says_so(
    session: koji.ClientSession, method: str, channel: str, words: str
) -> None:
    task_id = make(session, method, channel=channel)
    assert says(session, task_id, words)
    assert session.getTaskInfo(task_id)["state"] == koji.TASK_STATES["FREE"]
    session.cancelTask(task_id)


def test_the_user_of_oz_is_told_wherever_one_looks_why_it_waits(site: Site, session: koji.ClientSession) -> None:
    (site.directory / "oz.ks").write_text("text\n")
    kickstart = ["--noprogress", "--kickstart", "oz.ks", "--distro", "Fedora-40"]
    said = site.koji("image-build", "--nowait", *kickstart, "box", "1", "demo", "http://example.com/$arch", "x86_64")
    number = re.search(r"Created task: (\d+)", said)
    assert number
    words = "Oz makes images in virtual machines"
    assert says(session, int(number[1]), words)
    assert "State: free" in site.koji("taskinfo", number[1])
    assert words in site.koji("scheduler-logs", "--task", number[1])
    assert words.encode() in site.get(f"/tasks/{number[1]}")
    session.cancelTask(int(number[1]))


def test_the_local_host_composes_for_one_that_makes_a_repository(site: Site, session: koji.ClientSession) -> None:
    """A remote host has the newRepo task; the createrepo below it is any host's to take."""
    hosts = site.directory / "hosts.toml"
    hosts.write_text('[[host]]\nname = "maker"\npassword = "makerpw"\narches = ["noarch"]\nchannels = ["createrepo"]\n')
    site.appliance("bootstrap", hosts)
    maker = koji.ClientSession(f"{site.url}/kojihub", {"user": "maker", "password": "makerpw"})
    maker.login()
    maker.exclusiveSession()
    task = make(session, "newRepo", "demo-build", channel="createrepo", assign="maker")
    maker.host.openTask(task)
    repo_id, _ = maker.host.repoInit("demo-build", task_id=task)
    child = maker.host.subtask(method="createrepo", arglist=[repo_id, "x86_64", None], parent=task, label="x86_64")
    place, names = result(session, child)
    assert "repomd.xml" in names and b"<repomd" in site.get(f"/kojifiles/work/{place}/repomd.xml")
    maker.host.repoDone(repo_id, {"x86_64": [place, names]})
    assert koji.REPO_STATES[session.repoInfo(repo_id)["state"]] == "READY"
    session.disableHost("maker")


def test_a_task_for_an_arch_that_nobody_builds_names_those_that_are_built(session: koji.ClientSession) -> None:
    task_id = make(session, "someMethod", arch="s390x")
    assert says(session, task_id, r"of channel default for arch s390x; there are localhost \(x86_64 ")
    session.cancelTask(task_id)


def test_a_repository_that_cannot_be_made_fails_those_who_wait_for_it(session: koji.ClientSession) -> None:
    session.createTag("broken-build", arches="x86_64")
    repo = session.createExternalRepo("gone", "file:///there/is/nothing/")
    session.addExternalRepoToTag("broken-build", repo["id"], 5)
    waiting = make(session, "waitrepo", "broken-build")
    with pytest.raises((koji.GenericError, Fault), match="no repository of tag broken-build could be made"):
        result(session, waiting)

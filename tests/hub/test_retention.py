"""What goes because time passed, what is said of it beforehand, and what stays because something needs it."""

import os
from pathlib import Path

import koji
import pytest

from appliance.builder import keeping
from appliance.commands import gc
from appliance.db.models.builds import Buildroot, ForeignPackage, Fragment, Repo, StandardBuildroot
from appliance.db.models.tasks import Task
from appliance.hub import external_repos, hosts, pins, repos, tags, tasks

DAY = 86400
READY, EXPIRED, DELETED = (koji.REPO_STATES[name] for name in ("READY", "EXPIRED", "DELETED"))


@pytest.fixture
def tag(hub, boss):
    with hub.write(boss) as call:
        return tags.create(call, "f1-build", arches="x86_64")


def made(hub, boss, ready=True):
    """A repository with files; its id."""
    with hub.write(boss) as call:
        repo_id, _ = repos.init(call, "f1-build")
        if ready:
            repos.done(call, repo_id, {})
    return repo_id


def age(hub, repo_id, days, state=None):
    with hub.write() as call:
        old = call.now() - days * DAY
        values = {"state_time": old, "creation_time": old, **({} if state is None else {"state": state})}
        call.tx.update(Repo, values, id=repo_id)


def directory(hub, repo_id):
    return Path(hub.paths.topdir.repo(repo_id, "f1-build"))


def state(hub, repo_id):
    with hub.read() as call:
        return repos.require(call, repo_id)["state"]


def planned(hub):
    return [f"{waste.kind} {waste.name}: {waste.why}" for waste in keeping.plan(hub)]


@pytest.fixture
def old(hub, boss, tag):
    """A repository that has been expired for nine days, with a newer one beside it."""
    repo_id = made(hub, boss)
    made(hub, boss)
    age(hub, repo_id, 9, EXPIRED)
    return repo_id


def test_an_expired_repository_goes_after_its_days(hub, old):
    assert planned(hub) == [f"repository f1-build/{old}: it has been out of use for 9 days"]
    assert directory(hub, old).exists() and state(hub, old) == EXPIRED, "a plan changes nothing"
    keeping.sweep(hub)
    assert not directory(hub, old).exists() and state(hub, old) == DELETED
    assert planned(hub) == []


def test_a_repository_that_expired_lately_stays(hub, old):
    age(hub, old, 6)
    assert planned(hub) == []


def test_a_buildroot_keeps_its_repository(hub, boss, old):
    with hub.write(boss) as call:
        host = hosts.create(call, "builder", ["x86_64"])
        task = tasks.make(call, "buildArch", ["x.src.rpm", "f1-build", "x86_64"])
        root = call.tx.insert(Buildroot, br_type=0)
        call.tx.insert(
            StandardBuildroot, buildroot_id=root, host_id=host, repo_id=old, task_id=task,
            create_event=call.tx.event(), state=koji.BR_STATES["BUILDING"],
        )  # fmt: skip
    assert planned(hub) == []
    with hub.write(boss) as call:
        values = {"state": koji.BR_STATES["EXPIRED"], "retire_event": call.tx.event()}
        call.tx.update(StandardBuildroot, values, buildroot_id=root)
    assert len(planned(hub)) == 1


def test_an_open_task_keeps_the_repository_that_it_was_given(hub, boss, old):
    with hub.write(boss) as call:
        task = tasks.make(call, "buildArch", ["x.src.rpm", "f1-build", "x86_64", True, {"repo_id": old}])
    assert planned(hub) == []
    with hub.write(boss) as call:
        tasks.cancel(call, task)
    assert len(planned(hub)) == 1


def test_the_newest_repository_stays_ready_and_the_others_expire(hub, boss, tag):
    first, second = made(hub, boss), made(hub, boss)
    assert planned(hub) == [], "what was just replaced may be in use"
    age(hub, second, 1)
    assert planned(hub) == [f"repository f1-build/{first}: a newer one has replaced it, or its tag is gone; it expires"]
    keeping.sweep(hub)
    assert (state(hub, first), state(hub, second)) == (EXPIRED, READY)
    age(hub, second, 100)
    assert planned(hub) == [], "the newest stays however old it is"


def test_the_repositories_of_a_deleted_tag_expire(hub, boss, tag):
    repo_id = made(hub, boss)
    with hub.write(boss) as call:
        tags.delete(call, "f1-build")
    keeping.sweep(hub)
    assert state(hub, repo_id) == EXPIRED


def test_a_repository_whose_task_failed_goes(hub, boss, tag):
    repo_id = made(hub, boss, ready=False)
    assert planned(hub) == []
    age(hub, repo_id, 1)
    keeping.sweep(hub)
    assert not directory(hub, repo_id).exists() and state(hub, repo_id) == DELETED


def test_the_files_of_a_deleted_repository_go(hub, boss, tag):
    repo_id = made(hub, boss)
    age(hub, repo_id, 0, DELETED)
    assert planned(hub) == [f"repository f1-build/{repo_id}: it is marked deleted"]
    keeping.sweep(hub)
    assert not directory(hub, repo_id).exists()


# files


@pytest.fixture
def scratch(hub, boss):
    """The results of a scratch build that ended thirty days ago."""
    with hub.write(boss) as call:
        task = tasks.make(call, "build", ["x.src.rpm", "f1", {"scratch": True}])
        ended = call.now() - 30 * DAY
        call.tx.update(Task, {"state": koji.TASK_STATES["CLOSED"], "completion_time": ended}, id=task)
    place = Path(hub.paths.topdir.scratch(), "boss", f"task_{task}")
    place.mkdir(parents=True)
    (place / "x-1-1.noarch.rpm").write_bytes(b"rpm")
    return task, place


def test_results_of_old_scratch_builds_go(hub, scratch):
    task, place = scratch
    assert planned(hub) == [f"scratch build boss/task_{task}: the scratch build ended 30 days ago"]
    keeping.sweep(hub)
    assert not place.exists()


@pytest.mark.parametrize("mention", [lambda task: task, lambda task: f"http://hub/scratch/boss/task_{task}/x.rpm"])
def test_an_open_task_keeps_the_scratch_build_that_it_uses(hub, boss, scratch, mention):
    task, _ = scratch
    with hub.write(boss) as call:
        tasks.make(call, "wrapperRPM", [mention(task), "f1"])
    assert planned(hub) == []


def test_results_of_a_scratch_build_that_goes_on_stay(hub, scratch):
    task, _ = scratch
    with hub.write() as call:
        call.tx.update(Task, {"state": koji.TASK_STATES["OPEN"]}, id=task)
    assert planned(hub) == []


def test_uploads_go_that_nothing_waits_for(hub, boss):
    place = Path(hub.paths.topdir.work(), "cli-build", "1700000000.5.abc")
    place.mkdir(parents=True)
    (place / "x.src.rpm").write_bytes(b"rpm")
    assert planned(hub) == []
    for path in (place / "x.src.rpm", place):
        os.utime(path, (1, 1))
    with hub.write(boss) as call:
        task = tasks.make(call, "build", [f"cli-build/{place.name}/x.src.rpm", "f1"])
    assert planned(hub) == []
    with hub.write(boss) as call:
        tasks.cancel(call, task)
    assert [line.partition(":")[0] for line in planned(hub)] == [f"upload {place.name}"]
    keeping.sweep(hub)
    assert not place.exists()


# what was read of external repositories


@pytest.fixture
def read(hub, boss, tag):
    """Two revisions of an external repository: the first was replaced 40 days ago, at an event that is given."""
    url = "http://example.com/x86_64"
    with hub.write(boss) as call:
        external_repos.create(call, "fedora", "http://example.com/$arch")
        external_repos.add_to_tag(call, "f1-build", "fedora", 5)
    for revision in ("one", "two"):
        with hub.write(boss) as call:
            call.tx.insert(Fragment, digest=revision, content=b"")
            call.tx.insert(
                ForeignPackage, repository=url, revision=revision, name="a", epoch="0", version="1", release="1",
                arch="noarch", pkgid="", digest=revision, sourcerpm="", href="a.rpm", base="",
            )  # fmt: skip
            external_repos.set_data(call, "fedora", {"revisions": {url: revision}})
            event = call.tx.event()
    with hub.write() as call:
        call.tx.execute("UPDATE events SET time = time - :span", {"span": 40 * DAY})
    return event - 1


def revisions(hub):
    with hub.read() as call:
        return call.tx.column("SELECT revision FROM foreign_package ORDER BY id")


def test_outdated_external_content_goes_with_its_metadata(hub, read):
    keeping.sweep(hub)
    assert revisions(hub) == ["two"]
    keeping.sweep(hub)
    with hub.read() as call:
        assert call.tx.column("SELECT digest FROM fragment") == ["two"]


def test_external_content_stays_while_moments_may_ask_for_it(hub, read):
    hub.settings.retention.external_days = 50
    keeping.sweep(hub)
    assert revisions(hub) == ["one", "two"]


def test_a_snapshot_keeps_the_external_content_of_its_moment(hub, boss, read):
    with hub.write(boss) as call:
        pins.pin_tag(call, "f1-build", "beta", str(read))
    keeping.sweep(hub)
    assert revisions(hub) == ["one", "two"]
    with hub.write(boss) as call:
        pins.unpin_tag(call, "f1-build", "beta")
    keeping.sweep(hub)
    assert revisions(hub) == ["two"]


def test_failed_buildroots_go_after_their_time(hub):
    place = hub.paths.failed / "17"
    place.mkdir(parents=True)
    assert planned(hub) == []
    os.utime(place, (1, 1))
    assert planned(hub)[0].startswith("failed buildroot of task 17: it failed")
    keeping.sweep(hub)
    assert not place.exists()


def test_the_command_says_what_would_go(hub, old, capsys):
    class Args:
        state, config, dry_run = hub.paths.state, None, True

    gc.run(Args)
    said = capsys.readouterr().out
    assert f"repository f1-build/{old}: it has been out of use for 9 days" in said
    assert "1 thing would go" in said
    assert directory(hub, old).exists()
    Args.dry_run = False
    gc.run(Args)
    assert "1 thing gone" in capsys.readouterr().out
    assert not directory(hub, old).exists()

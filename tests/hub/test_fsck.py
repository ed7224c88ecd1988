"""`appliance fsck`: a whole state is said to be whole, and each way of not being so is named."""

import shutil
from pathlib import Path

import koji
import pytest

from appliance.hub import fsck, imports, tasks

FIXTURES = Path(__file__).parents[1] / "koji_kit" / "fixtures"
SOURCE = "alpha-1.0-1.src.rpm"


@pytest.fixture
def place(hub, boss):
    """The directory of a build that was imported."""
    path = Path(hub.paths.topdir.work(), "up", SOURCE)
    path.parent.mkdir(parents=True)
    path.write_bytes((FIXTURES / SOURCE).read_bytes())
    with hub.write(boss) as call:
        imports.upload(call, "up", SOURCE)
    return hub.paths.koji / "packages" / "alpha" / "1.0" / "1"


def said(hub, served=False):
    with hub.read() as call:
        return list(fsck.examine(call, served))


def test_a_whole_state_is_whole(hub, place):
    assert said(hub) == []


def test_an_rpm_that_is_gone_is_missed(hub, place):
    (place / "src" / SOURCE).unlink()
    assert [line.split(": ")[1] for line in said(hub)] == ["build alpha-1.0-1 has this RPM, and the file is not there"]


def test_an_rpm_that_was_cut_is_noticed(hub, place):
    with (place / "src" / SOURCE).open("r+b") as stream:
        stream.truncate(100)
    assert "100 bytes, where build alpha-1.0-1 has" in said(hub)[0]


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        ("alpha/1.0/1/src/other-1-1.src.rpm", "build alpha-1.0-1 has no such RPM"),
        ("beta/1/1/x", "no build has this directory"),
        ("alpha/1.0/1/src/.alpha.0af1.part", "what was begun here was never ended"),
    ],
)
def test_what_no_row_names_is_noticed_once_it_is_not_fresh(hub, place, made, wrong):
    path = hub.paths.koji / "packages" / made
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    assert [line.split(": ")[1] for line in said(hub)] == [wrong]
    assert said(hub, served=True) == []


def test_a_deleted_build_leaves_no_files(hub, place):
    with hub.write() as call:
        call.tx.execute("UPDATE build SET state = :gone", {"gone": koji.BUILD_STATES["DELETED"]})
    assert "is deleted, and" in said(hub)[0]


def test_a_tree_that_vanished_is_one_problem_a_file(hub, place):
    shutil.rmtree(place)
    assert len(said(hub)) == 1


def test_a_build_whose_task_is_over_is_not_being_built(hub, boss, place):
    with hub.write(boss) as call:
        task_id = tasks.make(call, "build", ["x"])
        tasks.cancel(call, task_id)
        call.tx.execute("UPDATE build SET state = 0, task_id = :task", {"task": task_id})
    assert any("is being built, though its task has ended" in line for line in said(hub))
    assert not any("is being built" in line for line in said(hub, served=True))


def test_a_task_that_is_given_out_has_a_host(hub, boss):
    with hub.write(boss) as call:
        task_id = tasks.make(call, "build", ["x"])
        call.tx.execute("UPDATE task SET state = 1 WHERE id = :id", {"id": task_id})
    assert said(hub) == [f"task {task_id} has been given out, but to no host"]

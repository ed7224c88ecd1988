"""A process that dies amid its work on files: afterwards the disk says what the database says."""

import os
from pathlib import Path

import pytest

from appliance.hub import builds, file_journal, imports, removal, signatures, state, volumes
from appliance.hub.hub import Session

FIXTURES = Path(__file__).parents[1] / "koji_kit" / "fixtures"
SOURCE = "alpha-1.0-1.src.rpm"
HEADER = "alpha-1.0-1.src.sighdr-one"


def in_a_process(hub, work, when):
    """Do WORK in a process of its own that dies before its transaction commits, or just after."""
    child = os.fork()
    if child == 0:
        try:
            other = state.open_hub(hub.paths.state)
            with other.write(Session(user_id=1, perms=frozenset({"admin"}))) as call:
                work(call)
                if when == "after":
                    call.tx.committed = lambda: os._exit(0)
                else:
                    os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


def everything(hub):
    return sorted(str(path.relative_to(hub.paths.koji)) for path in hub.paths.koji.rglob("*") if not path.is_dir())


def take_in(call):
    imports.upload(call, "up", SOURCE)


def sign(call):
    signatures.add(call, *_alpha(call), (FIXTURES / HEADER).read_bytes())
    signatures.write_copy(call, "alpha-1.0-1.src", "8dc9e687")


def unsign(call):
    signatures.delete(call, "alpha-1.0-1.src", "8dc9e687")


def _alpha(call):
    build = builds.require(call, "alpha-1.0-1")
    return call.tx.row("SELECT * FROM rpminfo"), build


WORKS = {
    "import": ([], take_in),
    "delete": ([take_in], lambda call: removal.delete(call, "alpha-1.0-1")),
    "reset": ([take_in, sign], lambda call: removal.reset(call, "alpha-1.0-1")),
    "move to a volume": ([take_in], lambda call: volumes.change(call, "alpha-1.0-1", "second")),
    "sign": ([take_in], sign),
    "forget a signature": ([take_in, sign], unsign),
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("first", "work"), WORKS.values(), ids=WORKS)
def test_a_dead_process_leaves_the_disk_as_the_database_has_it(hub, boss, undone, first, work, when):
    path = Path(hub.paths.topdir.work(), "up", SOURCE)
    path.parent.mkdir(parents=True)
    path.write_bytes((FIXTURES / SOURCE).read_bytes())
    (hub.paths.koji / "vol" / "second").mkdir(parents=True)
    with hub.write(boss) as call:
        volumes.add(call, "second")
    for step in first:
        with hub.write(boss) as call:
            step(call)
    before = everything(hub)
    in_a_process(hub, work, when)
    assert everything(hub) != before
    file_journal.recover(hub)
    if when == "before":
        assert everything(hub) == before
        with hub.write(boss) as call:
            work(call)
    assert not [name for name in everything(hub) if "/." in name]
    assert list(hub.paths.pending.iterdir()) == []
    with hub.read() as call:
        assert call.tx.value("SELECT COUNT(*) FROM file_work") <= 1


def test_the_journal_of_a_living_process_is_left_alone(hub, boss):
    with hub.write(boss) as call:
        file_journal.made(call, hub.paths.koji / "x")
        (hub.paths.koji / "x").touch()
        assert [path for path in hub.paths.pending.iterdir() if file_journal._recover(hub, path)] == []
    assert (hub.paths.koji / "x").exists()
    assert list(hub.paths.pending.iterdir()) == []

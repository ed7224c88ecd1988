"""A backup made amid writing: restored elsewhere it is whole, and says what the state said at one moment."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from appliance.builder import remains
from appliance.errors import ConfigurationError
from appliance.hub import backup, builds, fsck, imports, removal, state
from appliance.hub.hub import Session

FIXTURES = Path(__file__).parents[1] / "koji_kit" / "fixtures"
SOURCES = sorted(path.name for path in FIXTURES.glob("*.src.rpm"))
BOSS = Session(user_id=1, perms=frozenset({"admin"}))


@pytest.fixture
def hub(tmp_path):
    state.init(tmp_path / "state")
    opened = state.open_hub(tmp_path / "state")
    yield opened
    opened.close()


# The NVR of a deleted build is not given again; under another it is out of the way.
_FREE = (
    "UPDATE rpminfo SET version = version || '_' || id WHERE build_id = :id",
    "UPDATE build SET version = version || '_' || id WHERE id = :id",
)


def restored(backup_, place):
    backup.restore(backup_, place)
    return state.open_hub(place)


def problems(hub):
    with hub.read() as call:
        return [*fsck.examine(call, served=False), *remains.examine(call)]


def take_in(hub, name):
    place = Path(hub.paths.topdir.work(), "up")
    place.mkdir(parents=True, exist_ok=True)
    (place / name).unlink(missing_ok=True)
    (place / name).write_bytes((FIXTURES / name).read_bytes())
    with hub.write(BOSS) as call:
        imports.upload(call, "up", name)


def busy(hub, stopping):
    """Imports and deletes builds until told to stop."""
    while not stopping.wait(0.05):
        for name in SOURCES[:3]:
            take_in(hub, name)
        with hub.write(BOSS) as call:
            found = call.tx.column("SELECT id FROM build WHERE state = 1")
        for build_id in found:
            with hub.write(BOSS) as call:
                removal.delete(call, build_id)
                for sql in _FREE:
                    call.tx.execute(sql, {"id": build_id})


def test_a_backup_amid_imports_and_removals_is_whole(hub, tmp_path):
    stopping = threading.Event()
    writers = ThreadPoolExecutor(1)
    writer = writers.submit(busy, hub, stopping)
    other = state.open_hub(hub.paths.state)
    try:
        made = [backup.make(other, tmp_path / f"backups{number}") for number in range(3)]
    finally:
        stopping.set()
        writer.result()
        other.close()
    for number, path in enumerate(made):
        again = restored(path, tmp_path / f"restored{number}")
        assert problems(again) == []
        again.close()


def test_what_was_recorded_is_answered_after_the_restore(hub, tmp_path):
    for name in SOURCES:
        take_in(hub, name)
    with hub.read() as call:
        before = [builds.get(call, each) for each in call.tx.column("SELECT id FROM build")]
    again = restored(backup.make(hub, tmp_path / "backups"), tmp_path / "restored")
    with again.read() as call:
        after = [builds.get(call, each) for each in call.tx.column("SELECT id FROM build")]
    assert after == before != []
    name = "koji/packages/alpha/1.0/1/src/alpha-1.0-1.src.rpm"
    assert (again.paths.state / name).read_bytes() == (hub.paths.state / name).read_bytes()
    again.close()


def test_a_settled_file_is_not_stored_twice(hub, tmp_path):
    take_in(hub, "alpha-1.0-1.src.rpm")
    name = "koji/packages/alpha/1.0/1/src/alpha-1.0-1.src.rpm"
    long_ago = time.time() - 2 * backup.SETTLED
    os.utime(hub.paths.state / name, (long_ago, long_ago))
    made = backup.make(hub, tmp_path / "backups")
    assert (made / name).samefile(hub.paths.state / name)


def test_only_so_many_backups_stay(hub, tmp_path, monkeypatch):
    names = iter(f"2026010{day}-000000" for day in range(1, 5))
    monkeypatch.setattr(backup.time, "strftime", lambda form: next(names))
    made = [backup.make(hub, tmp_path / "backups", keep=2) for _ in range(4)]
    assert backup.finished(tmp_path / "backups") == made[2:]


def test_nothing_is_restored_over_a_state(hub, tmp_path):
    made = backup.make(hub, tmp_path / "backups")
    with pytest.raises(ConfigurationError, match="is not empty"):
        backup.restore(made, hub.paths.state)
    with pytest.raises(ConfigurationError, match="there is no backup"):
        backup.restore(tmp_path, tmp_path / "new")


def test_nobody_else_reads_the_database_of_a_state_or_of_what_was_restored(hub, tmp_path):
    again = restored(backup.make(hub, tmp_path / "backups"), tmp_path / "again")
    for each in (hub, again):
        with each.write(BOSS) as call:
            call.tx.event()
        files = list(each.paths.state.glob("appliance.db*"))
        assert len(files) == 3, files
        assert {path.name: path.stat().st_mode & 0o077 for path in files} == {path.name: 0 for path in files}
    again.close()

"""The power goes: whatever of the last writes the disk has, the database opens, and what was answered is in it."""

import os
import random
import shutil
from pathlib import Path

import pytest

from appliance.hub import state, tags
from appliance.hub.hub import Session

BOSS = Session(user_id=1, perms=frozenset({"admin"}))
CALLS, CUTS = 30, 40
ALL = "SELECT name FROM tag ORDER BY id"


@pytest.fixture
def answered(tmp_path):
    """(a state whose last calls are in the log alone, how long the log was as each of them was answered)"""
    state.init(tmp_path / "state")
    hub = state.open_hub(tmp_path / "state")
    hub.database.close()
    log, ends = Path(f"{hub.paths.database}-wal"), []
    for number in range(CALLS):
        with hub.write(BOSS) as call:
            tags.create(call, f"tag-{number}")
        ends.append(log.stat().st_size)
    shutil.copytree(hub.paths.state, tmp_path / "copy")
    hub.close()
    return tmp_path / "copy", ends


def torn(place, target, length, rest):
    """The state as a disk has it that got so much of the log, and REST where the other writes belong."""
    shutil.copytree(place, target)
    (target / "appliance.db-shm").unlink(missing_ok=True)
    log = target / "appliance.db-wal"
    os.truncate(log, length)
    with log.open("ab") as stream:
        stream.write(rest)


def test_what_was_answered_is_there_after_a_power_cut(answered, tmp_path):
    place, ends = answered
    seed = int.from_bytes(os.urandom(4), "big")
    chance = random.Random(seed)
    for number in range(CUTS):
        length = chance.randint(0, ends[-1])
        rest = chance.randbytes(chance.choice((0, 0, 4096)))
        torn(place, tmp_path / f"cut-{number}", length, rest)
        hub = state.open_hub(tmp_path / f"cut-{number}")
        with hub.read() as call:
            found = [name for name in call.tx.column(ALL) if name.startswith("tag-")]
        assert found == [f"tag-{n}" for n in range(len(found))], f"seed {seed}"
        assert len(found) >= sum(end <= length for end in ends), f"seed {seed}"
        assert hub.database.check() == "ok"
        with hub.write(BOSS) as call:
            tags.create(call, "afterwards")
        hub.close()


def test_an_answer_waits_for_the_disk(tmp_path):
    state.init(tmp_path / "state")
    hub = state.open_hub(tmp_path / "state")
    with hub.write() as call:
        assert call.tx.value("PRAGMA synchronous") == 2  # full: each commit is synced before it returns
        assert call.tx.value("PRAGMA journal_mode") == "wal"
    hub.close()

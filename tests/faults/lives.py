"""A hub that dies again and again amid its work: each life ends with a commit, just before it or just after.

Run as a program: it forks each life from a process that has everything imported and no threads.
"""

import json
import os
import random
import sys
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

from appliance.builder.loop import Loop
from appliance.db.connection import Database
from appliance.hub import file_journal, state
from appliance.hub.hub import Hub

_UNFINISHED = "SELECT COUNT(*) FROM task WHERE state IN (0, 1, 4)"
_MOST_COMMITS = 12


def main(place: Path, seed: int) -> None:
    """Live until nothing is left to do; what became of each life, as JSON: `died`, `up` (seconds to the first work)."""
    chance, lives = random.Random(seed), []
    end = time.monotonic() + 240
    while time.monotonic() < end:
        lives.append(_life(place, chance.randint(1, _MOST_COMMITS), before=chance.random() < 0.5))
        if not lives[-1]["died"]:
            break
    print(json.dumps(lives))


def _life(place: Path, commits: int, before: bool) -> dict[str, object]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _live(place, writer, commits, before)
        except BaseException:  # the edge of a process
            traceback.print_exc()
        os._exit(1)
    os.close(writer)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    up = os.read(reader, 100).decode()
    os.close(reader)
    if status == 1:
        raise RuntimeError("a life ended in an error")
    return {"died": status == -9, "up": float(up or 0)}


def _live(place: Path, writer: int, commits: int, before: bool) -> None:
    begun = time.monotonic()
    hub = state.open_hub(place)
    file_journal.recover(hub)
    loop = Loop(hub)
    loop.start()
    os.write(writer, str(time.monotonic() - begun).encode())
    _die_at(commits, before)
    while _has_work(hub):
        time.sleep(0.02)
    loop.stop()
    os._exit(0)


def _has_work(hub: Hub) -> bool:
    with hub.read() as call:
        return bool(call.tx.value(_UNFINISHED))


def _die_at(commits: int, before: bool) -> None:
    """Let this process be killed at its n-th transaction that changes something."""
    left, write = [commits], Database.write

    @contextmanager
    def counted(database):
        with write(database) as tx:
            changes = tx._connection.total_changes
            yield tx
            left[0] -= tx._connection.total_changes > changes
            if before and left[0] == 0:
                os.kill(os.getpid(), 9)
            elif left[0] == 0:
                tx.committed = lambda: os.kill(os.getpid(), 9)

    Database.write = counted


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

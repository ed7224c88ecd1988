"""Source packages handed in at the machine itself: put among the uploads, submitted together, waited for."""

import os
import secrets
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

import koji

from appliance.hub import source_packages, submissions, tasks
from appliance.hub.hub import Call
from appliance.paths import component

WAKE = signal.SIGUSR1  # tells a serving process that another one has changed the database
_OVER = ("CLOSED", "CANCELED", "FAILED")


def together(call: Call, srpms: Sequence[Path], target: str) -> int:
    """Submit source packages as one chain, whose order the builder finds; the task's id."""
    relative = f"cli-build/{secrets.token_hex(8)}"
    place = Path(call.paths.topdir.work()) / relative
    place.mkdir(parents=True)
    source_packages.read_all(srpms)
    for path in srpms:
        shutil.copy(path, place / component(path.name))
    return submissions.chain_build(call, [[f"{relative}/{path.name}" for path in srpms]], target)


def wake(lock: Path) -> bool:
    """Tell the process that holds the state's lock to look; False if there is none."""
    try:
        os.kill(int(lock.read_text()), WAKE)
    except (OSError, ValueError):
        return False
    return True


def ended(call: Call, task_id: int) -> str:
    """The state that a task has ended in, with its fault; "" while it goes on."""
    word = koji.TASK_STATES[call.tx.value("SELECT state FROM task WHERE id = :id", {"id": task_id})]
    if word not in _OVER:
        return ""
    try:
        tasks.result(call, task_id)
    except Exception as error:  # a task's own fault, whatever it is
        return f"{word}: {error}"
    return str(word)

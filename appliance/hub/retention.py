"""What may go because time passed: found by the settings' periods, said with its reason, taken one by one.

Nothing goes that something refers to: open tasks, buildroots, named snapshots, the newest of its kind. Whatever is
found is looked at again in the unit of work that takes it.
"""

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import GenericError
from appliance.hub.hub import Call, Hub

log = logging.getLogger(__name__)

DAY = 86400


@dataclass(frozen=True)
class Waste:
    """One thing that may go: its KIND, what it is called, WHY it may go, and where its files are.

    TAKE takes it away, if it may still go then.
    """

    kind: str
    name: str
    why: str
    take: Callable[[Call], object]
    paths: tuple[Path, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of disk that are free again afterwards; files that have another place as well do not count."""
        return sum(_size(path) for path in self.paths)


Finder = Callable[[Call], Iterator[Waste]]


def plan(call: Call, finders: list[Finder]) -> list[Waste]:
    """Everything that may go now."""
    return [waste for finder in finders for waste in finder(call)]


def sweep(hub: Hub, finders: list[Finder]) -> list[Waste]:
    """Take all of it, each thing in a unit of work of its own; what went."""
    with hub.read() as call:
        found = plan(call, finders)
    return [waste for waste in found if _taken(hub, waste)]


def _taken(hub: Hub, waste: Waste) -> bool:
    try:
        with hub.write() as call:
            waste.take(call)
    except (GenericError, OSError) as error:  # what can't go yet stands in nobody's way
        log.warning("%s %s stays for now: %s", waste.kind, waste.name, error)
        return False
    log.info("%s %s is gone: %s", waste.kind, waste.name, waste.why)
    return True


def days(seconds: float) -> str:
    """A time span for people."""
    if seconds < 2 * 3600:
        return f"{max(int(seconds / 60), 0)} minutes"
    return f"{int(seconds / 3600)} hours" if seconds < 2 * DAY else f"{int(seconds / DAY)} days"


def _size(path: Path) -> int:
    total = 0
    for directory, _, names in os.walk(path):
        for name in names:
            facts = os.lstat(os.path.join(directory, name))
            total += facts.st_blocks * 512 if facts.st_nlink == 1 else 0
    return total

"""A job's progress as `state.log` tells it: written by the overlay builder, and by mock in the same words."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from appliance.builder.outcome import Stage

CHROOT = "chroot init"
SETUP = "build setup"
BUILD = "rpmbuild"
SRPM = "rpmbuild -bs"
SCRIPT = "script"
CHECKOUT = "checkout"


class StateLog:
    """Appends the beginning and the end of each stage to a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A stage; it is finished in the log also when it fails."""
        self._note(f"Start: {name}")
        try:
            yield
        finally:
            self._note(f"Finish: {name}")

    def _note(self, text: str) -> None:
        now = time.time()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(f"{stamp},{int(now % 1 * 1000):03d} - {text}\n")


def read(path: Path) -> tuple[Stage, ...]:
    """The stages of a state.log in the order of their beginning; () where there is none."""
    found: list[Stage] = []
    if not path.exists():
        return ()
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        stamp, _, what = line.partition(" - ")
        word, _, name = what.partition(": ")
        if word == "Start":
            found.append(Stage(name.strip(), _seconds(stamp)))
        elif word == "Finish":
            _finish(found, name.strip(), _seconds(stamp))
    return tuple(found)


def current(stages: tuple[Stage, ...]) -> str:
    """The innermost stage that has not ended, else the last that has; "" before the first."""
    still = [stage.name for stage in stages if stage.ended is None]
    return (still or [stage.name for stage in stages] or [""])[-1]


def _finish(found: list[Stage], name: str, when: float) -> None:
    for index in range(len(found) - 1, -1, -1):
        if found[index].name == name and found[index].ended is None:
            found[index] = Stage(name, found[index].started, when)
            return


def _seconds(stamp: str) -> float:
    try:
        return datetime.strptime(stamp.strip(), "%Y-%m-%d %H:%M:%S,%f").timestamp()
    except ValueError:
        return 0.0

"""A job's limits on memory and processes: a control group, of version 2 where we may make one, else of 1."""

import contextlib
import errno
import os
import time
from dataclasses import dataclass
from pathlib import Path

from appliance.builder.outcome import BuildFailure

NO_LIMIT = 1 << 40  # MiB; version 1 shows a number beyond this where there is none
LEAVE_SECONDS, LEAVE_PAUSE = 5.0, 0.005  # that killed processes have to leave their group, and between two looks
MOUNT = Path("/sys/fs/cgroup")

# What the two versions call the same thing.
MEMORY_LIMIT = ("memory.max", "memory.limit_in_bytes")
MEMORY_PEAK = ("memory.peak", "memory.max_usage_in_bytes")
MEMORY_EVENTS = ("memory.events", "memory.oom_control")
SWAP_LIMIT = ("memory.swap.max", "memory.memsw.limit_in_bytes")
PIDS_LIMIT = ("pids.max", "pids.max")
CPU_USE = ("cpu.stat", "cpuacct.usage")


@dataclass(frozen=True)
class Group:
    """The directories of one job's group: one of version 2, or one a controller of version 1, or none."""

    directories: tuple[Path, ...] = ()

    def join(self) -> None:
        """Put the calling process, and all that it will start, into the group."""
        for directory in self.directories:
            (directory / "cgroup.procs").write_text("0")

    def limit(self, memory_mb: int, max_processes: int) -> bool:
        """Set the limits (0: none); False if some limit that was asked for could not be set."""
        asked = [(MEMORY_LIMIT, memory_mb << 20), (PIDS_LIMIT, max_processes)]
        refused = [names for names, value in asked if value and not self._write(names, value)]
        if memory_mb:
            self._write(SWAP_LIMIT, 0 if self._is_v2() else memory_mb << 20)
        return not refused

    def wanting(self) -> BuildFailure | None:
        """The verdict if the kernel killed a process of the group for want of memory."""
        counted = dict(line.split()[:2] for line in self._read(MEMORY_EVENTS).splitlines())
        if not int(counted.get("oom_kill", 0)):
            return None
        limit = int(self._read(MEMORY_LIMIT).strip().replace("max", "") or 0) >> 20
        text = f" of {limit} MiB" if 0 < limit < NO_LIMIT else ""
        return BuildFailure("out-of-memory", "", f"The build needed more memory than its limit{text}.")

    def usage(self) -> dict[str, float]:
        """`memory_mb` at its greatest and `cpu_seconds`, where the kernel counted them."""
        used = {}
        peak, cpu = self._read(MEMORY_PEAK).strip(), self._read(CPU_USE).split()
        if peak:
            used["memory_mb"] = round(int(peak) / (1 << 20), 1)
        if cpu:  # nanoseconds alone, or "usage_usec N" first
            used["cpu_seconds"] = round(int(cpu[0]) / 1e9 if len(cpu) == 1 else int(cpu[1]) / 1e6, 2)
        return used

    def remove(self) -> None:
        """Remove the group as soon as its processes, all ended or killed, have left it; give up after seconds."""
        until = time.monotonic() + LEAVE_SECONDS
        for directory in self.directories:
            while _in_use(directory) and time.monotonic() < until:
                time.sleep(LEAVE_PAUSE)

    def _is_v2(self) -> bool:
        return any((directory / "cgroup.controllers").exists() for directory in self.directories)

    def _file(self, names: tuple[str, str]) -> Path | None:
        found = [directory / name for directory in self.directories for name in names]
        return next((path for path in found if path.exists()), None)

    def _read(self, names: tuple[str, str]) -> str:
        path = self._file(names)
        return path.read_text() if path else ""

    def _write(self, names: tuple[str, str], value: int) -> bool:
        path = self._file(names)
        try:
            return bool(path and path.write_text(str(value)))
        except OSError:
            return False


def create(name: str) -> Group:
    """A new group called NAME beside or below our own, empty if the kernel or the host lets us make none."""
    return _version2(name) or Group(tuple(_version1(name)))


def _version2(name: str) -> Group | None:
    """A group with a memory controller, which version 2 gives only where the parent has no processes."""
    for place in _places2():
        directory = place / name
        _delegate(place)
        if _made(directory) and (directory / "memory.max").exists():
            return Group((directory,))
        with contextlib.suppress(OSError):
            directory.rmdir()
    return None


def _version1(name: str) -> list[Path]:
    return [place / name for place in _places1() if _made(place / name)]


def _in_use(directory: Path) -> bool:
    """Remove a group; True if that has to wait for a process, which stays in it until the very end of its exit."""
    try:
        directory.rmdir()
    except OSError as error:
        return error.errno == errno.EBUSY
    return False


def _made(directory: Path) -> bool:
    try:
        directory.mkdir(exist_ok=True)
    except OSError:
        return False
    return True


def _delegate(place: Path) -> None:
    for controller in ("+memory", "+pids", "+cpu"):
        with contextlib.suppress(OSError):
            (place / "cgroup.subtree_control").write_text(controller)


def _ours() -> dict[str, str]:
    """Our own groups: controllers ("" for version 2) to path."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    return {controllers: path for _, controllers, path in (line.split(":", 2) for line in lines)}


def _places2() -> list[Path]:
    """Where a version 2 group may be made: beside our own first, since ours has processes in it."""
    own = _ours().get("")
    root = next((base for base in (MOUNT, MOUNT / "unified") if (base / "cgroup.controllers").exists()), None)
    if own is None or root is None:
        return []
    here = root / own.lstrip("/")
    return [here.parent, here] if here != root else [here]


def _places1() -> list[Path]:
    wanted = ("memory", "pids", "cpuacct")
    found = [
        (controllers, path)
        for controllers, path in _ours().items()
        if controllers and set(controllers.split(",")) & set(wanted)
    ]
    places = [MOUNT / controllers / path.lstrip("/") for controllers, path in found]
    return [place for place in places if os.access(place, os.W_OK)]

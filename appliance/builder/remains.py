"""What jobs might have left on the host: directories, processes, mounts, half-made roots."""

import os
from collections.abc import Iterator
from pathlib import Path

import koji

from appliance.builder import job
from appliance.builder.process import boot_id
from appliance.builder.spec import work_dir
from appliance.hub.hub import Call
from appliance.paths import Paths

_OPEN = "SELECT id FROM task WHERE id IN :ids AND state = :open"


def examine(call: Call) -> Iterator[str]:
    """What is left of jobs that nobody waits for any more, a sentence each."""
    yield from _jobs(call)
    yield from _mounts(call.paths)
    yield from _half_made(call.paths)
    yield from _processes(call.paths)


def _jobs(call: Call) -> Iterator[str]:
    """A job's directory is there as long as its task is open; what it works on, as long as it runs."""
    found = {int(path.name): path for path in call.paths.jobs.iterdir() if path.name.isdigit()}
    wanted = set(call.tx.column(_OPEN, {"ids": [0, *found], "open": koji.TASK_STATES["OPEN"]}))
    for task_id, path in sorted(found.items()):
        handle = job.attach(path)
        if task_id not in wanted:
            yield f"{path}: the job of a task that is not open{', and it runs' if handle.alive else ''}"
        elif handle.outcome and work_dir(path).exists():
            yield f"{path}: the job has ended, and its working directory is still there"


def _mounts(paths: Paths) -> Iterator[str]:
    """Jobs mount in namespaces of their own; nothing of theirs is mounted in the host's."""
    places = tuple(f"{os.path.realpath(path)}{os.sep}" for path in (paths.jobs, paths.cache))
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        target = line.split()[4]
        if target.startswith(places):
            yield f"{target}: a mount that a job has left"


def _half_made(paths: Paths) -> Iterator[str]:
    """Roots in the making, and what mock was given to work on: both are named by the job that they are for."""
    for path in sorted((paths.cache / "roots").glob("*/new/*")):
        if not _works(path.name):
            yield f"{path}: a buildroot that was never finished"
    for path in sorted((paths.cache / "mock" / "lib").glob("order-*")):
        if not _works(path.name.removeprefix("order-")):
            yield f"{path}: mock was to work on it for a job that has ended"


def _works(token: str) -> bool:
    """Whether the process of that token (see `Identity.token`) lives."""
    boot, pid, start = token.rsplit("-", 2)
    return boot_id().startswith(boot) and pid.isdigit() and _start(int(pid)) == start


def _start(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _processes(paths: Paths) -> Iterator[str]:
    """Processes of jobs by where their words go: one whose directory is gone was forgotten."""
    jobs = paths.jobs.resolve()
    for entry in Path("/proc").iterdir():
        place = _log(entry).parent if entry.name.isdigit() and _is_job(entry) else None
        if place and place.is_relative_to(jobs) and not place.exists():
            yield f"process {entry.name} does the job of {place}, which is gone"


def _is_job(entry: Path) -> bool:
    try:
        return b"appliance.builder.job" in (entry / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _log(entry: Path) -> Path:
    """The file that a process writes its output to."""
    try:
        return Path(os.readlink(entry / "fd" / "1").removesuffix(" (deleted)"))
    except OSError:
        return Path()

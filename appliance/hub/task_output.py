"""What tasks leave in their work directories: listed, and read in parts."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from appliance.arguments import check, integer
from appliance.db.connection import Row
from appliance.db.models.builds import Volume
from appliance.errors import GenericError
from appliance.hub import names, tasks
from appliance.hub.hub import Call

DEFAULT = "DEFAULT"
# One answer carries this much at most; what is larger is asked for in parts, or fetched as a file.
MAX_READ = 256 << 20
_MAX_NAME = 255  # of a file, on most disks


def listed(call: Call, task_id: Any, stat: bool = False, all_volumes: bool = False, strict: bool = False) -> Any:
    """The files of a task: a list of names; with STAT a dict of their sizes and times.

    With ALL_VOLUMES the values are by volume: name to a list of volumes, or to {volume: stat}.
    """
    if strict and (not isinstance(task_id, int) or tasks.get(call, task_id) is None):
        raise GenericError("Task doesn't exist")
    found = list(_files(call, check(task_id, int), all_volumes))
    if not all_volumes:
        return {name: _facts(path) for name, _, path in found} if stat else [name for name, _, _ in found]
    answer: Row = {}
    for name, volume, path in found:
        if stat:
            answer.setdefault(name, {})[volume] = _facts(path)
        else:
            answer.setdefault(name, []).append(volume)
    return answer


def _files(call: Call, task_id: int, all_volumes: bool) -> Iterator[tuple[str, str, Path]]:
    """(name, volume, path) of each file that can be read."""
    volumes = call.tx.column("SELECT name FROM volume ORDER BY id") if all_volumes else [DEFAULT]
    for volume in volumes:
        root = directory(call, task_id, volume)
        for path in sorted(each for each in root.rglob("*") if each.is_file()):
            yield str(path.relative_to(root)), volume, path


def _facts(path: Path) -> Row:
    """Sizes travel as text: they may exceed what XML-RPC's integers hold."""
    known = path.stat()
    return {
        "st_size": str(known.st_size),
        "st_atime": known.st_atime,
        "st_mtime": known.st_mtime,
        "st_ctime": known.st_ctime,
    }


def directory(call: Call, task_id: int, volume: str | None = None) -> Path:
    """Where a task's output lies on a volume, whether there is any or not."""
    topdir = call.paths.topdir
    return Path(topdir.work(volume=volume), topdir.taskrelpath(task_id))


def read(call: Call, task_id: Any, name: Any, offset: Any = 0, size: Any = -1, volume: Any = None) -> bytes:
    """SIZE bytes (-1: the rest) of a task's file from OFFSET on; an OFFSET below 0 counts from the end."""
    size, offset = check(size, int), check(offset, (int, str), optional=True)
    offset = integer(offset, optional=True) or 0
    if volume and names.lookup(call, Volume, volume) is None:
        raise GenericError(f"No such volume: {volume}")
    path = _file(call, task_id, name, volume or None)
    with path.open("rb") as stream:
        length = os.fstat(stream.fileno()).st_size
        if offset < -length or size < -1:
            raise GenericError(f"{name} has {length} bytes: no {size} at {offset}")
        start = min(offset, length) if offset >= 0 else length + offset
        wanted = length - start if size < 0 else min(size, length - start)
        if wanted > MAX_READ:
            raise GenericError(f"{name} has {length} bytes: read it in parts, or fetch it from /kojifiles/work/")
        stream.seek(start)
        return stream.read(wanted)


def _file(call: Call, task_id: Any, name: Any, volume: str | None) -> Path:
    if not isinstance(name, str) or ".." in name or "\0" in name:
        raise GenericError(f"Invalid file name: {name}")
    path = directory(call, check(task_id, int), volume) / name.lstrip("/")
    if len(name) > _MAX_NAME or not path.is_file() or not call.paths.holds(path):
        raise GenericError(f'no file "{name}" output by task {task_id}')
    return path

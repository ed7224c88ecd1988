"""Logs: which ones a task, a build or the half of a project's build has, and where each lies."""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import copr_builds, copr_results, task_output
from appliance.hub.hub import Call
from appliance.paths import inside

SOURCE = "source"  # the half of a project's build that makes the source package
_UNPACKED_LIMIT = 1 << 30
_KEPT = 40  # unpacked logs at hand
_ORDER = ("build.log", "builder-live.log", "root.log", "backend.log")


@dataclass(frozen=True)
class Log:
    """One file of text; NAME is how it is asked for, SIZE is in bytes as it lies on disk."""

    name: str
    path: Path
    size: int


def of_task(call: Call, task_id: int) -> list[Log]:
    """The logs that a task has left so far."""
    return _below(call, task_output.directory(call, task_id))


def of_build(call: Call, build: Row) -> list[Log]:
    """The logs of a build, `ARCH/NAME`."""
    return _below(call, Path(call.paths.topdir.build_logs(build)))


def of_chroot(call: Call, build: Row, chroot: str) -> list[Log]:
    """The logs of a project's build for CHROOT, or of its SOURCE."""
    place = _chroot_directory(call, build, chroot)
    return _below(call, place) if place is not None else []


def find(call: Call, known: list[Log], name: str) -> Log:
    """The log called NAME among those known. Raises GenericError."""
    found = next((log for log in known if log.name == name), None)
    if found is None:
        raise GenericError(f"There is no log {name} here (any more).")
    return found


def _chroot_directory(call: Call, build: Row, chroot: str) -> Path | None:
    owner, place = build["ownername"], build["dirname"]
    if chroot == SOURCE:
        part = build["result_dir"]
        return copr_results.directory(call, owner, place, copr_results.SOURCES, part) if part else None
    found = copr_builds.chroot(call, build["id"], chroot)
    return copr_results.directory(call, owner, place, chroot, found["result_dir"]) if found["result_dir"] else None


def _below(call: Call, root: Path) -> list[Log]:
    """The files that are logs by their names, two levels deep, what is read most first."""
    found = [
        Log(str(path.relative_to(root)), path, path.stat().st_size)
        for pattern in ("*.log", "*.log.gz", "*/*.log", "*/*.log.gz")
        for path in root.glob(pattern)
        if path.is_file() and _is_ours(call, path)
    ]
    return sorted(found, key=lambda log: (os.path.dirname(log.name), _place(log.name), log.name))


def _is_ours(call: Call, path: Path) -> bool:
    return call.paths.holds(path) or path.resolve().is_relative_to(call.paths.results.resolve())


def _place(name: str) -> int:
    plain = os.path.basename(name).removesuffix(".gz")
    return _ORDER.index(plain) if plain in _ORDER else len(_ORDER)


def readable(call: Call, log: Log) -> Path:
    """The path of the log's text: a packed one is unpacked into the cache first."""
    if log.path.suffix != ".gz":
        return log.path
    known = log.path.stat()
    key = hashlib.sha256(f"{log.path}\0{known.st_mtime_ns}\0{known.st_size}".encode()).hexdigest()
    room = call.paths.cache / "logs"
    target = inside(room, key)
    if not target.exists():
        room.mkdir(parents=True, exist_ok=True)
        _unpack(log.path, target)
        _prune(room)
    os.utime(target)
    return target


def _unpack(source: Path, target: Path) -> None:
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with gzip.open(source) as packed, beside.open("wb") as plain:
            plain.writelines(_limited(packed))
        beside.replace(target)
    except (OSError, EOFError, zlib.error) as error:
        beside.unlink(missing_ok=True)
        raise GenericError(f"This log can't be unpacked: {error}") from None


def _limited(stream: gzip.GzipFile) -> Iterator[bytes]:
    """What a stream holds, up to where nobody would read on."""
    left = _UNPACKED_LIMIT
    while left > 0 and (part := stream.read(min(left, 1 << 20))):
        left -= len(part)
        yield part


def _prune(room: Path) -> None:
    """Forget the unpacked logs that were read longest ago."""
    held = sorted((path for path in room.iterdir() if path.is_file()), key=lambda path: path.stat().st_mtime)
    for path in held[:-_KEPT]:
        path.unlink(missing_ok=True)

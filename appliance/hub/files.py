"""Files of builds on disk: put into place, linked and removed in step with the transaction that names them.

A file is complete, synced and under its name before the transaction commits; one that is rolled back leaves
the disk as it was.
"""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance import durable
from appliance.errors import GenericError
from appliance.hub import file_journal
from appliance.hub.hub import Call

_CHUNK = 1 << 20
CHECKSUMS = ("md5", "sha256")


@dataclass(frozen=True)
class Placed:
    """A file in its place, with the CHECKSUMS that were asked for; SIZE in bytes."""

    path: Path
    size: int
    checksums: dict[str, str]


def place(call: Call, source: Path, target: Path, checksums: Iterable[str] = CHECKSUMS) -> Placed:
    """Move SOURCE to TARGET, and leave a link in its place, as Koji leaves uploads.

    A source that is such a link already is what a process left that died before its transaction was durable.
    """
    if not _is_moved(source, target):
        _move_in(call, source, target)
    sums = call.hub.digests.take(target, checksums)
    return Placed(target, target.stat().st_size, sums)


def ready(call: Call, path: Path, checksums: Iterable[str] = CHECKSUMS) -> None:
    """Do what takes time with a file that is to be placed: read it, and see that it is on the disk."""
    durable.sync(path)
    call.hub.digests.take(path, checksums)


def _is_moved(source: Path, target: Path) -> bool:
    if not source.is_symlink():
        return False
    if source.resolve() != target.resolve():
        raise GenericError(f"{source} is not a regular file")
    return True


def _move_in(call: Call, source: Path, target: Path) -> None:
    """Move a file of ours that can be moved; any other is copied, so that nobody else keeps a hold on it."""
    facts = source.stat()
    make_directory(call, target.parent)
    if facts.st_dev != target.parent.stat().st_dev or facts.st_uid != os.geteuid():
        copy(call, source, target)
        call.tx.after_commit(lambda: _leave_link(source, target))
        return
    durable.sync(source)
    rename(call, source, target)
    file_journal.made(call, source)
    call.tx.on_rollback(lambda: _remove(source))
    os.symlink(os.path.relpath(target, source.parent), source)
    _sync_entries(call, source.parent)


def write(call: Call, target: Path, parts: Iterable[bytes], checksums: Iterable[str] = ()) -> Placed:
    """Write PARTS to TARGET."""
    sums = {name: hashlib.new(name, usedforsecurity=False) for name in checksums}
    make_directory(call, target.parent)
    discard(call, target)
    beside = _beside(target, "part")
    file_journal.made(call, beside)
    call.tx.on_rollback(lambda: _remove(beside))
    with beside.open("xb") as stream:
        for part in parts:
            stream.write(part)
            _update(sums, part)
        size = stream.tell()
        stream.flush()
        os.fsync(stream.fileno())
    file_journal.made(call, target)
    call.tx.on_rollback(lambda: _remove(target))
    os.replace(beside, target)
    _sync_entries(call, target.parent)
    return Placed(target, size, {name: each.hexdigest() for name, each in sums.items()})


def _update(sums: dict[str, Any], part: bytes) -> None:
    for each in sums.values():
        each.update(part)


def copy_tree(call: Call, source: Path, target: Path) -> None:
    """Copy a directory with everything in it, as it is, to where nothing is yet."""
    make_directory(call, target.parent)
    file_journal.made(call, target)
    call.tx.on_rollback(lambda: shutil.rmtree(target, ignore_errors=True))
    shutil.copytree(source, target, symlinks=True)
    for directory, _, names in os.walk(target):
        for name in names:
            durable.sync(Path(directory, name))
        durable.sync(Path(directory))


def discard(call: Call, path: Path) -> None:
    """Take a file, link or directory away if it is there: out of sight now, for good once that is durable."""
    if not os.path.lexists(path):
        return
    aside = _beside(path, "gone")
    file_journal.gone(call, path, aside)
    os.rename(path, aside)
    call.tx.on_rollback(lambda: os.rename(aside, path))


def hard_link(call: Call, source: Path, target: Path) -> None:
    """Give a file a second place; on another file system it gets a copy."""
    make_directory(call, target.parent)
    file_journal.made(call, target)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy(call, source, target)
        return
    call.tx.on_rollback(lambda: _remove(target))


def copy(call: Call, source: Path, target: Path) -> None:
    """Copy a file with its times."""
    with source.open("rb") as stream:
        write(call, target, iter(lambda: stream.read(_CHUNK), b""))
    shutil.copystat(source, target)


def move(call: Call, source: Path, target: Path) -> None:
    """Give a file another place, on another file system too."""
    if source.stat().st_dev == _existing(target.parent).stat().st_dev:
        rename(call, source, target)
        return
    copy(call, source, target)
    call.tx.after_commit(lambda: _remove(source))


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())


def rename(call: Call, source: Path, target: Path) -> None:
    """Give a file or directory another place on the same file system."""
    make_directory(call, target.parent)
    file_journal.moved(call, source, target)
    os.rename(source, target)
    call.tx.on_rollback(lambda: os.rename(target, source))
    _sync_entries(call, target.parent)


def link(call: Call, path: Path, target: str) -> None:
    """Make PATH a symbolic link to TARGET, in place of whatever link is there."""
    if path.is_symlink() and os.readlink(path) == target:
        return
    if path.is_symlink():
        discard(call, path)
    make_directory(call, path.parent)
    file_journal.made(call, path)
    call.tx.on_rollback(lambda: _remove(path))
    os.symlink(target, path)


def _sync_entries(call: Call, directory: Path) -> None:
    """See to it that what is renamed or made in a directory is durable before the transaction is."""

    def act() -> None:
        with suppress(FileNotFoundError):  # it was made in a part of the transaction that was undone
            durable.sync(directory)

    call.tx.before_commit(directory, act)


def make_directory(call: Call, path: Path) -> None:
    """Make a directory and those above it, where they are missing."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for each in reversed(missing):
        call.tx.on_rollback(_quietly(each.rmdir))


def _quietly(action: Callable[[], None]) -> Callable[[], None]:
    def act() -> None:
        with suppress(OSError):
            action()

    return act


def _beside(path: Path, why: str) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.{why}")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _leave_link(source: Path, target: Path) -> None:
    beside = _beside(source, "link")
    os.symlink(os.path.relpath(target, source.parent), beside)
    os.replace(beside, source)

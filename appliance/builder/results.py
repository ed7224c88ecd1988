"""Taking what a build left: regular files with sane names, reached without following what it planted."""

import contextlib
import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance import durable
from appliance.builder.outcome import ResultFile

SANE = re.compile(r"[A-Za-z0-9_+~^][A-Za-z0-9_+~^.,=@%-]{0,254}\Z")
LOG_NAMES = (".log", ".log.gz")
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
SET_IDS = stat.S_ISUID | stat.S_ISGID


class Refused(Exception):
    """A file that is not taken as a result; the text says why."""


@contextmanager
def directory(base: Path, *parts: str) -> Iterator[int | None]:
    """A descriptor of BASE/PARTS, or None if a part is missing or is no directory but, say, a link to one."""
    number = os.open(base, DIRECTORY)
    try:
        for part in parts:
            below = os.open(part, DIRECTORY, dir_fd=number)
            os.close(number)
            number = below
        yield number
    except (FileNotFoundError, NotADirectoryError, OSError) as error:
        if getattr(error, "filename", None) not in parts:
            raise
        yield None
    finally:
        os.close(number)


def take(source: int, target: Path, suffix: str = "") -> list[str]:
    """Copy the results among the entries of an open directory to TARGET; what was refused, and why.

    Only names with this suffix are looked at. Directories are left where they are and not reported.
    """
    refused = []
    for name in sorted(os.listdir(source)):
        if not name.endswith(suffix):
            continue
        try:
            _take(source, name, target)
        except IsADirectoryError:
            continue
        except Refused as error:
            refused.append(f"{name!r}: {error}")
    return refused


def take_tree(source: int, target: Path, below: str = "") -> list[str]:
    """As `take`, with what is in directories, in directories of the same names."""
    refused = [f"{below}{line}" for line in take(source, target)]
    for name in sorted(os.listdir(source)):
        opened = _open_directory(source, name)
        if opened is None:
            continue
        (target / name).mkdir()
        try:
            refused += take_tree(opened, target / name, f"{below}{name}/")
        finally:
            os.close(opened)
    return refused


def _open_directory(source: int, name: str) -> int | None:
    """A directory in an open one; None for what is none, or has no name for a result."""
    try:
        return os.open(name, DIRECTORY, dir_fd=source) if SANE.match(name) else None
    except OSError:
        return None


def _take(source: int, name: str, target: Path) -> None:
    if not SANE.match(name):
        raise Refused("not a name for a result")
    opened = _open_regular(source, name)
    try:
        copy(opened, target / name)
    finally:
        os.close(opened)


def _open_regular(source: int, name: str) -> int:
    try:
        opened = os.open(name, FILE, dir_fd=source)
    except OSError as error:
        raise Refused(error.strerror or str(error)) from error
    mode = os.fstat(opened).st_mode
    if stat.S_ISREG(mode) and not mode & SET_IDS:
        return opened
    os.close(opened)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(name)
    raise Refused("set-user-id or set-group-id" if stat.S_ISREG(mode) else "not a regular file")


def copy(opened: int, target: Path) -> None:
    """Copy an open file to a new one, in the kernel; `sendfile` does it between file systems, too."""
    made = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        while os.sendfile(made, opened, None, 1 << 30):
            pass
    finally:
        os.close(made)


def publish(made: Path, results: Path) -> None:
    """Show what a finished job made in its result directory; `withdraw` undoes it while MADE is there.

    All but logs is on the disk then: a task that closes lasts, and the next one builds on what this one made.
    """
    places = [results]
    for path in sorted(made.rglob("*")):
        target = results / path.relative_to(made)
        if path.is_dir():
            target.mkdir(exist_ok=True)
            places.append(target)
        else:
            show(path, target)
            if not is_log(path.name):
                durable.sync(target)
    for place in places:
        durable.sync(place)


def show(path: Path, target: Path) -> None:
    """Let a file be seen under another name, too; a copy of it where the file system is another."""
    try:
        os.link(path, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copyfile(path, target)


def withdraw(made: Path, results: Path) -> None:
    """Take back what `publish` has shown, also if it did not come to its end."""
    for path in sorted(made.rglob("*"), reverse=True):
        shown = results / path.relative_to(made)
        if path.is_dir():
            _remove_empty(shown)
        else:
            shown.unlink(missing_ok=True)


def _remove_empty(directory: Path) -> None:
    with contextlib.suppress(OSError):
        directory.rmdir()


def publish_logs(made: Path, results: Path) -> None:
    """Show the logs among what a failed job made, but never in place of the builder's own."""
    for path in sorted(made.glob("*.log")) if made.is_dir() else ():
        if not (results / path.name).exists():
            show(path, results / path.name)


def listing(results: Path) -> tuple[ResultFile, ...]:
    """What a result directory holds; the caller has seen to it that these are regular files."""
    return tuple(sorted(_listed(results, ""), key=lambda item: item.name))


def _listed(place: Path | str, below: str) -> Iterator[ResultFile]:
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _listed(entry.path, f"{below}{entry.name}/")
            elif entry.is_file(follow_symlinks=False):
                size = entry.stat(follow_symlinks=False).st_size
                yield ResultFile(f"{below}{entry.name}", size, is_log(entry.name))


def is_log(name: str) -> bool:
    return name.endswith(LOG_NAMES)

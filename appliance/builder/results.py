"""Taking what a build left: regular files with sane names, reached without following what it planted."""

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
    """Show what a finished job made in its result directory; `withdraw` undoes it while MADE is there."""
    for path in sorted(made.iterdir()):
        _show(path, results / path.name)


def _show(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copyfile(path, target)


def withdraw(made: Path, results: Path) -> None:
    """Take back what `publish` has shown, also if it did not come to its end."""
    for path in made.iterdir() if made.is_dir() else ():
        (results / path.name).unlink(missing_ok=True)


def publish_logs(made: Path, results: Path) -> None:
    """Show the logs among what a failed job made, but never in place of the builder's own."""
    for path in sorted(made.glob("*.log")) if made.is_dir() else ():
        if not (results / path.name).exists():
            _show(path, results / path.name)


def listing(results: Path) -> tuple[ResultFile, ...]:
    """What a result directory holds; the caller has seen to it that these are regular files."""
    with os.scandir(results) as entries:
        found = [
            ResultFile(entry.name, entry.stat(follow_symlinks=False).st_size, is_log(entry.name))
            for entry in entries
            if entry.is_file(follow_symlinks=False)
        ]
    return tuple(sorted(found, key=lambda item: item.name))


def is_log(name: str) -> bool:
    return name.endswith(LOG_NAMES)

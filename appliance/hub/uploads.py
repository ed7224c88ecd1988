"""Uploads: files that clients and builders send in chunks into Koji's work directory.

The rules on names, ownership and checksums are those of Koji's own upload calls; CVE-2019-17109 is why they
matter.
"""

import errno
import fcntl
import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from koji.util import adler32_constructor

from appliance.db.connection import Row
from appliance.db.models.builds import Volume
from appliance.errors import ActionNotAllowed, GenericError, LockError
from appliance.hub import authority, names, tasks
from appliance.hub.hub import Call
from appliance.paths import inside

CHUNK = 1 << 16
_MAX_COMPONENT = 255
_OWNER_FILE = ".user"
_DIGESTS: dict[str, Any] = {"md5": hashlib.md5, "adler32": adler32_constructor, "sha256": hashlib.sha256}


@dataclass(frozen=True)
class Upload:
    """One chunk's place: OFFSET -1 appends, OVERWRITE cuts the file off at OFFSET first."""

    target: Path
    offset: int = 0
    verify: str = ""
    overwrite: bool = False


def digest(verify: str | None) -> Any:
    """A fresh checksum of the kind VERIFY; None for no kind. Raises GenericError for one that is not
    known.
    """
    if not verify:
        return None
    if not isinstance(verify, str) or verify not in _DIGESTS:
        raise GenericError(f"Unsupported verify type: {verify}")
    return _DIGESTS[verify]()


def target(call: Call, directory: Any, name: Any, volume: Any = None) -> Path:
    """Where the file NAME of an upload DIRECTORY lies, whether it is there or not."""
    root = call.paths.topdir.work(volume=_volume(call, volume))
    return inside(root, *_directory(directory)) / _file_name(name)


def claim(call: Call, directory: Any, name: Any, volume: Any = None) -> Path:
    """As `target`, for writing: the directory is made and, once used by one user, closed to others.

    Below `tasks/` only the host that has the task open may write.
    """
    authority.LOGIN.check(call.session)
    path = target(call, directory, name, volume)
    parts = _directory(directory)
    if parts[0] == "tasks":
        _check_task(call, directory, parts)
        path.parent.mkdir(parents=True, exist_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        _check_owner(call, path.parent, directory)
    return path


def _volume(call: Call, volume: Any) -> str | None:
    if volume is None:
        return None
    found = names.lookup(call, Volume, volume, strict=True)
    return str(found["name"]) if found else None


def _file_name(name: Any) -> str:
    if not isinstance(name, str) or not _is_component(name) or name.startswith("."):
        raise GenericError(f"Invalid upload filename: {name}")
    return name


def _directory(directory: Any) -> list[str]:
    refusal = GenericError(f"Invalid upload directory: {directory}")
    if not isinstance(directory, str) or not directory or directory.startswith("/"):
        raise refusal
    parts = os.path.normpath(directory).split("/")
    if parts[0] in ("..", ".") or not all(_is_component(part) for part in parts):
        raise refusal
    return parts


def _is_component(name: str) -> bool:
    """One name in a directory that means what it looks like."""
    plain = name.isprintable() and unicodedata.normalize("NFKC", name) == name
    return plain and bool(name) and "/" not in name and len(name.encode()) <= _MAX_COMPONENT


def _check_task(call: Call, directory: str, parts: list[str]) -> None:
    if len(parts) < 3 or not parts[2].isdecimal():
        raise GenericError(f"Invalid task upload directory: {directory}")
    authority.HOST.check(call.session)
    tasks.assert_own(call, int(parts[2]))


def _check_owner(call: Call, directory: Path, shown: str) -> None:
    """The first user of a directory keeps it; the file that says so has no name that an upload can have."""
    mark = directory / _OWNER_FILE
    try:
        with mark.open("x") as stream:
            stream.write(str(call.user_id))
    except FileExistsError:
        if mark.read_text() not in ("", str(call.user_id)):
            raise GenericError(f"Invalid upload directory, not owner: {shown}") from None


def receive(upload: Upload, chunks: Iterable[bytes]) -> Row:
    """Write a raw upload's chunk; `size`, `fileverify`, `offset` and `hexdigest` of what was written."""
    _refuse_existing(upload)
    checksum = digest(upload.verify)
    if checksum is None:
        raise GenericError("Unsupported verify type: none is named")
    with _opened(upload.target) as fd:
        offset = _position(fd, upload)
        size = _write(fd, chunks, checksum)
        _check_length(fd, upload, offset + size)
    return {"size": size, "fileverify": upload.verify, "offset": offset, "hexdigest": checksum.hexdigest()}


def _refuse_existing(upload: Upload) -> None:
    mode = _mode(upload.target)
    if mode is None:
        return
    if stat.S_ISLNK(mode):
        raise GenericError(f"destination is a symlink: {upload.target}")
    if not stat.S_ISREG(mode):
        raise GenericError(f"destination not a file: {upload.target}")
    if upload.offset == 0 and not upload.overwrite:
        raise GenericError(f"upload path exists: {upload.target}")


def _mode(path: Path) -> int | None:
    try:
        return os.lstat(path).st_mode
    except FileNotFoundError:
        return None


@contextmanager
def _opened(path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> Iterator[int]:
    """An exclusively locked descriptor of PATH, which must not be a link. What the disk refuses is said
    plainly.
    """
    fd = -1
    try:
        fd = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield fd
    except BlockingIOError as error:
        raise LockError(f"{path} is being written by another upload") from error
    except (OSError, OverflowError) as error:
        raise GenericError(f"can't write {path}: {_reason(error)}") from error
    finally:
        if fd >= 0:
            os.close(fd)


def _reason(error: OSError | OverflowError) -> str:
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else errno.errorcode[errno.EFBIG]


def _position(fd: int, upload: Upload) -> int:
    if upload.offset == -1:
        return os.lseek(fd, 0, os.SEEK_END)
    if upload.offset < 0:
        raise GenericError(f"Invalid offset: {upload.offset}")
    if upload.overwrite:
        os.ftruncate(fd, upload.offset)
    return os.lseek(fd, upload.offset, os.SEEK_SET)


def _write(fd: int, chunks: Iterable[bytes], checksum: Any) -> int:
    size = 0
    with open(fd, "wb", closefd=False) as stream:
        for chunk in _summed(chunks, checksum):
            stream.write(chunk)
            size += len(chunk)
    return size


def _summed(chunks: Iterable[bytes], checksum: Any) -> Iterator[bytes]:
    for chunk in chunks:
        if checksum is not None:
            checksum.update(chunk)
        yield chunk


def _check_length(fd: int, upload: Upload, expected: int) -> None:
    actual = os.fstat(fd).st_size
    if not upload.overwrite and actual != expected:
        raise GenericError(f"Incorrect upload length for {upload.target} - Expected {expected}, actual {actual}")


def store(path: Path, offset: int, content: bytes, size: int | None, checksum: Any) -> bool:
    """Write a chunk of the classic protocol that `agrees`; whether the whole file does, after the last.

    OFFSET -1 marks the last chunk, with SIZE and CHECKSUM of the whole file; before that they are the
    chunk's.
    """
    kind, wanted = checksum or (None, None)
    _refuse_restart(path, offset)
    with _opened(path) as fd:
        if offset == 0 or (offset == -1 and size == len(content)):
            os.ftruncate(fd, 0)
        _position(fd, Upload(path, offset))
        _write(fd, [content], None)
        return offset != -1 or _finish(fd, size, digest(kind), wanted)


def agrees(offset: int, content: bytes, size: int | None, checksum: Any) -> bool:
    """Whether a chunk, unless it is the last, has its SIZE and CHECKSUM (a kind and a digest, or None)."""
    if offset == -1:
        return True
    kind, wanted = checksum or (None, None)
    if size is not None and size != len(content):
        return False
    taken = digest(kind)
    if taken is None:
        return True
    taken.update(content)
    return bool(taken.hexdigest() == wanted)


def _refuse_restart(path: Path, offset: int) -> None:
    """A file is begun once; logs alone may be begun again, so that they can be followed."""
    mode = _mode(path)
    if mode is None:
        return
    if not stat.S_ISREG(mode):
        raise GenericError(f"destination not a file: {path}")
    if offset == 0 and path.suffix != ".log":
        raise GenericError(f"file already exists: {path}")


def _finish(fd: int, size: int | None, checksum: Any, wanted: Any) -> bool:
    if size is not None and size < os.fstat(fd).st_size:
        os.ftruncate(fd, size)
    if checksum is not None:
        _sum(fd, checksum, 0)
    held = os.fstat(fd).st_size
    return (size is None or size == held) and (checksum is None or checksum.hexdigest() == wanted)


def look(path: Path, verify: str | None = None, tail: int | None = None) -> Row | None:
    """`size` and `mtime` of an upload; None if there is none.

    With VERIFY also `hexdigest` of the last TAIL bytes (None: of all) and their number, `sumlength`.
    """
    mode = _mode(path)
    if mode is None:
        return None
    if not stat.S_ISREG(mode) and not stat.S_ISREG(_mode(Path(os.path.realpath(path))) or 0):
        raise GenericError(f"Not a regular file: {path}")
    with path.open("rb") as stream:
        _share(stream.fileno())
        known = os.fstat(stream.fileno())
        found: Row = {"size": known.st_size, "mtime": known.st_mtime}
        checksum = digest(verify)
        if checksum is not None:
            found["sumlength"] = _sum(stream.fileno(), checksum, _start(known.st_size, tail))
            found["hexdigest"] = checksum.hexdigest()
    return found


def _share(fd: int) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LockError(str(error)) from error


def _start(size: int, tail: int | None) -> int:
    if tail is None:
        return 0
    if not isinstance(tail, int) or tail < 0:
        raise GenericError(f"Invalid tail value: {tail!r}")
    return max(size - tail, 0)


def _sum(fd: int, checksum: Any, start: int) -> int:
    os.lseek(fd, start, os.SEEK_SET)
    length = 0
    while chunk := os.read(fd, CHUNK * 16):
        checksum.update(chunk)
        length += len(chunk)
    return length


def require_login(call: Call) -> None:
    """Refuse an anonymous raw upload, in its own words."""
    if not call.session.logged_in:
        raise ActionNotAllowed("you must be logged-in to upload a file")

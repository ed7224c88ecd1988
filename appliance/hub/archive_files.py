"""What is in an archive: the members of zip and tar files, listed without unpacking anything."""

import tarfile
import zipfile
from calendar import timegm
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.db.select import Options, apply
from appliance.errors import GenericError
from appliance.hub import archives, builds
from appliance.hub.hub import Call


def listed(call: Call, archive_id: Any, options: Options | None = None, strict: bool = False) -> Any:
    """The members of an archive: `archive_id, name, size, mtime`, of tar files also `mode, user, group`.

    None for a type that has no members (with STRICT a GenericError), and for a file that is not here.
    """
    return apply(list(_members(call, archive_id, strict)), options)


def find(call: Call, archive_id: Any, name: Any, strict: bool = False) -> Row | None:
    """The member of that name; None if there is none, with STRICT a GenericError."""
    for member in _members(call, archive_id, strict):
        if member["name"] == name:
            return member
    if strict:
        raise GenericError(f"No such file: {name} in archive#{archive_id}")
    return None


def _members(call: Call, archive_id: Any, strict: bool) -> Iterator[Row]:
    archive = archives.require(call, archive_id)
    reader = _READERS.get(archive["compression_type"])
    if reader is None:
        if strict:
            raise GenericError(f"Unsupported archive type: {archive['type_name']}")
        return
    build = builds.require(call, archive["build_id"])
    path = archives.directory(call, build, archive["btype"], archive) / archive["filename"]
    if not path.exists():
        return
    try:
        for member in reader(path):
            yield {"archive_id": archive_id, **member}
    except (OSError, EOFError, ValueError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise GenericError(f"{path.name} can't be read: {error}") from None


def _zipped(path: Path) -> Iterator[Row]:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            yield {
                "name": koji.fixEncoding(entry.filename),
                "size": entry.file_size,
                "mtime": _seconds(entry.date_time),
            }


def _seconds(made: tuple[int, ...]) -> int:
    """A zip member's time, which has no zone: it is taken for UTC. Zeroes for month or day are the first."""
    year, month, day, *rest = made
    return timegm((year, max(month, 1), max(day, 1), *rest))


def _tarred(path: Path) -> Iterator[Row]:
    with tarfile.open(path) as archive:
        for entry in archive:
            yield {
                "name": koji.fixEncoding(entry.name),
                "size": entry.size,
                "mtime": int(entry.mtime),
                "mode": entry.mode,
                "user": entry.uname,
                "group": entry.gname,
            }


_READERS = {"zip": _zipped, "tar": _tarred}

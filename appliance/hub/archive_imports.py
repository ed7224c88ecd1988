"""Getting archives in: a file of a build, its row, what its build type says of it, and its place on disk."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import koji

from appliance import paths
from appliance.arguments import check
from appliance.db.connection import Row
from appliance.db.models.archives import Archive, ImageArchive, MavenArchive, WinArchive
from appliance.db.models.builds import BType
from appliance.errors import BuildError, GenericError, RpmImportError
from appliance.hub import (
    archive_types,
    archives,
    arrivals,
    authority,
    builds,
    files,
    names,
    poms,
    submissions,
)
from appliance.hub.files import Placed
from appliance.hub.hub import Call

_MAVEN_SUMS = ("md5", "sha1")


@dataclass(frozen=True)
class Incoming:
    """A file that becomes an archive: PATH is None for one that is only told of.

    CHECKSUM (a kind of `koji.CHECKSUM_TYPES` and its value) is None where it is still to be taken.
    EXTRA is kept as it is; SUBDIR is where the file goes among those of its build type; SHOWN is its name in
    errors.
    """

    path: Path | None
    name: str
    size: int
    checksum: tuple[str, str] | None = None
    buildroot_id: int | None = None
    extra: Any = None
    subdir: str = ""
    shown: str = ""


def arrived(path: Path) -> Incoming:
    """The file at PATH, which must be there."""
    if not path.exists():
        raise GenericError(f"No such file: {path}")
    return Incoming(path, path.name, path.stat().st_size)


def add(call: Call, incoming: Incoming, build: Row, kind: Any, info: Any) -> Row:
    """Make a file an archive of a build, of the build type KIND, which says INFO of it; the archive.

    A build must be of that type already. Where the hub has no place for the type's facts, INFO means nothing.
    """
    if build.get("draft"):
        raise GenericError("Draft build not supported")
    archive_type = archive_types.require(call, incoming.name)
    btype = _type(call, build, kind)
    if kind in _FACTS:
        info = _FACTS[kind](incoming, check(info, dict))
    if incoming.checksum is None:
        incoming = replace(incoming, checksum=_checksum(call, incoming))
    archive_id = _insert(call, incoming, build, archive_type, btype)
    if kind in _TABLES:
        call.tx.insert(_TABLES[kind], archive_id=archive_id, **info)
    if incoming.path is not None:
        _place(call, incoming, build, kind, info)
    return archives.require(call, archive_id)


def _type(call: Call, build: Row, kind: Any) -> Row:
    found = names.lookup(call, BType, kind)
    if found is None:
        raise BuildError(f"unsupported build type: {kind}")
    if found["name"] not in builds.types(call, build):
        raise RpmImportError(f"Build does not have type {found['name']}")
    return found


def _insert(call: Call, incoming: Incoming, build: Row, archive_type: Row, btype: Row) -> int:
    assert incoming.checksum is not None
    checksum_type, checksum = incoming.checksum
    return call.tx.insert(
        Archive,
        build_id=build["id"],
        type_id=archive_type["id"],
        btype_id=btype["id"],
        buildroot_id=incoming.buildroot_id,
        filename=incoming.name,
        size=incoming.size,
        checksum=checksum,
        checksum_type=koji.CHECKSUM_TYPES[checksum_type],
        metadata_only=incoming.path is None,
        extra=None if incoming.extra is None else json.dumps(incoming.extra),
    )


# what a build type says of its archives: checked, and as its table has it


def _maven_facts(incoming: Incoming, info: Row) -> Row:
    found = _picked(info, "group_id", "artifact_id", "version")
    if incoming.path is not None and incoming.name.lower().endswith(".pom"):
        poms.check_name(incoming.path, found)
    return found


def _win_facts(incoming: Incoming, info: Row) -> Row:
    found = _picked(info, "relpath", "platforms", "flags")
    if not found["platforms"]:
        raise BuildError("no value for platforms")
    return {
        "relpath": str(found["relpath"]).strip("/"),
        "platforms": " ".join(found["platforms"]),
        "flags": " ".join(found["flags"]) if found["flags"] else None,
    }


def _image_facts(incoming: Incoming, info: Row) -> Row:
    return _picked(info, "arch")


def _picked(info: Row, *keys: str) -> Row:
    for key in keys:
        if key not in info:
            raise GenericError(f"type info has no {key}: {info!r}")
    return {key: info[key] for key in keys}


_FACTS: dict[str, Callable[[Incoming, Row], Row]] = {
    "maven": _maven_facts,
    "win": _win_facts,
    "image": _image_facts,
}
_TABLES = {"maven": MavenArchive, "win": WinArchive, "image": ImageArchive}


# the file itself


def _checksum(call: Call, incoming: Incoming) -> tuple[str, str]:
    assert incoming.path is not None
    return "sha256", call.hub.digests.take(incoming.path, ["sha256"])["sha256"]


def _place(call: Call, incoming: Incoming, build: Row, kind: str, info: Any) -> None:
    """The file moved to where it belongs."""
    assert incoming.path is not None
    directory = archives.directory(call, build, kind, info)
    if incoming.subdir:
        directory = paths.inside(directory, incoming.subdir)
    if kind == "maven":
        place_with_sums(call, incoming.path, directory)
    else:
        _move(call, incoming.path, directory, (), incoming.shown)


def place_with_sums(call: Call, source: Path, directory: Path) -> Placed:
    """Move a file into a Maven repository, where each has its MD5 and SHA-1 beside it."""
    placed = _move(call, source, directory, _MAVEN_SUMS)
    for kind in _MAVEN_SUMS:
        beside = directory / f"{source.name}.{kind}"
        if not beside.exists():
            files.write(call, beside, [placed.checksums[kind].encode()])
    return placed


def _move(call: Call, source: Path, directory: Path, sums: tuple[str, ...], shown: str = "") -> Placed:
    target = directory / paths.file_name(source.name)
    if target.exists():
        raise GenericError(f"Error importing archive file, {target} already exists")
    if source.is_symlink() or not source.is_file():
        raise GenericError(f"Error importing archive file, {shown or source} is not a regular file")
    return files.place(call, source, target, sums)


# who may import what


def prepare(call: Call, name: Any, build: Any, kind: Any, info: Any) -> None:
    """Do what takes time before `upload` is called with the same arguments."""
    if kind in ("maven", "win", "image"):
        authority.require(call.session, f"{kind}-import")
        arrivals.ready(call, [name])


def upload(call: Call, name: Any, build: Any, kind: Any, info: Any) -> None:
    """Import an uploaded file, named below the work directory, as a holder of the type's permission."""
    _check_kind(call, kind, ("maven", "win", "image"))
    authority.require(call.session, f"{kind}-import")
    found = builds.require(call, build)
    add(call, arrived(arrivals.found(call, name)), found, kind, info)


def by_host(call: Call, path: Any, build: Any, kind: Any, info: Any) -> None:
    """Import a file of the work directory, by its whole path, as a host."""
    _check_kind(call, kind, ("maven", "win"))
    work = os.path.join(call.paths.topdir.work(), "")
    if not check(path, str).startswith(work):
        raise GenericError(f"No such file: {path}")
    found = builds.require(call, check(build, dict).get("id", build))
    add(call, arrived(arrivals.located(call, path.removeprefix(work))), found, kind, info)


def _check_kind(call: Call, kind: Any, kinds: tuple[str, ...]) -> None:
    if kind not in kinds:
        raise GenericError(f"unsupported archive type: {kind}")
    if kind == "maven":
        submissions.require_maven(call)
    elif kind == "win" and not call.settings.koji.enable_win:
        raise GenericError("Windows support not enabled")

"""RPM headers as read at import: dependencies, files, changelogs, any tag. No file is opened again."""

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import koji
import rpm as librpm

from appliance import paths
from appliance.db.connection import Row
from appliance.db.models.builds import RpmHeader
from appliance.db.select import Options, apply
from appliance.errors import GenericError
from appliance.hub import builds, rpm_files, rpms, signatures
from appliance.hub.hub import Call

_DEPENDENCIES = (
    ("REQUIRE", koji.DEP_REQUIRE),
    ("PROVIDE", koji.DEP_PROVIDE),
    ("CONFLICT", koji.DEP_CONFLICT),
    ("OBSOLETE", koji.DEP_OBSOLETE),
    ("SUGGEST", koji.DEP_SUGGEST),
    ("ENHANCE", koji.DEP_ENHANCE),
    ("SUPPLEMENT", koji.DEP_SUPPLEMENT),
    ("RECOMMEND", koji.DEP_RECOMMEND),
)
_FILE_FIELDS = {
    "name": "filenames",
    "digest": "filemd5s",
    "size": "filesizes",
    "flags": "fileflags",
    "user": "fileusername",
    "group": "filegroupname",
    "mtime": "filemtimes",
    "mode": "filemodes",
}
_SOURCE = "SELECT id FROM rpminfo WHERE build_id = :build AND arch = 'src' ORDER BY id LIMIT 1"


def store(call: Call, rpm_id: int, header: Any) -> None:
    """Keep what an RPM's header says."""
    call.tx.insert(RpmHeader, rpm_id=rpm_id, header=zlib.compress(header.unload()))


def load(call: Call, rpm_id: int) -> Any:
    """The header of an RPM; None for one that has none here (external, metadata only, deleted)."""
    stored = call.tx.value("SELECT header FROM rpm_header WHERE rpm_id = :id", {"id": rpm_id})
    return None if stored is None else librpm.hdr(zlib.decompress(stored))


def fields(
    call: Call, info: Any, names: list[str] | None = None, strict: bool = False, sigkey: str | None = None
) -> Row:
    """Tags of an RPM by name, all for None, with SIGKEY those of its signed copy; empty for an RPM without a header,
    unless STRICT.
    """
    rpm = rpms.get(call, info, strict)
    if rpm is None:
        return {}
    header = load(call, rpm["id"])
    if header is not None and sigkey is not None:
        return _signed_fields(call, rpm, sigkey, names, strict)
    if header is not None:
        return _fields(header, names)
    if strict:
        raise GenericError(_why_none(call, rpm))
    return {}


def _signed_fields(call: Call, rpm: Row, sigkey: str, names: list[str] | None, strict: bool) -> Row:
    path = rpms.copy_path(call, builds.require(call, rpm["build_id"]), rpm, sigkey)
    if not signatures.listed(call, rpm["id"], sigkey):
        missing = f"No {sigkey} signature for rpm {rpm['id']}"
    elif not path.is_file():
        missing = f"Missing rpm file: {path}"
    else:
        return _fields(rpm_files.header(path), names)
    if strict:
        raise GenericError(missing)
    return {}


def _why_none(call: Call, rpm: Row) -> str:
    if rpm["external_repo_id"]:
        return f"External rpm: {rpm['id']}"
    build = builds.require(call, rpm["build_id"])
    if build["state"] == koji.BUILD_STATES["DELETED"]:
        return f"Build {build['nvr']} is deleted"
    return f"Missing rpm file: {rpms.path(call, build, rpm)}"


def _fields(header: Any, names: list[str] | None) -> Row:
    found: Row = koji.fixEncodingRecurse(koji.get_header_fields(header, names), remove_nonprintable=True)
    return found


def task_fields(call: Call, task_id: Any, name: Any, names: list[str] | None = None, strict: bool = False) -> Row:
    """Tags of an RPM that a task has uploaded; empty if there is no such file, unless STRICT."""
    path = _task_file(call, task_id, name)
    if path.is_file():
        return _fields(rpm_files.header(path), names)
    if strict:
        raise GenericError(f"Missing rpm file: {path}")
    return {}


def _task_file(call: Call, task_id: Any, name: Any) -> Path:
    if not name:
        raise GenericError("filepath must be specified with taskID")
    if not isinstance(name, str) or name.startswith("/") or "../" in name:
        raise GenericError(f"Invalid filepath: {name}")
    top = call.paths.topdir
    return paths.inside(top.work(), top.taskrelpath(task_id), name)


def dependencies(call: Call, info: Any, kind: int | None = None, strict: bool = False) -> list[Row]:
    """What an RPM requires, provides and so on: `name`, `version`, `flags`, `type` (koji.DEP_*)."""
    header = _header(
        call,
        info,
        strict,
        "Can not get dependencies, because RPM: {} is not internal",
        "RPM file of {} doesn't exist",
    )
    if header is None:
        return []
    return [row for word, number in _DEPENDENCIES if kind in (None, number) for row in _depends(header, word, number)]


def _depends(header: Any, word: str, number: int) -> Iterator[Row]:
    columns = [koji.get_header_field(header, word + part) for part in ("NAME", "VERSION", "FLAGS")]
    for name, version, flags in zip(*columns, strict=False):
        yield {"name": name, "version": version, "flags": flags, "type": number}


def files(call: Call, info: Any) -> list[Row]:
    """The files in an RPM; SIZE in bytes, MTIME in seconds since the epoch, `md5` is another word for
    `digest`.
    """
    header = _header(call, info)
    return [] if header is None else list(_files(header))


def file(call: Call, info: Any, name: str, strict: bool = False) -> Row:
    """One file of an RPM, with `rpm_id`; empty if there is none such, unless STRICT."""
    rpm = rpms.get(call, info, strict)
    header = _header(
        call,
        info,
        strict,
        "Can not get RPM file, because RPM: {} is not internal",
        "RPM package file of {} doesn't exist",
    )
    if rpm is None or header is None:
        return {}
    for found in _files(header):
        if found["name"] == name:
            return {"rpm_id": rpm["id"], **found}
    if strict:
        raise GenericError(f"No file: {name} found in RPM: {info}")
    return {}


def _files(header: Any) -> Iterator[Row]:
    algorithm = koji.util.filedigestAlgo(header)
    columns = [koji.get_header_field(header, field) for field in _FILE_FIELDS.values()]
    for values in zip(*columns, strict=False):
        row = dict(zip(_FILE_FIELDS, values, strict=True))
        yield {**row, "md5": row["digest"], "digest_algo": algorithm}


def _header(call: Call, info: Any, strict: bool = False, foreign: str = "", missing: str = "") -> Any:
    """The header of the RPM that INFO means; None, or with STRICT a GenericError of the words given, for no
    header.
    """
    rpm = rpms.get(call, info, strict)
    if rpm is None:
        return None
    header = load(call, rpm["id"])
    if header is None and strict:
        raise GenericError((missing if rpm["build_id"] else foreign).format(info))
    return header


def changelog(call: Call, info: Any, strict: bool = False) -> list[Row]:
    """The changelog of a build's source package, newest first: `date` (UTC), `date_ts`, `author`, `text`."""
    build = builds.get(call, info)
    if build is None:
        return _nothing(f"No such build: {info}", strict)
    source = call.tx.value(_SOURCE, {"build": build["id"]})
    if source is None:
        return _nothing(f"Build {info} doesn't have srpms", strict)
    header = load(call, source)
    if header is None:
        return _nothing(f"SRPM {rpms.path(call, build, rpms.require(call, source))} doesn't exist", strict)
    return _entries(header)


def _nothing(why: str, strict: bool) -> list[Row]:
    if strict:
        raise GenericError(why)
    return []


def task_changelog(call: Call, task_id: Any, name: Any, strict: bool = False) -> list[Row]:
    """The same of a source package that a task has uploaded."""
    path = _task_file(call, task_id, name)
    if path.is_file():
        return _entries(rpm_files.header(path))
    return _nothing(f"SRPM {path} doesn't exist", strict)


def _entries(header: Any) -> list[Row]:
    columns = [koji.get_header_field(header, field) for field in ("changelogtime", "changelogname", "changelogtext")]
    found: list[Row] = koji.fixEncodingRecurse(
        [
            {
                "date": datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S"),
                "date_ts": time,
                "author": author,
                "text": text,
            }
            for time, author, text in zip(*columns, strict=False)
        ],
        remove_nonprintable=True,
    )
    return found


def narrowed(entries: list[Row], author: str | None, before: Any, after: Any) -> list[Row]:
    """Changelog entries of exactly that author, and strictly between two moments."""
    since, until = _bound(after, "after"), _bound(before, "before")
    return [
        each
        for each in entries
        if (not author or each["author"] == author)
        and (since is None or each["date_ts"] > since)
        and (until is None or each["date_ts"] < until)
    ]


def _bound(value: Any, name: str) -> float | None:
    """Seconds, or a date with or without a time in UTC; as in Koji, text that is neither is no bound."""
    if not value:
        return None
    if isinstance(value, str):
        parsed: float | None = koji.util.parseTime(value)
        return parsed
    if not isinstance(value, int):
        raise GenericError(f"Invalid type for {name}: {type(value)}")
    return value


def shown(rows: list[Row], options: Options | None, keys: tuple[str, ...]) -> Any:
    """What `queryOpts` ask of ROWS; with `asList` a list of the values of KEYS for each."""
    found = apply(rows, options)
    if (options or {}).get("asList") and isinstance(found, list):
        return [[row[key] for key in keys] for row in found]
    return found

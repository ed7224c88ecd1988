"""Archives: the files of builds that are no RPMs, found and listed."""

import re
from pathlib import Path
from typing import Any

from appliance import paths
from appliance.arguments import check, identity
from appliance.db.connection import Row
from appliance.db.models.builds import BType
from appliance.db.queries import archives as queries
from appliance.db.select import Options, Select
from appliance.errors import GenericError
from appliance.hub import names
from appliance.hub.hub import Call

_TEXTS = ("filename", "checksum")


def get(call: Call, archive_id: Any, strict: bool = False) -> Row | None:
    """The archive with that id (None: any), with what its build type says of it; None if there is none.

    With STRICT that is a GenericError.
    """
    select = queries.listing()
    if archive_id is not None:
        select.also("a.id = :id", id=identity(archive_id))
    found = select.one(call.tx)
    if found is None and strict:
        raise GenericError(f"No such archive: {archive_id}")
    if found is None or found["btype"] not in queries.OF_TYPE:
        return found
    said = facts(call, found["btype"], found["id"]) or {}
    return {**found, **{key: value for key, value in said.items() if key != "archive_id"}}


def require(call: Call, archive_id: Any) -> Row:
    """As `get`; a GenericError if there is none."""
    found = get(call, archive_id, strict=True)
    assert found is not None
    return found


def facts(call: Call, kind: str, archive_id: Any, strict: bool = False) -> Row | None:
    """What a build type's own table (maven, win, image) says of an archive; None if nothing.

    Of an image also `rootid`: whether it is known what RPMs it is made of.
    """
    archive_id = identity(archive_id)
    found = queries.facts(kind).also("f.archive_id = :id", id=archive_id).one(call.tx)
    if found is None:
        if strict:
            raise GenericError("query returned no rows")
        return None
    if kind == "image":
        found["rootid"] = call.tx.value(queries.ROOT, {"id": archive_id}) is not None
    return found


def listed(call: Call, wanted: Row, kind: Any = None, kind_info: Any = None, options: Options | None = None) -> Any:
    """Archives as `listArchives` shows them. WANTED narrows by keys of `queries.CONDITIONS`.

    KIND is a build type, whose own columns are then shown; KIND_INFO narrows by some of these.
    """
    select = queries.listing()
    for key, value in wanted.items():
        if value is not None:
            _narrow(select, key, value)
    if kind is not None:
        _narrow_type(call, select, kind, kind_info)
    return select.rows(call.tx, options)


def _narrow(select: Select, key: str, value: Any) -> None:
    join, columns = queries.JOINS.get(key, ("", {}))
    select.source += f" {join}"
    select.columns.update(columns)
    select.also(queries.CONDITIONS[key], **{key: check(value, str) if key in _TEXTS else identity(value)})


def _narrow_type(call: Call, select: Select, kind: Any, info: Any) -> None:
    if kind in queries.OF_TYPE:
        queries.of_type(select, kind)
        _NARROW[kind](select, check(info, dict, optional=True) or {})
        return
    btype = names.lookup(call, BType, kind)
    if btype is None:
        raise GenericError(f"unsupported archive type: {kind}")
    if info:
        raise GenericError(f"typeInfo queries not supported for type {btype['name']}")
    select.also("a.btype_id = :btype", btype=btype["id"])


def _narrow_maven(select: Select, info: Row) -> None:
    for key in ("group_id", "artifact_id", "version"):
        if key in info:
            select.also(f"f.{key} = :{key}", **{key: info[key]})


def _narrow_win(select: Select, info: Row) -> None:
    if "relpath" in info:
        select.also("f.relpath = :relpath", relpath=info["relpath"])
    for key in ("platforms", "flags"):
        for number, word in enumerate(_words(info.get(key))):
            mark = f"{key}{number}"
            select.also(f"regexp_like(f.{key}, :{mark})", **{mark: rf"(^|\W){re.escape(word)}(\W|$)"})


def _words(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, (list, tuple)) else [str(value)]


def _narrow_image(select: Select, info: Row) -> None:
    if info.get("arch"):
        select.also("f.arch = :arch", arch=info["arch"])


_NARROW = {"maven": _narrow_maven, "win": _narrow_win, "image": _narrow_image}


def directory(call: Call, build: Row, kind: str, info: Row) -> Path:
    """Where archives of a build type lie in a build; INFO is what the type says of them."""
    top = call.paths.topdir
    place = {"maven": top.mavenrepo, "win": _relpath}.get(kind)
    return below(call, build, kind, place(info) if place else "")


def below(call: Call, build: Row, kind: str, directory: str) -> Path:
    """A directory among a build's archives of a build type."""
    return paths.inside(call.paths.topdir.typedir(build, kind), directory)


def _relpath(info: Row) -> str:
    return str(info["relpath"] or "").strip("/")

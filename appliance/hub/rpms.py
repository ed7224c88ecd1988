"""RPMs: finding and listing them, and where their files lie."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import koji

from appliance import paths
from appliance.arguments import convert, identity
from appliance.db.connection import Row
from appliance.db.models.tags import ExternalRepo
from appliance.db.queries import rpms as queries
from appliance.db.select import Options
from appliance.errors import GenericError, ParameterError
from appliance.hub import builds, names
from appliance.hub.hub import Call

_BUFFER = 1 << 20
NVRA = ("name", "version", "release", "arch")


def get(call: Call, info: Any, strict: bool = False) -> Row | None:
    """The RPM that INFO means: an id, a NVRA with or without `@REPO`, or a dict (`id`, or NVRA and
    `location`).

    Of several the one that is not a draft, else the newest draft, else the newest external one. None if there
    is none; with STRICT a GenericError.
    """
    data = _clue(info)
    found = _matching(call, data)
    if not found and strict:
        raise GenericError(f"No such rpm: {data!r}")
    return min(found, key=_preference, default=None)


def require(call: Call, info: Any) -> Row:
    """The RPM that INFO means; a GenericError if there is none."""
    found = get(call, info, strict=True)
    assert found is not None
    return found


def all_of(call: Call, info: Any) -> list[Row]:
    """Every RPM that INFO may mean: a draft's, the promoted build's, those of external repositories."""
    return _matching(call, _clue(info))


def internal(call: Call, info: Any) -> Row:
    """The RPM that INFO means, which must be of one of our builds."""
    found = require(call, info)
    if found["external_repo_id"]:
        raise GenericError(f"Not an internal rpm: {info} (from {found['external_repo_name']})")
    return found


def _preference(rpm: Row) -> tuple[int, int]:
    rank = 2 if rpm["external_repo_id"] else 1 if rpm["draft"] else 0
    return rank, -rpm["id"]


def _clue(info: Any) -> Row:
    if isinstance(info, int) and not isinstance(info, bool):
        return {"id": info}
    if isinstance(info, str):
        clue: Row = {"id": int(info)} if info.isdecimal() else koji.parse_NVRA(info)
        return clue
    if isinstance(info, dict):
        return dict(info)
    raise GenericError(f"Invalid type for rpminfo: {type(info)}")


def _matching(call: Call, data: Row) -> list[Row]:
    select = queries.one()
    if "id" in data:
        select.also("r.id = :id", id=convert(data["id"], int))
    else:
        missing = [key for key in NVRA if key not in data]
        if missing:
            raise GenericError(f"Invalid rpminfo: {missing[0]} is missing")
        for key in NVRA:
            select.also(f"r.{key} = :{key}", **{key: data[key]})
    if "location" in data:
        select.also("r.external_repo_id = :repo", repo=names.identify(call, ExternalRepo, data["location"]))
    found: list[Row] = select.rows(call.tx)
    return found


@dataclass
class Filter:
    """What `listRPMs` may be narrowed by, ids all but ARCHES (a name or a list) and DRAFT."""

    build: Any = None
    buildroot: Any = None
    component_buildroot: Any = None
    image: Any = None
    host: Any = None
    arches: Any = None
    draft: Any = None


def listed(call: Call, wanted: Filter, options: Options | None = None) -> Any:
    """The RPMs that fit, as `listRPMs` shows them."""
    select = queries.listing()
    for column, value in (("build_id", wanted.build), ("buildroot_id", wanted.buildroot)):
        if value is not None:
            select.also(f"r.{column} = :{column}", **{column: identity(value)})
    for narrow, value in (
        (queries.in_buildroot, wanted.component_buildroot),
        (queries.in_image, wanted.image),
        (queries.built_on, wanted.host),
    ):
        if value is not None:
            narrow(select, identity(value))
    if wanted.arches is not None:
        select.also("r.arch IN :arches", arches=arch_names(wanted.arches, '"arches" parameter'))
    builds.narrow_draft(select, wanted.draft, "r")
    return select.rows(call.tx, options)


def arch_names(arches: Any, what: str) -> list[str]:
    """One architecture or several, as a list."""
    if isinstance(arches, str):
        return [arches]
    if not isinstance(arches, (list, tuple)):
        raise GenericError(f"Invalid type for {what}: {type(arches)}")
    if not arches:
        raise ParameterError(f"Invalid value for {what}: an empty list")
    return list(arches)


def of_build(call: Call, build: Any) -> list[Row]:
    """The RPMs of a build; of a number that is none's, none."""
    found: list[Row] = listed(call, Filter(build=builds.find(call, build, strict=True)))
    return found


def path(call: Call, build: Row, rpm: Row) -> Path:
    """Where an RPM of a build lies."""
    top = call.paths.topdir
    return paths.inside(top.build(build), top.rpm(rpm))


def header_path(call: Call, build: Row, rpm: Row, sigkey: str) -> Path:
    """Where the signature header of a key lies."""
    top = call.paths.topdir
    return paths.inside(top.build(build), top.sighdr(rpm, sigkey))


def copy_path(call: Call, build: Row, rpm: Row, sigkey: str) -> Path:
    """Where an RPM's copy with the signature of a key lies, if it has been written."""
    top = call.paths.topdir
    return paths.inside(top.build(build), top.signed(rpm, sigkey))


def stream(call: Call, build: Row, rpm: Row, sigkey: str, copy: bool = True) -> Any:
    """The bytes of an RPM with the signature of a key ('': none), unless COPY is off from the copy if there
    is one.
    """
    written = copy_path(call, build, rpm, sigkey)
    if copy and written.exists():
        return written.open("rb")
    header = header_path(call, build, rpm, sigkey).read_bytes()
    return koji.spliced_sig_reader(str(path(call, build, rpm)), header, bufsize=_BUFFER)

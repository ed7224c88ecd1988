"""Builds: finding, listing, and the facts about one that an admin may set."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xmlrpc.client import DateTime

import koji

from appliance.arguments import check, convert, identity
from appliance.db.connection import Row
from appliance.db.models.builds import BType, Build, BuildType, ContentGenerator
from appliance.db.models.tags import Package
from appliance.db.queries import builds as queries
from appliance.db.queries import tasks
from appliance.db.select import Options, Select, like
from appliance.errors import BuildError, GenericError, ParameterError
from appliance.hub import moments, names, users
from appliance.hub.hub import Call

BUILDING, COMPLETE = (int(koji.BUILD_STATES[each]) for each in ("BUILDING", "COMPLETE"))
_BY_NVR = "p.name = :name AND b.version = :version AND b.release = :release"
_FIND = f"SELECT b.id FROM build b JOIN package p ON p.id = b.pkg_id WHERE {_BY_NVR}"
_TYPES = """
SELECT t.name, m.group_id, m.artifact_id, m.version, w.platform, i.build_id AS image
FROM build_types y JOIN btype t ON t.id = y.btype_id
LEFT JOIN maven_builds m ON m.build_id = y.build_id AND t.name = 'maven'
LEFT JOIN win_builds w ON w.build_id = y.build_id AND t.name = 'win'
LEFT JOIN image_builds i ON i.build_id = y.build_id AND t.name = 'image'
WHERE y.build_id = :id ORDER BY t.id
"""
# Imports have no task and take no time; a content generator's build names its task in `extra`.
_AVERAGE = f"""
SELECT AVG(b.completion_time - e.time) FROM build b JOIN events e ON e.id = b.create_event
WHERE b.pkg_id = :package AND {queries.IS_COMPLETE}
  AND (b.task_id IS NOT NULL OR b.extra LIKE '%koji_task_id%')
  AND (:since IS NULL OR b.completion_time > :since)
"""
_LAST_RELEASE = """
SELECT b.release FROM build b JOIN package p ON p.id = b.pkg_id
WHERE p.name = :name AND b.version = :version AND +b.state IN :states AND NOT b.draft
ORDER BY b.id DESC LIMIT 1
"""
_MONTH = 30.4375 * 86400


def get(call: Call, info: Any, strict: bool = False) -> Row | None:
    """The build that INFO means: an id, an NVR, or a dict with `name`, `version`, `release`.

    With the keys that `getBuild` shows. None if there is none; with STRICT a GenericError.
    """
    condition, params = _clue(info)
    found = queries.one().also(condition, **params).one(call.tx)
    if found is None and strict:
        raise GenericError(f"No such build: {info!r}")
    return found


def require(call: Call, info: Any) -> Row:
    """The build that INFO means; a GenericError if there is none."""
    found = get(call, info, strict=True)
    assert found is not None
    return found


def find(call: Call, info: Any, strict: bool = False) -> int | None:
    """The id of the build that INFO means; a number is taken at its word."""
    if isinstance(info, int):
        return info
    _, params = _clue(info)
    found = call.tx.value(_FIND, params)
    if found is None and strict:
        raise GenericError(f"No such build: {info!r}")
    return None if found is None else int(found)


def of_task(call: Call, task_id: int) -> Row | None:
    """The build that a task, or one that it is a part of, makes or has made; None for most tasks."""
    chain = call.tx.column(tasks.ANCESTORS, {"id": task_id})
    found = call.tx.value("SELECT MAX(id) FROM build WHERE task_id IN :tasks", {"tasks": chain}) if chain else None
    return None if found is None else get(call, int(found))


def identify(call: Call, info: Any) -> int:
    """The id of the build that INFO means; a GenericError if there is none."""
    return int(require(call, info)["id"])


def _clue(info: Any) -> tuple[str, Row]:
    if isinstance(info, int) and not isinstance(info, bool):
        return "b.id = :id", {"id": info}
    if isinstance(info, str):
        info = koji.parse_NVR(info)
    if not isinstance(info, dict):
        raise GenericError(f"Invalid type for argument: {type(info)}")
    if any(key not in info for key in ("name", "version", "release")):
        raise GenericError("did not provide name, version, and release")
    params = {key: info[key] for key in ("name", "version", "release")}
    if not all(isinstance(value, str) for value in params.values() if value is not None):
        raise GenericError("name, version and release of a build are strings")
    return _BY_NVR, params


def as_argument(build: Row) -> Row:
    """A build as tasks get it in their arguments: moments are XML-RPC's dateTime, in UTC."""
    seconds = {name: build[f"{name.removesuffix('time')}ts"] for name in build if name.endswith("_time")}
    return {**build, **{name: None if each is None else _date_time(each) for name, each in seconds.items()}}


def _date_time(seconds: float) -> DateTime:
    return DateTime(datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None))


@dataclass
class Filter:
    """What `listBuilds` may be narrowed by; None narrows nothing."""

    package: Any = None
    packages: list[int] | None = None  # ids
    user: Any = None
    promoter: Any = None
    task: Any = None
    prefix: str | None = None
    pattern: str | None = None
    state: Any = None
    volume: Any = None
    source: str | None = None
    cg: Any = None
    kind: str | None = None
    kind_info: Row | None = None
    draft: Any = None
    created: tuple[Any, Any] = (None, None)  # after, before
    completed: tuple[Any, Any] = (None, None)
    promoted: tuple[Any, Any] = (None, None)


def listed(call: Call, wanted: Filter, options: Options | None = None) -> Any:
    """The builds that fit, as `listBuilds` shows them; none for a package, user or generator there isn't."""
    if wanted.kind is not None:
        names.clause(wanted.kind)
    select = queries.listing(wanted.kind)
    if not _narrow_named(call, select, wanted):
        return []
    _narrow_type(call, select, wanted)
    _narrow_plain(select, wanted)
    for column, span in (
        ("e.time", wanted.created),
        ("b.completion_time", wanted.completed),
        ("b.promotion_time", wanted.promoted),
    ):
        _narrow_time(select, column, span)
    return select.rows(call.tx, options)


def _narrow_named(call: Call, select: Select, wanted: Filter) -> bool:
    """Narrow by things that have a name; False if one of them does not exist."""
    meant = (
        ("pkg_id", wanted.package, lambda info: names.lookup(call, Package, info)),
        ("owner", wanted.user, lambda info: users.get(call, info, krb_princs=False)),
        ("promoter", wanted.promoter, lambda info: users.get(call, info, krb_princs=False)),
        ("cg_id", wanted.cg or None, lambda info: names.lookup(call, ContentGenerator, info)),
    )
    found = {column: find(info) for column, info, find in meant if info is not None}
    for column, row in found.items():
        select.also(f"b.{column} = :{column}", **{column: row and row["id"]})
    return None not in found.values()


_TYPE_FIELDS = {"maven": ("group_id", "artifact_id", "version"), "win": ("platform",)}


def _narrow_type(call: Call, select: Select, wanted: Filter) -> None:
    if wanted.kind is None:
        return
    if wanted.kind not in queries.TYPED:
        select.params["btype"] = type_id(call, wanted.kind)
    said = check(wanted.kind_info, dict, optional=True) or {}
    if wanted.kind == "win" and said and "platform" not in said:
        raise ParameterError("typeInfo of Windows builds names their platform")
    for key in _TYPE_FIELDS.get(wanted.kind, ()):
        if key in said:
            select.also(f"t.{key} = :type_{key}", **{f"type_{key}": said[key]})


def type_id(call: Call, kind: Any) -> int:
    """The id of a build type by name; a GenericError if there is no such type."""
    found = names.lookup(call, BType, kind)
    if found is None:
        raise GenericError(f"unsupported build type: {kind}")
    return int(found["id"])


def _narrow_plain(select: Select, wanted: Filter) -> None:
    if wanted.state is not None:
        state = identity(wanted.state)
        select.also(queries.IS_COMPLETE if state == COMPLETE else "b.state = :state", state=state)
    if wanted.volume is not None:
        select.also("b.volume_id = :volume", volume=identity(wanted.volume))
    if wanted.packages is not None:
        select.also("b.pkg_id IN :packages", packages=wanted.packages or [-1])
    if wanted.task is not None:
        task = identity(wanted.task)
        select.also("b.task_id IS NOT NULL" if task == -1 else "b.task_id = :task", task=task)
    if wanted.source is not None:
        select.also("LOWER(b.source) LIKE LOWER(:source) ESCAPE '\\'", source=like(check(wanted.source, str)))
    if wanted.prefix:
        select.also("LOWER(p.name) LIKE LOWER(:prefix) || '%'", prefix=check(wanted.prefix, str))
    if wanted.pattern:
        select.also(f"LOWER({queries.NVR}) LIKE LOWER(:pattern) ESCAPE '\\'", pattern=like(check(wanted.pattern, str)))
    narrow_draft(select, wanted.draft, "b")


def narrow_draft(select: Select, draft: Any, alias: str) -> None:
    """Only drafts for what is true, only others for what is false, both for None."""
    if draft is not None:
        select.also(f"{alias}.draft IS {'' if draft else 'NOT '}TRUE")


def _narrow_time(select: Select, column: str, span: tuple[Any, Any]) -> None:
    name = column.replace(".", "_")
    for value, sign, end in zip(span, "><", ("after", "before"), strict=True):
        if value:
            select.also(f"{column} {sign} :{name}_{end}", **{f"{name}_{end}": moments.seconds(value)})


def untagged(call: Call, name: str | None = None, draft: Any = None, options: Options | None = None) -> Any:
    """Complete builds that no tag has: `id`, `name`, `version`, `release`."""
    select = queries.untagged()
    if name is not None:
        select.also("p.name = :name", name=check(name, str))
    narrow_draft(select, draft, "b")
    return select.rows(call.tx, options)


def types(call: Call, build: Row) -> Row:
    """A build's types by name, each with the type's own facts, else what `extra` says of it (or None)."""
    said = (build["extra"] or {}).get("typeinfo", {})
    rows = call.tx.rows(_TYPES, {"id": build["id"]})
    return {row["name"]: _type_facts(row, build["id"]) or said.get(row["name"]) for row in rows}


def _type_facts(row: Row, build_id: int) -> Row | None:
    if row["name"] == "maven" and row["group_id"] is not None:
        return {"build_id": build_id, **{key: row[key] for key in ("group_id", "artifact_id", "version")}}
    if row["name"] == "win" and row["platform"] is not None:
        return {"build_id": build_id, "platform": row["platform"]}
    if row["name"] == "image" and row["image"] is not None:
        return {"build_id": build_id}
    return None


def add_type(call: Call, build_id: int, kind: str) -> None:
    """See to it that a build is of a type."""
    values = {"build_id": build_id, "btype_id": type_id(call, kind)}
    sql = "SELECT 1 FROM build_types WHERE build_id = :build_id AND btype_id = :btype_id"
    if call.tx.value(sql, values) is None:
        call.tx.insert(BuildType, **values)


def logs(call: Call, info: Any) -> list[Row]:
    """The log files of a complete build: `name`, `dir` below the log directory, `path` below the topdir."""
    top = call.paths.topdir
    root = top.build_logs(require(call, info))
    relative = os.path.relpath(root, top.topdir)
    return [
        {"name": name, "dir": below, "path": f"{relative}/{below}/{name}"}
        for directory, _, files in os.walk(root)
        for below in [os.path.relpath(directory, root)]
        for name in files
        if os.path.isfile(os.path.join(directory, name)) and not os.path.islink(os.path.join(directory, name))
    ]


def average_duration(call: Call, package: Any, age: Any = None) -> float | None:
    """Seconds that builds of a package took on average, within AGE months; None if there were none."""
    found = names.lookup(call, Package, package)
    if found is None:
        return None
    since = None if age is None else moments.seconds(call.now() - convert(age, int) * _MONTH)
    average = call.tx.value(_AVERAGE, {"package": found["id"], "since": since})
    return None if average is None else float(average)


def next_release(call: Call, info: Any, increment: int = 1) -> str:
    """The release after the last of a package's version: N, N.dist or date.tag.N counted on by INCREMENT.

    Raises BuildError for a release of any other form.
    """
    if not isinstance(info, dict) or not all(key in info for key in ("name", "version")):
        raise GenericError("build_info must be a dict with name and version")
    for key in ("name", "version"):
        check(info[key], str, optional=True)
    states = [koji.BUILD_STATES[state] for state in ("COMPLETE", "DELETED", "BUILDING")]
    last = call.tx.value(_LAST_RELEASE, {"name": info["name"], "version": info["version"], "states": states})
    return _counted_on(last, increment) if last else str(increment)


def _counted_on(release: str, increment: int) -> str:
    parts = release.split(".")
    place = {1: 0, 2: 0, 3: 2}.get(len(parts))
    if place is None or not parts[place].isdigit():
        raise BuildError(f"Unable to increment release value: {release}")
    parts[place] = str(int(parts[place]) + increment)
    return ".".join(parts)


def set_owner(call: Call, info: Any, user: Any) -> None:
    """Give a build another owner."""
    build_id = identify(call, info)
    call.tx.update(Build, {"owner": users.identify(call, user)}, id=build_id)


def set_completion(call: Call, info: Any, moment: Any) -> None:
    """Set when a build was completed: seconds since the epoch, or XML-RPC's dateTime."""
    build_id = identify(call, info)
    if not isinstance(moment, (int, float, DateTime)):
        raise GenericError("Invalid type for timestamp")
    call.tx.update(Build, {"completion_time": moments.seconds(moment)}, id=build_id)

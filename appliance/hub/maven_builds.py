"""Maven builds: their coordinates, and their course from announcement to artifacts in place."""

from typing import Any

from appliance.arguments import check, integer
from appliance.db.connection import Row
from appliance.db.models.archives import MavenBuild
from appliance.errors import BuildError, GenericError
from appliance.hub import (
    archive_builds,
    archive_imports,
    archives,
    arrivals,
    builds,
    poms,
    submissions,
    tasks,
)
from appliance.hub.hub import Call

_FIELDS = ("group_id", "artifact_id", "version")
_GET = "SELECT build_id, group_id, artifact_id, version FROM maven_builds WHERE build_id = :id"
# Checksums are made anew; an artifact's own metadata is kept on disk alone.
_SUMS = (".md5", ".sha1")
_METADATA = "maven-metadata.xml"


def get(call: Call, info: Any, strict: bool = False) -> Row | None:
    """`build_id, group_id, artifact_id, version` of a build; None for one that is no Maven build.

    With STRICT that is a GenericError.
    """
    build_id = builds.find(call, info, strict)
    found = call.tx.row(_GET, {"id": build_id}) if build_id else None
    if found is None and strict:
        raise GenericError(f"no such maven build: {info}")
    return found


def note(call: Call, build_id: int, info: Any) -> None:
    """Make a build a Maven build of the coordinates INFO; one that is must have the same."""
    if not isinstance(info, dict):
        raise GenericError(f"Invalid type for maven_info: {type(info)}")
    known = get(call, build_id)
    if known is None:
        _insert(call, build_id, info)
        return
    for field in _FIELDS:
        if known[field] != info.get(field):
            raise BuildError(f"{field} mismatch (current: {known[field]}, new: {info.get(field)})")


def _insert(call: Call, build_id: int, info: Row) -> None:
    if not info:
        raise GenericError("Maven info is empty")
    for field in _FIELDS:
        if field not in info:
            raise GenericError(f"Maven info doesn't have mandatory {field!r} key")
    call.tx.insert(MavenBuild, build_id=build_id, **{field: check(info[field], str) for field in _FIELDS})
    builds.add_type(call, build_id, "maven")


def create(call: Call, build: Any, info: Any) -> None:
    """Make a build (which is made if there is none) a Maven build."""
    submissions.require_maven(call)
    note(call, archive_builds.found_or_made(call, build), info)


def describe(call: Call, build: Any, info: Any) -> None:
    """Make a build that there is a Maven build, for a host."""
    submissions.require_maven(call)
    note(call, builds.identify(call, build), info)


def init(call: Call, task_id: Any, build: Any, info: Any) -> Row:
    """Announce the Maven build of an open task of the asking host, as the next release; its data."""
    submissions.require_maven(call)
    tasks.assert_own(call, integer(task_id))
    data = archive_builds.begin(call, task_id, {**check(build, dict), "release": None})
    note(call, data["id"], info)
    return data


def complete(call: Call, task_id: Any, build_id: Any, results: Any, rpm_results: Any = None) -> None:
    """Import what a task made as its Maven build, which is then complete.

    RESULTS has `task_id, buildroot_id, files` (directory: names) and `logs`; RPM_RESULTS are wrapper RPMs.
    """
    submissions.require_maven(call)
    tasks.assert_own(call, integer(task_id))
    build = builds.require(call, build_id)
    info = get(call, build_id, strict=True)
    assert info is not None
    build = archive_builds.on_volume(call, build, "maven", task_id)
    for directory, names in check(results, dict)["files"].items():
        _import(call, build, info, (results["task_id"], directory), names)
    archive_builds.keep_logs(call, build, results, "maven")
    archive_builds.finish(call, build, task_id, rpm_results)


def _import(call: Call, build: Row, info: Row, place: tuple[Any, str], names: list[str]) -> None:
    """Import a directory of a Maven repository: a .pom in it says what its artifacts are."""
    named = [name for name in names if name.endswith(".pom")]
    if len(named) > 1:
        raise BuildError(f"multiple .pom files in {place[1]}: {', '.join(named)}")
    if named:
        info = poms.coordinates(arrivals.of_task(call, *place, named[0]))
    for name in names:
        if name.endswith(_SUMS):
            continue
        path = arrivals.of_task(call, *place, name)
        if name == _METADATA:
            archive_imports.place_with_sums(call, path, archives.below(call, build, "maven", place[1]))
        else:
            archive_builds.check_type(call, name)
            archive_imports.add(call, archive_imports.arrived(path), build, "maven", info)

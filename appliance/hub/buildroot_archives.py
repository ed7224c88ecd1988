"""Archives in buildroots: those that a build's environment, or its project, took from other builds."""

import re
from dataclasses import dataclass
from typing import Any

from appliance.arguments import check, integer
from appliance.db.connection import Row
from appliance.db.models.archives import BuildrootArchive
from appliance.errors import BuildrootError, GenericError
from appliance.hub import buildroots, builds, submissions, tagged, task_output
from appliance.hub.hub import Call

_HELD = "SELECT archive_id FROM buildroot_archives WHERE buildroot_id = :buildroot"
_OF_BUILDS = """
SELECT a.id, a.build_id, a.filename, a.size, m.group_id, m.artifact_id, m.version
FROM archiveinfo a JOIN maven_archives m ON m.archive_id = a.id WHERE a.build_id IN :builds ORDER BY a.id
"""
_BYPRODUCTS = (".log", ".md5", ".sha1")
_TIMESTAMP = re.compile(r"-\d{8}\.\d{6}-\d+")
Coordinates = tuple[str, str, str]  # group, artifact, version


@dataclass(frozen=True)
class Maven:
    """What a Maven build's environment held: LISTED are structs of `maven_info` and `files`.

    A file may be in the build tag, in IGNORE (more such structs), or come from EXTRA: task ids, and builds.
    With IGNORE_UNKNOWN it may come from anywhere.
    """

    listed: Any
    ignore: Any
    extra: Any
    ignore_unknown: Any = False


def update(call: Call, buildroot_id: Any, task_id: Any, archives: Any, project: Any = False) -> None:
    """Say which archives (structs with `id`) a buildroot of the asking host holds by now.

    PROJECT: the project depends on them; else the environment is made of them.
    """
    found = buildroots.own(call, buildroot_id, integer(task_id))
    if not (call.settings.koji.enable_maven or call.settings.koji.enable_win):
        raise GenericError("non-rpm support is not enabled")
    if found["state"] != buildroots.BUILDING:
        raise GenericError(f"buildroot {found['id']} in wrong state {found['state']}")
    keep(call, found["id"], [integer(each.get("id")) for each in check(archives, list)], bool(project))


def keep(call: Call, buildroot_id: int, archive_ids: list[int], project: bool = False) -> None:
    """Add archives to what is known of a buildroot."""
    known = call.tx.column("SELECT id FROM archiveinfo WHERE id IN :ids", {"ids": archive_ids})
    for missing in set(archive_ids).difference(known):
        raise GenericError(f"No such archive: {missing}")
    held = call.tx.column(_HELD, {"buildroot": buildroot_id})
    call.tx.insert_many(
        BuildrootArchive,
        [
            {"buildroot_id": buildroot_id, "archive_id": each, "project_dep": project}
            for each in sorted(set(archive_ids).difference(held))
        ],
    )


def update_maven(call: Call, buildroot_id: Any, task_id: Any, seen: Maven, project: Any = False) -> None:
    """As `update`, for the Maven artifacts that an environment held; BuildrootError for one from nowhere."""
    submissions.require_maven(call)
    found = buildroots.own(call, buildroot_id, integer(task_id))
    sources = _builds(call, found, check(seen.extra, list))
    allowed = _ignored([*seen.ignore, *_outputs(call, seen.extra)])
    wanted = [(_coordinates(each["maven_info"]), file) for each in check(seen.listed, list) for file in each["files"]]
    theirs = _archives(call, {sources[where] for where, _ in wanted if where in sources})
    matched: list[Row] = []
    for where, file in wanted:
        archive = theirs.get((sources.get(where), where, file["filename"]))
        if archive and archive["size"] == file["size"]:
            matched.append(archive)
        elif not (seen.ignore_unknown or allowed.get((where, file["filename"])) == file["size"]):
            raise BuildrootError(
                f"No such file in build environment: {file['path']}/{file['filename']}, size: {file['size']}"
            )
    update(call, buildroot_id, task_id, matched, project)


def _builds(call: Call, buildroot: Row, extra: list[Any]) -> dict[Coordinates, int]:
    """Which build gives each artifact's version: one of the build tag, unless a build of EXTRA has it."""
    event = buildroot["repo_create_event_id"]
    found: dict[Coordinates, int] = {}
    for row in tagged.latest_maven(call, buildroot["tag_id"], event):
        found.setdefault(_coordinates(row), row["build_id"])
    named = [builds.identify(call, each) for each in extra if not isinstance(each, int)]
    found.update({_coordinates(row): row["build_id"] for row in _archives(call, set(named)).values()})
    return found


def _archives(call: Call, build_ids: set[int]) -> dict[tuple[int | None, Coordinates, str], Row]:
    rows = call.tx.rows(_OF_BUILDS, {"builds": list(build_ids)})
    return {(row["build_id"], _coordinates(row), row["filename"]): row for row in rows}


def _coordinates(info: Row) -> Coordinates:
    try:
        return info["group_id"], info["artifact_id"], info["version"]
    except (KeyError, TypeError):
        raise GenericError(f"Invalid maven info: {info!r}") from None


def _outputs(call: Call, extra: list[Any]) -> list[Row]:
    """What tasks among EXTRA have uploaded in the layout of a Maven repository."""
    task_ids = [each for each in extra if isinstance(each, int)]
    found = (task_output.listed(call, task_id, stat=True).items() for task_id in task_ids)
    return [_output(path, facts) for each in found for path, facts in each if _is_artifact(path)]


def _is_artifact(path: str) -> bool:
    return path.count("/") >= 3 and not path.endswith(_BYPRODUCTS)


def _output(path: str, facts: Row) -> Row:
    group, artifact, version, name = path.rsplit("/", 3)
    info = {"group_id": group.replace("/", "."), "artifact_id": artifact, "version": version}
    return {"maven_info": info, "files": [{"filename": name, "size": int(facts["st_size"])}]}


def _ignored(entries: list[Row]) -> dict[tuple[Coordinates, str], int]:
    """Sizes of files by artifact and name; a time-stamped snapshot also under its plain snapshot name."""
    found: dict[tuple[Coordinates, str], int] = {}
    for where, file in ((_coordinates(each["maven_info"]), file) for each in entries for file in each["files"]):
        found[where, file["filename"]] = file["size"]
        found[where, _TIMESTAMP.sub("-SNAPSHOT", file["filename"])] = file["size"]
    return found

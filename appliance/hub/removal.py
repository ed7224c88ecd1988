"""The end of builds: cancelled in the making, reset as if they never had files, deleted when unreferenced."""

from collections.abc import Iterator
from typing import Any

import koji

from appliance.arguments import convert
from appliance.db import history, states
from appliance.db.connection import Row
from appliance.db.models.builds import BuildReservation, TagListing
from appliance.db.queries import references as queries
from appliance.errors import ActionNotAllowed, GenericError
from appliance.hub import builds, files, notifications, tasks, volumes
from appliance.hub.hub import Call

_NO_LIMIT = (1 << 63) - 1
_OF_RPMS = "rpm_id IN (SELECT id FROM rpminfo WHERE build_id = :id)"
_OF_ARCHIVES = "IN (SELECT id FROM archiveinfo WHERE build_id = :id)"
# What a deleted build's RPMs lose, and what else goes when a build is reset: tables and which of their rows.
_FILE_FACTS = tuple((table, _OF_RPMS) for table in ("rpmsigs", "rpm_checksum", "rpm_fragment", "rpm_header"))
_RESET = (
    *_FILE_FACTS,
    ("buildroot_listing", _OF_RPMS),
    ("archive_rpm_components", f"{_OF_RPMS} OR archive_id {_OF_ARCHIVES}"),
    ("rpminfo", "build_id = :id"),
    ("maven_archives", f"archive_id {_OF_ARCHIVES}"),
    ("win_archives", f"archive_id {_OF_ARCHIVES}"),
    ("image_archives", f"archive_id {_OF_ARCHIVES}"),
    ("buildroot_archives", f"archive_id {_OF_ARCHIVES}"),
    ("archive_components", f"archive_id {_OF_ARCHIVES} OR component_id {_OF_ARCHIVES}"),
    ("archiveinfo", "build_id = :id"),
    ("maven_builds", "build_id = :id"),
    ("win_builds", "build_id = :id"),
    ("image_builds", "build_id = :id"),
    ("build_types", "build_id = :id"),
    ("tag_listing", "build_id = :id"),
)


def references(call: Call, build_id: int, limit: int | None = None, lazy: bool = False) -> Row:
    """What refers to a build: `tags, rpms, component_of, archives, last_used, images`.

    LIMIT bounds each list but the first; with LAZY the answer ends with the first that is not empty.
    """
    found: Row = {}
    for key, value in _found(call, {"build": build_id, "limit": limit or _NO_LIMIT}):
        found[key] = found[key] + value if key in found else value
        if lazy and value:
            return found
    clue = {"build": build_id}
    return {**found, "last_used": call.tx.value(queries.LAST_USED, clue), "images": found["component_of"]}


def _found(call: Call, clue: Row) -> Iterator[tuple[str, list[Any]]]:
    yield "tags", call.tx.rows(queries.TAGS, clue)
    yield "rpms", call.tx.rows(queries.RPMS, clue)
    yield "component_of", call.tx.column(queries.RPM_COMPONENTS, clue)
    yield "archives", call.tx.rows(queries.ARCHIVES, clue)
    yield "component_of", call.tx.column(queries.ARCHIVE_COMPONENTS, clue)


_OBSTACLES = (
    ("tags", "tagged: {}"),
    ("rpms", "used in buildroots: {}"),
    ("archives", "used in archive buildroots: {}"),
    ("component_of", "used as component of: {}"),
)


def delete(call: Call, info: Any, strict: bool = True, unused_for: Any = 604800) -> bool | None:
    """Delete a build's files; its row stays and keeps the NVR. None if that was done before.

    A build that something refers to, or that was in a buildroot within UNUSED_FOR seconds, stays: that is a
    GenericError, without STRICT a False.
    """
    build = builds.require(call, info)
    if build["state"] == koji.BUILD_STATES["DELETED"]:
        return None
    _check_ended(build)
    obstacle = _obstacle(call, build["id"], unused_for)
    if obstacle and strict:
        raise GenericError(f"Cannot delete build, {obstacle}")
    if obstacle:
        return False
    _delete(call, build)
    return True


def _check_ended(build: Row) -> None:
    if build["state"] == koji.BUILD_STATES["BUILDING"]:
        raise GenericError(f"Build {build['nvr']} is being made: cancel it first")


def _obstacle(call: Call, build_id: int, unused_for: Any) -> str | None:
    found = references(call, build_id, limit=10, lazy=True)
    for key, words in _OBSTACLES:
        if found.get(key):
            return words.format(found[key])
    used = found.get("last_used")
    return "used in recent buildroot" if used and call.now() - used < convert(unused_for, float) else None


def _delete(call: Call, build: Row) -> None:
    _clear(call, build, _FILE_FACTS)
    history.revoke(call.tx, TagListing, call.user_id, build_id=build["id"])
    states.move(call.tx, states.BUILD, build["id"], "DELETED")
    call.ring("builds", "repos")


def _clear(call: Call, build: Row, tables: tuple[tuple[str, str], ...]) -> None:
    for table, condition in tables:
        call.tx.execute(f"DELETE FROM {table} WHERE {condition}", {"id": build["id"]})
    volumes.drop_links(call, build)
    files.discard(call, volumes.directory(call, build, build["volume_name"]))


def reset(call: Call, info: Any) -> None:
    """Cancel a build and forget its files, types, tags and task, so that it can be begun anew."""
    build = builds.get(call, info)
    if build is None:
        return
    _check_ended(build)
    _clear(call, build, _RESET)
    states.move(call.tx, states.BUILD, build["id"], "CANCELED", task_id=None, volume_id=0)
    call.ring("builds", "repos")


def cancel(call: Call, info: Any, strict: bool = False) -> bool:
    """Cancel a build in the making, with its task, as its owner or an admin; whether it was being made."""
    build = builds.get(call, info, strict)
    if build is None:
        return False
    if build["owner_id"] != call.user_id and not call.session.may("admin"):
        raise ActionNotAllowed("Cannot cancel build, not owner")
    if build["state"] != koji.BUILD_STATES["BUILDING"]:
        return False
    abandon(call, build["id"], build["task_id"])
    if build["task_id"] is not None:
        tasks.cancel_full(call, build["task_id"], strict=False)
    return True


def abandon(call: Call, build_id: int, task_id: int | None) -> None:
    """Cancel a build that is being made, but not its task, and tell who wants to hear of it."""
    states.move(call.tx, states.BUILD, build_id, "CANCELED", completion_time=call.now())
    call.tx.delete(BuildReservation, build_id=build_id)
    if task_id is not None:
        notifications.of_build(call, task_id, build_id)
    call.ring("builds")

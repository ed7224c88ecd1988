"""Removing Copr's builds, packages and projects, with what they left on disk: all that is asked, or none."""

import json
from pathlib import Path
from typing import Any

from appliance.db.connection import Row
from appliance.db.models.copr import (
    CoprPackage,
    CoprRepo,
    Project,
    ProjectChange,
    ProjectChroot,
    ProjectDir,
    ProjectPermission,
)
from appliance.db.models.pins import RepoPin
from appliance.db.queries import copr_builds as queries
from appliance.errors import AccessRestricted, BadRequest, Unprocessable
from appliance.hub import (
    batches,
    copr_builds,
    copr_packages,
    copr_results,
    project_dirs,
    project_history,
    project_permissions,
)
from appliance.hub import projects as projects_
from appliance.hub.hub import Call

# Which builds go; VALUE says of what, or is a JSON list of ids.
_OF_PROJECT = "b.project_id = :value"
_OF_PACKAGE = "b.package_id = :value"
_NUMBERED = "b.id IN (SELECT value FROM json_each(:value))"

_ROWS = (
    "DELETE FROM copr_rpm WHERE build_chroot_id IN (SELECT c.id FROM copr_build b"
    " JOIN copr_build_chroot c ON c.build_id = b.id WHERE {which})",
    "DELETE FROM copr_build_chroot WHERE build_id IN (SELECT b.id FROM copr_build b WHERE {which})",
    "DELETE FROM copr_build AS b WHERE {which}",
)

_NEEDED = (
    "id",
    "project_id",
    "dir_id",
    "batch_id",
    "result_dir",
    "ended",
    "owner_id",
    "group_id",
    "persistent",
    "manual",
    "ownername",
    "full_name",
    "dirname",
)


# builds


def build(call: Call, found: Row) -> Row:
    """Remove a build that has ended; what it was, as the API shows it."""
    name = call.session.user_name
    if found["persistent"]:
        raise AccessRestricted(f"User '{name}' can not delete a persistent build {found['id']}")
    if not project_permissions.may_edit(call, copr_builds.project_of(found)):
        raise AccessRestricted(f"User '{name}' doesn't have permissions to delete build {found['id']}")
    if not found["ended"]:
        raise Unprocessable(f"User '{name}' can not delete build {found['id']}")
    shown = copr_builds.shown(call, found)
    _remove(call, [found], _NUMBERED, json.dumps([found["id"]]))
    return shown


def builds(call: Call, ids: Any) -> None:
    """Remove all of these builds. Raises BadRequest, naming those that stand in the way, and removes none."""
    if not isinstance(ids, list) or any(isinstance(each, (list, dict)) for each in ids):
        raise Unprocessable("builds must be a list of ids")
    numbers = [each for each in ids if isinstance(each, int) and abs(each) <= copr_builds.MAX_ID]
    which = _NUMBERED, json.dumps(numbers)
    _remove(call, _removable(call, *which, ids), *which)


def _removable(call: Call, which: str, value: Any, wanted: list[Any] | None = None) -> list[Row]:
    """The builds that go. Raises BadRequest if one of them, or of those that are WANTED, can't."""
    select = queries.builds().also(which, value=value)
    select.columns = {name: select.columns[name] for name in _NEEDED}
    select.order = "b.id"
    found: list[Row] = select.rows(call.tx)
    allowed = {
        project_id: _may_remove(call, row) for project_id, row in {row["project_id"]: row for row in found}.items()
    }
    present = {row["id"] for row in found}
    _refuse(
        [row["id"] for row in found if not allowed[row["project_id"]]],
        [row["id"] for row in found if allowed[row["project_id"]] and not row["ended"]],
        [each for each in dict.fromkeys(wanted or []) if each not in present],
    )
    return found


def _may_remove(call: Call, found: Row) -> bool:
    return not found["persistent"] and project_permissions.may_edit(call, copr_builds.project_of(found))


def _refuse(foreign: list[Any], running: list[Any], absent: list[Any]) -> None:
    text = ""
    if foreign:
        text += f"You don't have permissions to delete build(s) {_listed(foreign)}.\n"
    if running:
        text += f"Build(s) {_listed(running)} are still running.\n"
    if absent:
        text += f"Build(s) {_listed(absent)} don't exist.\n"
    if text:
        raise BadRequest(text)


def _listed(ids: list[Any]) -> str:
    return ", ".join(str(each) for each in ids)


def _remove(call: Call, found: list[Row], which: str, value: Any) -> None:
    """Remove rows and directories; the repositories that lose packages are composed again."""
    chroots = copr_builds.chroots_of(call, [row["id"] for row in found])
    copr_results.remove(call, _directories(call, found, chroots))
    _request(call, found, chroots)
    _delete(call, found, which, value)


def _request(call: Call, found: list[Row], chroots: list[Row]) -> None:
    by_id = {row["id"]: row for row in found}
    losing: dict[tuple[int, int, bool], set[int]] = {}
    for each in chroots:
        row = by_id[each["build_id"]]
        if each["result_dir"]:
            place = row["project_id"], row["dir_id"], row["manual"]
            losing.setdefault(place, set()).add(each["mock_chroot_id"])
    for (project_id, dir_id, manual), mocks in losing.items():
        for devel in (False, True) if manual else (False,):
            copr_results.request(call, project_id, mocks, dir_id=dir_id, devel=devel)


def _delete(call: Call, found: list[Row], which: str, value: Any) -> None:
    """Remove the rows; builds that have waited for these begin."""
    for statement in _ROWS:
        call.tx.execute(statement.format(which=which), {"value": value})
    for batch_id in {row["batch_id"] for row in found}:
        batches.settle(call, batch_id)
    call.ring("builds")


def _directories(call: Call, found: list[Row], chroots: list[Row]) -> list[Path]:
    """Where builds left their results."""
    by_id = {row["id"]: row for row in found}
    places = [(row, copr_results.SOURCES, row["result_dir"]) for row in found]
    places += [(by_id[each["build_id"]], each["name"], each["result_dir"]) for each in chroots]
    return [
        copr_results.directory(call, row["ownername"], row["dirname"], chroot, result_dir)
        for row, chroot, result_dir in places
        if result_dir
    ]


# packages, projects


def package(call: Call, project: Row, found: Row) -> Row:
    """Remove a package with its builds; what it was, as the API shows it."""
    project_permissions.require_edit(call, project, f"You are not allowed to delete package `{found['id']}`.")
    shown = copr_packages.shown(call, project, found)
    which = _OF_PACKAGE, found["id"]
    _remove(call, _removable(call, *which), *which)
    call.tx.delete(CoprPackage, id=found["id"])
    project_history.note(call, project["id"], "package", found["name"], {}, None)
    return shown


def project(call: Call, found: Row) -> Row:
    """Remove a project with all that is in it; what it was, as the API shows it. Its name is free again."""
    if found["persistent"]:
        raise AccessRestricted("This project is protected against deletion.")
    shown = projects_.shown(call, found)
    which = _OF_PROJECT, found["id"]
    doomed = _removable(call, *which)
    project_permissions.require_ownership(call, found)
    _delete(call, doomed, *which)
    for each in project_dirs.listed(call, found):
        copr_results.remove(call, [copr_results.directory(call, found["ownername"], each["name"])])
        call.tx.delete(CoprRepo, dir_id=each["id"])
        call.tx.delete(RepoPin, dir_id=each["id"])
    for table in (CoprPackage, ProjectDir, ProjectChroot, ProjectPermission, ProjectChange):
        call.tx.delete(table, project_id=found["id"])
    call.tx.update(Project, {"deleted": True}, id=found["id"])
    return shown

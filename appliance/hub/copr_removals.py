"""Removing Copr's builds, packages and projects, with what they left on disk: all that is asked, or none."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from appliance.db.connection import Row
from appliance.db.models.copr import (
    CoprPackage,
    CoprRepo,
    Project,
    ProjectChroot,
    ProjectDir,
    ProjectPermission,
)
from appliance.db.queries import copr_builds as queries
from appliance.errors import AccessRestricted, BadRequest, Unprocessable
from appliance.hub import batches, copr_builds, copr_packages, copr_results, project_dirs, project_permissions
from appliance.hub import projects as projects_
from appliance.hub.hub import Call

_OF_PROJECT = "SELECT id FROM copr_build WHERE project_id = :project"
_OF_PACKAGE = "SELECT id FROM copr_build WHERE package_id = :package"

_ROWS = (
    "DELETE FROM copr_rpm WHERE build_chroot_id IN"
    " (SELECT id FROM copr_build_chroot WHERE build_id IN :builds)",
    "DELETE FROM copr_build_chroot WHERE build_id IN :builds",
    "DELETE FROM copr_build WHERE id IN :builds",
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
    _remove(call, [found])
    return shown


def builds(call: Call, ids: Any) -> None:
    """Remove all of these builds. Raises BadRequest, naming those that stand in the way, and removes none."""
    if not isinstance(ids, list):
        raise Unprocessable("builds must be a list of ids")
    _remove(call, _removable(call, ids))


def _removable(call: Call, ids: Iterable[Any]) -> list[Row]:
    wanted = list(dict.fromkeys(ids))
    numbers = [each for each in wanted if isinstance(each, int) and abs(each) <= copr_builds.MAX_ID]
    found = queries.builds().also("b.id IN :ids", ids=numbers).rows(call.tx) if numbers else []
    allowed = {row["project_id"]: _may_remove(call, row) for row in found}
    present = {row["id"] for row in found}
    _refuse(
        [row["id"] for row in found if not allowed[row["project_id"]]],
        [row["id"] for row in found if allowed[row["project_id"]] and not row["ended"]],
        [each for each in wanted if each not in present],
    )
    return list(found)


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


def _remove(call: Call, found: list[Row]) -> None:
    """Remove rows and directories; the repositories that lose packages are composed again."""
    ids = [row["id"] for row in found]
    chroots = copr_builds.chroots_of(call, ids)
    copr_results.remove(call, _directories(call, found, chroots))
    for row in found:
        built = [
            each["mock_chroot_id"] for each in chroots if each["build_id"] == row["id"] and each["result_dir"]
        ]
        for devel in (False, True) if row["manual"] else (False,):
            copr_results.request(call, row["project_id"], built, dir_id=row["dir_id"], devel=devel)
    _delete(call, ids)
    for batch_id in {row["batch_id"] for row in found}:
        batches.settle(call, batch_id)
    call.ring("builds")


def _delete(call: Call, ids: list[int]) -> None:
    for statement in _ROWS if ids else ():
        call.tx.execute(statement, {"builds": ids})


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
    _remove(call, _removable(call, call.tx.column(_OF_PACKAGE, {"package": found["id"]})))
    call.tx.delete(CoprPackage, id=found["id"])
    return shown


def project(call: Call, found: Row) -> Row:
    """Remove a project with all that is in it; what it was, as the API shows it. Its name is free again."""
    if found["persistent"]:
        raise AccessRestricted("This project is protected against deletion.")
    shown = projects_.shown(call, found)
    doomed = _removable(call, call.tx.column(_OF_PROJECT, {"project": found["id"]}))
    project_permissions.require_ownership(call, found)
    _delete(call, [row["id"] for row in doomed])
    for each in project_dirs.listed(call, found):
        copr_results.remove(call, [copr_results.directory(call, found["ownername"], each["name"])])
        call.tx.delete(CoprRepo, dir_id=each["id"])
    for table in (CoprPackage, ProjectDir, ProjectChroot, ProjectPermission):
        call.tx.delete(table, project_id=found["id"])
    call.tx.update(Project, {"deleted": True}, id=found["id"])
    for batch_id in {row["batch_id"] for row in doomed}:
        batches.settle(call, batch_id)
    return shown

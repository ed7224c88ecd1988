"""Copr's projects: lists of them, and one with its chroots, its snippet for dnf, packages, monitor and
settings.
"""

from typing import Any

from appliance.db.connection import Row
from appliance.errors import NotFound
from appliance.hub import (
    copr_overview,
    copr_packages,
    mock_chroots,
    monitor,
    project_chroots,
    project_dirs,
    project_history,
    project_owners,
    project_permissions,
    projects,
)
from appliance.hub.authority import ANYONE, LOGIN
from appliance.hub.paging import Page
from appliance.ui import results, wording
from appliance.ui.rendering import query
from appliance.ui.site import page
from appliance.ui.visit import Visit, cut

_VIEWS = ("packages", "builds", "monitor", "people", "history", "edit")
NOT_YOURS = "Only the owner and admins of the project may do this."
NO_BUILDER = "Only the owner, admins and builders of the project may do this."


@page("/coprs", "/coprs/", need=ANYONE)
def listing(visit: Visit) -> str:
    rows, more = cut(copr_overview.listed(visit.call, visit.window(), visit.asked("name")))
    return visit.render(
        "projects.html",
        rows=[{**row, "address": address(row)} for row in rows],
        more=more,
        refusal=visit.refusal(LOGIN),
    )


@page("/coprs/builds", need=ANYONE, live=("builds",))
def builds(visit: Visit) -> str:
    rows, more = cut(copr_overview.builds(visit.call, visit.window(30)), 30)
    return visit.render("project_builds_all.html", rows=shown_builds(visit, rows), more=more)


@page("/coprs/new", need=LOGIN)
def new(visit: Visit) -> str:
    owners = [visit.session.user_name, *(f"@{each['name']}" for each in groups_of(visit))]
    return visit.render(
        "project_new.html",
        owners=owners,
        chroots=mock_chroots.active_names(visit.call),
        comments=mock_chroots.comments(visit.call),
    )


def groups_of(visit: Visit) -> list[Row]:
    """The groups whose projects the visitor may make."""
    return project_owners.groups_of(visit.call, visit.call.user_id)


def address(row: Row) -> str:
    """The page of a project's row, which may call its name otherwise."""
    return wording.project_address(row["ownername"], row.get("projectname") or row["name"])


def shown_builds(visit: Visit, rows: list[Row]) -> list[Row]:
    """Builds of projects, ready for the table of results."""
    dated = [{**row, "world": "copr", "completion_ts": row["ended_on"] or row["submitted_on"]} for row in rows]
    return results.shown(visit, dated)


@page("/coprs/<owner>/<name>/", "/coprs/<owner>/<name>", need=ANYONE, live=("builds",))
def of_user(visit: Visit, owner: str, name: str) -> Any:
    return one(visit, owner, name)


@page("/coprs/g/<group>/<name>/", "/coprs/g/<group>/<name>", need=ANYONE, live=("builds",))
def of_group(visit: Visit, group: str, name: str) -> Any:
    return one(visit, f"@{group}", name)


def one(visit: Visit, owner: str, name: str) -> Any:
    project = projects.find(visit.call, owner, name)
    view = visit.one_of("view", _VIEWS)
    known = {
        "project": project,
        "view": view,
        "root": address(project),
        "no_build": no_build(visit, project),
        "no_edit": no_edit(visit, project),
        "chroots": projects.chroots(visit.call, project["id"]),
    }
    return visit.render(f"project{'_' + view if view else ''}.html", **known, **_SHOWN[view](visit, project))


def no_edit(visit: Visit, project: Row) -> str | None:
    """Why the visitor may not change the project."""
    return visit.objection(lambda: project_permissions.require_edit(visit.call, project, NOT_YOURS))


def no_build(visit: Visit, project: Row) -> str | None:
    """Why the visitor may not build in the project."""
    return visit.objection(lambda: project_permissions.require_build(visit.call, project, NO_BUILDER))


def _overview(visit: Visit, project: Row) -> Row:
    call = visit.call
    enabled = projects.chroots(call, project["id"])
    releases: dict[str, list[str]] = {}
    for chroot in enabled:
        releases.setdefault(f"{chroot['os_release']}-{chroot['os_version']}", []).append(chroot["arch"])
    forked = project["forked_from"]
    return {
        "releases": [_release(visit, project, name, arches) for name, arches in releases.items()],
        "rows": shown_builds(visit, copr_overview.builds(call, {"limit": 15}, project["id"])),
        "dirs": project_dirs.listed(call, project),
        "results": projects.results_url(call, project["full_name"]),
        "origin": _origin(visit, forked) if forked else None,
        "host": visit.base_url.partition("://")[2],
    }


def _release(visit: Visit, project: Row, name: str, arches: list[str]) -> Row:
    file = f"{project['ownername'].replace('@', 'group_')}-{project['name']}-{name}.repo"
    return {
        "name": name,
        "arches": arches,
        "file": file,
        "repo": f"{visit.base_url}{address(project)}repo/{name}/{file}",
    }


def _origin(visit: Visit, project_id: int) -> Row | None:
    try:
        return projects.get(visit.call, project_id)
    except NotFound:
        return None


def _packages(visit: Visit, project: Row) -> Row:
    window = visit.window()
    found = copr_packages.listed(
        visit.call, project, Page(limit=window["limit"], offset=window["offset"], order="name"), latest=True
    )
    rows, more = cut([{**row, "last": _last(row["builds"]["latest"])} for row in found])
    return {"rows": rows, "more": more}


def _last(build: Row | None) -> Row | None:
    return None if build is None else {**build, "shown": wording.copr(build["state"])}


def _builds(visit: Visit, project: Row) -> Row:
    package = visit.asked("package")
    rows, more = cut(copr_overview.builds(visit.call, visit.window(30), project["id"], package), 30)
    return {"rows": shown_builds(visit, rows), "more": more, "package": package}


def _monitor(visit: Visit, project: Row) -> Row:
    """The matrix of packages and chroots, a window of packages at a time."""
    window = visit.window()
    names = copr_packages.listed(
        visit.call, project, Page(limit=window["limit"], offset=window["offset"], order="name")
    )
    rows, more = cut(names)
    dirname = visit.asked("dir") or None
    found = monitor.packages(visit.call, project, dirname, [], [row["name"] for row in rows])
    for row in found:
        row["chroots"] = {name: {**each, "shown": wording.copr(each["state"])} for name, each in row["chroots"].items()}
    return {"rows": found, "more": more, "dirs": project_dirs.listed(visit.call, project), "dirname": dirname}


def _people(visit: Visit, project: Row) -> Row:
    """Who may do what; only the project's admins see it, as in the API."""
    refusal = visit.objection(lambda: project_permissions.require_insight(visit.call, project))
    held: Row = {}
    if refusal is None:
        try:
            held = project_permissions.listed(visit.call, project)
        except NotFound:  # nobody holds or asks for anything
            held = {}
    return {"refusal": refusal, "held": held, "states": list(project_permissions.STATES)}


def _history(visit: Visit, project: Row) -> Row:
    window = visit.window()
    parts = project_permissions.may_edit(visit.call, project)
    found = project_history.listed(visit.call, project, parts, window["limit"], window["offset"])
    rows, more = cut(found)
    return {"entries": rows, "more": more}


def _edit(visit: Visit, project: Row) -> Row:
    enabled = {each["name"] for each in projects.chroots(visit.call, project["id"])}
    settings = [
        project_chroots.shown(visit.call, project, project_chroots.find(visit.call, project, name))
        for name in sorted(enabled)
    ][:30]
    return {
        "every": mock_chroots.active_names(visit.call),
        "enabled": enabled,
        "settings": settings,
        "owners": [visit.session.user_name or "", *(f"@{each['name']}" for each in groups_of(visit))],
    }


_SHOWN: dict[str, Any] = {
    "": _overview,
    "packages": _packages,
    "builds": _builds,
    "monitor": _monitor,
    "people": _people,
    "history": _history,
    "edit": _edit,
}


@page("/coprs/<owner>/<name>/package/<package>/", "/coprs/<owner>/<name>/package/<package>", need=ANYONE)
def package(visit: Visit, owner: str, name: str, package: str) -> Any:
    """Where Copr's clients send people to see a package."""
    base = wording.project_address(owner, name)
    return visit.moved(base + query({"view": "builds", "package": package}))

"""One search box over both worlds."""

from typing import Any

from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import builds, copr_builds, finding, projects, tasks
from appliance.hub.authority import ANYONE
from appliance.hub.paging import Page
from appliance.ui import wording
from appliance.ui.rendering import path
from appliance.ui.site import page
from appliance.ui.visit import Visit

_MOST = 12
_KINDS = {
    "package": ("Packages", lambda row: wording.package_address(row["name"])),
    "build": ("Builds", lambda row: f"/builds/{row['id']}"),
    "rpm": ("RPMs", lambda row: f"/rpms/{row['id']}"),
    "tag": ("Tags", lambda row: f"/tags/{path(row['name'])}"),
    "target": ("Targets", lambda row: f"/targets/{path(row['name'])}"),
    "user": ("Users", lambda row: f"/users/{path(row['name'])}"),
    "host": ("Hosts", lambda row: f"/hosts/{path(row['name'])}"),
}


@page("/search", need=ANYONE)
def search_all(visit: Visit) -> Any:
    words = visit.asked("q")
    if words.isdecimal() and len(words) < 19:
        return visit.render("search.html", words=words, groups=_numbered(visit, int(words)))
    groups = [*_named(visit, words), *_projects(visit, words)] if words else []
    if len(groups) == 1 and len(groups[0]["rows"]) == 1 and groups[0]["exact"]:
        return visit.moved(groups[0]["rows"][0]["address"])
    return visit.render("search.html", words=words, groups=groups)


def _numbered(visit: Visit, number: int) -> list[Row]:
    """What has this number: tasks, builds of both worlds."""
    call, rows = visit.call, []
    if (task := tasks.get(call, number)) is not None:
        rows.append({"name": f"task {number}, {wording.method(task['method'])}", "address": f"/tasks/{number}"})
    if (build := builds.get(call, number)) is not None:
        rows.append({"name": f"build {number}, {build['nvr']}", "address": f"/builds/{number}"})
    if (copr := copr_builds.look(call, number)) is not None:
        rows.append({"name": f"project build {number}, {copr['full_name']}", "address": f"/coprs/build/{number}"})
    return [{"title": f"Number {number}", "rows": rows, "exact": False, "more": ""}] if rows else []


def _named(visit: Visit, words: str) -> list[Row]:
    """What is called so in Koji's world, a group a kind."""
    groups = []
    for kind, (title, address) in _KINDS.items():
        found = _FINDERS.get(kind, finding.named)
        args = (visit.call, words, _MOST + 1) if kind in _FINDERS else (visit.call, kind, words, _MOST + 1)
        rows = [{"name": row["name"], "address": address(row)} for row in found(*args)]
        more = f"More than {_MOST}: say more of the name." if len(rows) > _MOST else ""
        exact = bool(rows) and rows[0]["name"] == words
        groups.append({"title": title, "rows": rows[:_MOST], "exact": exact, "more": more})
    return [group for group in groups if group["rows"]]


_FINDERS: dict[str, Any] = {"build": finding.builds, "rpm": finding.rpms}


def _projects(visit: Visit, words: str) -> list[Row]:
    try:
        found = projects.search(visit.call, Page(limit=_MOST), words)
    except GenericError:  # Copr wants three letters at least
        return []
    rows = [
        {"name": each["full_name"], "address": wording.project_address(*each["full_name"].split("/", 1))}
        for each in found
    ]
    return [{"title": "Projects", "rows": rows, "exact": False, "more": ""}] if rows else []

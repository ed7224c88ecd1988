"""A new build: from a file, an address or a package's name, for a target or a project."""

from appliance.db.connection import Row
from appliance.hub import copr_overview, dist_gits, projects, targets
from appliance.hub.authority import LOGIN
from appliance.ui.pages.projects import groups_of
from appliance.ui.site import page
from appliance.ui.visit import Visit

_MOST = 200


@page("/submit", need=LOGIN)
def submit(visit: Visit) -> str:
    known = targets.listing(visit.call, options={"limit": _MOST, "order": "name"})
    mine = [project["full_name"] for project in _mine(visit)]
    asked = visit.asked("project")
    if asked and asked not in mine:
        mine.insert(0, asked)
    chosen = f"project:{asked}" if asked else f"target:{visit.asked('target')}"
    return visit.render(
        "submit.html",
        targets=known,
        projects=mine,
        chosen=visit.given.get("where", chosen),
        chroots=_chroots(visit, asked),
        distgits=dist_gits.names(visit.call),
        limit=visit.hub.settings.copr.max_download,
    )


def _mine(visit: Visit) -> list[Row]:
    """The projects that the visitor owns, alone or in a group."""
    owners = [visit.session.user_name or "", *(f"@{each['name']}" for each in groups_of(visit))]
    return [project for owner in owners for project in copr_overview.owned(visit.call, owner, _MOST)]


def _chroots(visit: Visit, project: str) -> list[str]:
    owner, slash, name = project.partition("/")
    if not slash:
        return []
    return [each["name"] for each in projects.chroots(visit.call, projects.find(visit.call, owner, name)["id"])]

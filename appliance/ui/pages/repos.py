"""Repositories of tags: which there are, in what state, and what one lists."""

import koji

from appliance.db.connection import Row
from appliance.hub import repo_content, repo_views, repos
from appliance.hub.authority import ANYONE, permission
from appliance.ui import wording
from appliance.ui.site import page
from appliance.ui.visit import Visit, cut

REPO = permission("repo")
_STATES = {
    "ready": "READY",
    "being made": "INIT",
    "expired": "EXPIRED",
    "problem": "PROBLEM",
    "deleted": "DELETED",
}


@page("/repos", need=ANYONE, live=("repos",))
def listing(visit: Visit) -> str:
    state = visit.one_of("state", _STATES)
    clauses = [["state", koji.REPO_STATES[_STATES[state]]]] if state else [["state", "!=", koji.REPO_STATES["DELETED"]]]
    rows, more = cut(repos.listed(visit.call, clauses, "**", {**visit.window(), "order": "-id"}))
    shown = [{**row, "shown": wording.repo(row["state"])} for row in rows]
    return visit.render("repos.html", rows=shown, more=more, states=list(_STATES), state=state)


@page("/repos/<repo_id:int>", need=ANYONE, live=("repos",))
def one(visit: Visit, repo_id: int) -> str:
    """A repository, and its packages as dnf sees them, from rows alone."""
    repo = repos.require(visit.call, repo_id)
    arches = repo_content.arches(visit.call, repo["tag_id"], repo["create_event"]) or ["x86_64"]
    arch = visit.one_of("arch", arches, arches[0])
    found, lacking = ([], "") if repo["dist"] else _packages(visit, repo, arch)
    rows, more = cut(found, 100)
    return visit.render(
        "repo.html",
        repo=repo,
        shown=wording.repo(repo["state"]),
        rows=rows,
        lacking=lacking,
        more=more,
        arches=arches,
        arch=arch,
        refusal=visit.refusal(REPO),
        users=repos.references(visit.call, repo_id)[:50],
        address=_address(repo),
    )


def _packages(visit: Visit, repo: Row, arch: str) -> tuple[list[Row], str]:
    wanted = repo_content.Wanted(repo["tag_id"], arch, repo["create_event"])
    return repo_views.packages(visit.call, wanted, visit.asked("name"), visit.window(100))


def _address(repo: Row) -> str:
    return f"/kojifiles/repos{'-dist' if repo['dist'] else ''}/{repo['tag_name']}/{repo['id']}/"

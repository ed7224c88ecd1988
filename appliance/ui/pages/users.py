"""Users: who they are, what they may, and what they did last."""

from appliance.db.connection import Row
from appliance.hub import (
    builds,
    changes,
    copr_overview,
    paging,
    permissions,
    projects,
    user_groups,
    users,
    work,
)
from appliance.hub.authority import ADMIN, ANYONE
from appliance.ui import histories, results, wording
from appliance.ui.site import page
from appliance.ui.visit import Visit, cut

TYPES = {0: "person", 1: "build host", 2: "group"}


@page("/users", need=ANYONE)
def listing(visit: Visit) -> str:
    kind = visit.one_of("kind", ("0", "1", "2"), "0")
    found = users.listed(
        visit.call, int(kind), visit.asked("name") or None, options={**visit.window(100), "order": "name"}
    )
    rows, more = cut(found, 100)
    return visit.render(
        "users.html",
        rows=rows,
        more=more,
        kind=kind,
        types=TYPES,
        refusal=visit.refusal(ADMIN),
        permissions=permissions.listed(visit.call),
    )


@page("/users/<name:path>", need=ANYONE)
def one(visit: Visit, name: str) -> str:
    call = visit.call
    user = users.get(call, name, strict=True) or {}
    is_group = user["usertype"] == 2
    return visit.render(
        "user.html",
        user=user,
        kind=TYPES.get(user["usertype"], "account"),
        refusal=visit.refusal(ADMIN),
        held=permissions.sources(call, user["id"]),
        known=permissions.listed(call),
        groups=[] if is_group else user_groups.of_user(call, user["id"]),
        members=user_groups.members(call, user["id"]) if is_group else [],
        **_work(visit, user, is_group),
    )


def _work(visit: Visit, user: Row, is_group: bool) -> Row:
    """What is this user's: builds of both worlds, tasks, projects, and what was changed by them."""
    call = visit.call
    found = builds.listed(call, builds.Filter(user=user["id"]), {"limit": 15, "order": "-build_id"})
    rows = [{**row, "id": row["build_id"], "world": "koji"} for row in found]
    copr = [
        {**row, "world": "copr", "completion_ts": row["ended_on"] or row["submitted_on"]}
        for row in copr_overview.of_user(call, user["id"], 15)
    ]
    merged = sorted([*rows, *copr], key=lambda row: row["completion_ts"] or visit.call.now(), reverse=True)[:20]
    tasks = work.newest(call, wanted={"owner": user["id"]}, limit=10)
    owner = f"@{user['name']}" if is_group else user["name"]
    told = histories.told(changes.by(call, user["id"])[0], 25)
    return {
        "rows": results.shown(visit, merged),
        "tasks": [{**row, "shown": wording.task(row["state"]), "what": wording.method(row["method"])} for row in tasks],
        "projects": projects.listed(call, paging.Page(limit=50), owner),
        "entries": told,
    }

"""Tags: their inheritance drawn, what is in them and from where, the repository they make, and how they
came so.
"""

from typing import Any

from appliance.db.connection import Row
from appliance.hub import (
    changes,
    events,
    external_repos,
    groups,
    inheritance,
    packages,
    permissions,
    repo_content,
    repo_views,
    repos,
    tag_contents,
    tags,
    targets,
)
from appliance.hub.authority import ANYONE, permission
from appliance.ui import family, histories, results, wording
from appliance.ui.site import page
from appliance.ui.visit import PER_PAGE, Visit, cut

TAG = permission("tag")
_VIEWS = ("packages", "builds", "groups", "repo", "history", "edit")
_HISTORY = [
    "tag_config",
    "tag_extra",
    "tag_inheritance",
    "tag_packages",
    "tag_package_owners",
    "tag_external_repos",
    "group_config",
    "group_package_listing",
    "tag_listing",
]
_LAST = 15


@page("/tags", need=ANYONE)
def listing(visit: Visit) -> str:
    text = visit.asked("name")
    pattern = text if any(sign in text for sign in "*?") else f"*{text}*" if text else None
    found = tags.listing(visit.call, pattern=pattern, options={**visit.window(100), "order": "name"})
    rows, more = cut(found, 100)
    return visit.render("tags.html", rows=rows, more=more, refusal=visit.refusal(TAG))


@page("/tags/<name:path>", need=ANYONE)
def one(visit: Visit, name: str) -> str:
    event = visit.number("event") or None
    tag = tags.require(visit.call, name, event=event)
    view = visit.one_of("view", _VIEWS)
    shown = {"tag": tag, "view": view, "event": event, "at": events.get(visit.call, event) if event else None}
    return visit.render(f"tag{'_' + view if view else ''}.html", **shown, **_SHOWN[view](visit, tag, event))


def _overview(visit: Visit, tag: Row, event: int | None) -> Row:
    call, tag_id = visit.call, tag["id"]
    above = inheritance.full(call, tag_id, event)
    config = tags.build_config(call, tag_id, event)
    last = tag_contents.own_builds(call, tag_id, {"limit": _LAST, "offset": 0}, event)
    return {
        "drawn": family.drawn(tag["name"], above),
        "below": inheritance.full(call, tag_id, event, reverse=True)[:60],
        "config": config,
        "last": results.shown(visit, [{**row, "world": "koji"} for row in last]),
        "builds_here": targets.listing(call, event=event, build_tag=tag_id),
        "built_into": targets.listing(call, event=event, dest_tag=tag_id),
        "external": external_repos.inherited(call, tag_id, event),
        "repos": _repos(visit, tag_id),
    }


def _repos(visit: Visit, tag_id: int) -> list[Row]:
    found = repos.listed(visit.call, [["tag_id", tag_id]], "**", {"order": "-id", "limit": 3})
    return [{**row, "shown": wording.repo(row["state"])} for row in found]


def _packages(visit: Visit, tag: Row, event: int | None) -> Row:
    text = visit.asked("name")
    rows, more = cut(tag_contents.packages(visit.call, tag["id"], text, visit.window(), event))
    name = rows[0]["package_name"] if rows else "any"
    refusal = visit.objection(lambda: packages.assert_allowed(visit.call, tag["id"], name, "add"))
    return {"rows": rows, "more": more, "refusal": refusal}


def _builds(visit: Visit, tag: Row, event: int | None) -> Row:
    if visit.asked("which") == "own":
        found = tag_contents.own_builds(visit.call, tag["id"], visit.window(), event)
        rows, more = cut([{**row, "tag_name": tag["name"]} for row in found])
    else:
        rows, more = cut(tag_contents.latest_builds(visit.call, tag["id"], visit.asked("name"), visit.window(), event))
    return {"rows": rows, "more": more, "which": visit.one_of("which", ("own",))}


def _groups(visit: Visit, tag: Row, event: int | None) -> Row:
    return {"groups": groups.of_tag(visit.call, tag["id"], event)}


def _repo(visit: Visit, tag: Row, event: int | None) -> Row:
    """The packages as dnf sees them in the tag's repository, now or at an event."""
    arches = repo_content.arches(visit.call, tag["id"], event) or ["x86_64"]
    arch = visit.one_of("arch", arches, arches[0])
    wanted = repo_content.Wanted(tag["id"], arch, event)
    found, lacking = repo_views.packages(visit.call, wanted, visit.asked("name"), visit.window(100))
    rows, more = cut(found, 100)
    return {"rows": rows, "more": more, "arches": arches, "arch": arch, "lacking": lacking}


def _history(visit: Visit, tag: Row, event: int | None) -> Row:
    found = changes.listed(visit.call, _HISTORY, {"tag": tag["id"]}, {"limit": PER_PAGE, "order": "-create_event"})
    return {"entries": histories.told(found)}


def _edit(visit: Visit, tag: Row, event: int | None) -> Row:
    call = visit.call
    return {
        "refusal": visit.refusal(TAG),
        "parents": inheritance.parents(call, tag["id"]),
        "external": external_repos.places(call, tag["id"]),
        "permissions": permissions.listed(call),
        "repositories": external_repos.listing(call),
        "names": [each["name"] for each in tags.listing(call, perms=False, options={"limit": 500, "order": "name"})],
    }


_SHOWN: dict[str, Any] = {
    "": _overview,
    "packages": _packages,
    "builds": _builds,
    "groups": _groups,
    "repo": _repo,
    "history": _history,
    "edit": _edit,
}

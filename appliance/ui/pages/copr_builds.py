"""A build of a project: why it failed, its halves for each chroot, its tasks, packages, logs."""

import json
from typing import Any

from appliance.db.connection import Row
from appliance.hub import copr_builds, logs, project_permissions, reasons, tags, tasks
from appliance.hub.authority import ANYONE
from appliance.ui import wording
from appliance.ui.pages import builds as build_pages
from appliance.ui.pages.projects import NO_BUILDER, NOT_YOURS
from appliance.ui.rendering import path
from appliance.ui.site import page
from appliance.ui.visit import Visit


@page("/coprs/build/<build_id:int>", "/coprs/build/<build_id:int>/", need=ANYONE, live=("tasks", "builds"))
def one(visit: Visit, build_id: int) -> str:
    call = visit.call
    build = copr_builds.get(call, build_id)
    chroots = [_chroot(visit, build, row) for row in copr_builds.chroots_of(call, [build_id])]
    task = tasks.get(call, build["task_id"]) if build["task_id"] else None
    found = _reasons(visit, build, chroots)
    return visit.render(
        "copr_build.html",
        build=build,
        state=wording.copr(build["state"]),
        chroots=chroots,
        reasons=found,
        source={
            "shown": wording.copr(build["source_status"]),
            "logs": logs.of_chroot(call, build, logs.SOURCE),
        },
        drawn=build_pages.tree(visit, task) if task else None,
        task=task,
        asked=json.loads(build["source_json"] or "{}"),
        root=wording.project_address(build["ownername"], build["projectname"]),
        packages=copr_builds.packages(call, build),
        srpm=copr_builds.absolute(call, build["srpm_url"]),
        **_refusals(visit, build),
    )


def _refusals(visit: Visit, build: Row) -> Row:
    """Why the visitor may not do what can be done with builds."""
    call, project = visit.call, copr_builds.project_of(build)
    no_build = visit.objection(lambda: project_permissions.require_build(call, project, NO_BUILDER))
    no_edit = visit.objection(lambda: project_permissions.require_edit(call, project, NOT_YOURS))
    good = any(row["status"] in ("succeeded", "forked") for row in copr_builds.chroots_of(call, [build["id"]]))
    return {
        "cancelling": no_build or ("It has ended." if build["ended"] else None),
        "again": no_build or (None if build["ended"] else "It has not ended yet."),
        "deleting": no_edit or (None if build["ended"] else "It has not ended yet."),
        "promoting": no_build or (None if good else "No chroot has succeeded."),
        "choices": [tag["name"] for tag in tags.listing(call, perms=False, options={"limit": 300, "order": "name"})],
    }


def _chroot(visit: Visit, build: Row, row: Row) -> Row:
    found = logs.of_chroot(visit.call, build, row["name"]) if row["result_dir"] else []
    started, ended = row["started_on"], row["ended_on"]
    parts = (build["ownername"], build["dirname"], row["name"], row["result_dir"])
    place = "/results/" + "".join(f"{path(each)}/" for each in parts)
    return {
        **row,
        "shown": wording.copr(row["status"]),
        "logs": found,
        "results": place if row["result_dir"] else None,
        "took": ended - started if started and ended else None,
    }


def _reasons(visit: Visit, build: Row, chroots: list[Row]) -> list[Row]:
    """Why the source or chroots failed, each with the address of the log that says so."""
    failed = {row["task_id"]: row["name"] for row in chroots if row["status"] == "failed" and row["task_id"]}
    if build["source_status"] == "failed" and build["task_id"]:
        failed[build["task_id"]] = logs.SOURCE
    known = reasons.of(visit.call, list(failed))
    found = [
        {**reason, "label": failed[task_id], "address": build_pages.reason_log(visit, reason)}
        for task_id, reason in known.items()
    ]
    if not found and build["fail_message"]:
        nothing: Row = {"class": None, "stage": None, "log": None, "line": None, "subject": None, "lines": []}
        found = [
            {
                **nothing,
                "message": build["fail_message"],
                "method": "coprSource",
                "arch": "",
                "label": "",
                "address": None,
            }
        ]
    return found[:6]


@page(
    "/coprs/<owner>/<name>/build/<build_id:int>/",
    "/coprs/<owner>/<name>/build/<build_id:int>",
    "/coprs/g/<owner>/<name>/build/<build_id:int>/",
    need=ANYONE,
)
def former(visit: Visit, owner: str, name: str, build_id: int) -> Any:
    """Where Copr shows the same."""
    return visit.moved(f"/coprs/build/{build_id}")

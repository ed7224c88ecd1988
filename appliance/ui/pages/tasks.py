"""Tasks: lists of them, and one with its tree, its reason, its logs and what it was asked."""

import json
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.hub import (
    builds,
    copr_builds,
    hosts,
    logs,
    overview,
    reasons,
    standstill,
    task_output,
    tasks,
    users,
    work,
)
from appliance.hub.authority import ADMIN, ANYONE
from appliance.ui import wording
from appliance.ui.pages import builds as build_pages
from appliance.ui.site import page
from appliance.ui.visit import Visit, cut

STATES = {
    "running": ["OPEN"],
    "waiting": ["FREE", "ASSIGNED"],
    "done": ["CLOSED"],
    "failed": ["FAILED"],
    "cancelled": ["CANCELED"],
}
_LONGEST = 6000


@page("/tasks", need=ANYONE, live=("tasks",))
def listing(visit: Visit) -> str:
    state, window = visit.one_of("state", STATES), visit.window()
    if state == "waiting":
        rows, more = cut(work.waiting(visit.call, **window))
    else:
        numbers = tuple(int(koji.TASK_STATES[each]) for each in STATES.get(state, ()))
        rows, more = cut(work.newest(visit.call, numbers, _wanted(visit), **window))
    return visit.render("tasks.html", rows=_listed(visit, rows), more=more, states=STATES, state=state)


def _wanted(visit: Visit) -> Row:
    """What the listing is narrowed to; an owner whom nobody knows has no tasks."""
    wanted: Row = {}
    if visit.asked("method"):
        wanted["method"] = visit.asked("method")
    if visit.asked("owner"):
        owner = users.get(visit.call, visit.asked("owner"))
        wanted["owner"] = owner["id"] if owner else -1
    return wanted


def _listed(visit: Visit, rows: list[Row]) -> list[Row]:
    failed = [row["id"] for row in rows if row["state"] == tasks.FAILED]
    why = reasons.of(visit.call, failed)
    return [
        {
            **row,
            "shown": wording.task(row["state"]),
            "title": overview.about(row["request"]) or row["label"] or "",
            "what": wording.method(row["method"]),
            "why": reasons.in_short(why.get(row["id"])),
        }
        for row in rows
    ]


@page("/tasks/<task_id:int>", need=ANYONE, live=("tasks",))
def one(visit: Visit, task_id: int) -> str:
    call = visit.call
    task = tasks.require(call, task_id, request=True)
    owner = users.get(call, task["owner"]) or {"name": "?"}
    reason = reasons.one(call, task_id) if task["state"] == tasks.FAILED else None
    build = builds.of_task(call, task_id)
    return visit.render(
        "task.html",
        task=task,
        state=wording.task(task["state"]),
        what=wording.method(task["method"]),
        owner=owner,
        host=hosts.get(call, task["host_id"]) if task["host_id"] else None,
        reason=reason,
        waits=standstill.why(call, task_id),
        reason_log=build_pages.reason_log(visit, reason),
        build=build,
        copr=copr_builds.of_task(call, task_id),
        drawn=build_pages.tree(visit, task),
        logs=logs.of_task(call, task_id),
        files=_files(visit, task_id),
        asked=pretty(task["request"]),
        answer=_answer(visit, task),
        live=task["state"] in tasks.LIVE,
        cancelling=_cancelling(visit, task, owner["name"]),
        again=build_pages.again(visit, {**task, "owner_name": owner["name"]}),
        urgency=visit.refusal(ADMIN) or (None if task["state"] in tasks.LIVE else "It has ended."),
    )


def _cancelling(visit: Visit, task: Row, owner: str) -> str | None:
    if task["state"] not in tasks.LIVE:
        return "It has ended."
    return build_pages.owning(visit, owner, "cancel it")


def _files(visit: Visit, task_id: int) -> list[Row]:
    """What the task left besides its logs."""
    found = task_output.listed(visit.call, task_id, stat=True)
    root = visit.call.paths.topdir.taskrelpath(task_id)
    return [
        {"name": name, "size": int(facts["st_size"]), "address": f"/kojifiles/work/{root}/{name}"}
        for name, facts in found.items()
        if not name.endswith((".log", ".log.gz"))
    ][:100]


def _answer(visit: Visit, task: Row) -> str:
    if task["state"] != tasks.CLOSED:
        return ""
    found = overview.answer(visit.call, task["id"])
    return "" if found is None else pretty(found)


def pretty(value: Any) -> str:
    """A value as text that people can read, not too long."""
    text = json.dumps(value, indent=1, default=str, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "\n…"

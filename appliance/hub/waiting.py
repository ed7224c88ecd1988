"""Waiting of a task for its subtasks, as build hosts report it and ask about it."""

from typing import Any

from appliance.arguments import check, identity
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import tasks
from appliance.hub.hub import Call

_AWAITED = "SELECT id, state FROM task WHERE parent = :parent AND awaited = TRUE ORDER BY id"
_ENDED = "SELECT id FROM task WHERE parent = :parent AND state IN :finished ORDER BY id"
_OPEN = "SELECT id, waiting, weight FROM task WHERE host_id = :host AND state = :open ORDER BY id"
_ALERTS = """
SELECT DISTINCT parent FROM task WHERE awaited = TRUE AND state IN :finished
AND parent IN (SELECT id FROM task WHERE host_id = :host AND state = :open AND waiting = TRUE)
"""


def begin(call: Call, parent: int, subtasks: list[int] | None) -> None:
    """Mark a task as waiting for SUBTASKS and no others; None: for all it has."""
    check(subtasks, list, optional=True)
    parent = identity(parent)
    call.tx.execute("UPDATE task SET waiting = TRUE WHERE id = :parent", {"parent": parent})
    if subtasks is None:
        call.tx.execute("UPDATE task SET awaited = TRUE WHERE parent = :parent", {"parent": parent})
    elif subtasks:
        call.tx.execute(
            "UPDATE task SET awaited = CASE WHEN id IN :wanted THEN TRUE ELSE FALSE END"
            " WHERE parent = :parent AND (id IN :wanted OR awaited = TRUE)",
            {"parent": parent, "wanted": subtasks},
        )


def end(call: Call, parent: int) -> None:
    """Mark a task as waiting no longer."""
    parent = identity(parent)
    call.tx.execute("UPDATE task SET waiting = FALSE WHERE id = :parent", {"parent": parent})
    call.tx.execute("UPDATE task SET awaited = FALSE WHERE parent = :parent", {"parent": parent})


def look(call: Call, parent: int) -> list[list[int]]:
    """[ended, not ended] of the subtasks that are waited for; the ended ones are waited for no more."""
    found = call.tx.tuples(_AWAITED, {"parent": identity(parent)})
    ended = [task_id for task_id, state in found if state in tasks.FINISHED]
    if ended:
        call.tx.execute("UPDATE task SET awaited = FALSE WHERE id IN :ended", {"ended": ended})
    return [ended, [task_id for task_id, state in found if state not in tasks.FINISHED]]


def results(call: Call, parent: int, subtasks: list[int] | None, canfail: list[int] | None = None) -> list[Any]:
    """[[task id, result], ...] of SUBTASKS (None: of all that have ended), and the end of waiting.

    A failure is raised, but for those in CANFAIL, whose result is `{faultCode, faultString}`.
    """
    end(call, parent)
    check(subtasks, (list, str), optional=True)
    if subtasks is None:
        subtasks = call.tx.column(_ENDED, {"parent": parent, "finished": tasks.FINISHED})
    return [[task_id, _result(call, task_id, task_id in (canfail or []))] for task_id in subtasks]


def _result(call: Call, task_id: int, can_fail: bool) -> Any:
    try:
        return tasks.result(call, task_id, raise_fault=not can_fail)
    except GenericError as error:
        if can_fail and tasks.state(call, task_id) == tasks.CANCELED:
            return {"faultCode": error.faultCode, "faultString": str(error)}
        raise


def on_host(call: Call) -> list[Row]:
    """The asking host's open tasks: `id, waiting, weight`, and `alert` where an awaited subtask has ended."""
    params = {"host": call.session.host_id, "open": tasks.OPEN, "finished": tasks.FINISHED}
    alerts = set(call.tx.column(_ALERTS, params))
    return [_shown(row, row["id"] in alerts) for row in call.tx.rows(_OPEN, params)]


def _shown(row: Row, alert: bool) -> Row:
    row["waiting"] = None if row["waiting"] is None else bool(row["waiting"])
    return {**row, "alert": True} if alert else row

"""Reasons: why tasks failed, in the words that help most, the deepest task that says something first."""

import json

from koji import xmlrpcplus

from appliance.db.connection import Row
from appliance.db.queries import overview as queries
from appliance.hub import tasks
from appliance.hub.hub import Call


def of(call: Call, task_ids: list[int]) -> dict[int, Row]:
    """{task: why it failed} for those of the tasks that did, by themselves or through one below them.

    A reason has `task_id`, `method`, `arch`, `label` of the task that failed first, `class`, `stage`,
    `message`, and
    where its log says so: `log`, `line`, `subject`, `lines` (a list of texts).
    """
    if not task_ids:
        return {}
    found: dict[int, Row] = {}
    for row in call.tx.rows(queries.REASONS, {"roots": task_ids}):
        row["lines"] = json.loads(row["lines"] or "[]")
        if row["root"] not in found or _says_more(row, found[row["root"]]):
            found[row["root"]] = row
    unsaid = [task_id for task_id in task_ids if task_id not in found]
    for row in call.tx.rows(queries.FAULTS, {"roots": unsaid}) if unsaid else []:
        found.setdefault(row["root"], _of_fault(row))
    return found


def one(call: Call, task_id: int) -> Row | None:
    """Why a task failed; None if it did not."""
    return of(call, [task_id]).get(task_id)


def _says_more(row: Row, known: Row) -> bool:
    return bool(row["log"]) and not known["log"]


def _of_fault(row: Row) -> Row:
    result = row.pop("result")
    nothing: Row = {"class": None, "stage": None, "log": None, "line": None, "subject": None, "lines": []}
    return {**row, **nothing, "message": _fault_text(result) or "The task failed and did not say why."}


def _fault_text(document: str | None) -> str:
    try:
        tasks.decode(document or "")
    except xmlrpcplus.Fault as fault:
        return str(fault.faultString)
    except Exception:  # what nobody can read says nothing
        return ""
    return ""


def in_short(reason: Row | None) -> str:
    """The reason in one line; "" for none."""
    if reason is None:
        return ""
    first = next((line.strip() for line in reason["lines"] if line.strip()), "")
    return first or str(reason["message"]).strip().partition("\n")[0]

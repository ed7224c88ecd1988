"""Lines of results: builds of both worlds, and tasks that failed before they made one, as the same table
shows them.
"""

from typing import Any

from appliance.db.connection import Row
from appliance.hub import reasons
from appliance.ui import wording
from appliance.ui.rendering import nvr
from appliance.ui.visit import Visit


def shown(visit: Visit, found: list[Row]) -> list[Row]:
    """Rows of the overview's `recent`, ready for the table; what failed says why in one line."""
    failed = [row.get("task_id") or row["id"] for row in found if _failed(row)]
    why = reasons.of(visit.call, [task_id for task_id in failed if task_id])
    return [{**row, **_MAKERS[row["world"]](row), "why": _why(row, why)} for row in found]


def _failed(row: Row) -> bool:
    if row["world"] == "koji":
        return wording.build(row["state"])["kind"] == "bad" and row["task_id"] is not None
    return row["world"] == "task" or row["state"] == "failed"


def _why(row: Row, why: dict[int, Row]) -> str:
    if not _failed(row):
        return ""
    task_id = row["id"] if row["world"] == "task" else row["task_id"]
    return reasons.in_short(why.get(task_id)) or row.get("fail_message") or ""


def _took(row: Row) -> float | None:
    """Seconds from beginning to end of what a task made; imports take none."""
    if row["start_ts"] is None or row["completion_ts"] is None or row.get("task_id", row["id"]) is None:
        return None
    return float(row["completion_ts"] - row["start_ts"])


def _koji(row: Row) -> dict[str, Any]:
    return {
        "shown": wording.build(row["state"]),
        "title": nvr(row),
        "address": f"/builds/{row['id']}",
        "place": "koji",
        "place_address": wording.package_address(row["name"]),
        "by": row["owner_name"],
        "took": _took(row),
    }


def _task(row: Row) -> dict[str, Any]:
    return {
        **wording.subject(row),
        "shown": wording.task(row["state"]),
        "place": wording.method(row["method"]),
        "place_address": f"/tasks/{row['id']}",
        "by": row["owner_name"],
        "took": _took(row),
    }


def _copr(row: Row) -> dict[str, Any]:
    name = row["package_name"] or row["source_type"]
    started, ended = row["started_on"], row["ended_on"]
    return {
        "shown": wording.copr(row["state"]),
        "title": f"{name} {row['pkg_version'] or ''}".strip(),
        "address": f"/coprs/build/{row['id']}",
        "place": row["full_name"],
        "by": row["submitter"],
        "place_address": wording.project_address(row["ownername"], row["projectname"]),
        "took": ended - started if started and ended else None,
    }


_MAKERS = {"koji": _koji, "task": _task, "copr": _copr}

"""The overview: what runs and how far it is, what waits, what ended last in both worlds, and what is free."""

import os
import shutil
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.db.queries import copr_builds, scheduler
from appliance.db.queries import overview as queries
from appliance.hub import hosts, tasks
from appliance.hub.hub import Call

_SCANNED = 3  # so many builds are looked at for each that is shown, since some have not ended yet


def running(call: Call, limit: int = 50) -> list[Row]:
    """What runs and is no part of something else that does, the oldest first.

    Each with `title`, its running `parts` and `expected`, seconds that the package's earlier builds took.
    """
    found = [_titled(row) for row in call.tx.rows(queries.RUNNING, {"limit": limit})]
    parts: dict[int, list[Row]] = {}
    for part in call.tx.rows(queries.PARTS, {"roots": [row["id"] for row in found]}) if found else []:
        parts.setdefault(part["root"], []).append(part)
    expected = _expected(call, found)
    return [{**row, "parts": parts.get(row["id"], []), "expected": expected(row)} for row in found]


def queue(call: Call, limit: int = 50) -> tuple[list[Row], int]:
    """(what waits, the next first, how much there is of it in all)."""
    found = [_titled(row) for row in call.tx.rows(queries.QUEUE, {"limit": limit})]
    count = len(found) if len(found) < limit else call.tx.value(queries.QUEUED)
    return found, int(count)


def about(request: str | None) -> str:
    """What a task's encoded arguments name first, if that is a text: mostly a source, without its
    directories.
    """
    arguments = _arguments(request)
    source = arguments[0] if arguments and isinstance(arguments[0], str) else ""
    return os.path.basename(source.partition("#")[0].partition("?")[0].rstrip("/"))


def answer(call: Call, task_id: int) -> Any:
    """What a closed task answered; None for nothing, or nothing that can be read."""
    found = _arguments(call.tx.value("SELECT result FROM task WHERE id = :id", {"id": task_id}))
    return found[0] if found else None


def _titled(row: Row) -> Row:
    """`title` says what the task is about in a few words; `guess` is the package that a source seems to be
    of.
    """
    file = about(row.pop("request"))
    row["guess"] = _package_of(file)
    row["source"] = file
    return row


def _arguments(request: str | None) -> list[Any]:
    try:
        return list(tasks.decode(request)) if request else []
    except Exception:  # a document that nobody can read says nothing
        return []


def _package_of(file: str) -> str | None:
    if not file.endswith(".rpm"):
        return file.removesuffix(".git") or None
    try:
        return str(koji.parse_NVRA(file)["name"])
    except koji.GenericError:
        return None


def _expected(call: Call, found: list[Row]) -> Any:
    """A function of a running row: the seconds that it is expected to take, or None."""
    names = {row["guess"] for row in found if row["pkg_id"] is None and row["method"] == "build" and row["guess"]}
    called = dict(call.tx.tuples(queries.PACKAGES_CALLED, {"names": names})) if names else {}
    packages = {row["pkg_id"] or called.get(row["guess"]) for row in found} - {None}
    usual = dict(call.tx.tuples(queries.EXPECTED, {"packages": packages})) if packages else {}
    ours = {row["copr_package_id"] for row in found} - {None}
    copr = dict(call.tx.tuples(queries.COPR_EXPECTED, {"packages": ours})) if ours else {}

    def of(row: Row) -> float | None:
        if row["copr_id"] is not None:
            return copr.get(row["copr_package_id"])
        return usual.get(row["pkg_id"] or called.get(row["guess"])) if row["method"] == "build" else None

    return of


# what ended


def recent(call: Call, limit: int = 20) -> list[Row]:
    """What ended last, the newest first: `world` is koji, copr or task (one that failed before it made a
    build).
    """
    found = [
        *({**row, "world": "koji"} for row in call.tx.rows(queries.BUILDS, {"limit": limit})),
        *({**_titled(row), "world": "task"} for row in call.tx.rows(queries.FAILED, {"limit": limit})),
        *_recent_copr(call, limit),
    ]
    found.sort(key=lambda row: row["completion_ts"] or 0, reverse=True)
    return found[:limit]


def _recent_copr(call: Call, limit: int) -> list[Row]:
    rows = copr_builds.builds().rows(call.tx, {"limit": limit * _SCANNED})
    return [
        {**row, "world": "copr", "completion_ts": row["ended_on"] or row["submitted_on"]}
        for row in rows
        if row["ended"]
    ][:limit]


# capacity


def capacity(call: Call) -> list[Row]:
    """The enabled hosts as `hosts.listed` shows them, with `tasks`, how many each has, and their `load`."""
    loads = {row["host_id"]: row for row in call.tx.rows(scheduler.LOADS, {"active": [tasks.OPEN, tasks.ASSIGNED]})}
    idle = {"tasks": 0, "load": 0.0}
    return [{**host, **loads.get(host["id"], idle)} for host in hosts.listed(call, enabled=True)]


def disk(call: Call) -> Row:
    """`total`, `used` and `free` bytes of the file system that the state directory is on."""
    known = shutil.disk_usage(call.paths.state)
    return {"total": known.total, "used": known.used, "free": known.free}

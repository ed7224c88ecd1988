"""Logs: live and coloured, with stages as anchors, searched, and linked by line; a window at a time,
however large.
"""

import json
import os
from typing import Any

import bottle
import koji
from markupsafe import Markup

from appliance.db.connection import Row
from appliance.hub import builds, copr_builds, logs, reasons, tasks
from appliance.hub.authority import ANYONE
from appliance.hub.logs import Log
from appliance.ui import log_lines, wording
from appliance.ui.log_file import LogFile, Window
from appliance.ui.rendering import nvr, part, path
from appliance.ui.site import page
from appliance.ui.visit import Visit

_OPEN = koji.TASK_STATES["OPEN"]
_CONTEXT = 25  # lines shown before the one that a link is about


@page("/logs/task/<task_id:int>/<name:path>", need=ANYONE)
def of_task(visit: Visit, task_id: int, name: str) -> Any:
    task = tasks.require(visit.call, task_id)
    found = logs.of_task(visit.call, task_id)
    build = tasks_build(visit, task_id)
    above = {"title": wording.method(task["method"]) + f" {task_id}", "address": f"/tasks/{task_id}"}
    return _answer(
        visit,
        found,
        name,
        f"/logs/task/{task_id}/",
        [*build, above],
        task["state"] == _OPEN,
        f"task:{task_id}",
        reasons.one(visit.call, task_id) if task["state"] == koji.TASK_STATES["FAILED"] else None,
    )


def tasks_build(visit: Visit, task_id: int) -> list[Row]:
    """The build that a task works for, as a crumb; none for most tasks."""
    found = builds.of_task(visit.call, task_id)
    return [{"title": nvr(found), "address": f"/builds/{found['id']}"}] if found else []


@page("/logs/build/<build_id:int>/<name:path>", need=ANYONE)
def of_build(visit: Visit, build_id: int, name: str) -> Any:
    build = builds.require(visit.call, build_id)
    above = {"title": nvr(build), "address": f"/builds/{build_id}"}
    return _answer(visit, logs.of_build(visit.call, build), name, f"/logs/build/{build_id}/", [above])


@page("/logs/copr/<build_id:int>/<chroot>/<name:path>", need=ANYONE)
def of_chroot(visit: Visit, build_id: int, chroot: str, name: str) -> Any:
    build = copr_builds.get(visit.call, build_id)
    found = logs.of_chroot(visit.call, build, chroot)
    state = (
        build["source_status"] if chroot == logs.SOURCE else copr_builds.chroot(visit.call, build_id, chroot)["status"]
    )
    name = _grown(found, name)
    crumbs = [
        {
            "title": build["full_name"],
            "address": wording.project_address(build["ownername"], build["projectname"]),
        },
        {"title": f"build {build_id}", "address": f"/coprs/build/{build_id}"},
    ]
    root = f"/logs/copr/{build_id}/{part(chroot)}/"
    return _answer(visit, found, name, root, crumbs, state in ("starting", "running", "importing"), "builds")


def _grown(found: list[Log], name: str) -> str:
    """A log that was followed is kept compressed once it has ended; a link to it stays good."""
    names = {log.name for log in found}
    return f"{name}.gz" if name not in names and f"{name}.gz" in names else name


# what all of them do


def _answer(
    visit: Visit,
    found: list[Log],
    name: str,
    root: str,
    crumbs: list[Row],
    live: bool = False,
    topic: str = "",
    reason: Row | None = None,
) -> Any:
    log = logs.find(visit.call, found, name)
    file = LogFile(logs.readable(visit.call, log), growing=live and not name.endswith(".gz"))
    live = file.growing
    if visit.asked("part"):
        return _part(visit, file, live, topic)
    query = visit.asked("q")
    window = _window(visit, file, live)
    error_line = reason["line"] if reason and reason["log"] == os.path.basename(name) else None
    return visit.render(
        "log.html",
        log=log,
        others=[other for other in found if other.size or other is log],
        root=root,
        crumbs=crumbs,
        window=window,
        html=_html(window, query, visit.number("line")),
        total=file.lines,
        size=file.size,
        stages=file.stages,
        live=live,
        topic=topic,
        heard=visit.hub.bell.heard(topic) if topic else 0,
        error_line=error_line,
        raw=raw_address(visit, log),
        address=root + path(name),
        **_searched(visit, file, query),
    )


def raw_address(visit: Visit, log: Log) -> str | None:
    """Where the file itself is served."""
    for base, address in ((visit.call.paths.koji, "/kojifiles/"), (visit.call.paths.results, "/results/")):
        if log.path.is_relative_to(base):
            return address + path(log.path.relative_to(base))
    return None


def _window(visit: Visit, file: LogFile, live: bool) -> Window:
    line = visit.number("line")
    if line:
        return file.window(max(line - _CONTEXT, 1))
    return file.tail() if live or visit.asked("at") == "end" else file.window(1)


def _searched(visit: Visit, file: LogFile, query: str) -> Row:
    if not query:
        return {"query": "", "hits": [], "search_on": None}
    hits, on = file.search(query, max(visit.number("from"), 1))
    shown = [{"line": number, "text": log_lines.plain(text)} for number, text in hits]
    return {"query": query, "hits": shown, "search_on": on}


def _part(visit: Visit, file: LogFile, live: bool, topic: str) -> bottle.HTTPResponse:
    """What a page that is open asks for: the window before a line, or after a byte."""
    heard = visit.hub.bell.heard(topic) if topic else 0
    line = max(visit.number("line"), 1)
    window = file.ending(line) if visit.asked("part") == "before" else file.after(visit.number("offset"), line)
    answer = {
        "html": str(_html(window, visit.asked("q"))),
        "first": window.first,
        "next": window.next,
        "end": window.end,
        "more": window.more,
        "live": live,
        "heard": heard,
    }
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return bottle.HTTPResponse(json.dumps(answer), headers=headers)


def _html(window: Window, query: str, at: int = 0) -> Markup:
    """The window's lines as items of a list."""
    parts = []  # joined as text, which is quicker than Markup's own formatting: all of it is escaped or ours
    for number, text in enumerate(window.lines, window.first):
        classes = " ".join(filter(None, (log_lines.kind(text), "at" if number == at else "")))
        marked = f' class="{classes}"' if classes else ""
        link = f'<a href="?line={number}#L{number}">{number}</a>'
        parts.append(f'<li id="L{number}"{marked}>{link}<span>{log_lines.html(text, query)}</span></li>\n')
    return Markup("".join(parts))  # noqa: S704

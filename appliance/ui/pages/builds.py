"""Builds: lists of them, and all there is to know about one."""

from typing import Any

import koji

from appliance.builder import stages
from appliance.db.connection import Row
from appliance.hub import (
    archives,
    buildroots,
    builds,
    changes,
    comparisons,
    copr_builds,
    copr_tasks,
    finding,
    headers,
    logs,
    reasons,
    rpms,
    signatures,
    tags,
    task_output,
    tasks,
    users,
)
from appliance.hub.authority import ANYONE
from appliance.hub.logs import Log
from appliance.ui import histories, results, timeline, wording
from appliance.ui.rendering import part, path, query, span
from appliance.ui.site import page
from appliance.ui.visit import PER_PAGE, Visit, cut

_STATES = {"failed": "FAILED", "complete": "COMPLETE", "building": "BUILDING", "cancelled": "CANCELED"}
_VIEWS = ("packages", "changes", "changelog", "history")
_STAGED = ("buildArch", "rebuildSRPM", "buildSRPMFromSCM", "coprBuild", "coprSource")


@page("/builds", need=ANYONE, live=("builds",))
def listing(visit: Visit) -> str:
    state = visit.one_of("state", _STATES)
    wanted = builds.Filter(
        user=visit.asked("owner") or None,
        state=koji.BUILD_STATES[_STATES[state]] if state else None,
    )
    if visit.asked("name"):
        wanted.packages = finding.packages_like(visit.call, visit.asked("name"))
    found = builds.listed(visit.call, wanted, {**visit.window(), "order": "-build_id"})
    rows, more = cut(found)
    known = [{**row, "id": row["build_id"], "world": "koji"} for row in rows]
    return visit.render("builds.html", rows=results.shown(visit, known), more=more, states=_STATES, state=state)


@page("/builds/<build_id:int>", need=ANYONE, live=("tasks", "builds"))
def one(visit: Visit, build_id: int) -> str:
    build = builds.require(visit.call, build_id)
    view = visit.one_of("view", _VIEWS)
    known = {
        "build": build,
        "state": wording.build(build["state"]),
        "view": view,
        "cancelling": cancelling(visit, build),
        "again": again(visit, tasks.get(visit.call, build["task_id"]) if build["task_id"] else None),
    }
    if view:
        return visit.render(f"build_{view}.html", **known, **_SHOWN[view](visit, build))
    return visit.render("build.html", **known, **_overview(visit, build))


@page("/builds/<name:path>", need=ANYONE)
def by_name(visit: Visit, name: str) -> Any:
    """A build by its NVR."""
    return visit.moved(f"/builds/{builds.identify(visit.call, name)}")


def owning(visit: Visit, owner_name: str, what: str) -> str | None:
    """Why the visitor may not do what only the owner and admins may."""
    if not visit.session.logged_in:
        return "Sign in to do this."
    if visit.session.user_name == owner_name or visit.session.may("admin"):
        return None
    return f"Only {owner_name}, who owns it, or an admin may {what}."


def cancelling(visit: Visit, build: Row) -> str | None:
    if build["state"] != koji.BUILD_STATES["BUILDING"]:
        return "It is not being built."
    return owning(visit, build["owner_name"], "cancel this build")


# the overview of a build


def _overview(visit: Visit, build: Row) -> Row:
    call = visit.call
    task = tasks.get(call, build["task_id"]) if build["task_id"] else None
    reason = reasons.one(call, task["id"]) if task and build["state"] == koji.BUILD_STATES["FAILED"] else None
    running = build["state"] == koji.BUILD_STATES["BUILDING"]
    return {
        "task": task,
        "reason": reason,
        "reason_log": reason_log(visit, reason),
        "drawn": task and tree(visit, task),
        "tags": tags.listing(call, build_id=build["id"], perms=False),
        "rpms": grouped(rpms.of_build(call, build["id"])),
        "archives": _archives(visit, build),
        "logs": logs.of_build(call, build),
        "expected": builds.average_duration(call, build["package_id"]),
        "running": running,
        "part_logs": _part_logs(visit, task) if task else [],
        "previous": comparisons.previous(call, build),
        "choices": [tag["name"] for tag in tags.listing(call, perms=False, options={"limit": 300, "order": "name"})],
    }


def _archives(visit: Visit, build: Row) -> list[Row]:
    """The files of a build that are no packages: `name`, `size`, `kind` and where each can be had, if it is here."""
    call, root = visit.call, visit.call.paths.koji.resolve()
    kinds = [kind for kind in builds.types(call, build) if kind != "rpm"]
    found = [(kind, each) for kind in kinds for each in archives.listed(call, {"build": build["id"]}, kind)]
    return [
        {
            "name": each["filename"],
            "size": each["size"],
            "kind": kind,
            "address": not each["metadata_only"]
            and f"/kojifiles/{archives.directory(call, build, kind, each).relative_to(root)}/{each['filename']}",
        }
        for kind, each in found
    ]


def _part_logs(visit: Visit, task: Row) -> list[Row]:
    """The logs of the parts that make a build, while the build itself has none."""
    parts = tasks.children(visit.call, task["id"])
    return [
        {
            "name": f"{wording.phase(part)}/{log.name}",
            "size": log.size,
            "address": f"/logs/task/{part['id']}/{log.name}",
        }
        for part in parts
        for log in logs.of_task(visit.call, part["id"])
        if part["method"] in _STAGED and log.size
    ]


def reason_log(visit: Visit, reason: Row | None) -> str | None:
    """Where the log of the first error stands, at its line; None where there is none (any more)."""
    if reason is None or not reason["log"]:
        return None
    root, found = _logs_of(visit, reason)
    if reason["log"] not in {log.name.removesuffix(".gz") for log in found}:
        return None
    line = f"{query({'line': reason['line']})}#L{reason['line']}" if reason["line"] else ""
    return f"{root}{path(reason['log'])}{line}"


def _logs_of(visit: Visit, reason: Row) -> tuple[str, list[Log]]:
    """(the address below which they are shown, the logs) of the task that failed."""
    task_id = reason["task_id"]
    copr = copr_builds.of_task(visit.call, task_id) if reason["method"] in copr_tasks.METHODS else None
    if copr is None:
        return f"/logs/task/{task_id}/", logs.of_task(visit.call, task_id)
    chroot = logs.SOURCE if reason["method"] == copr_tasks.SOURCE else reason["label"]
    return f"/logs/copr/{copr['id']}/{part(chroot)}/", logs.of_chroot(visit.call, copr, chroot)


def tree(visit: Visit, task: Row) -> Row | None:
    """The timeline of a task and of what is below it."""
    below = tasks.descendants(visit.call, task["id"])
    return timeline.drawn(timeline.flattened(task, below, lambda each: staged(visit, each)), visit.call.now())


def staged(visit: Visit, task: Row) -> str:
    """What a part's builder did, and for how long."""
    if task["method"] not in _STAGED:
        return ""
    known = stages.read(task_output.directory(visit.call, task["id"]) / "state.log")
    return " · ".join(
        f"{each.name} {span(each.ended - each.started)}"
        for each in known
        if each.ended and each.ended - each.started >= 0.5
    )


def again(visit: Visit, task: Row | None) -> str | None:
    """Why a task can't be submitted once more."""
    if task is None:
        return "No task made it, so that none can be submitted again."
    if task["state"] not in (tasks.CANCELED, tasks.FAILED):
        return "Only what failed or was cancelled can be submitted again."
    if task["parent"] is not None:
        return "It is a part of another task: submit that again."
    owner = task.get("owner_name") or _user_name(visit, task["owner"])
    return owning(visit, owner, "submit it again")


def _user_name(visit: Visit, user_id: int) -> str:
    return str((users.get(visit.call, user_id) or {}).get("name", ""))


def grouped(found: list[Row]) -> list[tuple[str, list[Row]]]:
    """[(arch, its packages)], sources first, debugging packages last in each."""
    by_arch: dict[str, list[Row]] = {}
    for row in sorted(found, key=lambda row: ("-debug" in row["name"], row["name"])):
        by_arch.setdefault(row["arch"], []).append(row)
    return sorted(by_arch.items(), key=lambda pair: (pair[0] != "src", pair[0]))


# its other views


def _packages(visit: Visit, build: Row) -> Row:
    """Requires and provides of a build's packages, one at a time."""
    found = rpms.of_build(visit.call, build["id"])
    first = sorted(found, key=lambda row: (row["arch"] == "src", "-debug" in row["name"], row["name"]))
    chosen = next((row for row in found if row["id"] == visit.number("rpm")), first[0] if first else None)
    return {"groups": grouped(found), "chosen": chosen, **(detail(visit, chosen) if chosen else {})}


def detail(visit: Visit, rpm: Row) -> Row:
    """Dependencies by kind, files and signatures of an RPM."""
    depends: dict[str, list[str]] = {}
    for row in headers.dependencies(visit.call, rpm["id"]):
        depends.setdefault(comparisons.KINDS[row["type"]], []).append(comparisons.shown(row))
    files = headers.files(visit.call, rpm["id"])
    keys = signatures.listed(visit.call, rpm["id"])
    return {"depends": depends, "files": files, "keys": [each["sigkey"] or "unsigned" for each in keys]}


def _changes(visit: Visit, build: Row) -> Row:
    call = visit.call
    against = visit.number("against")
    other = builds.require(call, against) if against else comparisons.previous(call, build)
    earlier = builds.listed(
        call,
        builds.Filter(package=build["package_id"], state=builds.COMPLETE),
        {"order": "-build_id", "limit": 30},
    )
    found = comparisons.between(call, other, build) if other else []
    return {
        "other": other,
        "found": found,
        "earlier": [each for each in earlier if each["build_id"] != build["id"]],
        "total": sum((each.new_size or 0) - (each.old_size or 0) for each in found if each.arch != "src"),
    }


def _changelog(visit: Visit, build: Row) -> Row:
    return {"entries": headers.changelog(visit.call, build["id"])}


def _history(visit: Visit, build: Row) -> Row:
    found = changes.listed(visit.call, ["tag_listing"], {"build": build["id"]}, {"limit": PER_PAGE * 2})
    return {"entries": histories.told(found)}


_SHOWN = {"packages": _packages, "changes": _changes, "changelog": _changelog, "history": _history}


# buildroots


@page("/buildroots/<buildroot_id:int>", need=ANYONE)
def buildroot(visit: Visit, buildroot_id: int) -> str:
    found = buildroots.require(visit.call, buildroot_id)
    return visit.render("buildroot.html", buildroot=found, rows=buildroots.listing(visit.call, buildroot_id))

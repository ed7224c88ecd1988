"""Copr's builds: found, listed, shown and cancelled."""

import json

from appliance.db.connection import Row
from appliance.db.models.copr import CoprBuild, CoprBuildChroot
from appliance.db.queries import copr_builds as queries
from appliance.db.queries import copr_orders
from appliance.db.select import Select
from appliance.errors import Conflict, NotFound, Unprocessable
from appliance.hub import (
    batches,
    copr_results,
    copr_tasks,
    mock_chroots,
    project_permissions,
    projects,
    tasks,
)
from appliance.hub.hub import Call
from appliance.hub.paging import Page

MAX_ID = 2**63 - 1

# While a half runs its log grows; once it has ended, it is kept compressed.
_COMPRESSED = ("failed", "succeeded", "canceled", "importing")


# finding


def get(call: Call, build_id: int | str) -> Row:
    """The build, with its `state` and whose it is. Raises NotFound."""
    found = look(call, build_id)
    if found is None:
        raise NotFound(f"Build {build_id} does not exist.")
    return found


def look(call: Call, build_id: int | str) -> Row | None:
    """The build, or None; an id may come as text."""
    try:
        number = int(build_id)
    except ValueError:
        return None
    if not 0 <= number <= MAX_ID:
        return None
    return queries.builds().also("b.id = :id", id=number).one(call.tx)


def of_task(call: Call, task_id: int) -> Row | None:
    """The build whose source half, or half for a chroot, a task makes; None for other tasks."""
    found = call.tx.value(queries.OF_TASK, {"task": task_id})
    return None if found is None else look(call, found)


def project_of(build: Row) -> Row:
    """What decides about a build: who owns its project."""
    return {
        "id": build["project_id"],
        "user_id": build["owner_id"],
        "group_id": build["group_id"],
        "full_name": build["full_name"],
    }


def listed(
    call: Call, project: Row, page: Page, package: str | None = None, state: str | None = None
) -> tuple[list[Row], Row]:
    """(builds of a project as the API shows them, what it says of the page); the newest first, always.

    With a STATE the page's offset counts builds in any state, as in Copr.
    """
    select = queries.builds().also("b.project_id = :project", project=project["id"])
    if package:
        select.also("k.name = :package", package=package)
    page.check_order("build", copr_orders.BUILD, copr_orders.BUILD_OTHERS)
    if not state:
        return all_shown(call, select.rows(call.tx, page.window())), page.meta()
    found = _in_state(call, select, page, state) if page.asked != 0 else []
    return all_shown(call, found), {**page.meta(), "limit": page.asked}


def _in_state(call: Call, select: Select, page: Page, state: str) -> list[Row]:
    """The builds in STATE from the page's offset on, which counts the others too."""
    window = page.window()
    first = select.rows(call.tx, {"limit": 1, "offset": window["offset"]})
    if not first:
        return []
    select.also("b.id <= :first", first=first[0]["id"]).also(f"{queries.STATE} = :state", state=state)
    found: list[Row] = select.rows(call.tx, {"limit": window["limit"]})
    return found


# showing


def shown(call: Call, build: Row) -> Row:
    """The build as the API shows it."""
    return all_shown(call, [build])[0]


def all_shown(call: Call, found: list[Row]) -> list[Row]:
    """Builds as the API shows them."""
    names: dict[int, list[str]] = {}
    for chroot in chroots_of(call, [build["id"] for build in found]):
        names.setdefault(chroot["build_id"], []).append(chroot["name"])
    return [_shown(call, build, names.get(build["id"], [])) for build in found]


def chroots_of(call: Call, build_ids: list[int]) -> list[Row]:
    """The chroots of builds: `name`, `build_id`, `status`, ..."""
    return call.tx.rows(queries.CHROOTS_OF, {"builds": json.dumps(build_ids)})


def _shown(call: Call, build: Row, chroots: list[str]) -> Row:
    return {
        **{
            name: build[name]
            for name in (
                "id",
                "state",
                "projectname",
                "ownername",
                "submitted_on",
                "started_on",
                "ended_on",
                "submitter",
                "is_background",
            )
        },
        "repo_url": projects.results_url(call, build["full_name"]),
        "source_package": {
            "name": build["package_name"],
            "version": build["pkg_version"],
            "url": absolute(call, build["srpm_url"]),
        },
        "chroots": chroots,
        "project_dirname": build["dirname"],
    }


def absolute(call: Call, address: str | None) -> str | None:
    """ADDRESS, with this server's in front where it begins with a slash."""
    return call.base_url + address if address and address.startswith("/") else address


def source_dict(call: Call, text: str) -> Row:
    """A source as the API shows it, from what is stored of it."""
    found: Row = json.loads(text or "{}")
    if "url" in found:
        found["url"] = absolute(call, found["url"])
    return found


def source_chroot(call: Call, build: Row) -> Row:
    """State and results of the build's source half. Raises Unprocessable while it has no log."""
    if not build["result_dir"] or build["source_status"] not in ("running", *_COMPRESSED):
        raise Unprocessable(f"The source of build {build['id']} has no results")
    parts = (
        call.base_url,
        "results",
        build["ownername"],
        build["dirname"],
        copr_results.SOURCES,
        build["result_dir"],
    )
    return {"state": build["source_status"], "result_url": "/".join(parts)}


def source_config(call: Call, build: Row) -> Row:
    """What the build's source half is made from, and within what limits."""
    return {
        "source_type": build["source_type"],
        "source_dict": source_dict(call, build["source_json"]),
        "memory_limit": build["memory_reqs"],
        "timeout": build["timeout"],
        "is_background": build["is_background"],
    }


# chroots of builds


def chroot(call: Call, build_id: int | str, name: str) -> Row:
    """A build's half for one chroot. Raises NotFound, and Unprocessable for what is no chroot's name."""
    build = get(call, build_id)
    mock = mock_chroots.find(call, name)
    if mock is None:
        raise NotFound(f"Chroot {name} does not exist")
    select = queries.build_chroots().also("c.build_id = :build", build=build["id"])
    found = select.also("c.mock_chroot_id = :mock", mock=mock["id"]).one(call.tx)
    if found is None:
        raise NotFound(f"Build {build_id} was not submitted to {name} chroot.")
    return found


def chroots_listed(call: Call, build_id: str, page: Page) -> list[Row]:
    """A page of a build's chroots as the API shows them. Raises Unprocessable for what is no id."""
    number = _number(build_id)
    if page.order == "name":  # python3-copr up to 1.105 asks for this, and Copr takes it for the usual order
        page.order = "id"
    select = queries.build_chroots().also("c.build_id = :build", build=number)
    page.sorted(select, "build_chroot", copr_orders.BUILD_CHROOT, copr_orders.BUILD_CHROOT_OTHERS)
    return [chroot_shown(call, row) for row in select.rows(call.tx, page.window())]


def _number(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = MAX_ID + 1
    if abs(number) > MAX_ID:
        raise Unprocessable(f"{text!r} is not the id of a build")
    return number


def chroot_shown(call: Call, found: Row) -> Row:
    """A build's half for one chroot as the API shows it."""
    return {
        "name": found["name"],
        "started_on": found["started_on"],
        "ended_on": found["ended_on"],
        "result_url": chroot_url(call, found),
        "state": found["status"],
    }


def chroot_url(call: Call, found: Row) -> str | None:
    """Where the results for a chroot are served, with a slash at the end; None before there are any."""
    if not found["result_dir"]:
        return None
    parts = (
        call.base_url,
        "results",
        found["ownername"],
        found["dirname"],
        found["name"],
        found["result_dir"],
        "",
    )
    return "/".join(parts)


def log_url(call: Call, found: Row, name: str, growing: tuple[str, ...]) -> str | None:
    """Where a log of a chroot's half is served: as it is in one of the states GROWING, then compressed."""
    url = chroot_url(call, found)
    if url is None or found["package_id"] is None:
        return None
    if found["status"] in growing:
        return url + name
    return f"{url}{name}.gz" if found["status"] in _COMPRESSED else None


def packages(call: Call, build: Row) -> Row:
    """{chroot: {packages: [what the build gave for it]}}."""
    given: dict[int, list[Row]] = {}
    for row in call.tx.rows(queries.RPMS_OF, {"build": build["id"]}):
        given.setdefault(row.pop("build_chroot_id"), []).append(row)
    return {each["name"]: {"packages": given.get(each["id"], [])} for each in chroots_of(call, [build["id"]])}


# ending before the end


def cancel(call: Call, build: Row) -> Row:
    """Cancel a build that has not ended, its tasks with it; the build as the API shows it then."""
    project_permissions.require_build(call, project_of(build), "You are not allowed to cancel this build.")
    if build["ended"]:
        raise Conflict(f"Cannot cancel build {build['id']}")
    _abandon(call, [build["id"]])
    copr_tasks.cancel(call, build["id"])
    return shown(call, get(call, build["id"]))


def _abandon(call: Call, build_ids: list[int]) -> None:
    """The builds are cancelled; their halves stay as they are, and what waited for them begins."""
    for build_id in build_ids:
        call.tx.update(CoprBuild, {"canceled": True}, id=build_id)
        batches.settle(call, get(call, build_id)["batch_id"])
    call.ring("builds")


def follow_tasks(call: Call, task_ids: list[int]) -> None:
    """Tasks were cancelled: a source's task takes its build with it, a chroot's that chroot alone."""
    _abandon(call, call.tx.column(queries.LIVE_OF_TASKS, {"tasks": task_ids}))
    now = int(call.now())
    for chroot_id in call.tx.column(queries.LIVE_CHROOTS_OF_TASKS, {"tasks": task_ids}):
        call.tx.update(CoprBuildChroot, {"status": "canceled", "ended_on": now}, id=chroot_id)


tasks.AFTER_CANCEL.append(follow_tasks)

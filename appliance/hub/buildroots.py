"""Buildroots: opened by a host for a task, filled with what was installed in them, and retired."""

from typing import Any

import koji

from appliance.arguments import integer
from appliance.db.connection import Row
from appliance.db.models.builds import Buildroot, BuildrootListing, StandardBuildroot
from appliance.db.queries import buildroots as queries
from appliance.db.select import Options
from appliance.errors import GenericError
from appliance.hub import external_rpms, rpms, tasks
from appliance.hub.hub import Call

_STATES = koji.BR_STATES
_INIT, _BUILDING, _EXPIRED = _STATES["INIT"], _STATES["BUILDING"], _STATES["EXPIRED"]


def new(call: Call, repo_id: Any, arch: str, task_id: Any) -> int:
    """A buildroot from a repository for a task that the asking host has open; its id."""
    task_id = integer(task_id)
    tasks.assert_own(call, task_id)
    if call.tx.value("SELECT 1 FROM repo WHERE id = :id", {"id": integer(repo_id)}) is None:
        raise GenericError(f"No such repo: {repo_id}")
    buildroot = call.tx.insert(
        Buildroot, br_type=koji.BR_TYPES["STANDARD"], container_type="chroot", container_arch=arch
    )
    call.tx.insert(
        StandardBuildroot, buildroot_id=buildroot, host_id=call.session.host_id, repo_id=integer(repo_id),
        task_id=task_id, create_event=call.tx.event(), state=_INIT,
    )
    return buildroot


def get(call: Call, buildroot_id: Any, strict: bool = False) -> Row | None:
    """The buildroot as `getBuildroot` shows it; None if there is none, with STRICT a GenericError."""
    found = queries.listing().also("b.id = :id", id=integer(buildroot_id)).one(call.tx)
    if found is None and strict:
        raise GenericError(f"No such buildroot: {buildroot_id}")
    return found


def require(call: Call, buildroot_id: Any, task_id: Any = None) -> Row:
    """The buildroot, which must be the asking host's, and of that task where one is named."""
    found = get(call, buildroot_id)
    if found is None:
        raise GenericError(f"no buildroot with ID: {buildroot_id}")
    if found["host_id"] is not None and found["host_id"] != call.session.host_id:
        raise GenericError(f"Host {call.session.host_id} not owner of buildroot {buildroot_id}")
    if task_id is not None and found["task_id"] != integer(task_id):
        raise GenericError(f"task {task_id} is not associated with buildroot {buildroot_id}")
    return found


def set_state(call: Call, buildroot_id: Any, state: Any, task_id: Any = None) -> None:
    """Move a buildroot on; one that has expired stays so."""
    found = require(call, buildroot_id, task_id)
    number = _STATES.get(state) if isinstance(state, str) else integer(state)
    if number is None or (not isinstance(state, str) and _STATES.get(number) is None):
        raise GenericError(f"Invalid buildroot state: {state}")
    if found["state"] == _EXPIRED:
        raise GenericError(f"buildroot {buildroot_id} is EXPIRED")
    values: Row = {"state": number}
    if number == _EXPIRED:
        values["retire_event"] = call.tx.event()
    call.tx.update(StandardBuildroot, values, buildroot_id=found["id"])


def set_list(call: Call, buildroot_id: Any, packages: list[Row], task_id: Any = None) -> None:
    """Say what a new buildroot holds: packages as hosts name them (`location` for external ones)."""
    found = require(call, buildroot_id, task_id)
    if found["state"] != _INIT:
        raise GenericError(f"buildroot {buildroot_id} in wrong state {found['state']}")
    _list(call, found["id"], resolve(call, packages), update=False)


def update_list(call: Call, buildroot_id: Any, packages: list[Row], task_id: Any = None) -> None:
    """Say what has been installed in a buildroot since its list was set."""
    found = require(call, buildroot_id, task_id)
    if found["state"] != _BUILDING:
        raise GenericError(f"buildroot {buildroot_id} in wrong state {found['state']}")
    held = set(call.tx.column(
        "SELECT rpm_id FROM buildroot_listing WHERE buildroot_id = :id", {"id": found["id"]}
    ))
    _list(call, found["id"], [each for each in resolve(call, packages) if each not in held], update=True)


def _list(call: Call, buildroot_id: int, rpm_ids: list[int], update: bool) -> None:
    if len(rpm_ids) != len(set(rpm_ids)) or (not update and _is_listed(call, buildroot_id, rpm_ids)):
        raise GenericError(f"buildroot {buildroot_id} lists a package twice")
    call.tx.insert_many(BuildrootListing, [
        {"buildroot_id": buildroot_id, "rpm_id": rpm_id, "is_update": update} for rpm_id in sorted(rpm_ids)
    ])


def _is_listed(call: Call, buildroot_id: int, rpm_ids: list[int]) -> bool:
    return bool(call.tx.value(
        "SELECT 1 FROM buildroot_listing WHERE buildroot_id = :id AND rpm_id IN :rpms LIMIT 1",
        {"id": buildroot_id, "rpms": rpm_ids},
    ))


def resolve(call: Call, packages: list[Row]) -> list[int]:
    """The ids of packages as a host names them; one from an external repository is made known by its `location`."""
    return [_resolve(call, package) for package in packages]


def _resolve(call: Call, package: Row) -> int:
    if package.get("location"):
        return external_rpms.know(call, package, package["location"])
    return int(rpms.require(call, package)["id"])


def set_installed(call: Call, buildroot_id: int, packages: list[Row], origins: dict[str, str]) -> None:
    """Say what a new buildroot of the local builder holds.

    A package of one of our builds is that; any other is of the external repository whose index has it. ORIGINS
    maps the URLs of those that took part to their names, in their order; the first stands in for the unknown.
    """
    ours = _known(call.tx.rows(queries.INTERNAL, {"names": _names(packages)}), "id")
    theirs = _known(call.tx.rows(queries.FOREIGN, {"names": _names(packages), "urls": list(origins)}), "repository")
    first = next(iter(origins.values()), None)
    rpm_ids = []
    for package in packages:
        key = _nvra(package)
        origin = origins.get(theirs[key]) if key in theirs else first
        if key in ours:
            rpm_ids.append(ours[key])
        elif origin is not None:
            rpm_ids.append(external_rpms.know(call, package, origin))
    _list(call, buildroot_id, list(dict.fromkeys(rpm_ids)), update=False)


def _names(packages: list[Row]) -> list[str]:
    return sorted({each["name"] for each in packages})


def _nvra(row: Row) -> tuple[Any, ...]:
    return row["name"], row["version"], row["release"], row["arch"]


def _known(rows: list[Row], value: str) -> dict[tuple[Any, ...], Any]:
    return {_nvra(row): row[value] for row in rows}


def listing(call: Call, buildroot_id: Any) -> list[Row]:
    """The packages of a buildroot as `getBuildrootListing` shows them."""
    if get(call, buildroot_id) is None:
        raise GenericError(f"no buildroot with ID: {buildroot_id}")
    return list(queries.contents().also("l.buildroot_id = :id", id=integer(buildroot_id)).rows(call.tx))


def find(call: Call, conditions: list[tuple[str, Row]], options: Options | None = None) -> Any:
    """Buildroots that meet all CONDITIONS (SQL and its parameters), as `listBuildroots` shows them."""
    select = queries.listing()
    for condition, params in conditions:
        select.also(condition, **params)
    return select.rows(call.tx, options)


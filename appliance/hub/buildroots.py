"""Buildroots: opened by a host for a task, filled with what was installed in them, and retired."""

from typing import Any

import koji

from appliance.arguments import check, identity, integer
from appliance.db.connection import Row
from appliance.db.models.builds import Buildroot, BuildrootListing, StandardBuildroot
from appliance.db.queries import buildroots as queries
from appliance.db.select import Options, Select
from appliance.errors import ActionNotAllowed, GenericError, ParameterError
from appliance.hub import components, installed, tasks
from appliance.hub.hub import Call

INIT, BUILDING, EXPIRED = (int(koji.BR_STATES[each]) for each in ("INIT", "BUILDING", "EXPIRED"))
_STANDARD = int(koji.BR_TYPES["STANDARD"])


def new(call: Call, repo_id: Any, arch: Any, task_id: Any) -> int:
    """A buildroot from a repository for a task that the asking host has open; its id."""
    task_id = integer(task_id)
    tasks.assert_own(call, task_id)
    repo_id = integer(repo_id)
    if call.tx.value("SELECT 1 FROM repo WHERE id = :id", {"id": repo_id}) is None:
        raise GenericError(f"No such repo: {repo_id}")
    arch = koji.parse_arches(check(arch, str, optional=True), strict=True, allow_none=True)
    buildroot = call.tx.insert(Buildroot, br_type=_STANDARD, container_type="chroot", container_arch=arch)
    call.tx.insert(
        StandardBuildroot,
        buildroot_id=buildroot,
        host_id=call.session.host_id,
        repo_id=repo_id,
        task_id=task_id,
        create_event=call.tx.event(),
        state=INIT,
    )
    return buildroot


def get(call: Call, buildroot_id: Any, strict: bool = False) -> Row | None:
    """The buildroot as `getBuildroot` shows it; None if there is none, with STRICT a GenericError."""
    found = queries.listing().also("b.id = :id", id=integer(buildroot_id)).one(call.tx)
    if found is None and strict:
        raise GenericError(f"No such buildroot: {buildroot_id}")
    return found


def _select(buildroot_id: Any) -> Select:
    return queries.listing().also("b.id = :id", id=identity(buildroot_id))


def require(call: Call, buildroot_id: Any) -> Row:
    """The buildroot; a GenericError if there is none."""
    if buildroot_id is None:
        raise GenericError("buildroot not specified")
    found = _select(buildroot_id).one(call.tx)
    if found is None:
        raise GenericError(f"no buildroot with ID: {buildroot_id}")
    return found


def own(call: Call, buildroot_id: Any, task_id: Any = None) -> Row:
    """A buildroot of the asking host, and of that open task of the host where one is named."""
    if task_id is not None:
        tasks.assert_own(call, integer(task_id))
    found = require(call, buildroot_id)
    if found["br_type"] != _STANDARD:
        raise GenericError(f"Not a standard buildroot: {buildroot_id}")
    if found["host_id"] != call.session.host_id:
        raise ActionNotAllowed(f"Host {call.session.host_id} not owner of buildroot {buildroot_id}")
    if task_id is not None and found["task_id"] != integer(task_id):
        raise ActionNotAllowed(f"Task {task_id} does not have lock on buildroot {buildroot_id}")
    return found


def set_state(call: Call, buildroot_id: Any, state: Any, task_id: Any = None) -> None:
    """Move a buildroot on, to a state's name or number; one that has expired stays so."""
    found = own(call, buildroot_id, task_id)
    number = _state(state)
    if number == INIT:
        raise GenericError("Cannot change buildroot state to INIT")
    if found["state"] == EXPIRED:
        if number != EXPIRED:
            raise GenericError(f"buildroot {buildroot_id} is EXPIRED")
        return
    if number == EXPIRED:
        _expire(call, found["id"])
    else:
        call.tx.update(StandardBuildroot, {"state": number}, buildroot_id=found["id"])


def retire(call: Call, task_id: int) -> None:
    """The buildroots of a task of ours that is over are no more, however it ended."""
    for buildroot_id in call.tx.column(_LEFT, {"task": task_id, "expired": EXPIRED}):
        _expire(call, buildroot_id)


_LEFT = "SELECT buildroot_id FROM standard_buildroot WHERE task_id = :task AND state <> :expired"


def _expire(call: Call, buildroot_id: int) -> None:
    values = {"state": EXPIRED, "retire_event": call.tx.event()}
    call.tx.update(StandardBuildroot, values, buildroot_id=buildroot_id)


def _state(state: Any) -> int:
    """The number of a state that is named, or numbered."""
    found = koji.BR_STATES.get(state) if isinstance(state, (str, int)) else None
    if found is None:
        raise GenericError(f"Invalid buildroot state: {state}")
    return int(found if isinstance(state, str) else state)


def set_list(call: Call, buildroot_id: Any, packages: Any, task_id: Any = None) -> None:
    """Say what a new buildroot holds: packages as hosts name them (`location` for external ones)."""
    found = _in_state(own(call, buildroot_id, task_id), INIT)
    keep_list(call, found["id"], components.identify(call, check(packages, list)))


def update_list(call: Call, buildroot_id: Any, packages: Any, task_id: Any = None) -> None:
    """Say what is in a buildroot by now; what its list has already is passed over."""
    found = _in_state(own(call, buildroot_id, task_id), BUILDING)
    held = set(call.tx.column("SELECT rpm_id FROM buildroot_listing WHERE buildroot_id = :id", {"id": found["id"]}))
    wanted = components.identify(call, check(packages, list))
    keep_list(call, found["id"], [each for each in wanted if each not in held], update=True)


def record(call: Call, buildroot_id: int, packages: list[Row]) -> None:
    """As `set_list`, for the local builder: what it found installed, whose origin the repository tells."""
    found = _in_state(own(call, buildroot_id), INIT)
    keep_list(call, found["id"], installed.identify(call, found, packages))


def _in_state(found: Row, state: int) -> Row:
    if found["state"] != state:
        raise GenericError(f"buildroot {found['id']} in wrong state {found['state']}")
    return found


def keep_list(call: Call, buildroot_id: int, rpm_ids: list[int], update: bool = False) -> None:
    """Add RPMs to what is known of a buildroot; none of them may be there yet."""
    held = call.tx.value(queries.HOLDS_ANY, {"buildroot": buildroot_id, "rpms": rpm_ids})
    if held or len(set(rpm_ids)) != len(rpm_ids):
        raise GenericError(f"buildroot {buildroot_id} would list a package twice")
    call.tx.insert_many(
        BuildrootListing,
        [{"buildroot_id": buildroot_id, "rpm_id": rpm_id, "is_update": update} for rpm_id in sorted(rpm_ids)],
    )


def listing(call: Call, buildroot_id: Any) -> list[Row]:
    """The packages of a buildroot as `getBuildrootListing` shows them."""
    found = require(call, buildroot_id)
    rows: list[Row] = queries.contents().also("l.buildroot_id = :id", id=found["id"]).rows(call.tx)
    return rows


def last_of(call: Call, host_id: int, limit: int) -> list[Row]:
    """The last buildroots of a host, as `find` gives them."""
    ids = call.tx.column(queries.LAST_OF_HOST, {"host": host_id, "limit": limit})
    found: list[Row] = find(call, {"buildroot": ids}, {"order": "-id"}) if ids else []
    return found


def find(call: Call, wanted: Row, options: Options | None = None) -> Any:
    """Buildroots as `listBuildroots` shows them. WANTED narrows by a key of `queries.CONDITIONS` to a value
    or (`state`, `id`) to one of several.
    """
    select = queries.listing()
    for key, value in wanted.items():
        if value is None:
            continue
        several = isinstance(value, (list, tuple)) and key in queries.SEVERAL
        if several and not value:
            raise ParameterError(f"Invalid value for {key}: an empty list")
        numbers = [identity(each) for each in (value if several else [value])]
        select.also(queries.CONDITIONS[key], **{key: numbers})
    return select.rows(call.tx, options)

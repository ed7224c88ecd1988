"""Tasks: made, assigned, opened, ended and cancelled; one row a unit of work, whoever does it."""

from collections.abc import Callable
from typing import Any

import koji
from koji import xmlrpcplus

from appliance.arguments import check, convert, integer
from appliance.db import states
from appliance.db.connection import Row
from appliance.db.models.tasks import Host, Task
from appliance.db.queries import tasks as queries
from appliance.errors import ActionNotAllowed, GenericError, ParameterError
from appliance.hub import names, placement, removal, repos
from appliance.hub.hub import Call

FREE, OPEN, CLOSED, CANCELED, ASSIGNED, FAILED = range(6)
LIVE = (FREE, OPEN, ASSIGNED)
FINISHED = (CLOSED, CANCELED, FAILED)

# Who else must know of cancelled tasks: modules that stand on this one add a function of (call, task ids).
AFTER_CANCEL: list[Callable[[Call, list[int]], None]] = []

_NO_ROW = "query returned no rows"
_MAKING = "SELECT id, task_id FROM build WHERE task_id IN :tasks AND state = :building"
_PARENTS = "SELECT DISTINCT parent FROM task WHERE id IN :tasks AND parent IS NOT NULL"
_ROW = "SELECT id, state, host_id, parent, owner, request FROM task WHERE id = :id"


# making


def make(call: Call, method: str, arglist: Any, **opts: Any) -> int:
    """A new task of METHOD with the arguments ARGLIST (keyword ones as `koji.encode_args` packs them).

    The answer is its id. OPTS: parent (a task id; owner, arch, and priority less one come from it), label,
    channel, arch, priority, owner (id or name), weight, assign (the host, id or name, that shall do it). Hub
    policies decide about channel and priority. The limits on priority are the caller's business.
    """
    check(method, str)
    values = _values(call, opts)
    decided = placement.place(call, method, arglist, values, opts.get("channel"))
    row = {
        "method": method,
        "request": xmlrpcplus.dumps(tuple(arglist), methodname=method),
        "state": FREE,
        "create_time": call.now(),
        "weight": float(opts.get("weight") or 1.0),
        **{name: values[name] for name in ("owner", "arch", "parent", "label")},
        **decided,
    }
    if opts.get("assign"):
        row.update(state=ASSIGNED, host_id=_host(call, opts["assign"]))
    task_id = call.tx.insert(Task, **row)
    call.ring("tasks", f"task:{task_id}")
    return task_id


def _values(call: Call, opts: Row) -> Row:
    """Owner, arch, priority, parent, label, the parent's channel: by OPTS, else the parent, else defaults."""
    given = {
        "arch": koji.parse_arches(opts["arch"], strict=True, allow_none=True) if "arch" in opts else None,
        "priority": integer(opts["priority"]) if "priority" in opts else None,
        "owner": _owner(call, opts["owner"]) if "owner" in opts else None,
    }
    base = _parent_values(call, opts) if opts.get("parent") is not None else _top_values(call, given["owner"])
    return {**base, **{name: value for name, value in given.items() if value is not None}}


def _parent_values(call: Call, opts: Row) -> Row:
    parent = integer(opts["parent"])
    found = call.tx.row("SELECT state, owner, channel_id, priority, arch FROM task WHERE id = :id", {"id": parent})
    if found is None:
        raise GenericError(f"Invalid parent task: {parent}")
    if found["state"] != OPEN:
        raise GenericError(f"Parent task (id {parent}) is not open")
    label = check(opts.get("label"), str, optional=True)
    return {
        "parent": parent,
        "label": label,
        "owner": found["owner"],
        "arch": found["arch"],
        "priority": found["priority"] - 1,
        "parent_channel": found["channel_id"],
    }


def _top_values(call: Call, owner: int | None) -> Row:
    if owner is None and not call.session.logged_in:
        raise GenericError("task must have an owner")
    return {
        "parent": None,
        "label": None,
        "owner": call.user_id,
        "arch": "noarch",
        "priority": koji.PRIO_DEFAULT,
        "parent_channel": None,
    }


def _owner(call: Call, owner: Any) -> int:
    if isinstance(owner, int):
        return owner
    found = call.tx.value("SELECT id FROM users WHERE name = :name", {"name": check(owner, str)})
    if found is None:
        raise GenericError(f"No such user: {owner!r}")
    return int(found)


def _host(call: Call, host: Any) -> int:
    found = names.lookup(call, Host, host)
    if found is None:
        raise GenericError(f"Invalid hostInfo: {host}")
    return int(found["id"])


# reading


def get(call: Call, task_id: Any, strict: bool = False, request: bool = False) -> Row | None:
    """The task as `getTaskInfo` shows it, its decoded `request` if wanted; None, or STRICTly an error."""
    found = queries.info(request).also("task.id = :id", id=integer(task_id)).one(call.tx)
    if found is None and strict:
        raise GenericError(_NO_ROW)
    if found is not None and request:
        found["request"] = decode(found["request"])
    return found


def require(call: Call, task_id: Any, request: bool = False) -> Row:
    """As `get`; a GenericError if there is no such task."""
    found = get(call, task_id, strict=True, request=request)
    assert found is not None
    return found


def request(call: Call, task_id: Any) -> Any:
    """The decoded arguments of a task, as a list."""
    return decode(_row(call, task_id)["request"])


def children(call: Call, task_id: Any, request: bool = False, strict: bool = False) -> list[Row]:
    """The tasks whose parent is TASK_ID, as rows of `get`; STRICT: an error if there is no such task."""
    if strict:
        _row(call, task_id)
    found: list[Row] = queries.info(request).also("task.parent = :id", id=integer(task_id)).rows(call.tx)
    return [_decoded(row) for row in found] if request else found


def labelled(call: Call, parent: int, label: str) -> int | None:
    """The id of a task's subtask with that label."""
    found: int | None = call.tx.value(
        "SELECT id FROM task WHERE parent = :parent AND label = :label", {"parent": parent, "label": label}
    )
    return found


def descendants(call: Call, task_id: Any, request: bool = False) -> dict[str, list[Row]]:
    """{task id as text: its children} for a task and everything below it."""
    ids = call.tx.column(queries.TREE, {"id": integer(task_id)}) or [integer(task_id)]
    below: dict[str, list[Row]] = {str(each): [] for each in ids}
    listing = queries.info(request).also("task.parent IN :ids", ids=ids)
    listing.order = "task.id"
    for row in listing.rows(call.tx):
        below[str(row["parent"])].append(_decoded(row) if request else row)
    return below


def state(call: Call, task_id: Any) -> int:
    """The number of the task's state."""
    return int(_row(call, task_id)["state"])


def states_of(call: Call, task_ids: list[int]) -> dict[int, int]:
    """{task id: number of its state} of those tasks that there are."""
    return dict(call.tx.tuples("SELECT id, state FROM task WHERE id IN :ids ORDER BY id", {"ids": task_ids}))


def finished(call: Call, task_id: Any) -> bool:
    """Whether the task has ended, one way or another."""
    return state(call, task_id) in FINISHED


def result(call: Call, task_id: Any, raise_fault: bool = True) -> Any:
    """What a finished task answered. A failed one's fault is raised, or given as a dict."""
    task_id = integer(task_id)
    found = call.tx.row("SELECT state, result FROM task WHERE id = :id", {"id": task_id})
    if found is None:
        raise GenericError("No such task")
    if found["state"] == CANCELED:
        raise GenericError(f"Task {task_id} is canceled")
    if found["state"] not in FINISHED:
        raise GenericError(f"Task {task_id} is not finished")
    try:
        return decode(found["result"])[0]
    except xmlrpcplus.Fault as fault:
        if raise_fault:
            raise _error(fault) from None
        return {"faultCode": fault.faultCode, "faultString": fault.faultString}


def _error(fault: xmlrpcplus.Fault) -> GenericError:
    """The error that a builder met: of Koji's own kind, or a general one with the same code and text."""
    error = koji.convertFault(fault)
    if not isinstance(error, GenericError):
        error = GenericError(fault.faultString)
        error.faultCode = fault.faultCode
    return error


def decode(document: str) -> Any:
    """The parameters of an XML-RPC document, as a list. A fault's document raises `xmlrpcplus.Fault`."""
    return list(xmlrpcplus.loads(document)[0])


def encode_result(value: Any) -> str:
    """The document in which a builder hands a task's result in."""
    return str(xmlrpcplus.dumps((value,), methodresponse=1, allow_none=1))


def encode_fault(code: int, text: str) -> str:
    """The document in which a builder says why a task failed."""
    return str(xmlrpcplus.dumps(xmlrpcplus.Fault(code, text)))


def _decoded(row: Row) -> Row:
    return {**row, "request": decode(row["request"])}


def _row(call: Call, task_id: Any) -> Row:
    found = call.tx.row(_ROW, {"id": integer(task_id)})
    if found is None:
        raise GenericError(_NO_ROW)
    return found


# a host's work: the asking session's host, local or remote


def own(call: Call, task_id: int) -> bool:
    """Whether the asking host has this task open."""
    found = call.tx.row("SELECT state, host_id FROM task WHERE id = :id", {"id": integer(task_id)})
    if found is None:
        raise GenericError(f"No such task: {integer(task_id)}")
    host_id = call.session.host_id
    return host_id is not None and found["state"] == OPEN and found["host_id"] == host_id


def assert_own(call: Call, task_id: int) -> None:
    """Refuse a host that does not have this task open."""
    if not own(call, task_id):
        raise ActionNotAllowed(f"host {call.session.host_id} does not own task {integer(task_id)}")


def open(call: Call, task_id: Any) -> Row | None:
    """Begin a task that is free or the asking host's; its row with the undecoded `request`, or None."""
    task_id = integer(task_id)
    if not _take(call, task_id, call.session.host_id or 0, "OPEN"):
        return None
    return queries.info(request=True).also("task.id = :id", id=task_id).one(call.tx)


def close(call: Call, task_id: Any, document: str) -> None:
    """End an open task of the asking host with its result's document (see `encode_result`)."""
    assert_own(call, task_id)
    _check_result(document)
    _end(call, integer(task_id), "CLOSED", document)


def _check_result(document: Any) -> None:
    """Refuse what nobody could read as a task's result."""
    try:
        decode(check(document, str))
    except xmlrpcplus.Fault as fault:
        raise _error(fault) from None
    except Exception as error:  # the parser raises all sorts
        raise ParameterError(f"Invalid result: {error}") from None


def fail(call: Call, task_id: Any, document: str) -> None:
    """End an open task of the asking host with a fault's document (see `encode_fault`)."""
    _end(call, integer(task_id), "FAILED", document)
    repos.spoil(call, [integer(task_id)])


def _end(call: Call, task_id: int, state: str, document: str) -> None:
    assert_own(call, task_id)
    check(document, str)
    states.move(call.tx, states.TASK, task_id, state, result=document, completion_time=call.now())
    _tell(call, task_id)


def set_weight(call: Call, task_id: Any, weight: Any) -> None:
    """Say how heavy an open task of the asking host is (1.0: an average one)."""
    assert_own(call, task_id)
    weight = convert(weight, float)
    if weight < 0:
        raise ParameterError(f"Invalid value for weight: {weight}")
    call.tx.update(Task, {"weight": weight}, id=integer(task_id))


def give_back(call: Call, task_ids: list[int]) -> None:
    """Free those of the tasks that the asking host has open."""
    for task_id in check(task_ids, (list, tuple, dict)):
        if own(call, task_id):
            free(call, task_id)


# moves that are the hub's own or an admin's


def assign(call: Call, task_id: int, host_id: int, force: bool = False) -> bool:
    """Give a task to a host; False where its state forbids that. FORCE takes it from whoever has it."""
    return _take(call, task_id, host_id, "ASSIGNED", force)


def _take(call: Call, task_id: int, host_id: int, state: str, force: bool = False) -> bool:
    held = _row(call, task_id)
    if not force and not _may_take(held, host_id):
        return False
    values = {"start_time": call.now()} if state == "OPEN" else {}
    states.move(call.tx, states.TASK, task_id, state, force=force, host_id=host_id, **values)
    _tell(call, task_id)
    return True


def _may_take(held: Row, host_id: int) -> bool:
    if held["state"] == FREE:
        return held["host_id"] is None
    return bool(held["state"] == ASSIGNED and held["host_id"] == host_id)


def free(call: Call, task_id: Any) -> None:
    """Put a task that a host has back to where any host may get it."""
    held, task_id = _row(call, task_id), integer(task_id)
    state = koji.TASK_STATES[held["state"]]
    if held["state"] == FREE and held["host_id"] is None:
        raise GenericError(f"No such task: {task_id}")  # Koji's word for one that nobody has
    if not states.TASK.leads(state, "FREE"):
        raise GenericError(f"Cannot free task {task_id}, state is {state}")
    states.move(call.tx, states.TASK, task_id, "FREE", host_id=None)
    _tell(call, task_id)


def set_priority(call: Call, task_id: Any, priority: Any, recurse: bool = False) -> None:
    """Change the priority (lower comes first) of a task that has not ended, and of all below it."""
    priority = integer(priority)
    if _row(call, task_id)["state"] in FINISHED:
        raise GenericError("Finished task's priority can't be updated")
    ids = call.tx.column(queries.TREE, {"id": integer(task_id)}) if recurse else [integer(task_id)]
    call.tx.execute("UPDATE task SET priority = :to WHERE id IN :ids", {"to": priority, "ids": ids})
    call.ring("tasks")


# cancelling


def cancel(call: Call, task_id: Any, recurse: bool = True) -> bool:
    """Cancel a task, its builds and (RECURSE) its subtasks; False where it has ended otherwise before."""
    state = _row(call, task_id)["state"]
    if state in FINISHED:
        return bool(state == CANCELED)
    live = {"id": integer(task_id), "live": LIVE}
    _cancel_all(call, call.tx.column(queries.LIVE_TREE, live) if recurse else [integer(task_id)])
    return True


def cancel_children(call: Call, task_id: Any) -> None:
    """Cancel what is below a task, not the task itself."""
    for child in call.tx.column("SELECT id FROM task WHERE parent = :id", {"id": integer(task_id)}):
        cancel(call, child)


def cancel_full(call: Call, task_id: Any, strict: bool = True) -> None:
    """Cancel the whole tree of a top-level task; without STRICT the tree that this task is in."""
    parent = _row(call, task_id)["parent"]
    if parent is not None and strict:
        raise GenericError(f"Task {task_id} is not top-level (parent={parent})")
    top = call.tx.column(queries.ANCESTORS, {"id": integer(task_id)})[-1]
    _cancel_all(call, call.tx.column(queries.TREE, {"id": top}))


def withdraw(call: Call, task_id: Any, recurse: bool = True) -> None:
    """Cancel a task as its owner, as the host that has it open, or as an admin."""
    assert_withdrawable(call, task_id)
    cancel(call, task_id, recurse)


def withdraw_children(call: Call, task_id: Any) -> None:
    """Cancel what is below a task as its owner, as the host that has it open, or as an admin."""
    assert_withdrawable(call, task_id)
    cancel_children(call, task_id)


def assert_withdrawable(call: Call, task_id: Any) -> None:
    """Refuse those who may not cancel this task."""
    owner = call.tx.value("SELECT owner FROM task WHERE id = :id", {"id": integer(task_id)})
    if owner is None:
        raise GenericError(f"No such task: {integer(task_id)}")
    if owner != call.user_id and not own(call, task_id) and not call.session.may("admin"):
        raise ActionNotAllowed("Cannot cancel task, not owner")


def _cancel_all(call: Call, task_ids: list[int]) -> None:
    states.move_all(call.tx, states.TASK, task_ids, "CANCELED", completion_time=call.now())
    _tell(call, *task_ids)
    making = {"tasks": task_ids, "building": koji.BUILD_STATES["BUILDING"]}
    for build_id, task_id in call.tx.tuples(_MAKING, making):
        removal.abandon(call, build_id, task_id)
    repos.spoil(call, task_ids)
    for follow in AFTER_CANCEL:
        follow(call, task_ids)


def _tell(call: Call, *task_ids: int) -> None:
    """Wake who waits for these tasks, for their parents, or for any."""
    parents = call.tx.column(_PARENTS, {"tasks": task_ids}) if task_ids else []
    call.ring("tasks", *(f"task:{task_id}" for task_id in {*task_ids, *parents}))

"""Listings of tasks by what they are, whose they are and when they ran."""

from typing import Any

from koji import xmlrpcplus

from appliance.arguments import check
from appliance.db.connection import Row
from appliance.db.queries import tasks as queries
from appliance.db.select import Select
from appliance.errors import ParameterError
from appliance.hub import moments, tasks
from appliance.hub.hub import Call

_SETS = {"arch": "arch IN", "not_arch": "arch NOT IN", "state": "state IN", "not_state": "state NOT IN"}
_NUMBERS = ("owner", "host_id", "channel_id", "parent")
_TIMES = {
    "createdBefore": "create_time <",
    "createdAfter": "create_time >",
    "startedBefore": "start_time <",
    "startedAfter": "start_time >",
    "completeBefore": "completion_time <",
    "completeAfter": "completion_time >",
    "completedBefore": "completion_time <",
    "completedAfter": "completion_time >",
}


def listed(call: Call, opts: Row | None = None, query_opts: Row | None = None) -> Any:
    """Tasks as `listTasks` shows them.

    OPTS narrow: `arch`, `state` (lists), `owner`, `host_id`, `channel_id`, `parent` (id, list or None), each
    also as `not_...`; `method`; `createdBefore` and its like; `decode` decodes requests and results.
    """
    opts, query_opts = check(opts or {}, dict), check(query_opts or {}, dict)
    listing = queries.listing(bool(query_opts.get("countOnly")))
    _narrow(listing, opts)
    found = listing.rows(call.tx, query_opts)
    if not opts.get("decode") or query_opts.get("countOnly") or query_opts.get("asList"):
        return found
    return [_decoded(row) for row in found]


def _narrow(listing: Select, opts: Row) -> None:
    for key, condition in _SETS.items():
        if key in opts:
            values = _some(check(opts[key], (list, tuple)), key)
            kind = int if key.endswith("state") else str
            listing.also(f"task.{condition} :{key}", **{key: [check(each, kind) for each in values]})
    for name in _NUMBERS:
        _narrow_number(listing, name, opts)
    if "method" in opts:
        listing.also("task.method = :method", method=check(opts["method"], str, optional=True))
    for key, condition in _TIMES.items():
        if opts.get(key) is not None:
            listing.also(f"task.{condition} :{key}", **{key: moments.seconds(opts[key])})


def _narrow_number(listing: Select, name: str, opts: Row) -> None:
    for key, null, many, one in ((name, "IS", "IN", "="), (f"not_{name}", "IS NOT", "NOT IN", "<>")):
        if key not in opts:
            continue
        value = opts[key]
        if value is None:
            listing.also(f"task.{name} {null} NULL")
        else:
            several = isinstance(check(value, (int, list, tuple)), (list, tuple))
            operator = many if several else one
            listing.also(f"task.{name} {operator} :{key}", **{key: _some(value, key) if several else value})


def _some(values: Any, name: str) -> Any:
    """VALUES of a condition; a ParameterError where there are none, which can't be meant."""
    if not values:
        raise ParameterError(f"Invalid value for {name}: an empty list")
    return values


def _decoded(row: Row) -> Row:
    return {**row, "request": _document(row["request"]), "result": _document(row["result"])}


def _document(text: str | None) -> Any:
    try:
        return tasks.decode(text) if text else text
    except xmlrpcplus.Fault as fault:
        return {"faultCode": fault.faultCode, "faultString": fault.faultString}


def many(call: Call, task_ids: Any, request: bool = False, strict: bool = False) -> list[Row | None]:
    """The rows of `tasks.get` for TASK_IDS in their order; None (STRICT: an error) where there is none."""
    if not isinstance(task_ids, (list, tuple)):
        raise ParameterError(f"Invalid type for task ids: {type(task_ids)}")
    return [tasks.get(call, task_id, strict, request) for task_id in task_ids]

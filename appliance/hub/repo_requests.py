"""Requests for repositories: who wants a tag as of when; one task serves all that it can."""

import json
from typing import Any

import koji

from appliance.arguments import integer
from appliance.db.connection import Row
from appliance.db.models.builds import RepoRequest
from appliance.db.models.core import User
from appliance.db.queries import repos as queries
from appliance.errors import ActionNotAllowed, GenericError, ParameterError
from appliance.hub import events, names, repo_opts, repos, tag_changes, tagged, tags, tasks
from appliance.hub.hub import Call

# asking


def make(
    call: Call,
    tag: Any,
    min_event: Any = None,
    at_event: Any = None,
    opts: Any = None,
    priority: Any = None,
    force: Any = False,
) -> Row:
    """Ask for a repository of a tag; `{repo, request, duplicate}`.

    A `repo` that does already is the answer, unless FORCE; else the `request`, or one like it that waits.
    AT_EVENT wants the tag as of then, MIN_EVENT as of then or later ("last": as it is now; None: it may lack
    changes of the last hour). PRIORITY is relative to the default; below zero is for admins.
    """
    found, wanted = tags.require(call, tag), repo_opts.checked(opts)
    if wanted.get("maven") and not call.settings.koji.enable_maven:
        raise GenericError("Maven support not enabled")
    min_event, at_event = _moment(call, found, min_event, at_event)
    number = _priority(call, priority)
    ready = None if force else repos.best(call, found["id"], min_event, at_event, wanted)
    if ready is not None:
        return {"repo": ready, "request": None, "duplicate": False}
    waiting = _waiting(call, found["id"], min_event, at_event, wanted)
    if waiting is not None:
        _hurry(call, waiting, number)
        return {"repo": None, "request": waiting, "duplicate": True}
    request_id = call.tx.insert(
        RepoRequest,
        create_time=call.now(),
        update_time=call.now(),
        owner=call.user_id,
        priority=number,
        tag_id=found["id"],
        at_event=at_event,
        min_event=min_event,
        opts=repo_opts.text(wanted),
    )
    call.ring("repos")
    return {"repo": None, "request": _get(call, request_id), "duplicate": False}


def _moment(call: Call, tag: Row, min_event: Any, at_event: Any) -> tuple[int | None, int | None]:
    if at_event is not None:
        if min_event is not None:
            raise ParameterError("The min_event and at_event options conflict")
        return None, _known_event(call, at_event)
    if min_event == "last":
        return tag_changes.last(call, tag["id"]), None
    if min_event is not None:
        return _known_event(call, min_event), None
    lag = tag["extra"].get("repo.lag")
    return _lagging(call, tag["id"], lag, call.settings.repositories.request_lag), None


def _known_event(call: Call, event: Any) -> int:
    number = integer(event)
    if events.get(call, number) is None:
        raise ParameterError(f"Invalid event: {number}")
    return int(number)


# What a hub that is younger than that takes instead: an event that no tag can be older than.
_BEFORE_ALL = "SELECT MAX(id) FROM events WHERE id < (SELECT MIN(create_event) FROM tag_config)"


def _lagging(call: Call, tag_id: int, lag: Any, default: int) -> int | None:
    """The tag's last change, or the last event that is older than LAG seconds if that is earlier.

    Requests near in time get the same event, so that they share a repository.
    """
    seconds = lag if isinstance(lag, int) and not isinstance(lag, bool) else default
    window = call.settings.repositories.request_lag_window
    before = (call.now() - seconds) // window * window
    last, older = tag_changes.last(call, tag_id), events.last(call, before=before)
    base = call.tx.value(_BEFORE_ALL) if older is None else older["id"]
    return base if last is None else min(base or last, last)


def _priority(call: Call, priority: Any) -> int:
    offset = integer(priority, optional=True) or 0
    if offset < 0 and not call.session.may("admin"):
        raise ActionNotAllowed("only admins may create high-priority requests")
    return int(koji.PRIO_DEFAULT + offset)


def _waiting(call: Call, tag_id: int, min_event: int | None, at_event: int | None, opts: Row) -> Row | None:
    clauses = [["tag_id", tag_id], ["active", True], ["opts", repo_opts.text(opts)]]
    clauses.append(["at_event", at_event] if at_event is not None else ["min_event", ">=", min_event])
    found = listed(call, clauses, "**", {"order": "priority,id", "limit": 1})
    return found[0] if found else None


def _hurry(call: Call, request: Row, priority: int) -> None:
    if request["priority"] > priority:
        set_priority(call, request["id"], priority)
        request["priority"] = priority


# looking


def listed(call: Call, clauses: Any = None, fields: Any = None, opts: Row | None = None) -> Any:
    """Requests by clauses, as `View.select` takes them."""
    return queries.REQUESTS.select(clauses, fields, opts).rows(call.tx, opts)


def _get(call: Call, request_id: int) -> Row | None:
    return queries.REQUESTS.select([["id", request_id]], "**").one(call.tx)


def look(call: Call, request_id: Any) -> Row:
    """`{request, repo}`: a request and what came of it; with `task` while that is at work."""
    request = _get(call, integer(request_id))
    if request is None:
        raise GenericError("No such request")
    if request["repo_id"]:
        return {"request": request, "repo": repos.get(call, request["repo_id"])}
    answer = {"request": request, "repo": None}
    return {**answer, "task": tasks.get(call, request["task_id"])} if request["task_id"] else answer


def set_priority(call: Call, request_id: Any, priority: Any) -> None:
    """Give a request another priority (lower comes first)."""
    request_id, priority = integer(request_id), integer(priority)
    call.tx.update(RepoRequest, {"priority": priority}, id=request_id)


# serving


def check_queue(call: Call) -> None:
    """Make the tasks that waiting requests need, anew where one has failed; forget old ones."""
    clauses = [["repo_id", "IS", None], ["active", True]]
    waiting = listed(call, clauses, ["*", "task_state", "tag_name"], {"order": "priority,id"})
    for request in waiting:
        _look_after(call, request)
    _make_tasks(call, [request for request in waiting if request["active"]])
    days = call.settings.repositories.request_days
    call.tx.execute(queries.FORGET, {"cutoff": call.now() - days * 86400})


def _look_after(call: Call, request: Row) -> None:
    """Forget a request's task that has ended without the repository; give the request up after some tries."""
    if request["task_id"] is None or request["task_state"] not in tasks.FINISHED:
        return
    if request["tries"] > call.settings.repositories.request_tries:
        request["active"] = False
        _change(call, request, active=False)
        call.ring("repos")  # for those who wait for it: nothing else may happen that they would hear of
    else:
        request["task_id"] = None
        _change(call, request, task_id=None)


def _make_tasks(call: Call, requests: list[Row]) -> None:
    limits = call.settings.repositories
    busy = [request for request in requests if request["task_id"] is not None]
    maven = sum(bool(request["opts"].get("maven")) for request in busy)
    spare = limits.max_tasks - len(busy)
    for request in requests:
        wants_maven = bool(request["opts"].get("maven"))
        if request["task_id"] is not None or spare <= 0 or (wants_maven and maven >= limits.max_maven_tasks):
            continue
        spare, maven = spare - 1, maven + wants_maven
        _change(call, request, task_id=_task(call, request), tries=(request["tries"] or 0) + 1)


def _task(call: Call, request: Row) -> int:
    wanted: Row = {"opts": request["opts"]}
    if request["at_event"] is not None:
        wanted["event"] = request["at_event"]
    tag = {"id": request["tag_id"], "name": request["tag_name"]}
    owner = names.lookup(call, User, call.settings.repositories.queue_user)
    routing = {"priority": 15, "channel": "createrepo", **({"owner": owner["id"]} if owner else {})}
    return tasks.make(call, "newRepo", koji.encode_args(tag, **wanted), **routing)


def _change(call: Call, request: Row, **values: Any) -> None:
    call.tx.update(RepoRequest, {**values, "update_time": call.now()}, id=request["id"])


def request_automatically(call: Call) -> None:
    """Ask for repositories of tags whose extra `repo.auto` is set; what they may lack is in `repo.lag`."""
    default = call.settings.repositories.auto_lag
    for row in call.tx.rows(queries.AUTO):
        if json.loads(row["auto"]):
            lag = json.loads(row["lag"]) if row["lag"] else None
            make(call, row["tag_id"], min_event=_lagging(call, row["tag_id"], lag, default), priority=5)


def awaited(
    call: Call, tag: Any, since: float, newer_than: Any = None, nvrs: Any = None, min_event: Any = None
) -> Row | None:
    """A ready repository of a tag that is current and, if asked, holds builds; None while it is being made.

    NEWER_THAN (seconds since the epoch) or MIN_EVENT: a repository of then or later does, even if the tag has
    changed again. NVRS are the builds that must have been in the tag. Who gets None asks again when `repos`
    rings; the request is made here. Raises what the task for the repository met, if it has been given up
    SINCE the asking began.
    """
    found = tags.require(call, tag)
    ready = repos.current(call, found["id"]) or _since(call, found["id"], newer_than)
    if ready is None and isinstance(min_event, int):
        ready = repos.best(call, found["id"], min_event=min_event)
    if ready is not None and _holds(call, ready, nvrs or []):
        return ready
    if ready is None:
        _raise_given_up(call, found, since)
        make(call, found["id"], min_event="last")
        check_queue(call)
    return None


def _raise_given_up(call: Call, tag: Row, since: float) -> None:
    """Fail whoever waits for a repository that several tasks could not make, with what the last one said."""
    task_id = call.tx.value(queries.GIVEN_UP_TASK, {"tag": tag["id"], "since": since})
    if task_id is None:
        return
    try:
        tasks.result(call, task_id)
    except GenericError as error:
        raise GenericError(f"no repository of tag {tag['name']} could be made: {error}") from None


def _since(call: Call, tag_id: int, moment: Any) -> Row | None:
    if not isinstance(moment, (int, float)):
        return None
    newest = repos.newest(call, tag_id)
    return newest if newest is not None and newest["create_ts"] >= moment else None


def _holds(call: Call, repo: Row, nvrs: list[Any]) -> bool:
    if not nvrs:
        return True
    builds = tagged.listed(call, repo["tag_id"], tagged.Filter(event=repo["create_event"], inherit=True))
    return {_nvr(each) for each in nvrs} <= {build["nvr"] for build in builds}


def _nvr(build: Any) -> str:
    return build if isinstance(build, str) else f"{build['name']}-{build['version']}-{build['release']}"

"""Methods about requests for repositories."""

from typing import Any

from appliance.hub import repo_requests
from appliance.hub.authority import ADMIN, ANYONE, LOGIN, permission
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

_REPO = permission("repo")


@method(LOGIN, writes=True, name="repo.request")
def request(
    call: Call,
    tag: Any,
    min_event: Any = None,
    at_event: Any = None,
    opts: Any = None,
    priority: Any = None,
    force: Any = False,
) -> Any:
    """Ask for a repository of a tag; `repo` (one that does already, else nil), `request`, `duplicate`.

    at_event (int): as of then; min_event: as of then or later, "last" for the tag as it is; opts: struct of
    `src`, `debuginfo`, `separate_src`, `maven`; priority relative to the default, below zero for admins only;
    force: even if there is one.
    """
    return repo_requests.make(call, tag, min_event, at_event, opts, priority, force)


@method(ANYONE, name="repo.checkRequest")
def check_request(call: Call, req_id: Any) -> Any:
    """`request`, `repo` (nil until there is one) and, while it is being made, `task`."""
    return repo_requests.look(call, req_id)


@method(ANYONE, name="repo.queryQueue")
def query_queue(call: Call, clauses: Any = None, fields: Any = None, opts: Any = None) -> Any:
    """Requests by clauses ([field, value] or [field, operator, value]), with fields by name, `*` or `**`."""
    return repo_requests.listed(call, clauses, fields, opts)


@method(ADMIN, writes=True, name="repo.setRequestPriority")
def set_request_priority(call: Call, req_id: Any, priority: Any) -> None:
    """Give a request another priority (int, lower comes first)."""
    repo_requests.set_priority(call, req_id, priority)


@method(_REPO, writes=True, name="repo.checkQueue")
def check_queue(call: Call) -> None:
    """Make the tasks that waiting requests need."""
    repo_requests.check_queue(call)


@method(_REPO, writes=True, name="repo.autoRequests")
def auto_requests(call: Call) -> None:
    """Ask for repositories of tags whose extra `repo.auto` is set."""
    repo_requests.request_automatically(call)

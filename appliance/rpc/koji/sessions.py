"""Methods of logging in and out."""

from typing import Any

from appliance.hub import sessions
from appliance.hub.authority import ANYONE
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ANYONE, writes=True)
def login(call: Call, user: Any, password: Any, opts: Any = None, renew: bool = False, exclusive: bool = False) -> Any:
    """Log in with a password; a struct of `session-id`, `session-key` and `header-auth`."""
    return sessions.login(call, user, password, renew, exclusive)


@method(ANYONE, writes=True)
def logout(call: Call, session_id: Any = None) -> None:
    """End the asking session or another of the same user."""
    sessions.logout(call, session_id)


@method(ANYONE, writes=True)
def logoutChild(call: Call, session_id: Any) -> None:
    """End a subsession of the asking session."""
    sessions.logout_child(call, session_id)


@method(ANYONE, writes=True)
def subsession(call: Call) -> Any:
    """Open a further session that ends with the asking one."""
    return sessions.subsession(call)


@method(ANYONE, writes=True)
def exclusiveSession(call: Call, *args: Any, **opts: Any) -> None:
    """Make the asking session its user's only one; `force=True` ends the one that is."""
    sessions.make_exclusive(call, *args, **opts)


@method(ANYONE, writes=True)
def sharedSession(call: Call) -> None:
    """Give an exclusive session's place up."""
    sessions.make_shared(call)

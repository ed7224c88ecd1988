"""Methods of logging in and out, and of sessions."""

import dataclasses
import inspect
from typing import Any

from appliance.hub import logins, sessions
from appliance.hub.authority import ADMIN, ANYONE, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import Function, bound, method


@method(ANYONE, writes=True, first=logins.check_password)
def login(call: Call, *args: Any, **opts: Any) -> Any:
    """Log in with `user` and `password`; a struct of `session-id`, `session-key` and `header-auth`.

    Then `opts` (nil), `renew` (a fresh key for the asking session, which has expired) and
    `exclusive` (the renewed session is its user's only one).
    """
    return _passed("login", logins.with_password, call, args, opts)


@method(ANYONE, writes=True)
def sslLogin(call: Call, *args: Any, **opts: Any) -> Any:
    """Log in as the one whom a client certificate or Kerberos has named; a struct as from `login`.

    `proxyuser` (who is logged in instead, if that is allowed), `proxyauthtype`, `renew`, `exclusive`.
    """
    return _passed("sslLogin", logins.with_proof, call, args, opts)


@method(ruled("a logged-in user; another user's session is for admins"), writes=True)
def logout(call: Call, session_id: Any = None) -> None:
    """End the asking session or another of the same user, with its subsessions."""
    sessions.logout(call, session_id)


@method(ruled("a logged-in user"), writes=True)
def logoutChild(call: Call, session_id: Any) -> None:
    """End a subsession of the asking session."""
    sessions.logout_child(call, session_id)


@method(ruled("a logged-in user"), writes=True)
def subsession(call: Call) -> Any:
    """Open a further session that ends with the asking one."""
    return sessions.subsession(call)


@method(ANYONE, writes=True)
def exclusiveSession(call: Call, *args: Any, **opts: Any) -> None:
    """Make the asking session its user's only one; `force=True` ends the one that is."""
    _passed("exclusiveSession", sessions.make_exclusive, call, args, opts)


@method(ANYONE, writes=True)
def sharedSession(call: Call) -> None:
    """Give an exclusive session's place up."""
    sessions.make_shared(call)


@method(ANYONE)
def showSession(call: Call) -> str:
    """The asking session in words."""
    return sessions.described(call.session)


@method(ruled("anyone about oneself; an admin about others"))
def getSessionInfo(call: Call, details: bool = False, user_id: Any = None) -> Any:
    """The asking session, or the live ones of a user; nil if not logged in. With `details` also `id` and
    `hostip`.

    `user_id`, `expired`, `master`, `authtype`, `callnum`, `exclusive`, and when it was started, used and
    renewed.
    """
    return sessions.shown(call, details, user_id)


@method(ADMIN)
def showOpts(call: Call, as_string: bool = True) -> Any:
    """The settings of the hub, without secrets: as a line of text, or as a struct."""
    settings = dataclasses.asdict(call.settings)
    del settings["copr"]["webhook_keys"]
    for hook in settings["events"]["hooks"]:
        hook.pop("secret", None)
    return str(settings) if as_string else settings


def _passed(name: str, verb: Function, call: Call, args: tuple[Any, ...], opts: dict[str, Any]) -> Any:
    """Koji shows these methods as taking anything; what they take is what the verb takes."""
    bound(name, inspect.signature(verb), [call, *args], opts)
    return verb(call, *args, **opts)

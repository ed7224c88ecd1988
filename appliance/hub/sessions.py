"""Sessions of Koji's clients: login, the call-number rule, exclusive sessions and subsessions."""

import secrets
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.db.models.core import Session as SessionRow
from appliance.errors import AuthError, AuthExpired, AuthLockError, GenericError, RetryError, SequenceError
from appliance.hub import passwords
from appliance.hub.hub import Call, Session

# What a client may repeat though the first try was committed.
REPEATABLE = frozenset({
    "host.taskWait", "host.taskUnwait", "host.taskSetWait", "host.updateHost", "host.setBuildRootState",
    "repoExpire", "repoDelete", "repoProblem",
})
LOGIN_METHODS = frozenset({"login", "sslLogin"})

_FIND = """
SELECT s.id, s.user_id, s.authtype, s.callnum, s.exclusive, s.expired, s.master, s.start_time, s.renew_time,
       s.update_time, s.hostip, u.name, u.status, u.usertype,
       (SELECT id FROM host WHERE user_id = u.id) AS host_id,
       (SELECT id FROM sessions x WHERE x.user_id = u.id AND x.exclusive = 1 AND x.closed = 0) AS locked_by
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id = :id AND s.key = :key AND s.hostip = :hostip AND s.closed = 0
"""

_PERMS = """
SELECT p.name FROM user_perms h JOIN permissions p ON p.id = h.perm_id
WHERE h.revoke_event IS NULL AND (h.user_id = :user
      OR h.user_id IN (SELECT group_id FROM user_groups WHERE user_id = :user AND revoke_event IS NULL))
"""


def open_session(call: Call, user_id: int, authtype: int, hostip: str, master: int | None = None) -> Row:
    """A new session of a user who has proven who they are; what a login answers."""
    key = f"{user_id}-{secrets.token_urlsafe(15)}"
    now = call.now()
    session_id = call.tx.insert(
        SessionRow, user_id=user_id, key=key, authtype=authtype, hostip=hostip, master=master,
        start_time=now, update_time=now,
    )
    return {"session-id": session_id, "session-key": key, "header-auth": True}


def resolve(call: Call, session_id: int, key: str, hostip: str, callnum: int | None, method: str) -> Session:
    """The session that a client's headers name.

    Raises AuthError for an unknown or closed one and for a user who may not log in, AuthExpired for an old
    one, SequenceError and RetryError by the call-number rule.
    """
    found = call.tx.row(_FIND, {"id": session_id, "key": key, "hostip": hostip})
    if found is None:
        raise AuthError("Invalid session or bad credentials")
    expired = bool(found["expired"]) or _renewal_is_due(call, found)
    if expired and method not in LOGIN_METHODS:
        raise AuthExpired(f'session "{session_id}" has expired')
    _check_callnum(found, callnum, method)
    if expired:
        return Session(hostip=hostip)
    if found["status"] != koji.USER_STATUS["NORMAL"]:
        raise AuthError(f"logins by {found['name']} are not allowed")
    return _session(call, found, callnum)


def _session(call: Call, found: Row, callnum: int | None) -> Session:
    return Session(
        id=found["id"], user_id=found["user_id"], user_name=found["name"], usertype=found["usertype"],
        authtype=found["authtype"], hostip=found["hostip"], master=found["master"], callnum=callnum,
        exclusive=bool(found["exclusive"]) or found["locked_by"] in (found["id"], found["master"] or -1),
        locked=found["locked_by"] not in (None, found["id"], found["master"]),
        host_id=found["host_id"], perms=held_permissions(call, found["user_id"]),
    )


def held_permissions(call: Call, user_id: int) -> frozenset[str]:
    """Names of the permissions that a user has, own or through groups."""
    return frozenset(call.tx.column(_PERMS, {"user": user_id}))


def _renewal_is_due(call: Call, found: Row) -> bool:
    minutes = call.settings.koji.session_renewal_timeout
    since = found["renew_time"] or found["start_time"]
    return minutes != 0 and call.now() > since + minutes * 60


def _check_callnum(found: Row, callnum: int | None, method: str) -> None:
    last = found["callnum"]
    if callnum is None or last is None:
        return
    if last > callnum:
        raise SequenceError(f"{last} > {callnum} (session {found['id']})")
    if last == callnum and method not in REPEATABLE:
        raise RetryError(f"unable to retry call {callnum} (method {method}) for session {found['id']}")


def touch(call: Call, session: Session) -> None:
    """Remember that the session was used and which call it made; stands only if the call itself does."""
    values: Row = {"update_time": call.now()}
    if session.callnum is not None:
        values["callnum"] = session.callnum
    call.tx.update(SessionRow, values, id=session.id)


def check_lock(session: Session) -> None:
    """Refuse a session whose user has an exclusive one elsewhere."""
    if session.locked:
        raise AuthLockError("User locked by another session")


def login(call: Call, user: Any, password: Any, renew: bool = False, exclusive: bool = False) -> Row:
    """Log in with a password; `session-id`, `session-key` and `header-auth`."""
    if not isinstance(password, str) or not password or not isinstance(user, str):
        raise AuthError("invalid username or password")
    if call.session.logged_in:
        raise AuthError("Already logged in")
    found = call.tx.row("SELECT id, name, status, password FROM users WHERE name = :name", {"name": user})
    if not passwords.matches(password, found and found["password"]) or found is None:
        raise AuthError("invalid username or password")
    if found["status"] != koji.USER_STATUS["NORMAL"]:
        raise AuthError(f"logins by {found['name']} are not allowed")
    answer = open_session(call, found["id"], koji.AUTHTYPES["NORMAL"], call.session.hostip or "-")
    if exclusive:
        _take_exclusive(call, answer["session-id"], found["id"], force=True)
    return answer


def logout(call: Call, session_id: int | None = None) -> None:
    """End the asking session, or another of the same user (any, for an admin), with its subsessions."""
    _require_login(call)
    target = call.session.id if session_id is None else session_id
    if target != call.session.id:
        owner = call.tx.value("SELECT user_id FROM sessions WHERE id = :id", {"id": target})
        if owner is None or (owner != call.user_id and not call.session.may("admin")):
            raise GenericError("query returned no rows")
    _close(call, "id = :id OR master = :id", {"id": target})


def logout_child(call: Call, session_id: Any) -> None:
    """End a subsession of the asking session."""
    _require_login(call)
    _close(call, "id = :id AND master = :master", {"id": int(session_id), "master": call.session.id})


def make_exclusive(call: Call, force: bool = False) -> None:
    """Make the asking session its user's only one; FORCE ends the one that has that place."""
    if call.session.master is not None:
        raise GenericError("subsessions cannot become exclusive")
    if call.session.id is not None:
        _take_exclusive(call, call.session.id, call.user_id, force)


def _take_exclusive(call: Call, session_id: int, user_id: int, force: bool) -> None:
    holder = call.tx.value(
        "SELECT id FROM sessions WHERE user_id = :user AND exclusive = 1 AND closed = 0", {"user": user_id}
    )
    if holder == session_id:
        return
    if holder is not None and not force:
        raise AuthLockError("Cannot get exclusive session")
    if holder is not None:
        _close(call, "id = :id OR master = :id", {"id": holder})
    call.tx.update(SessionRow, {"exclusive": True}, id=session_id)


def make_shared(call: Call) -> None:
    """Give an exclusive session's place up."""
    if call.session.id is not None:
        call.tx.update(SessionRow, {"exclusive": None}, id=call.session.id)


def subsession(call: Call) -> Row:
    """A further session of the same user that ends with its master."""
    _require_login(call)
    master = call.session.master or call.session.id
    return open_session(call, call.user_id, call.session.authtype or 0, call.session.hostip or "-", master)


def _close(call: Call, condition: str, params: Row) -> None:
    call.tx.execute(f"UPDATE sessions SET expired = 1, closed = 1, exclusive = NULL WHERE {condition}", params)


def _require_login(call: Call) -> None:
    if not call.session.logged_in:
        raise AuthError("Not logged in")

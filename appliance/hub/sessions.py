"""Sessions of Koji's clients: found by their key, held to their order of calls, shown, and ended."""

import hmac
import secrets
from typing import Any

import koji

from appliance import arguments
from appliance.db.connection import Row
from appliance.db.models.core import Session as SessionRow
from appliance.db.select import Select, flag, moment
from appliance.errors import (
    ActionNotAllowed,
    AuthError,
    AuthExpired,
    AuthLockError,
    GenericError,
    RetryError,
    SequenceError,
)
from appliance.hub import passwords, permissions, users
from appliance.hub.hub import Call, Session

# What a client may repeat though the first try was committed.
REPEATABLE = frozenset(
    {
        "host.taskWait",
        "host.taskUnwait",
        "host.taskSetWait",
        "host.updateHost",
        "host.setBuildRootState",
        "repoExpire",
        "repoDelete",
        "repoProblem",
    }
)
LOGIN_METHODS = frozenset({"login", "sslLogin"})

_FIND = """
SELECT s.id, s.user_id, s.key, s.authtype, s.callnum, s.exclusive, s.expired, s.master, s.start_time,
s.renew_time,
       s.update_time, s.hostip, u.name, u.status, u.usertype,
       (SELECT id FROM host WHERE user_id = u.id) AS host_id,
       (SELECT id FROM sessions x WHERE x.user_id = u.id AND x.exclusive = 1 AND x.closed = 0) AS locked_by
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id = :id AND s.hostip = :hostip AND s.closed = 0
"""
_STALE = """
UPDATE sessions SET expired = 1 WHERE expired = 0 AND
    (update_time < :idle OR :renewal > 0 AND COALESCE(renew_time, start_time) < :renewal)
"""
_ENDED = "DELETE FROM sessions WHERE (closed = 1 OR expired = 1) AND update_time < :before"
_KEPT_SECONDS = 7 * 86400


# finding


def resolve(call: Call, session_id: int, key: str, hostip: str, callnum: int | None, method: str) -> Session:
    """The session that a client's headers name.

    Raises AuthError for an unknown or closed one and for a user who may not log in, AuthExpired for an old
    one, SequenceError and RetryError by the call-number rule. An old one still names itself to the methods
    that
    log in, which may renew it.
    """
    found = call.tx.row(_FIND, {"id": session_id, "hostip": hostip})
    if found is None or not hmac.compare_digest(found["key"], passwords.token_hash(key)):
        raise AuthError("Invalid session or bad credentials")
    expired = bool(found["expired"]) or _is_old(call, found)
    if expired and method not in LOGIN_METHODS:
        raise AuthExpired(f'session "{session_id}" has expired')
    _check_callnum(found, callnum, method)
    if expired:
        return Session(id=session_id, master=found["master"], hostip=hostip)
    if found["status"] != koji.USER_STATUS["NORMAL"]:
        raise AuthError(f"logins by {found['name']} are not allowed")
    return _session(call, found, callnum)


def _session(call: Call, found: Row, callnum: int | None) -> Session:
    return Session(
        id=found["id"],
        user_id=found["user_id"],
        user_name=found["name"],
        usertype=found["usertype"],
        authtype=found["authtype"],
        hostip=found["hostip"],
        master=found["master"],
        callnum=callnum,
        exclusive=bool(found["exclusive"]) or found["locked_by"] in (found["id"], found["master"] or -1),
        locked=found["locked_by"] not in (None, found["id"], found["master"]),
        host_id=found["host_id"],
        perms=permissions.Held(call, found["user_id"]),
    )


def held_permissions(call: Call, user_id: int) -> frozenset[str]:
    """Names of the permissions that a user has, own or through groups."""
    return frozenset(permissions.held(call, user_id))


def _is_old(call: Call, found: Row) -> bool:
    """Whether the session was left alone, or lived without a fresh proof of who uses it, for too long."""
    settings, now = call.settings.koji, call.now()
    proven = found["renew_time"] or found["start_time"]
    if settings.session_renewal_timeout and now > proven + settings.session_renewal_timeout * 60:
        return True
    used = call.hub.activity.last(found["id"], found["update_time"])
    return bool(settings.session_timeout and now > used + settings.session_timeout)


def _check_callnum(found: Row, callnum: int | None, method: str) -> None:
    last = found["callnum"]
    if callnum is None or last is None:
        return
    if last > callnum:
        raise SequenceError(f"{last} > {callnum} (session {found['id']})")
    if last == callnum and method not in REPEATABLE:
        raise RetryError(f"unable to retry call {callnum} (method {method}) for session {found['id']}")


def check_lock(session: Session) -> None:
    """Refuse a session whose user has an exclusive one elsewhere."""
    if session.locked:
        raise AuthLockError("User locked by another session")


# use


def touch(call: Call, session: Session) -> None:
    """Remember that the session was used and which call it made; stands only if the call itself does."""
    values: Row = {"update_time": call.now()}
    if session.callnum is not None:
        values["callnum"] = session.callnum
    call.tx.update(SessionRow, values, id=session.id)


def flush(call: Call) -> None:
    """Write down when sessions were last used by calls that only read."""
    for session_id, used in call.hub.activity.take(call.now()).items():
        call.tx.execute(
            "UPDATE sessions SET update_time = :used WHERE id = :id AND update_time < :used",
            {"id": session_id, "used": used},
        )


def sweep(call: Call) -> None:
    """Expire what was left alone for too long, and forget what ended a week ago."""
    flush(call)
    settings, now = call.settings.koji, call.now()
    renewal = now - settings.session_renewal_timeout * 60 if settings.session_renewal_timeout else 0
    idle = now - settings.session_timeout if settings.session_timeout else 0
    call.tx.execute(_STALE, {"idle": idle, "renewal": renewal})
    call.tx.execute(_ENDED, {"before": now - _KEPT_SECONDS})


# beginning and ending


def begin(call: Call, user_id: int, authtype: int, hostip: str, master: int | None = None) -> Row:
    """A new session of a user who has proven who they are; what a login answers."""
    key, now = _new_key(user_id), call.now()
    session_id = call.tx.insert(
        SessionRow,
        user_id=user_id,
        key=passwords.token_hash(key),
        authtype=authtype,
        hostip=hostip,
        master=master,
        start_time=now,
        update_time=now,
    )
    return _answer(session_id, key)


def renew(call: Call, session_id: int, user_id: int) -> Row:
    """A fresh key for a session that has expired, if its user has proven who they are again."""
    found = call.tx.row("SELECT user_id, master FROM sessions WHERE id = :id AND closed = 0", {"id": session_id})
    if found is None or found["user_id"] != user_id or not _lives(call, found["master"]):
        raise AuthError("Invalid session or bad credentials")
    key, now = _new_key(user_id), call.now()
    values: Row = {"key": passwords.token_hash(key), "expired": False, "update_time": now, "renew_time": now}
    values["callnum"] = None  # the client counts from 0 again
    call.tx.update(SessionRow, values, id=session_id)
    return _answer(session_id, key)


def _lives(call: Call, master: int | None) -> bool:
    if master is None:
        return True
    return call.tx.value("SELECT 1 FROM sessions WHERE id = :id AND closed = 0", {"id": master}) is not None


def _new_key(user_id: int) -> str:
    return f"{user_id}-{secrets.token_urlsafe(15)}"


def _answer(session_id: int, key: str) -> Row:
    return {"session-id": session_id, "session-key": key, "header-auth": True}


def expire(call: Call, session_id: int) -> None:
    """Let a session be an old one from now on, which its user may renew."""
    call.tx.update(SessionRow, {"expired": True}, id=session_id)


def subsession(call: Call) -> Row:
    """A further session of the same user that ends with its master."""
    _require_login(call)
    master = call.session.master or call.session.id
    return begin(call, call.user_id, call.session.authtype or 0, call.session.hostip or "-", master)


def logout(call: Call, session_id: Any = None) -> None:
    """End the asking session, or another of the same user (any, for an admin), with its subsessions."""
    _require_login(call)
    if not session_id:
        session_id = call.session.id
    session_id = arguments.integer(session_id)
    if not call.session.may("admin") and _owner(call, session_id) != call.user_id:
        raise GenericError("query returned no rows")
    _close(call, "id = :id OR master = :id", {"id": session_id})


def logout_child(call: Call, session_id: Any) -> None:
    """End a subsession of the asking session."""
    _require_login(call)
    child = arguments.integer(session_id, optional=True)
    _close(call, "id = :id AND master = :master", {"id": child, "master": call.session.id})


def _owner(call: Call, session_id: int) -> Any:
    return call.tx.value("SELECT user_id FROM sessions WHERE id = :id", {"id": session_id})


def _close(call: Call, condition: str, params: Row) -> None:
    call.tx.execute(f"UPDATE sessions SET expired = 1, closed = 1, exclusive = NULL WHERE {condition}", params)


def _require_login(call: Call) -> None:
    if not call.session.logged_in:
        raise AuthError("Not logged in")


# exclusive sessions


def make_exclusive(call: Call, force: bool = False) -> None:
    """Make the asking session its user's only one; FORCE ends the one that has that place."""
    if call.session.master is not None:
        raise GenericError("subsessions cannot become exclusive")
    if call.session.exclusive:
        raise GenericError("session is already exclusive")
    if call.session.id is not None:
        take_place(call, call.session.id, call.user_id, force)


def take_place(call: Call, session_id: int, user_id: int, force: bool = False) -> None:
    """Make a session its user's only one. Raises AuthLockError if another is, and no FORCE ends it."""
    holder = call.tx.value(
        "SELECT id FROM sessions WHERE user_id = :user AND exclusive = 1 AND closed = 0", {"user": user_id}
    )
    if holder not in (None, session_id):
        if not force:
            raise AuthLockError("Cannot get exclusive session")
        _close(call, "id = :id OR master = :id", {"id": holder})
    call.tx.update(SessionRow, {"exclusive": True}, id=session_id)


def make_shared(call: Call) -> None:
    """Give an exclusive session's place up."""
    if call.session.id is not None:
        call.tx.update(SessionRow, {"exclusive": None}, id=call.session.id)


# showing


def _listing(details: bool) -> Select:
    columns: dict[str, Any] = {
        "user_id": "s.user_id",
        "expired": flag("s.expired"),
        "master": "s.master",
        "authtype": "s.authtype",
        "callnum": "s.callnum",
        "start_time": moment("s.start_time"),
        "start_ts": "s.start_time",
        "update_time": moment("s.update_time"),
        "update_ts": "s.update_time",
        "renew_time": moment("s.renew_time"),
        "renew_ts": "s.renew_time",
        "exclusive": flag("s.exclusive"),
    }
    if details:
        columns.update(hostip="s.hostip", id="s.id")
    return Select(columns, "sessions s", order="s.id")


def shown(call: Call, details: bool = False, user: Any = None) -> Any:
    """The asking session, or the live ones of a user; None for an anonymous caller.

    With DETAILS also `id` and `hostip`. Others' sessions are for admins.
    """
    if not call.session.logged_in:
        return None
    if not user:
        return _listing(details).also("s.id = :id", id=call.session.id).one(call.tx)
    user_id = users.identify(call, user)
    if user_id != call.user_id and not call.session.may("admin"):
        raise ActionNotAllowed("only admins or owners may see all active sessions")
    found = _listing(True).also("s.user_id = :user AND s.expired = 0", user=user_id).rows(call.tx)
    return [_as_listed(call, row, details) for row in found]


def _as_listed(call: Call, row: Row, details: bool) -> Row:
    """The asking session's number includes the call that is being answered."""
    if row["id"] == call.session.id:
        row["callnum"] = call.session.callnum
    return row if details else {name: value for name, value in row.items() if name not in ("id", "hostip")}


def described(session: Session) -> str:
    """A line about a session, for people."""
    if not session.logged_in:
        return "session: not logged in (no session header or session args)"
    return f"session {session.id}: user {session.user_name} ({session.user_id}), from {session.hostip}"

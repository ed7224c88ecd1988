"""Logging in: with a password, or with what Kerberos or a client certificate has proven on the way in."""

import re
from typing import Any

import koji

from appliance import arguments
from appliance.db.connection import Row
from appliance.errors import AuthError
from appliance.hub import passwords, principals, sessions, users
from appliance.hub.hub import Call, Origin

GSSAPI, SSL, NORMAL = koji.AUTHTYPES["GSSAPI"], koji.AUTHTYPES["SSL"], koji.AUTHTYPES["NORMAL"]

_WRONG = "invalid username or password"
_ACCOUNT = "SELECT id, name, status, password FROM users WHERE name = :name"


def check_password(call: Call, user: Any = None, password: Any = None, *_: Any, **__: Any) -> None:
    """Refuse a wrong password before it can keep anybody waiting; guessing is slowed by address."""
    found = _account(call, user, password)
    stored = found["password"] if found else None
    address = call.session.origin.address
    if not call.hub.throttle.attempt(address, lambda: passwords.matches(password, stored)):
        raise AuthError(_WRONG)


def _account(call: Call, user: Any, password: Any) -> Row | None:
    if not isinstance(password, str) or not password or not isinstance(user, str):
        raise AuthError(_WRONG)
    if call.session.logged_in:
        raise AuthError("Already logged in")
    return call.tx.row(_ACCOUNT, {"name": user})


def with_password(
    call: Call,
    user: Any = None,
    password: Any = None,
    opts: Any = None,
    renew: bool = False,
    exclusive: bool = False,
) -> Row:
    """Log in with a password; `session-id`, `session-key` and `header-auth`.

    OPTS may name the `hostip` from which the session will be used. RENEW gives the asking session, which has
    expired, a fresh key, and EXCLUSIVE makes it its user's only one. A new session asks for that itself.
    """
    found = _account(call, user, password)
    if found is None or not passwords.matches(password, found["password"]):
        raise AuthError(_WRONG)
    hostip = arguments.check({} if opts is None else opts, dict).get("hostip")
    return _enter(call, found, NORMAL, hostip, renew, exclusive)


def _enter(call: Call, user: Row, authtype: int, hostip: Any, renew: bool, exclusive: bool) -> Row:
    if user["status"] != koji.USER_STATUS["NORMAL"]:
        raise AuthError(f"logins by {user['name']} are not allowed")
    if renew and call.session.id is not None:
        answer = sessions.renew(call, call.session.id, user["id"])
        if exclusive:
            sessions.take_place(call, answer["session-id"], user["id"])
        return answer
    return sessions.begin(call, user["id"], authtype, _address(call, hostip))


def _address(call: Call, hostip: Any) -> str:
    if call.settings.koji.check_client_ip and isinstance(hostip, str) and hostip:
        return hostip
    return call.session.hostip or "-"


def with_proof(
    call: Call, proxyuser: Any = None, proxyauthtype: Any = None, renew: bool = False, exclusive: bool = False
) -> Row:
    """Log in as the one whom Kerberos or a client certificate names, or as PROXYUSER if that one may.

    A user who is not known yet is made, unless the settings say otherwise.
    """
    if call.session.logged_in:
        raise AuthError("Already logged in")
    name, whole, authtype = _identity(call, call.session.origin)
    if proxyuser:
        _check_proxy(call, whole, authtype)
        name, authtype = str(proxyuser), _proxied_type(call, authtype, proxyauthtype)
    user = users.require(call, _user_id(call, name, authtype))
    return _enter(call, user, authtype, None, renew, exclusive)


def _identity(call: Call, origin: Origin) -> tuple[str, str, int]:
    """(name, what the proof says in full, how it was proven)."""
    if origin.principal:
        return origin.principal, origin.principal, GSSAPI
    if origin.verified != "SUCCESS":
        raise AuthError(f"could not verify client: {origin.verified}")
    component = call.settings.koji.dn_username_component
    name = subject_part(origin.subject or "", component)
    if not name:
        raise AuthError(f"unable to get user information ({component}) from client certificate")
    return name, origin.subject or "", SSL


def subject_part(subject: str, component: str) -> str | None:
    """The value of COMPONENT in a certificate's subject, written `/C=x/CN=y` or `CN=y,C=x` (RFC 2253)."""
    parts = subject.split("/") if subject.startswith("/") else re.split(r"(?<!\\),", subject)
    for part in parts:
        name, mark, value = part.strip().partition("=")
        if mark and name.strip().upper() == component.upper():
            return re.sub(r"\\(.)", r"\1", value.strip())
    return None


def _check_proxy(call: Call, whole: str, authtype: int) -> None:
    settings = call.settings.koji
    allowed = settings.proxy_principals if authtype == GSSAPI else settings.proxy_dns
    if whole not in allowed:
        raise AuthError(f"{whole} is not authorized to login other users")


def _proxied_type(call: Call, authtype: int, wanted: Any) -> int:
    if wanted is None:
        return authtype
    if wanted != authtype and not call.settings.koji.allow_proxy_auth_type:
        raise AuthError(
            "Proxy must use same auth mechanism as hub (behaviour can be overriden via AllowProxyAuthType hub option)"
        )
    if wanted not in (GSSAPI, SSL):
        raise AuthError(f"Proxied authtype {wanted} is not valid for sslLogin")
    return int(wanted)


def _user_id(call: Call, name: str, authtype: int) -> int:
    by_principal = authtype == GSSAPI and "@" in name
    if by_principal:
        principals.check(call, name)
        found = principals.owner(call, name)
    else:
        found = call.tx.value("SELECT id FROM users WHERE name = :name", {"name": name})
    if found is not None:
        return int(found)
    if not call.settings.koji.login_creates_user:
        raise AuthError(f"Unknown user: {name}")
    return _from_principal(call, name) if by_principal else users.create(call, name)


def _from_principal(call: Call, principal: str) -> int:
    """The user of the principal's first part, made if need be, who may come under it from now on."""
    name = principal.partition("@")[0]
    found = call.tx.value("SELECT id FROM users WHERE name = :name", {"name": name})
    if found is None:
        return users.create(call, name, krb_principal=principal)
    return principals.add(call, int(found), principal)

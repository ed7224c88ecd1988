"""Users: people, build hosts' accounts and groups; who they are and whether they may log in."""

import re
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.db.models.core import Account, User
from appliance.db.queries import users as queries
from appliance.db.select import Options, Select, check
from appliance.db.select import listed as as_lists
from appliance.errors import GenericError, ParameterError
from appliance.hub import names, passwords, permissions, principals
from appliance.hub.bootstrap import step
from appliance.hub.entry_forms import FLAG, TEXT, TEXTS, Form
from appliance.hub.hub import Call

_USER_NAME = re.compile(r"[A-Za-z0-9/_.@-]+\Z")

_USER = "SELECT u.id, u.name, u.status, u.usertype FROM users u"
_PRINCIPAL = "u.id IN (SELECT k.user_id FROM user_krb_principals k WHERE k.krb_principal = :krb_principal)"
_GROUPS = """
SELECT g.id, g.name FROM user_groups m JOIN users g ON g.id = m.group_id
WHERE m.user_id = :user AND m.revoke_event IS NULL AND g.usertype = 2 ORDER BY g.id
"""
# What a dict that describes a user may say: key, type, condition, the word in the refusal of another type.
_CLUES: tuple[tuple[str, type, str, str], ...] = (
    ("id", int, "u.id = :id", "userid"),
    ("name", str, "u.name = :name", "username"),
    ("krb_principal", str, _PRINCIPAL, "krb_principal"),
)


def check_name(name: Any, what: str = "Name") -> str:
    """NAME if it can be a user's, or a principal (WHAT says which in the refusal). Koji's rules and words."""
    if not isinstance(name, str):
        raise GenericError(f"{what} should be string")
    if len(name) > names.MAX_NAME:
        raise GenericError(f"{what} {name} is too long. Max length is {names.MAX_NAME} characters")
    if not _USER_NAME.match(name):
        raise GenericError(f"{what} {name} does not match RegexUserName value")
    return name


def get(
    call: Call, info: Any = None, strict: bool = False, krb_princs: bool = True, groups: bool = False
) -> Row | None:
    """The user that INFO means: an id, a name or principal, or a dict with one of them; the asking user for
    None.

    `id`, `name`, `status`, `usertype`, with `krb_principals` and, if asked for, the names of `groups`.
    None if there is none; with STRICT a GenericError.
    """
    if info is None:
        info = _asking(call)
    found = _find(call, info)
    if found is None and strict:
        raise GenericError(f"No such user: {info!r}")
    if found is not None and krb_princs:
        found["krb_principals"] = principals.of(call, found["id"])
    if found is not None and groups:
        found["groups"] = list(groups_of(call, found["id"]).values())
    return found


def identify(call: Call, info: Any) -> int:
    """The id of the user that INFO means; a GenericError if there is none."""
    return int(require(call, info)["id"])


def require(call: Call, info: Any) -> Row:
    """The user that INFO means; a GenericError if there is none."""
    found = get(call, info, strict=True, krb_princs=False)
    assert found is not None
    return found


def _asking(call: Call) -> int:
    if call.session.user_id is None:
        raise GenericError("No user provided")
    return call.session.user_id


def _find(call: Call, info: Any) -> Row | None:
    if isinstance(info, str):
        sql = f"{_USER} WHERE u.name = :name OR {_PRINCIPAL} ORDER BY u.name <> :name"
        return call.tx.row(sql, {"name": info, "krb_principal": info})
    if isinstance(info, int) and not isinstance(info, bool):
        return call.tx.row(f"{_USER} WHERE u.id = :id", {"id": info})
    if not isinstance(info, dict):
        raise GenericError(f"Invalid type for userInfo: {type(info)}")
    return _find_by_clues(call, info)


def _find_by_clues(call: Call, info: Row) -> Row | None:
    conditions, params = [], {}
    for key, expected, condition, word in _CLUES:
        value = info.get(key)
        if value is None or (key != "id" and not value):
            continue
        if not isinstance(value, expected) or isinstance(value, bool):
            raise GenericError(f"Invalid type for {word}: {type(value)}")
        conditions.append(condition)
        params[key] = value
    if not conditions:
        raise GenericError("Invalid type for userInfo: a user is described by id, name or krb_principal")
    return call.tx.row(f"{_USER} WHERE {' AND '.join(conditions)}", params)


def groups_of(call: Call, user_id: int) -> dict[int, str]:
    """The groups that a user is in now: id and name."""
    return {row["id"]: row["name"] for row in call.tx.rows(_GROUPS, {"user": user_id})}


def logged_in(call: Call) -> Row | None:
    """The asking user with how the session was opened (`authtype`) and a principal; None for an anonymous
    caller.
    """
    if not call.session.logged_in:
        return None
    found = get(call, strict=True)
    assert found is not None
    found["authtype"] = call.session.authtype
    found["krb_principal"] = next(iter(found["krb_principals"]), None)
    return found


def listed(
    call: Call,
    usertype: Any = 0,
    prefix: str | None = None,
    perm_id: int | None = None,
    through_groups: bool = False,
    options: Options | None = None,
) -> Any:
    """Users of a type or several (None: all), by the start of their name and by a permission that they
    hold.
    """
    select = queries.listing()
    _narrow_type(select, usertype)
    if prefix:
        select.also("LOWER(u.name) LIKE LOWER(:prefix) || '%'", prefix=prefix)
    if perm_id is not None:
        queries.holders(select, perm_id, through_groups)
    return with_principals(call, select, options)


def _narrow_type(select: Select, usertype: Any) -> None:
    if usertype is None:
        return
    if isinstance(usertype, int):
        usertype = [usertype]
    if not isinstance(usertype, (list, tuple)):
        raise ParameterError("userType must be integer, list, tuple or None")
    select.also("u.usertype IN :usertype", usertype=list(usertype))


def with_principals(call: Call, select: Select, options: Options | None = None) -> Any:
    """The rows of a listing of users, each with its `krb_principals`."""
    options = check(options)
    if options.get("group"):
        raise GenericError("queryOpts.group is not available for this API")
    if options.get("countOnly"):
        return select.count(call.tx, options)
    as_list = options.pop("asList", False)
    found = select.rows(call.tx, options)
    held = principals.of_many(call, select, options)
    for row in found:
        row["krb_principals"] = held.get(row["id"], [])
    return as_lists(found) if as_list else found


def create(
    call: Call,
    name: Any,
    password: str | None = None,
    usertype: int = koji.USERTYPES["NORMAL"],
    status: int | None = None,
    krb_principal: str | None = None,
) -> int:
    """A new account; its id."""
    if name is not None:  # which means the asking user, who is there already
        check_name(name)
    if krb_principal is not None:
        principals.check(call, krb_principal)
    if get(call, name, krb_princs=False) is not None:
        raise GenericError(f"user already exists: {name}")
    if krb_principal:
        principals.refuse_taken(call, krb_principal)
    secret = passwords.hashed(password) if password else None
    user_id = call.tx.insert(User, name=name, usertype=usertype, status=_status(status), password=secret)
    if krb_principal:
        principals.add(call, user_id, krb_principal)
    return user_id


def _status(status: Any) -> int:
    if status is None:
        return int(koji.USER_STATUS["NORMAL"])
    if not isinstance(status, int) or not koji.USER_STATUS.get(status):
        raise GenericError(f"invalid status: {status}")
    return status


def edit(call: Call, info: Any, name: str | None = None, mappings: Any = None) -> None:
    """Rename a user; add, remove and replace principals by MAPPINGS, a list of `{old, new}`."""
    user = require(call, info)
    if name and name != user["name"]:
        _rename(call, user["id"], name)
    if mappings:
        principals.remap(call, user, mappings)


def _rename(call: Call, user_id: int, name: str) -> None:
    check_name(name)
    holder = call.tx.value("SELECT id FROM users WHERE name = :name", {"name": name})
    if holder is not None:
        raise GenericError(f"Name {name} already taken by user {holder}")
    call.tx.update(User, {"name": name}, id=user_id)


def set_status(call: Call, info: Any, status: int) -> None:
    """Let a user log in (koji.USER_STATUS NORMAL) or not (BLOCKED)."""
    found = get(call, info, krb_princs=False)
    if found is None:
        raise GenericError(f"No such user: {info}")
    if found["status"] != status:
        call.tx.update(User, {"status": status}, id=found["id"])


_FORM = Form(
    {"name": TEXT},
    {
        "password": TEXT, "permissions": TEXTS, "principals": TEXTS, "api": FLAG, "api_login": TEXT, "api_token": TEXT,
        "blocked": FLAG,
    },
)  # fmt: skip


@step("user", _FORM)
def bring_about(call: Call, entry: Row) -> list[str]:
    """Make or change a user to what a bootstrap file's `[[user]]` says."""
    found = call.tx.row("SELECT id, password FROM users WHERE name = :name", {"name": entry["name"]})
    if found is None:
        user_id = create(call, entry["name"], entry.get("password"))
    else:
        user_id = found["id"]
        _set_password(call, user_id, found["password"], entry.get("password"))
    bring_rights_about(call, user_id, entry)
    if "blocked" in entry:
        set_status(call, user_id, koji.USER_STATUS["BLOCKED" if entry["blocked"] else "NORMAL"])
    return _give_token(call, user_id, entry) if entry.get("api", True) else []


def bring_rights_about(call: Call, user_id: int, entry: Row) -> None:
    """Give an account of any type the `permissions` and `principals` that an entry names."""
    for name in entry.get("permissions", []):
        permissions.hold(call, user_id, name)
    held = principals.of(call, user_id)
    for principal in entry.get("principals", []):
        if principal not in held:
            principals.add(call, user_id, principal)


def _set_password(call: Call, user_id: int, stored: str | None, password: str | None) -> None:
    if password and not passwords.matches(password, stored):
        call.tx.update(User, {"password": passwords.hashed(password)}, id=user_id)


def _give_token(call: Call, user_id: int, entry: Row) -> list[str]:
    """Set the API login and token that the file names, or make the missing ones once and say them."""
    found = call.tx.row("SELECT api_login, token_hash FROM accounts WHERE user_id = :id", {"id": user_id})
    wanted = entry.get("api_token")
    if found is not None and (wanted is None or passwords.token_hash(wanted) == found["token_hash"]):
        return []
    login, token = entry.get("api_login") or passwords.new_token(), wanted or passwords.new_token()
    values = {"api_login": login, "token_hash": passwords.token_hash(token)}
    if found is None:
        call.tx.insert(Account, user_id=user_id, **values)
    else:
        call.tx.update(Account, values, user_id=user_id)
    return [] if wanted else [f"user {entry['name']}: api_login {login}, api_token {token}"]

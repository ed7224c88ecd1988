"""Users: people, build hosts' accounts and groups."""

import re
from typing import Any

import koji

from appliance.db import history
from appliance.db.connection import Row
from appliance.db.models.core import Account, User, UserPerm
from appliance.errors import GenericError
from appliance.hub import passwords
from appliance.hub.bootstrap import step
from appliance.hub.hub import Call

_USER_NAME = re.compile(r"^[A-Za-z0-9/_.@-]+$")
MAX_NAME = 256


def check_name(name: Any) -> str:
    """NAME if it can be a user's. Koji's rules and words."""
    if not isinstance(name, str):
        raise GenericError("Name should be string")
    if not _USER_NAME.match(name):
        raise GenericError(f"Name {name} does not match RegexUserName value")
    return name


def create(call: Call, name: str, password: str | None = None, usertype: int = koji.USERTYPES["NORMAL"]) -> int:
    """A new account; its id."""
    check_name(name)
    if call.tx.value("SELECT id FROM users WHERE name = :name", {"name": name}) is not None:
        raise GenericError(f"user already exists: {name}")
    stored = passwords.hashed(password) if password else None
    return call.tx.insert(User, name=name, password=stored, usertype=usertype)


@step("user")
def bring_about(call: Call, entry: Row) -> list[str]:
    """Make or change a user to what a bootstrap file's `[[user]]` says."""
    found = call.tx.row("SELECT id, password FROM users WHERE name = :name", {"name": entry["name"]})
    if found is None:
        user_id = create(call, entry["name"], entry.get("password"))
    else:
        user_id = found["id"]
        _set_password(call, user_id, found["password"], entry.get("password"))
    for name in entry.get("permissions", []):
        _grant(call, user_id, name)
    return _give_token(call, user_id, entry)


def _set_password(call: Call, user_id: int, stored: str | None, password: str | None) -> None:
    if password and not passwords.matches(password, stored):
        call.tx.update(User, {"password": passwords.hashed(password)}, id=user_id)


def _grant(call: Call, user_id: int, name: str) -> None:
    perm_id = call.tx.value("SELECT id FROM permissions WHERE name = :name", {"name": name})
    if perm_id is None:
        raise GenericError(f"No such permission {name} defined")
    held = call.tx.value(
        "SELECT 1 FROM user_perms WHERE user_id = :user AND perm_id = :perm AND revoke_event IS NULL",
        {"user": user_id, "perm": perm_id},
    )
    if not held:
        history.add(call.tx, UserPerm, call.user_id or user_id, user_id=user_id, perm_id=perm_id)


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

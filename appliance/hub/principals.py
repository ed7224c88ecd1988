"""Kerberos principals: under which names of a realm a user may come."""

import re
from typing import Any

from appliance import arguments
from appliance.db.connection import Row
from appliance.db.models.core import UserKrbPrincipal
from appliance.db.select import Options, Select
from appliance.errors import AuthError, GenericError
from appliance.hub import users
from appliance.hub.hub import Call


def of(call: Call, user_id: int) -> list[str]:
    """A user's principals, sorted."""
    return call.tx.column(
        "SELECT krb_principal FROM user_krb_principals WHERE user_id = :id ORDER BY krb_principal",
        {"id": user_id},
    )


def of_many(call: Call, select: Select, options: Options) -> dict[int, list[str]]:
    """The principals of the users in a listing, by user id."""
    rows = call.tx.rows(
        "SELECT user_id, krb_principal FROM user_krb_principals"
        f" WHERE user_id IN (SELECT listed.id FROM ({select.sql(options)}) AS listed) ORDER BY krb_principal",
        select.params,
    )
    held: dict[int, list[str]] = {}
    for row in rows:
        held.setdefault(row["user_id"], []).append(row["krb_principal"])
    return held


def check(call: Call, principal: Any) -> str:
    """PRINCIPAL if it can be one, and its realm is allowed. Raises GenericError, AuthError."""
    users.check_name(principal, "Kerberos principal")
    allowed = call.settings.koji.allowed_krb_realms
    if allowed == "*":
        return str(principal)
    _, mark, realm = principal.partition("@")
    if not mark or not realm:
        raise AuthError(f"invalid Kerberos principal: {principal}")
    if realm not in re.split(r"\s*,\s*", allowed):
        raise AuthError(f"Kerberos principal's realm: {realm} is not allowed")
    return str(principal)


def owner(call: Call, principal: str) -> int | None:
    """The id of the user who may come under PRINCIPAL."""
    found = call.tx.value("SELECT user_id FROM user_krb_principals WHERE krb_principal = :name", {"name": principal})
    return None if found is None else int(found)


def refuse_taken(call: Call, principal: str) -> None:
    """Raise a GenericError if somebody has PRINCIPAL already."""
    if owner(call, principal) is not None:
        raise GenericError(f"user with this Kerberos principal already exists: {principal}")


def add(call: Call, user_id: int, principal: Any) -> int:
    """Let a user come under PRINCIPAL too; the user's id."""
    if principal is None:
        raise GenericError("No kerberos principal provided")
    check(call, principal)
    refuse_taken(call, principal)
    call.tx.insert(UserKrbPrincipal, user_id=user_id, krb_principal=principal)
    return user_id


def remove(call: Call, user: Row, principal: Any) -> int:
    """Take a principal from a user; the user's id. Raises AuthError if the user has no such one."""
    if not principal:
        raise GenericError("krb_principal must be specified")
    arguments.check(principal, str)
    if not call.tx.delete(UserKrbPrincipal, user_id=user["id"], krb_principal=principal):
        raise AuthError(f"cannot remove Kerberos Principal: {principal} with user {user['name']}")
    return int(user["id"])


def remap(call: Call, user: Row, mappings: Any) -> None:
    """Replace a user's principals by MAPPINGS, a list of `{old, new}`; nil for none on that side."""
    removed = {each["old"] for each in mappings if each.get("old")}
    added = {users.check_name(each["new"], "Kerberos principal") for each in mappings if each.get("new")}
    held = set(of(call, user["id"]))
    _refuse("There are some conflicts between added and removed Kerberos principals", added & removed)
    _refuse("Cannot add existing Kerberos principals", added & held)
    _refuse("Cannot remove non-existent Kerberos principals", removed - held)
    for principal in sorted(removed):
        remove(call, user, principal)
    for principal in sorted(added):
        add(call, user["id"], principal)


def _refuse(reason: str, principals: set[str]) -> None:
    if principals:
        raise GenericError(f"{reason}: {', '.join(sorted(principals))}")

"""Groups of users: an account of type 2 whose permissions its members share."""

from typing import Any

import koji

from appliance.db import history
from appliance.db.connection import Row
from appliance.db.models.core import User, UserGroup
from appliance.db.queries import users as queries
from appliance.errors import GenericError
from appliance.hub import names, users
from appliance.hub.bootstrap import step
from appliance.hub.entry_forms import TEXT, TEXTS, Form
from appliance.hub.hub import Call

GROUP = koji.USERTYPES["GROUP"]
_LONGEST = 255


def create(call: Call, name: Any) -> int:
    """A new group; its id."""
    names.check(name, _LONGEST)
    if users.get(call, name, krb_princs=False) is not None:
        raise GenericError(f"user/group already exists: {name}")
    return call.tx.insert(User, name=name, usertype=GROUP)


def add_member(call: Call, group: Any, user: Any, strict: bool = True) -> None:
    """Put a user into a group; being in it already is an error if STRICT."""
    group_id = _group(call, group, f"Not a group: {group}")
    member = users.get(call, user, krb_princs=False)
    if member is None:
        raise GenericError(f"Not a user: {user}")
    if member["usertype"] == GROUP:
        raise GenericError("Groups cannot be members of other groups")
    if not _is_member(call, group_id, member["id"]):
        history.add(call.tx, UserGroup, call.user_id, user_id=member["id"], group_id=group_id)
    elif strict:
        raise GenericError("User already in group")


def drop_member(call: Call, group: Any, user: Any) -> None:
    """Take a user out of a group."""
    user_id = users.identify(call, user)
    group_id = _group(call, group, f"Not a group: {group}")
    if not _is_member(call, group_id, user_id):
        raise GenericError(f"No such user in group: {group}")
    history.revoke(call.tx, UserGroup, call.user_id, user_id=user_id, group_id=group_id)


def members(call: Call, group: Any) -> list[Row]:
    """Who is in a group: `id`, `name`, `usertype`, `krb_principals`."""
    group_id = _group(call, group, f"No such group: {group}")
    found: list[Row] = users.with_principals(call, queries.members(group_id))
    return found


def of_user(call: Call, user: Any) -> list[Row]:
    """The groups that a user is in: `id`, `name`."""
    user_id = users.identify(call, user)
    return [{"id": group_id, "name": name} for group_id, name in users.groups_of(call, user_id).items()]


@step("group", Form({"name": TEXT}, {"members": TEXTS, "permissions": TEXTS, "principals": TEXTS}))
def bring_about(call: Call, entry: Row) -> list[str]:
    """Make a group and put people into it. `name, members, permissions, principals`."""
    name, lines = entry["name"], []
    if users.get(call, name, krb_princs=False) is None:
        create(call, name)
        lines = [f"group {name}"]
    users.bring_rights_about(call, _group(call, name, f"Not a group: {name}"), entry)
    for member in entry.get("members", []):
        add_member(call, name, member, strict=False)
    return lines


def _group(call: Call, group: Any, refusal: str) -> int:
    found = users.get(call, group, krb_princs=False)
    if found is None or found["usertype"] != GROUP:
        raise GenericError(refusal)
    return int(found["id"])


def _is_member(call: Call, group_id: int, user_id: int) -> bool:
    sql = "SELECT 1 FROM user_groups WHERE group_id = :group AND user_id = :user AND revoke_event IS NULL"
    return call.tx.value(sql, {"group": group_id, "user": user_id}) is not None

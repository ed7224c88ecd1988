"""Who owns a project: a user, or a group of users whose projects are called @group/project."""

from dataclasses import dataclass

import koji

from appliance.db.connection import Row
from appliance.errors import AccessRestricted, NotFound
from appliance.hub.hub import Call

_USER = "SELECT id, name FROM users WHERE name = :name AND usertype = :type"

_MEMBER = """
SELECT 1 FROM user_groups WHERE user_id = :user AND group_id = :group AND revoke_event IS NULL
"""

_GROUPS = """
SELECT g.id, g.name FROM user_groups m JOIN users g ON g.id = m.group_id
WHERE m.user_id = :user AND m.revoke_event IS NULL ORDER BY g.id
"""


@dataclass(frozen=True)
class Owner:
    """Whose a new project is to be: a user's, or GROUP's, for whom the user acts."""

    user_id: int
    user_name: str
    group_id: int | None = None
    group_name: str | None = None

    @property
    def name(self) -> str:
        return self.user_name if self.group_name is None else f"@{self.group_name}"


def named(call: Call, ownername: str) -> Owner:
    """The owner of that name, for whom the asking user would make a project. Raises NotFound."""
    asking = Owner(call.user_id, call.session.user_name or "")
    if ownername.startswith("@"):
        found = group(call, ownername[1:])
        return Owner(asking.user_id, asking.user_name, found["id"], found["name"])
    if ownername == asking.user_name:
        return asking
    person = user(call, ownername)
    if person is None:
        raise NotFound(f"No such user `{ownername}'")
    return Owner(person["id"], person["name"])


def user(call: Call, name: str) -> Row | None:
    """`id` and `name` of a person's account."""
    return call.tx.row(_USER, {"name": name, "type": koji.USERTYPES["NORMAL"]})


def group(call: Call, name: str) -> Row:
    """`id` and `name` of a group. Raises NotFound."""
    found = call.tx.row(_USER, {"name": name, "type": koji.USERTYPES["GROUP"]})
    if found is None:
        raise NotFound(f"Group {name} does not exist.")
    return found


def groups_of(call: Call, user_id: int) -> list[Row]:
    """`id` and `name` of the groups that a user is in."""
    return call.tx.rows(_GROUPS, {"user": user_id})


def is_member(call: Call, user_id: int, group_id: int) -> bool:
    return call.tx.value(_MEMBER, {"user": user_id, "group": group_id}) is not None


def refuse_strangers(call: Call, group_id: int, group_name: str) -> None:
    """Only members and admins act for a group."""
    if not call.session.may("admin") and not is_member(call, call.user_id, group_id):
        raise AccessRestricted(
            f"User '{call.session.user_name}' doesn't have access to the copr group"
            f" '{group_name}' (fas_name='{group_name}')"
        )

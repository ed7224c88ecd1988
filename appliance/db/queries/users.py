"""Listings of users and of the members of groups."""

from appliance.db.select import Column, Select

_USER: dict[str, str | Column] = {
    "id": "u.id",
    "name": "u.name",
    "status": "u.status",
    "usertype": "u.usertype",
}

_HOLDS_OWN = """
EXISTS (SELECT 1 FROM user_perms p WHERE p.perm_id = :perm AND p.revoke_event IS NULL AND p.user_id = u.id)
"""
_HOLDS = """
EXISTS (SELECT 1 FROM user_perms p WHERE p.perm_id = :perm AND p.revoke_event IS NULL
        AND (p.user_id = u.id OR p.user_id IN
             (SELECT g.group_id FROM user_groups g WHERE g.user_id = u.id AND g.revoke_event IS NULL)))
"""


def listing() -> Select:
    """Every account: `id`, `name`, `status`, `usertype`."""
    return Select(dict(_USER), "users u")


def holders(select: Select, perm_id: int, through_groups: bool) -> Select:
    """Narrow a listing to those who hold a permission themselves, or also through their groups."""
    return select.also(_HOLDS if through_groups else _HOLDS_OWN, perm=perm_id)


def members(group_id: int) -> Select:
    """The users who are in a group now."""
    columns: dict[str, str | Column] = {"id": "u.id", "name": "u.name", "usertype": "u.usertype"}
    source = "user_groups g JOIN users u ON u.id = g.user_id"
    select = Select(columns, source, order="u.id")
    return select.also("g.revoke_event IS NULL AND g.group_id = :group", group=group_id)

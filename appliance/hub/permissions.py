"""Permissions: their names, who holds them, and who of these through a group."""

from collections.abc import Iterator, Set
from functools import cached_property
from typing import Any

from appliance import arguments
from appliance.db import history
from appliance.db.connection import Row
from appliance.db.models.core import Permission, UserPerm
from appliance.errors import GenericError
from appliance.hub import names, users
from appliance.hub.hub import Call

_LONGEST = 50
_HELD = """
SELECT DISTINCT p.name FROM user_perms h JOIN permissions p ON p.id = h.perm_id
WHERE h.revoke_event IS NULL AND h.user_id = :user
"""
_HELD_WITH_GROUPS = """
SELECT DISTINCT p.name FROM user_perms h JOIN permissions p ON p.id = h.perm_id
WHERE h.revoke_event IS NULL AND (h.user_id = :user OR h.user_id IN
    (SELECT group_id FROM user_groups WHERE user_id = :user AND revoke_event IS NULL))
"""
_SOURCES = """
SELECT p.name, NULL AS source FROM user_perms h JOIN permissions p ON p.id = h.perm_id
WHERE h.revoke_event IS NULL AND h.user_id = :user
UNION ALL
SELECT p.name, g.name AS source FROM user_groups m
JOIN users g ON g.id = m.group_id
JOIN user_perms h ON h.user_id = m.group_id AND h.revoke_event IS NULL
JOIN permissions p ON p.id = h.perm_id
WHERE m.revoke_event IS NULL AND m.user_id = :user
"""


def listed(call: Call) -> list[Row]:
    """All permissions there are: `id`, `name`, `description`."""
    return call.tx.rows("SELECT id, name, description FROM permissions ORDER BY id")


def identify(call: Call, info: Any) -> int:
    """The id of the permission that INFO means; a GenericError if there is none."""
    return names.identify(call, Permission, info)


def held(call: Call, user_id: int, with_groups: bool = True) -> list[str]:
    """Names of the permissions that a user has, also through groups unless told otherwise."""
    return call.tx.column(_HELD_WITH_GROUPS if with_groups else _HELD, {"user": user_id})


class Held(Set[str]):
    """Names of the permissions that a user has, looked up when first asked for: most calls need none."""

    def __init__(self, call: Call, user_id: int) -> None:
        self._call = call
        self._user_id = user_id

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(held(self._call, self._user_id))

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def sources(call: Call, user_id: int) -> dict[str, list[str | None]]:
    """By permission from where a user has it: None for the user's own, else the group's name."""
    found: dict[str, list[str | None]] = {}
    for row in call.tx.rows(_SOURCES, {"user": user_id}):
        found.setdefault(row["name"], []).append(row["source"])
    return found


def grant(call: Call, info: Any, permission: Any, create: bool = False, description: Any = None) -> None:
    """Give a user or a group a permission; with CREATE one that need not exist yet."""
    if create:
        names.check(permission, _LONGEST)
    if description is not None and not create:
        raise GenericError("Description should be specified only with create.")
    arguments.check(description, str, optional=True)
    user_id = users.identify(call, info)
    found = names.lookup(call, Permission, permission, strict=not create, create=create)
    assert found is not None
    if create and description is not None:
        call.tx.update(Permission, {"description": description}, id=found["id"])
    if found["name"] in held(call, user_id, with_groups=False):
        raise GenericError(f"user {info} already has permission: {found['name']}")
    history.add(call.tx, UserPerm, call.user_id, user_id=user_id, perm_id=found["id"])


def revoke(call: Call, info: Any, permission: Any) -> None:
    """Take a permission from a user or a group."""
    user_id = users.identify(call, info)
    found = names.lookup(call, Permission, permission, strict=True)
    assert found is not None
    if not history.revoke(call.tx, UserPerm, call.user_id, user_id=user_id, perm_id=found["id"]):
        raise GenericError(f"user {info} does not have permission: {found['name']}")


def describe(call: Call, permission: Any, description: Any) -> None:
    """Change what a permission's description says."""
    arguments.check(description, str)
    call.tx.update(Permission, {"description": description}, id=identify(call, permission))


def exists(call: Call, name: Any) -> bool:
    return names.lookup(call, Permission, name) is not None


def make(call: Call, name: str, description: str | None = None) -> None:
    """A new permission that nobody has yet."""
    call.tx.insert(Permission, name=names.check(name, _LONGEST), description=description)


def hold(call: Call, user_id: int, name: str) -> None:
    """See to it that a user has a permission; nothing happens if that is so already."""
    if not exists(call, name):
        raise GenericError(f"No such permission {name} defined")
    if name not in held(call, user_id, with_groups=False):
        history.add(call.tx, UserPerm, call.user_id or user_id, user_id=user_id, perm_id=identify(call, name))

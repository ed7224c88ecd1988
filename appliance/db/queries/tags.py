"""Tags as they are now or were at an event: their configuration, extra settings and listings."""

from typing import Any

from appliance.db.connection import Params, Transaction
from appliance.db.history import holds
from appliance.db.select import Column, Select, flag, like

_CONFIG: dict[str, str | Column] = {
    "id": "tag.id",
    "name": "tag.name",
    "arches": "c.arches",
    "locked": flag("c.locked"),
    "maven_support": flag("c.maven_support"),
    "maven_include_all": flag("c.maven_include_all"),
}
_PERMISSION: dict[str, str | Column] = {"perm_id": "c.perm_id", "perm": "p.name"}
_SOURCE = "tag_config c JOIN tag ON tag.id = c.tag_id"
_PERMITTED = f"{_SOURCE} LEFT JOIN permissions p ON p.id = c.perm_id"


def configured(event: int | None) -> Select:
    """Tags with their configuration. A tag exists while it has one; its name and id outlive it."""
    return Select(_CONFIG | _PERMISSION, _PERMITTED, [holds("c", event)], {"event": event})


def deleted(event: int) -> Select:
    """As `configured`, with the event that ended each row."""
    select = configured(event)
    select.columns = select.columns | {"revoke_event": "c.revoke_event"}
    return select


def listing(perms: bool, pattern: str | None) -> Select:
    """Tags as they are now, with or without the permission that they ask for; PATTERN is a shell's."""
    columns = _CONFIG | _PERMISSION if perms else dict(_CONFIG)
    select = Select(columns, _PERMITTED if perms else _SOURCE, [holds("c")], order="tag.id")
    if pattern is not None:
        select.also("LOWER(tag.name) LIKE LOWER(:pattern) ESCAPE '\\'", pattern=like(pattern))
    return select


def with_build(select: Select, build_id: int) -> Select:
    """Narrow a listing to the tags that a build is in."""
    select.source += " JOIN tag_listing l ON l.tag_id = tag.id"
    return select.also(f"{holds('l')} AND l.build_id = :build_id", build_id=build_id)


def with_package(select: Select, package_id: int) -> Select:
    """Narrow a listing to the tags whose own package list has a package, and show that entry."""
    select.columns = select.columns | {
        "owner_id": "u.id",
        "owner_name": "u.name",
        "blocked": flag("k.blocked"),
        "extra_arches": "k.extra_arches",
    }
    select.source += (
        " JOIN tag_packages k ON k.tag_id = tag.id"
        " JOIN tag_package_owners o ON o.tag_id = k.tag_id AND o.package_id = k.package_id"
        " JOIN users u ON u.id = o.owner"
    )
    return select.also(f"{holds('k')} AND {holds('o')} AND k.package_id = :package_id", package_id=package_id)


def extras(tx: Transaction, tags: list[int], event: int | None) -> list[tuple[int, str, str | None]]:
    """(tag id, key, JSON text) of the extra settings of TAGS; no text means that the key is blocked there."""
    sql = f"SELECT e.tag_id, e.key, e.value FROM tag_extra e WHERE e.tag_id IN :tags AND {holds('e', event)}"
    return tx.tuples(sql, {"tags": tags, "event": event})


def last_end(tx: Transaction, column: str, value: Any) -> int | None:
    """The event that ended a tag which is gone; None for one that exists or never did."""
    params: Params = {"value": value}
    found: int | None = tx.value(
        "SELECT c.revoke_event FROM tag_config c JOIN tag ON tag.id = c.tag_id"
        f" WHERE tag.{column} = :value ORDER BY c.create_event DESC LIMIT 1",
        params,
    )
    return found

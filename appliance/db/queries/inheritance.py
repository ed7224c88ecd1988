"""The links between tags: a tag's own, and all that can be reached from it, by one recursive query."""

from appliance.db.connection import Row, Transaction
from appliance.db.history import holds
from appliance.db.select import Column, Select, flag

_LINK: dict[str, str | Column] = {
    "parent_id": "l.parent_id",
    "name": "tag.name",
    "priority": "l.priority",
    "maxdepth": "l.maxdepth",
    "intransitive": flag("l.intransitive"),
    "noconfig": flag("l.noconfig"),
    "pkg_filter": "l.pkg_filter",
}

_REACHED = """
l.{near} IN (
    WITH RECURSIVE reached(id) AS (
        SELECT CAST(:tag AS INTEGER)
        UNION
        SELECT k.{far} FROM tag_inheritance k JOIN reached ON k.{near} = reached.id WHERE {holds}
    )
    SELECT id FROM reached)
"""


def parents(tx: Transaction, tag_id: int, event: int | None) -> list[Row]:
    """The tag's own links, in the order of their priority."""
    select = Select(
        {**_LINK, "child_id": "l.tag_id"},
        "tag_inheritance l JOIN tag ON tag.id = l.parent_id",
        [holds("l", event), "l.tag_id = :tag"],
        {"tag": tag_id, "event": event},
        order="l.priority",
    )
    found: list[Row] = select.rows(tx)
    return found


def above(tx: Transaction, tag_id: int, event: int | None) -> list[Row]:
    """The links of the tag, of its parents and of theirs; those of one child in the order of their priority.

    `name` is the parent's; `child_id` says whose link it is.
    """
    return _reached(tx, tag_id, event, near="tag_id", far="parent_id", shown="child_id")


def below(tx: Transaction, tag_id: int, event: int | None) -> list[Row]:
    """The links to the tag, to its children and to theirs; `name` is the child's, `tag_id` its id."""
    return _reached(tx, tag_id, event, near="parent_id", far="tag_id", shown="tag_id")


def _reached(tx: Transaction, tag_id: int, event: int | None, near: str, far: str, shown: str) -> list[Row]:
    select = Select(
        {**_LINK, shown: "l.tag_id"},
        f"tag_inheritance l JOIN tag ON tag.id = l.{far}",
        [holds("l", event), _REACHED.format(near=near, far=far, holds=holds("k", event))],
        {"tag": tag_id, "event": event},
        order="l.priority, l.tag_id",
    )
    found: list[Row] = select.rows(tx)
    return found

"""Histories told: rows of the time axis as what somebody changed when, the old beside the new."""

from collections.abc import Callable
from typing import Any

from appliance.db.connection import Row
from appliance.ui.rendering import nvr

_COMMON = frozenset(
    {
        "active",
        "create_event",
        "revoke_event",
        "creator_id",
        "revoker_id",
        "creator_name",
        "revoker_name",
        "create_ts",
        "revoke_ts",
    }
)
# What each table is about, and the words that tell one of its things from another.
_ABOUT: dict[str, tuple[str, Callable[[Row], str]]] = {
    "tag_listing": ("build in a tag", lambda row: f"{nvr(row)} in {row['tag.name']}"),
    "tag_packages": ("package of a tag", lambda row: f"{row['package.name']} in {row['tag.name']}"),
    "tag_package_owners": ("owner of a package", lambda row: f"{row['package.name']} in {row['tag.name']}"),
    "tag_inheritance": ("inheritance", lambda row: f"{row['tag.name']} from {row['parent.name']}"),
    "tag_config": ("tag", lambda row: row["tag.name"]),
    "tag_extra": ("tag's extra", lambda row: f"{row['key']} of {row['tag.name']}"),
    "tag_external_repos": (
        "external repository of a tag",
        lambda row: f"{row['external_repo.name']} in {row['tag.name']}",
    ),
    "external_repo_config": ("external repository", lambda row: row["external_repo.name"]),
    "external_repo_data": ("external repository's state", lambda row: row["external_repo.name"]),
    "build_target_config": ("target", lambda row: row["build_target.name"]),
    "group_config": ("comps group", lambda row: f"{row['group.name']} in {row['tag.name']}"),
    "group_package_listing": (
        "package of a comps group",
        lambda row: f"{row['package']} of {row['group.name']} in {row['tag.name']}",
    ),
    "group_req_listing": (
        "requirement of a comps group",
        lambda row: f"{row['req.name']} of {row['group.name']} in {row['tag.name']}",
    ),
    "user_perms": ("permission", lambda row: f"{row['permission.name']} of {row['user.name']}"),
    "user_groups": ("membership", lambda row: f"{row['user.name']} in {row['group.name']}"),
    "host_config": ("host", lambda row: row["host.name"]),
    "host_channels": ("host's channel", lambda row: f"{row['channels.name']} of {row['host.name']}"),
    "cg_users": (
        "content generator's user",
        lambda row: f"{row['user.name']} for {row['content_generator.name']}",
    ),
}
TABLES = {table: noun for table, (noun, _) in _ABOUT.items()}


def told(found: dict[str, list[Row]], most: int = 100) -> list[Row]:
    """Entries `event, ts, who, noun, subject, kind` (plus, minus, other) and `fields` [(name, old, new)].

    The newest first. A row that ended as another of the same thing began is one change.
    """
    moments: dict[tuple[int, str, str], dict[str, Row]] = {}
    for table, row in ((table, row) for table, rows in found.items() for row in rows):
        subject = str(_ABOUT[table][1](row))
        moments.setdefault((row["create_event"], table, subject), {})["new"] = row
        if row["revoke_event"] is not None:
            moments.setdefault((row["revoke_event"], table, subject), {})["old"] = row
    newest = sorted(moments, reverse=True)[:most]
    return [_entry(key, moments[key].get("old"), moments[key].get("new")) for key in newest]


def _entry(key: tuple[int, str, str], old: Row | None, new: Row | None) -> Row:
    event, table, subject = key
    at = {"ts": new["create_ts"], "who": new["creator_name"]} if new else {}
    if old and not new:
        at = {"ts": old["revoke_ts"], "who": old["revoker_name"]}
    kind = "other" if old and new else "plus" if new else "minus"
    return {
        "event": event,
        "noun": _ABOUT[table][0],
        "subject": subject,
        "kind": kind,
        "table": table,
        **at,
        "fields": _fields(old, new, subject) if table != "tag_listing" else [],
    }


def _fields(old: Row | None, new: Row | None, subject: str) -> list[tuple[str, Any, Any]]:
    """[(name, old value, new value)] of what differs and the subject does not say; None where there is none."""
    row = new or old or {}
    names = [name for name in row if name not in _COMMON and not _is_number(name, row)]
    pairs = [(name.removesuffix(".name"), old and old.get(name), new and new.get(name)) for name in names]
    return [(name, was, now) for name, was, now in pairs if was != now and not _goes_without_saying(was, now, subject)]


def _is_number(name: str, row: Row) -> bool:
    """Whether it is one of ours for a thing whose name the row has too."""
    return name.endswith("_id") or name.startswith("_") or f"{name}.name" in row


def _goes_without_saying(was: Any, now: Any, subject: str) -> bool:
    """Where a thing came or went, what is off or empty is not worth a line, nor is what its name says."""
    if was is not None and now is not None:
        return False
    value = now if was is None else was
    return value in (False, "", None) or str(value) in subject

"""The hub as a bootstrap file would say it: its people, machines, tags, targets and projects as entries."""

import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.db.history import holds
from appliance.hub.hub import Call

Entries = dict[str, Row]

_USERS = f"""
SELECT u.id, u.name, u.password, u.status, a.api_login, a.token_hash FROM users u
LEFT JOIN accounts a ON a.user_id = u.id WHERE u.usertype = {koji.USERTYPES["NORMAL"]} ORDER BY u.id
"""
_PERMISSIONS = f"""
SELECT h.user_id, p.name FROM user_perms h JOIN permissions p ON p.id = h.perm_id
WHERE {holds("h")} ORDER BY p.name
"""
_HOSTS = f"""
SELECT h.id, h.name, c.arches, c.capacity, c.description, c.enabled, u.password FROM host h
JOIN host_config c ON c.host_id = h.id AND {holds("c")} JOIN users u ON u.id = h.user_id ORDER BY h.id
"""
_CHANNELS = f"""
SELECT hc.host_id, c.name FROM host_channels hc JOIN channels c ON c.id = hc.channel_id
WHERE {holds("hc")} ORDER BY c.id
"""
_TAGS = f"""
SELECT t.id, t.name, c.arches, c.locked, c.maven_support, c.maven_include_all, p.name AS perm FROM tag t
JOIN tag_config c ON c.tag_id = t.id AND {holds("c")} LEFT JOIN permissions p ON p.id = c.perm_id ORDER BY t.id
"""
_EXTRA = f"SELECT tag_id, key, value FROM tag_extra x WHERE {holds('x')} AND value IS NOT NULL ORDER BY key"
_LINKS = f"""
SELECT i.tag_id, t.name AS parent, i.priority, i.maxdepth, i.intransitive, i.noconfig, i.pkg_filter
FROM tag_inheritance i JOIN tag t ON t.id = i.parent_id WHERE {holds("i")} ORDER BY i.tag_id, i.priority
"""
_GROUPS = f"""
SELECT c.tag_id, g.name, p.package FROM group_config c JOIN groups g ON g.id = c.group_id
LEFT JOIN group_package_listing p ON p.tag_id = c.tag_id AND p.group_id = c.group_id AND {holds("p")}
AND NOT p.blocked WHERE {holds("c")} AND NOT c.blocked ORDER BY c.tag_id, g.name, p.package
"""
_PACKAGES = f"""
SELECT l.tag_id, p.name, u.name AS owner, l.blocked FROM tag_packages l JOIN package p ON p.id = l.package_id
LEFT JOIN tag_package_owners o ON o.tag_id = l.tag_id AND o.package_id = l.package_id AND {holds("o")}
LEFT JOIN users u ON u.id = o.owner WHERE {holds("l")} ORDER BY l.tag_id, p.name
"""
_REPOS = f"""
SELECT x.tag_id, r.name, c.url, x.priority, x.merge_mode, x.arches FROM tag_external_repos x
JOIN external_repo r ON r.id = x.external_repo_id
JOIN external_repo_config c ON c.external_repo_id = r.id AND {holds("c")}
WHERE {holds("x")} ORDER BY x.tag_id, x.priority
"""
_TARGETS = f"""
SELECT g.name, b.name AS build_tag, d.name AS dest_tag FROM build_target g
JOIN build_target_config c ON c.build_target_id = g.id AND {holds("c")}
JOIN tag b ON b.id = c.build_tag JOIN tag d ON d.id = c.dest_tag ORDER BY g.id
"""
_PROJECTS = """
SELECT p.*, CASE WHEN p.group_id IS NULL THEN u.name ELSE '@' || g.name END AS owner FROM project p
JOIN users u ON u.id = p.user_id LEFT JOIN users g ON g.id = p.group_id WHERE NOT p.deleted ORDER BY p.id
"""
_PROJECT_CHROOTS = """
SELECT c.project_id, m.os_release || '-' || m.os_version || '-' || m.arch AS name FROM project_chroot c
JOIN mock_chroot m ON m.id = c.mock_chroot_id WHERE NOT c.deleted AND m.is_active
ORDER BY m.os_release, m.os_version, m.arch
"""
_FLAGS = ("locked", "maven_support", "maven_include_all")
# What a project is set to, by the API's name: the column, and what goes without saying.
PROJECT: dict[str, tuple[str, Any]] = {
    "description": ("description", ""),
    "instructions": ("instructions", ""),
    "homepage": ("homepage", None),
    "contact": ("contact", None),
    "unlisted_on_hp": ("unlisted_on_hp", False),
    "auto_prune": ("auto_prune", True),
    "bootstrap": ("bootstrap", "default"),
    "isolation": ("isolation", "default"),
    "follow_fedora_branching": ("follow_fedora_branching", True),
    "module_hotfixes": ("module_hotfixes", False),
    "multilib": ("multilib", False),
    "fedora_review": ("fedora_review", False),
    "appstream": ("appstream", False),
    "repo_priority": ("repo_priority", None),
    "enable_net": ("build_enable_net", False),
    "additional_repos": ("repos", ""),
    "runtime_dependencies": ("runtime_dependencies", ""),
}


def taken(call: Call) -> dict[str, Entries]:
    """{section: {name: entry}} of the living hub. Keys that begin with `_` are secrets' hashes: they tell one
    state from another, and are not for showing.
    """
    return {section: entries(call) for section, entries in SECTIONS.items()}


def _grouped(call: Call, sql: str, key: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in call.tx.rows(sql):
        found[row.pop(key)].append(row)
    return found


def _named(row: Row, **more: Any) -> Row:
    """An entry: what is None or a plain no is left unsaid."""
    return {
        "name": row["name"],
        **{key: value for key, value in more.items() if value is not None and value is not False},
    }


def _permissions(call: Call) -> Entries:
    rows = call.tx.rows("SELECT name, description FROM permissions ORDER BY id")
    return {row["name"]: _named(row, description=row["description"]) for row in rows}


def _channels(call: Call) -> Entries:
    rows = call.tx.rows("SELECT name, description, enabled FROM channels ORDER BY id")
    return {
        row["name"]: {
            **_named(row, description=row["description"]),
            **({} if row["enabled"] else {"enabled": False}),
        }
        for row in rows
    }


def _users(call: Call) -> Entries:
    held = _grouped(call, _PERMISSIONS, "user_id")
    return {row["name"]: _user(row, [each["name"] for each in held[row["id"]]]) for row in call.tx.rows(_USERS)}


def _user(row: Row, permissions: list[str]) -> Row:
    entry = _named(row, permissions=permissions or None, api_login=row["api_login"])
    if row["api_login"] is None:
        entry["api"] = False
    if row["status"] != koji.USER_STATUS["NORMAL"]:
        entry["blocked"] = True
    return {**entry, "_password": row["password"], "_api_token": row["token_hash"]}


def _hosts(call: Call) -> Entries:
    serving = _grouped(call, _CHANNELS, "host_id")
    return {
        row["name"]: {
            **_named(row, capacity=row["capacity"], description=row["description"]),
            "arches": (row["arches"] or "").split(),
            "channels": [each["name"] for each in serving[row["id"]]],
            **({} if row["enabled"] else {"enabled": False}),
            "_password": row["password"],
        }
        for row in call.tx.rows(_HOSTS)
    }


def _chroots(call: Call) -> Entries:
    entries = {}
    for row in call.tx.rows("SELECT * FROM mock_chroot ORDER BY os_release, os_version, arch"):
        name = f"{row['os_release']}-{row['os_version']}-{row['arch']}"
        entries[name] = {**_named({"name": name}, comment=row["comment"]), **json.loads(row["config"] or "{}")}
        if not row["is_active"]:
            entries[name]["active"] = False
    return entries


def _distgits(call: Call) -> Entries:
    rows = call.tx.rows("SELECT name, clone_url, path, default_namespace, priority FROM distgit ORDER BY id")
    return {row["name"]: row for row in rows}


def _tags(call: Call) -> Entries:
    parts = {
        "links": _grouped(call, _LINKS, "tag_id"),
        "extra": _grouped(call, _EXTRA, "tag_id"),
        "groups": _grouped(call, _GROUPS, "tag_id"),
        "packages": _grouped(call, _PACKAGES, "tag_id"),
        "repos": _grouped(call, _REPOS, "tag_id"),
    }
    return {
        row["name"]: _tag(row, {name: found[row["id"]] for name, found in parts.items()}) for row in call.tx.rows(_TAGS)
    }


def _tag(row: Row, parts: dict[str, list[Row]]) -> Row:
    owned = {each["name"]: each["owner"] for each in parts["packages"] if not each["blocked"]}
    told = {
        "extra": {each["key"]: json.loads(each["value"]) for each in parts["extra"]},
        "inherit": [_link(each) for each in parts["links"]],
        "groups": _members(parts["groups"]),
        "packages": owned,
        "blocked": [each["name"] for each in parts["packages"] if each["blocked"]],
        "external_repo": [_said(each) for each in parts["repos"]],
    }
    entry = _named(row, arches=row["arches"] or None, perm=row["perm"])
    entry.update({name: True for name in _FLAGS if row[name]})
    return {**entry, **{name: value for name, value in told.items() if value}}


def _link(link: Row) -> Row:
    flags = {name: True for name in ("intransitive", "noconfig") if link[name]}
    rest = {name: link[name] for name in ("parent", "priority", "maxdepth", "pkg_filter")}
    return {**_said(rest), **flags}


def _said(row: Row) -> Row:
    return {name: value for name, value in row.items() if value not in (None, "")}


def _members(rows: list[Row]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["name"], []).extend([row["package"]] if row["package"] else [])
    return found


def _targets(call: Call) -> Entries:
    return {row["name"]: row for row in call.tx.rows(_TARGETS)}


def _projects(call: Call) -> Entries:
    enabled = _grouped(call, _PROJECT_CHROOTS, "project_id")
    return {
        f"{row['owner']}/{row['name']}": {
            "owner": row["owner"],
            "name": row["name"],
            "chroots": [each["name"] for each in enabled[row["id"]]],
            **_settings(row),
        }
        for row in call.tx.rows(_PROJECTS)
    }


def _settings(row: Row) -> Row:
    """What of a project's settings is not as it would be anyway."""
    told: Row = {} if row["auto_createrepo"] else {"devel_mode": True}
    for name, (column, usual) in PROJECT.items():
        value = bool(row[column]) if isinstance(usual, bool) else row[column]
        if value != usual:
            told[name] = value
    return told


SECTIONS: dict[str, Callable[[Call], Entries]] = {
    "permission": _permissions,
    "channel": _channels,
    "user": _users,
    "host": _hosts,
    "chroot": _chroots,
    "distgit": _distgits,
    "tag": _tags,
    "target": _targets,
    "project": _projects,
}

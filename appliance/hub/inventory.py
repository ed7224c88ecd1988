"""The hub as a bootstrap file would say it: its people, machines, tags, targets and projects as entries."""

import json
from collections.abc import Callable

import koji

from appliance.db.connection import Row
from appliance.db.history import holds
from appliance.hub import inventory_projects, inventory_tags
from appliance.hub.hub import Call
from appliance.hub.inventory_rows import Entries, grouped, named

_USERS = f"""
SELECT u.id, u.name, u.password, u.status, a.api_login, a.token_hash FROM users u
LEFT JOIN accounts a ON a.user_id = u.id WHERE u.usertype = {koji.USERTYPES["NORMAL"]} ORDER BY u.id
"""
_GROUPS = f"SELECT id, name FROM users WHERE usertype = {koji.USERTYPES['GROUP']} ORDER BY id"
_MEMBERS = f"""
SELECT m.group_id, u.name FROM user_groups m JOIN users u ON u.id = m.user_id WHERE {holds("m")} ORDER BY u.name
"""
_PRINCIPALS = "SELECT user_id, krb_principal AS name FROM user_krb_principals ORDER BY krb_principal"
_PERMISSIONS = f"""
SELECT h.user_id, p.name FROM user_perms h JOIN permissions p ON p.id = h.perm_id
WHERE {holds("h")} ORDER BY p.name
"""
_GENERATED_BY = f"""
SELECT a.cg_id, u.name FROM cg_users a JOIN users u ON u.id = a.user_id WHERE {holds("a")} ORDER BY u.name
"""
_HOSTS = f"""
SELECT h.id, h.user_id, h.name, c.arches, c.capacity, c.description, c.comment, c.enabled, u.password FROM host h
JOIN host_config c ON c.host_id = h.id AND {holds("c")} JOIN users u ON u.id = h.user_id ORDER BY h.id
"""
_CHANNELS = f"""
SELECT hc.host_id, c.name FROM host_channels hc JOIN channels c ON c.id = hc.channel_id
WHERE {holds("hc")} ORDER BY c.id
"""
_TARGETS = f"""
SELECT g.name, b.name AS build_tag, d.name AS dest_tag FROM build_target g
JOIN build_target_config c ON c.build_target_id = g.id AND {holds("c")}
JOIN tag b ON b.id = c.build_tag JOIN tag d ON d.id = c.dest_tag ORDER BY g.name
"""


def taken(call: Call) -> dict[str, Entries]:
    """{section: {name: entry}} of the living hub. Keys that begin with `_` are secrets' hashes: they tell one
    state from another, and are not for showing.
    """
    return {section: entries(call) for section, entries in SECTIONS.items()}


def _permissions(call: Call) -> Entries:
    rows = call.tx.rows("SELECT name, description FROM permissions ORDER BY id")
    return {row["name"]: named(row, description=row["description"]) for row in rows}


def _channels(call: Call) -> Entries:
    rows = call.tx.rows("SELECT name, description, comment, enabled FROM channels ORDER BY id")
    return {
        row["name"]: {
            **named(row, description=row["description"], comment=row["comment"]),
            **({} if row["enabled"] else {"enabled": False}),
        }
        for row in rows
    }


def _names(call: Call, sql: str, key: str) -> dict[int, list[str]]:
    return {whose: [row["name"] for row in rows] for whose, rows in grouped(call, sql, key).items()}


def _users(call: Call) -> Entries:
    rights = _rights(call)
    return {row["name"]: {**_user(row), **rights(row["id"])} for row in call.tx.rows(_USERS)}


def _user(row: Row) -> Row:
    entry = named(row, api_login=row["api_login"])
    if row["api_login"] is None:
        entry["api"] = False
    if row["status"] != koji.USER_STATUS["NORMAL"]:
        entry["blocked"] = True
    return {**entry, "_password": row["password"], "_api_token": row["token_hash"]}


def _rights(call: Call) -> Callable[[int], Row]:
    """What an account may do and by which principals it comes, as far as there is anything to say."""
    held, principals = _names(call, _PERMISSIONS, "user_id"), _names(call, _PRINCIPALS, "user_id")

    def rights(user_id: int) -> Row:
        told = {"permissions": held.get(user_id), "principals": principals.get(user_id)}
        return {name: value for name, value in told.items() if value}

    return rights


def _groups(call: Call) -> Entries:
    rights, members = _rights(call), _names(call, _MEMBERS, "group_id")
    return {
        row["name"]: {**named(row, members=members.get(row["id"])), **rights(row["id"])}
        for row in call.tx.rows(_GROUPS)
    }


def _content_generators(call: Call) -> Entries:
    users = _names(call, _GENERATED_BY, "cg_id")
    rows = call.tx.rows("SELECT id, name FROM content_generator ORDER BY id")
    return {row["name"]: named(row, users=users.get(row["id"])) for row in rows}


def _hosts(call: Call) -> Entries:
    serving, rights = _names(call, _CHANNELS, "host_id"), _rights(call)
    return {
        row["name"]: {
            **named(row, capacity=row["capacity"], description=row["description"], comment=row["comment"]),
            "arches": (row["arches"] or "").split(),
            "channels": serving.get(row["id"], []),
            **({} if row["enabled"] else {"enabled": False}),
            **rights(row["user_id"]),
            "_password": row["password"],
        }
        for row in call.tx.rows(_HOSTS)
    }


def _chroots(call: Call) -> Entries:
    entries = {}
    for row in call.tx.rows("SELECT * FROM mock_chroot ORDER BY os_release, os_version, arch"):
        name = f"{row['os_release']}-{row['os_version']}-{row['arch']}"
        entries[name] = {**named({"name": name}, comment=row["comment"]), **json.loads(row["config"] or "{}")}
        if not row["is_active"]:
            entries[name]["active"] = False
    return entries


def _distgits(call: Call) -> Entries:
    rows = call.tx.rows("SELECT name, clone_url, path, default_namespace, priority FROM distgit ORDER BY id")
    return {row["name"]: row for row in rows}


def _targets(call: Call) -> Entries:
    return {row["name"]: row for row in call.tx.rows(_TARGETS)}


SECTIONS: dict[str, Callable[[Call], Entries]] = {
    "permission": _permissions,
    "channel": _channels,
    "user": _users,
    "group": _groups,
    "content_generator": _content_generators,
    "host": _hosts,
    "chroot": _chroots,
    "distgit": _distgits,
    "external_repo": inventory_tags.loose_repos,
    "tag": inventory_tags.taken,
    "target": _targets,
    "project": inventory_projects.taken,
}

"""Tags as a bootstrap file would say them: what each says itself, without what it inherits."""

import json
import math
from typing import Any

from appliance.db.connection import Row
from appliance.db.history import holds
from appliance.hub import groups
from appliance.hub.hub import Call
from appliance.hub.inventory_rows import Entries, grouped, said, short

_TAGS = f"""
SELECT t.id, t.name, c.arches, c.locked, c.maven_support, c.maven_include_all, p.name AS perm FROM tag t
JOIN tag_config c ON c.tag_id = t.id AND {holds("c")} LEFT JOIN permissions p ON p.id = c.perm_id ORDER BY t.name
"""
_EXTRA = f"SELECT tag_id, key, value FROM tag_extra x WHERE {holds('x')} ORDER BY key"
_LINKS = f"""
SELECT i.tag_id, t.name AS parent, i.priority, i.maxdepth, i.intransitive, i.noconfig, i.pkg_filter
FROM tag_inheritance i JOIN tag t ON t.id = i.parent_id WHERE {holds("i")} ORDER BY i.tag_id, i.priority
"""
_GROUPS = f"""
SELECT c.tag_id, g.name AS of_group, c.display_name, c.description, c.exported, c.is_default, c.uservisible, c.langonly,
c.biarchonly, c.blocked FROM group_config c JOIN groups g ON g.id = c.group_id WHERE {holds("c")} ORDER BY g.name
"""
_MEMBERS = f"""
SELECT p.tag_id, g.name AS of_group, p.package AS name, p.type, p.basearchonly, p.requires, p.blocked
FROM group_package_listing p JOIN groups g ON g.id = p.group_id WHERE {holds("p")} ORDER BY g.name, p.package
"""
_REQUIRED = f"""
SELECT q.tag_id, g.name AS of_group, r.name, q.type, q.is_metapkg, q.blocked FROM group_req_listing q
JOIN groups g ON g.id = q.group_id JOIN groups r ON r.id = q.req_id WHERE {holds("q")} ORDER BY g.name, r.name
"""
_PACKAGES = f"""
SELECT l.tag_id, p.name, u.name AS owner, l.extra_arches, l.blocked FROM tag_packages l
JOIN package p ON p.id = l.package_id
LEFT JOIN tag_package_owners o ON o.tag_id = l.tag_id AND o.package_id = l.package_id AND {holds("o")}
LEFT JOIN users u ON u.id = o.owner WHERE {holds("l")} ORDER BY l.tag_id, p.name
"""
_REPOS = f"""
SELECT x.tag_id, r.name, c.url, x.priority, x.merge_mode, x.arches FROM tag_external_repos x
JOIN external_repo r ON r.id = x.external_repo_id
JOIN external_repo_config c ON c.external_repo_id = r.id AND {holds("c")}
WHERE {holds("x")} ORDER BY x.tag_id, x.priority
"""
_LOOSE = f"""
SELECT r.name, c.url FROM external_repo r JOIN external_repo_config c ON c.external_repo_id = r.id AND {holds("c")}
WHERE r.id NOT IN (SELECT x.external_repo_id FROM tag_external_repos x WHERE {holds("x")}) ORDER BY r.name
"""
_PARTS = {
    "links": _LINKS, "extra": _EXTRA, "groups": _GROUPS, "members": _MEMBERS, "required": _REQUIRED,
    "packages": _PACKAGES, "repos": _REPOS,
}  # fmt: skip
_FLAGS = ("locked", "maven_support", "maven_include_all")
_TRUE = ("exported", "is_default", "uservisible", "biarchonly", "basearchonly", "is_metapkg", "blocked")


def taken(call: Call) -> Entries:
    """The tags by name, in the order of their names: parents may be younger than who inherits from them."""
    parts = {name: grouped(call, sql, "tag_id") for name, sql in _PARTS.items()}
    return {
        row["name"]: _tag(row, {name: found.get(row["id"], []) for name, found in parts.items()})
        for row in call.tx.rows(_TAGS)
    }


def loose_repos(call: Call) -> Entries:
    """The external repositories that no tag uses; the others are told with their tags."""
    return {row["name"]: row for row in call.tx.rows(_LOOSE)}


def _tag(row: Row, parts: dict[str, list[Row]]) -> Row:
    told = {
        **_extra(parts["extra"]),
        "inherit": [_link(each) for each in parts["links"]],
        "groups": _groups(parts),
        "packages": {each["name"]: _listed(each) for each in parts["packages"] if not each["blocked"]},
        "blocked": [each["name"] for each in parts["packages"] if each["blocked"]],
        "external_repo": [said(each) for each in parts["repos"]],
    }
    entry = said({"name": row["name"], "arches": row["arches"], "perm": row["perm"]})
    entry.update({name: True for name in _FLAGS if row[name]})
    return {**entry, **{name: value for name, value in told.items() if value}}


def _extra(rows: list[Row]) -> Row:
    """`extra`, `extra_json` for what TOML has no word for, `blocked_extra`."""
    values = {row["key"]: json.loads(row["value"]) for row in rows if row["value"] is not None}
    plain = {key: value for key, value in values.items() if _sayable(value)}
    return {
        "extra": plain,
        "extra_json": {key: json.dumps(value) for key, value in values.items() if key not in plain},
        "blocked_extra": [row["key"] for row in rows if row["value"] is None],
    }


def _sayable(value: Any) -> bool:
    """Whether TOML can say it: no null, no endless number, no integer beyond 64 bits."""
    if isinstance(value, dict):
        return all(map(_sayable, value.values()))
    if isinstance(value, list):
        return all(map(_sayable, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is not None and (not isinstance(value, int) or -(2**63) <= value < 2**63)


def _link(link: Row) -> Row:
    flags = {name: True for name in ("intransitive", "noconfig") if link[name]}
    return {**said({name: link[name] for name in ("parent", "priority", "maxdepth", "pkg_filter")}), **flags}


def _listed(row: Row) -> Any:
    """An entry of the package list: the owner's name where there is no more to it."""
    told = said({"owner": row["owner"], "extra_arches": row["extra_arches"]})
    return told["owner"] if list(told) == ["owner"] else told


def _groups(parts: dict[str, list[Row]]) -> Row:
    """By name a list of packages, or a table where there is more to say."""
    found: dict[str, Row] = {}
    for row in parts["groups"]:
        name = row.pop("of_group")
        found[name] = _flagged(said(row), {**groups.NEW_GROUP, "display_name": name, "blocked": False})
    for key, rows, usual in (
        ("packages", parts["members"], groups.NEW_PACKAGE),
        ("groups", parts["required"], groups.NEW_REQUIREMENT),
    ):
        for row in rows:
            group = found.setdefault(row.pop("of_group"), {"inherited": True})
            group.setdefault(key, []).append(short(_flagged(said(row), {**usual, "blocked": False})))
    return {name: group.get("packages", []) if set(group) <= {"packages"} else group for name, group in found.items()}


def _flagged(row: Row, usual: Row) -> Row:
    """ROW with its flags as such, without what is as USUAL (where None is no)."""
    told = {name: bool(value) if name in _TRUE else value for name, value in row.items()}
    plain = {name: bool(value) if name in _TRUE else value for name, value in usual.items()}
    return {name: value for name, value in told.items() if plain.get(name) != value}

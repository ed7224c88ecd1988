"""Copr projects as a bootstrap file would say them: their settings, who may do what, and their chroots."""

from typing import Any

from appliance.db.connection import Row
from appliance.db.queries.projects import CHROOT_NAME
from appliance.hub.hub import Call
from appliance.hub.inventory_rows import Entries, grouped, said
from appliance.hub.project_permissions import STATES

_PROJECTS = """
SELECT p.*, u.name AS creator, CASE WHEN p.group_id IS NULL THEN u.name ELSE '@' || g.name END AS owner
FROM project p JOIN users u ON u.id = p.user_id LEFT JOIN users g ON g.id = p.group_id
WHERE NOT p.deleted ORDER BY p.id
"""
_CHROOTS = f"""
SELECT c.*, {CHROOT_NAME} AS name FROM project_chroot c
JOIN mock_chroot m ON m.id = c.mock_chroot_id WHERE NOT c.deleted AND m.is_active
ORDER BY m.os_release, m.os_version, m.arch
"""
_ROLES = """
SELECT h.project_id, u.name, h.admin, h.builder FROM project_permission h JOIN users u ON u.id = h.user_id
ORDER BY u.name
"""
# What a project is set to, by the API's name: the column, and what goes without saying.
SETTINGS: dict[str, tuple[str, Any]] = {
    "description": ("description", ""),
    "instructions": ("instructions", ""),
    "homepage": ("homepage", None),
    "contact": ("contact", None),
    "unlisted_on_hp": ("unlisted_on_hp", False),
    "persistent": ("persistent", False),
    "auto_prune": ("auto_prune", True),
    "bootstrap": ("bootstrap", "default"),
    "isolation": ("isolation", "default"),
    "follow_fedora_branching": ("follow_fedora_branching", True),
    "module_hotfixes": ("module_hotfixes", False),
    "multilib": ("multilib", False),
    "fedora_review": ("fedora_review", False),
    "appstream": ("appstream", False),
    "packit_forge_projects_allowed": ("packit_forge_projects_allowed", ""),
    "repo_priority": ("repo_priority", None),
    "enable_net": ("build_enable_net", False),
    "additional_repos": ("repos", ""),
    "runtime_dependencies": ("runtime_dependencies", ""),
}
# The same of a project's chroot; texts of words are lists.
CHROOT: dict[str, tuple[str, Any]] = {
    "additional_repos": ("repos", []),
    "additional_packages": ("buildroot_pkgs", []),
    "additional_modules": ("module_toggle", []),
    "with_opts": ("with_opts", ""),
    "without_opts": ("without_opts", ""),
    "bootstrap": ("bootstrap", None),
    "bootstrap_image": ("bootstrap_image", None),
    "isolation": ("isolation", "unchanged"),
}
ROLES = {"admins": "admin", "builders": "builder"}


def taken(call: Call) -> Entries:
    """The projects by full name."""
    chroots, people = grouped(call, _CHROOTS, "project_id"), grouped(call, _ROLES, "project_id")
    return {
        f"{row['owner']}/{row['name']}": _project(row, chroots.get(row["id"], []), people.get(row["id"], []))
        for row in call.tx.rows(_PROJECTS)
    }


def _project(row: Row, chroots: list[Row], people: list[Row]) -> Row:
    entry = {"owner": row["owner"], "name": row["name"]}
    if row["group_id"] is not None:
        entry["creator"] = row["creator"]
    entry["chroots"] = [each["name"] for each in chroots]
    if not row["auto_createrepo"]:
        entry["devel_mode"] = True
    entry.update(_settings(row, SETTINGS))
    for key, role in ROLES.items():
        entry[key] = [each["name"] for each in people if each[role] == STATES["approved"]]
    entry["chroot"] = [told for told in map(chroot, chroots) if len(told) > 1]
    return {name: value for name, value in entry.items() if value != [] or name == "chroots"}


def chroot(row: Row) -> Row:
    """`name` and what is set for a project's chroot."""
    comps = bytes(row["comps"]).decode(errors="replace") if row["comps"] is not None else None
    return {
        "name": row["name"],
        **_settings(row, CHROOT),
        **said({"comps": comps, "comps_name": row["comps_name"]}),
    }


def _settings(row: Row, known: dict[str, tuple[str, Any]]) -> Row:
    """What is not as it would be anyway."""
    told = {name: _as(usual, row[column]) for name, (column, usual) in known.items()}
    return {name: value for name, value in told.items() if value != known[name][1]}


def _as(usual: Any, value: Any) -> Any:
    if isinstance(usual, bool):
        return bool(value)
    return (value or "").replace(",", " ").split() if isinstance(usual, list) else value

"""Listings of Copr's projects, their chroots and directories."""

from appliance.db.select import Column, Select, flag

OWNER = "CASE WHEN p.group_id IS NULL THEN u.name ELSE '@' || g.name END"
SOURCE = "project p JOIN users u ON u.id = p.user_id LEFT JOIN users g ON g.id = p.group_id"

# A mock chroot that a project builds for now, and its name.
ACTIVE = "NOT pc.deleted AND m.is_active"
CHROOT_NAME = "m.os_release || '-' || m.os_version || '-' || m.arch"

_PLAIN = (
    "id",
    "name",
    "user_id",
    "group_id",
    "homepage",
    "contact",
    "repos",
    "created_on",
    "description",
    "instructions",
    "forked_from",
    "isolation",
    "bootstrap",
    "delete_after",
    "runtime_dependencies",
    "packit_forge_projects_allowed",
    "repo_priority",
    "webhook_secret",
)
_FLAGS = (
    "deleted",
    "auto_createrepo",
    "build_enable_net",
    "unlisted_on_hp",
    "persistent",
    "auto_prune",
    "follow_fedora_branching",
    "multilib",
    "module_hotfixes",
    "fedora_review",
    "appstream",
)
_COLUMNS: dict[str, str | Column] = {
    **{name: f"p.{name}" for name in _PLAIN},
    **{name: flag(f"p.{name}") for name in _FLAGS},
    "ownername": OWNER,
    "full_name": f"{OWNER} || '/' || p.name",
}

# Where the words of a search are looked for.
SEARCHED = (
    OWNER,
    "p.name",
    "p.description",
    "p.instructions",
    "(SELECT GROUP_CONCAT(k.name, ' ') FROM copr_package k WHERE k.project_id = p.id)",
    f"""(SELECT GROUP_CONCAT({CHROOT_NAME}, ' ') FROM project_chroot pc
         JOIN mock_chroot m ON m.id = pc.mock_chroot_id WHERE pc.project_id = p.id AND {ACTIVE})""",
)


def projects() -> Select:
    """Every project that is not deleted: its columns, with `ownername` and `full_name`."""
    return Select(dict(_COLUMNS), SOURCE).also("NOT p.deleted")


def owned(select: Select, ownername: str) -> Select:
    """Narrow a listing to the projects of a user, or of a group whose name begins with @."""
    if ownername.startswith("@"):
        return select.also("g.name = :owner", owner=ownername[1:])
    return select.also("u.name = :owner AND p.group_id IS NULL", owner=ownername)


# The chroots of projects; PROJECTS is a JSON list of ids.
CHROOTS_OF = f"""
SELECT pc.project_id, pc.id, m.id AS mock_chroot_id, {CHROOT_NAME} AS name, m.os_release, m.os_version, m.arch
FROM project_chroot pc JOIN mock_chroot m ON m.id = pc.mock_chroot_id
WHERE pc.project_id IN (SELECT value FROM json_each(:projects)) AND {ACTIVE} ORDER BY m.id
"""

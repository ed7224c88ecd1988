"""The permissions, channels and Copr projects of a bootstrap file, brought to what its entries say."""

import tempfile

from appliance.db.connection import Row
from appliance.hub import (
    channels,
    inventory_projects,
    permissions,
    project_chroots,
    project_permissions,
    project_settings,
    projects,
    users,
)
from appliance.hub.bootstrap import step
from appliance.hub.entry_forms import ANY, FLAG, TEXT, TEXTS, Form
from appliance.hub.fields import Received
from appliance.hub.hub import Call, Session

_OWN = ("name", "owner", "creator", "chroot", *inventory_projects.ROLES)  # what is not a setting of the API's
_CHROOT = Form({"name": TEXT}, {**dict.fromkeys(inventory_projects.CHROOT, ANY), "comps": TEXT, "comps_name": TEXT})
_PROJECT = Form(
    {"owner": TEXT, "name": TEXT},
    {
        **dict.fromkeys((*inventory_projects.SETTINGS, "devel_mode"), ANY),
        **dict.fromkeys((*inventory_projects.ROLES, "chroots"), TEXTS),
        "creator": TEXT, "chroot": _CHROOT,
    },
)  # fmt: skip


@step("permission", Form({"name": TEXT}, {"description": TEXT}))
def bring_permission_about(call: Call, entry: Row) -> list[str]:
    """Make a permission, or change what its description says. `name, description`."""
    if not permissions.exists(call, entry["name"]):
        permissions.make(call, entry["name"], entry.get("description"))
        return [f"permission {entry['name']}"]
    if "description" in entry:
        permissions.describe(call, entry["name"], entry["description"])
    return []


@step("channel", Form({"name": TEXT}, {"description": TEXT, "comment": TEXT, "enabled": FLAG}))
def bring_channel_about(call: Call, entry: Row) -> list[str]:
    """Make or change a channel. `name, description, comment, enabled`."""
    name, lines = entry["name"], []
    if channels.get(call, name) is None:
        channels.create(call, name, entry.get("description"))
        lines = [f"channel {name}"]
    channels.edit(call, name, {key: entry[key] for key in ("description", "comment") if key in entry})
    if "enabled" in entry and entry["enabled"] != channels.require(call, name)["enabled"]:
        channels.set_enabled(call, name, entry["enabled"])
    return lines


@step("project", _PROJECT)
def bring_project_about(call: Call, entry: Row) -> list[str]:
    """Make or change a Copr project. `owner, name, chroots` and settings as the API calls them; `admins, builders`:
    names; `chroot`: what is set for chroots, each with its `name`; `creator`: who makes a group's project.
    """
    owner, name = entry["owner"], entry["name"]
    call.session = _acting_for(call, entry.get("creator") or owner)
    given = {key: value for key, value in entry.items() if key not in _OWN}
    project, lines = projects.look(call, owner, name), []
    if project is None:
        project = project_settings.put(call, owner, {"name": name, **given})
        lines = [f"project {owner}/{name}"]
    else:
        project_settings.edit(call, project, given)
        if "persistent" in entry:
            project_settings.protect(call, project, entry["persistent"])
    _let_in(call, project, entry)
    for each in entry.get("chroot", []):
        _set_chroot(call, project, each)
    return lines


def _acting_for(call: Call, owner: str) -> Session:
    """An owner's projects are made by the owner; a group's by the person at the machine, or who is named."""
    if owner.startswith("@"):
        return call.session
    found = users.require(call, owner)
    return Session(user_id=found["id"], user_name=found["name"], perms=frozenset({"admin"}))


def _let_in(call: Call, project: Row, entry: Row) -> None:
    for key, role in inventory_projects.ROLES.items():
        for name in entry.get(key, []):
            project_permissions.grant(call, project, {name: {role: "approved"}})


def _set_chroot(call: Call, project: Row, entry: Row) -> None:
    before = inventory_projects.chroot(project_chroots.settings(call, project, entry["name"]))
    changes = {key: value for key, value in entry.items() if before.get(key) != value}
    with tempfile.NamedTemporaryFile("w", prefix="comps-") as file:
        if changes.keys() & {"comps", "comps_name"}:
            file.write(entry["comps"])
            file.flush()
            changes["upload_comps"] = Received(entry.get("comps_name", "comps.xml"), file.name)
        project_chroots.edit(call, project, entry["name"], changes)

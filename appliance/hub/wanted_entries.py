"""The permissions, channels and Copr projects of a bootstrap file, brought to what its entries say."""

from appliance.db.connection import Row
from appliance.errors import ConfigurationError
from appliance.hub import channels, inventory, permissions, project_settings, projects, users
from appliance.hub.bootstrap import step
from appliance.hub.hub import Call, Session

_PROJECT = {"name", "owner", "chroots", "devel_mode", *inventory.PROJECT}


@step("permission")
def bring_permission_about(call: Call, entry: Row) -> list[str]:
    """Make a permission, or change what its description says. `name, description`."""
    if not permissions.exists(call, entry["name"]):
        permissions.make(call, entry["name"], entry.get("description"))
        return [f"permission {entry['name']}"]
    if "description" in entry:
        permissions.describe(call, entry["name"], entry["description"])
    return []


@step("channel")
def bring_channel_about(call: Call, entry: Row) -> list[str]:
    """Make or change a channel. `name, description, enabled`."""
    name, lines = entry["name"], []
    if channels.get(call, name) is None:
        channels.create(call, name, entry.get("description"))
        lines = [f"channel {name}"]
    if "description" in entry:
        channels.edit(call, name, {"description": entry["description"]})
    if "enabled" in entry and entry["enabled"] != channels.require(call, name)["enabled"]:
        channels.set_enabled(call, name, entry["enabled"])
    return lines


@step("project")
def bring_project_about(call: Call, entry: Row) -> list[str]:
    """Make or change a Copr project. `owner, name, chroots` and settings as the API calls them."""
    unknown = sorted(set(entry) - _PROJECT)
    if unknown:
        allowed = ", ".join(sorted(_PROJECT))
        raise ConfigurationError(f"[[project]] {entry['name']}: unknown key {unknown[0]}; known are {allowed}")
    owner, name = entry["owner"], entry["name"]
    given = {key: value for key, value in entry.items() if key not in ("owner", "name")}
    call.session = _acting_for(call, owner)
    found = projects.look(call, owner, name)
    if found is None:
        project_settings.add(call, owner, {"name": name, "chroots": [], **given})
        return [f"project {owner}/{name}"]
    project_settings.edit(call, found, given)
    return []


def _acting_for(call: Call, owner: str) -> Session:
    """An owner's projects are made by the owner; a group's by the person at the machine."""
    if owner.startswith("@"):
        return call.session
    found = users.require(call, owner)
    return Session(user_id=found["id"], user_name=found["name"], perms=frozenset({"admin"}))

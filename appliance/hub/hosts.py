"""Build hosts and the channels through which they take tasks."""

import koji

from appliance.db import history
from appliance.db.connection import Row
from appliance.db.models.core import User
from appliance.db.models.tasks import Channel, Host, HostChannel, HostConfig
from appliance.errors import GenericError
from appliance.hub import names, passwords, users
from appliance.hub.bootstrap import step
from appliance.hub.hub import Call


def create(call: Call, name: str, arches: list[str], channels: tuple[str, ...] = ("default",)) -> int:
    """A new build host with an account of the same name; its id."""
    if call.tx.value("SELECT id FROM host WHERE name = :name", {"name": name}) is not None:
        raise GenericError(f"host already exists: {name}")
    user_id = users.create(call, name, usertype=koji.USERTYPES["HOST"])
    host_id = call.tx.insert(Host, user_id=user_id, name=name)
    history.add(call.tx, HostConfig, call.user_id or user_id, host_id=host_id, arches=" ".join(arches))
    for channel in channels:
        join_channel(call, host_id, channel)
    return host_id


def join_channel(call: Call, host_id: int, channel: str) -> None:
    """Let a host take a channel's tasks; nothing happens if it does already."""
    channel_id = names.identify(call, Channel, channel)
    held = call.tx.value(
        "SELECT 1 FROM host_channels WHERE host_id = :host AND channel_id = :channel AND revoke_event IS NULL",
        {"host": host_id, "channel": channel_id},
    )
    if not held:
        history.add(call.tx, HostChannel, call.user_id, host_id=host_id, channel_id=channel_id)


@step("host")
def bring_about(call: Call, entry: Row) -> list[str]:
    """Make or change a host to what a bootstrap file's `[[host]]` says."""
    found = call.tx.value("SELECT id FROM host WHERE name = :name", {"name": entry["name"]})
    host_id = found or create(call, entry["name"], entry.get("arches", []), ())
    for channel in entry.get("channels", ["default"]):
        join_channel(call, host_id, channel)
    _set_password(call, entry)
    return []


def _set_password(call: Call, entry: Row) -> None:
    stored = call.tx.value("SELECT password FROM users WHERE name = :name", {"name": entry["name"]})
    if entry.get("password") and not passwords.matches(entry["password"], stored):
        call.tx.update(User, {"password": passwords.hashed(entry["password"])}, name=entry["name"])

"""Channels: the queues through which tasks reach the hosts that can do them."""

from typing import Any

from appliance import arguments
from appliance.db.connection import Row
from appliance.db.models.tasks import Channel
from appliance.db.queries import hosts as queries
from appliance.errors import GenericError
from appliance.hub import names
from appliance.hub.hub import Call

_LONGEST = 128
_EDITABLE = ("description", "comment", "name")


def get(call: Call, info: Any, strict: bool = False) -> Row | None:
    """The channel that INFO (id, name or dict) means: `id`, `name`, `description`, `enabled`, `comment`."""
    column, value = names.clause(info)
    found = queries.channels().also(f"c.{column} = :value", value=value).one(call.tx)
    if found is None and strict:
        raise GenericError("query returned no rows")
    return found


def require(call: Call, info: Any) -> Row:
    """The channel that INFO means; a GenericError if there is none."""
    found = get(call, info, strict=True)
    assert found is not None
    return found


def listed(call: Call, host_id: int | None = None, event: int | None = None, enabled: bool | None = None) -> Any:
    """All channels, or those of a host now or at an event; with ENABLED only the enabled or the disabled."""
    if event and host_id is None:
        raise GenericError("list_channels with event and not host is not allowed.")
    select = queries.channels() if host_id is None else queries.channels_of(host_id, event)
    if enabled is not None:
        select.also("c.enabled = :enabled", enabled=bool(enabled))
    return select.rows(call.tx)


def create(call: Call, name: Any, description: Any = None) -> int:
    """A new channel; its id."""
    names.check(name, _LONGEST)
    arguments.check(description, str, optional=True)
    _refuse_taken(call, name)
    return call.tx.insert(Channel, name=name, description=description)


def _refuse_taken(call: Call, name: str) -> None:
    found = get(call, name)
    if found is not None:
        raise GenericError(f"channel {name} already exists (id={found['id']})")


def edit(call: Call, info: Any, changes: Row) -> bool:
    """Set `name`, `description`, `comment` to what CHANGES says; whether anything is new."""
    channel = require(call, info)
    wanted = {key: changes[key] for key in _EDITABLE if key in changes and changes[key] != channel[key]}
    if not wanted:
        return False
    if "name" in wanted:
        _refuse_taken(call, names.check(wanted["name"], _LONGEST))
    for value in wanted.values():
        arguments.check(value, str)
    call.tx.update(Channel, wanted, id=channel["id"])
    return True


def set_enabled(call: Call, info: Any, enabled: bool, comment: Any = None) -> None:
    """Let a channel's tasks be taken, or not; a COMMENT replaces the one that stands there."""
    arguments.check(comment, str, optional=True)
    channel = get(call, info)
    if channel is None:
        raise GenericError(f"No such channel: {info}")
    values: Row = {"enabled": enabled}
    if comment is not None:
        values["comment"] = comment
    call.tx.update(Channel, values, id=channel["id"])
    call.ring("tasks")

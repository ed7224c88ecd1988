"""Where a new task goes and how urgent it is: the hub policies `channel` and `priority`."""

from typing import Any

from appliance.db.connection import Row
from appliance.db.models.tasks import Channel
from appliance.errors import GenericError
from appliance.hub import names
from appliance.hub.hub import Call


def place(call: Call, method: str, arglist: Any, values: Row, opts: Row) -> Row:
    """`channel_id` and `priority` of a task to be made."""
    return {"channel_id": _channel(call, values, opts), "priority": values["priority"]}


def _channel(call: Call, values: Row, opts: Row) -> int:
    if opts.get("channel") is not None:
        return enabled_channel(call, opts["channel"])
    if values["parent_channel"] is not None:
        return int(values["parent_channel"])
    return enabled_channel(call, "default")


def enabled_channel(call: Call, info: Any) -> int:
    """The id of the channel that INFO (id or name) means; an error if there is none or it is disabled."""
    found = names.lookup(call, Channel, info)
    if found is None:
        raise GenericError(f"No such channel: {info}")
    if not call.tx.value("SELECT enabled FROM channels WHERE id = :id", {"id": found["id"]}):
        raise GenericError(f"Channel {info} is disabled.")
    return int(found["id"])

"""Where a new task goes and how urgent it is: what the hub policies `channel` and `priority` decide."""

import logging
from typing import Any

from appliance.db.connection import Row
from appliance.db.models.tasks import Channel
from appliance.errors import GenericError
from appliance.hub import names, policy
from appliance.hub.hub import Call

log = logging.getLogger(__name__)


def place(call: Call, method: str, arglist: Any, values: Row, channel: Any = None) -> Row:
    """`channel_id` and `priority` of a task to be made; CHANNEL is the one that was asked for."""
    asked = None if channel is None else enabled_channel(call, channel)
    data = {
        "method": method,
        "user_id": values["owner"],
        **{name: values[name] for name in ("arch", "parent", "label", "owner")},
        **({} if channel is None else {"req_channel": channel}),
        **policy.task_data(call, method, arglist),
    }
    return {
        "channel_id": _channel(call, policy.evaluate(call, "channel", data), asked, values["parent_channel"]),
        "priority": _priority(policy.evaluate(call, "priority", data), values["priority"]),
    }


def _channel(call: Call, action: str | None, asked: int | None, parents: int | None) -> int:
    word, _, name = (action or "use default").partition(" ")
    if word == "use" and name.strip():
        return enabled_channel(call, name.strip().split()[0])
    chosen = {"parent": parents, "req": asked}.get(word)
    if chosen is None:
        raise _unclear("channel", action)
    return chosen


def _priority(action: str | None, priority: int) -> int:
    words = (action or "stay").split()
    try:
        if words[0] == "stay":
            return priority
        if words[0] in ("set", "adjust"):
            return int(words[1]) + (priority if words[0] == "adjust" else 0)
    except (IndexError, ValueError):
        pass
    raise _unclear("priority", action)


def _unclear(name: str, action: str | None) -> GenericError:
    log.error("policy %s said %r, which decides nothing for this task", name, action)
    return GenericError(f"invalid {name} policy")


def enabled_channel(call: Call, info: Any) -> int:
    """The id of the channel that INFO (id or name) means; an error if there is none or it is disabled."""
    found = names.lookup(call, Channel, info)
    if found is None:
        raise GenericError(f"No such channel: {info}")
    if not call.tx.value("SELECT enabled FROM channels WHERE id = :id", {"id": found["id"]}):
        raise GenericError(f"Channel {info} is disabled.")
    return int(found["id"])

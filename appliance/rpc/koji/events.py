"""Methods about events."""

from typing import Any

from appliance.hub import events
from appliance.hub.authority import ANYONE
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ANYONE)
def getEvent(call: Call, id: Any, strict: bool = True) -> Any:
    """`id` and `ts` (seconds) of an event; an error if there is none, nil if not strict."""
    return events.get(call, id, strict)


@method(ANYONE)
def getLastEvent(call: Call, before: Any = None, strict: bool = True) -> Any:
    """`id` and `ts` of the last event, or of the last before a time (seconds); an error or nil if none."""
    return events.last(call, before, strict)

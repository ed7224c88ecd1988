"""Events: the moments at which something changed, by number and by time."""

from typing import Any

from appliance.arguments import integer
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub.hub import Call


def get(call: Call, event: Any, strict: bool = False) -> Row | None:
    """`{id, ts}` of an event, ts in seconds since the epoch; None (STRICT: an error) if there is none."""
    found = call.tx.row("SELECT id, time AS ts FROM events WHERE id = :id", {"id": integer(event)})
    return _given(found, strict)


def last(call: Call, before: Any = None, strict: bool = False) -> Row | None:
    """The last event, or the last one before a time in seconds; None (STRICT: an error) if there is none."""
    if before is None:
        return _given(call.tx.row("SELECT id, time AS ts FROM events ORDER BY id DESC LIMIT 1"), strict)
    if isinstance(before, bool) or not isinstance(before, (int, float)):
        raise GenericError(f"Invalid type for before: {type(before)}")
    found = call.tx.row(
        "SELECT id, time AS ts FROM events WHERE time < :before ORDER BY id DESC LIMIT 1", {"before": before}
    )
    return _given(found, strict)


def _given(found: Row | None, strict: bool) -> Row | None:
    if found is None and strict:
        raise GenericError("query returned no rows")
    return found

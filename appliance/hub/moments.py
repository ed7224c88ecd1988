"""Moments as clients send them: seconds since the epoch, XML-RPC's dateTime, or ISO text in UTC."""

from datetime import UTC, datetime
from typing import Any
from xmlrpc.client import DateTime

from appliance.errors import ParameterError


def seconds(value: Any) -> float:
    """Seconds since the epoch; text without an offset is UTC. A ParameterError if VALUE is no moment."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, (str, DateTime)):
        raise ParameterError(f"Invalid type for a time: {type(value)}")
    try:
        parsed = datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise ParameterError(f"Invalid time: {value}") from None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()

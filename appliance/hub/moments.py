"""Moments as clients send them: seconds since the epoch, XML-RPC's dateTime, or ISO text in UTC."""

from datetime import UTC, datetime
from typing import Any
from xmlrpc.client import DateTime

from appliance.errors import ParameterError

_END_OF_TIME = 253402300800  # the year 10000


def seconds(value: Any) -> float:
    """Seconds since the epoch; text without an offset is UTC. A ParameterError if VALUE is no moment."""
    if isinstance(value, (int, float)):
        if not abs(value) < _END_OF_TIME:
            raise ParameterError(f"Invalid time: {value}")
        return float(value)
    if not isinstance(value, (str, DateTime)):
        raise ParameterError(f"Invalid type for a time: {type(value)}")
    try:
        parsed = datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise ParameterError(f"Invalid time: {value}") from None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()

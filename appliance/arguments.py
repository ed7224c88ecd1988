"""Arguments that clients send: taken as what they should be, or refused in the words that they know."""

import math
from typing import Any

from appliance.errors import ParameterError


def integer(value: Any, optional: bool = False) -> Any:
    """VALUE as an int; None only where it is OPTIONAL."""
    return convert(value, int, optional)


def convert(value: Any, kind: type, optional: bool = False) -> Any:
    """VALUE made into KIND; a ParameterError where that can't be."""
    if value is None:
        return _nothing(kind, optional)
    try:
        made = kind(value)
    except (ValueError, TypeError, OverflowError):
        raise refusal(value, kind) from None
    if isinstance(made, float) and not math.isfinite(made):
        raise refusal(value, kind)
    return made


def identity(value: Any) -> Any:
    """VALUE as Koji's database compares it with ids: None and fractions equal none, a list of one is that one."""
    if isinstance(value, (list, tuple)) and len(value) == 1:
        return identity(value[0])
    if isinstance(value, bool):
        raise refusal(value, int)
    return value if isinstance(value, float) else integer(value, optional=True)


def check(value: Any, kind: type | tuple[type, ...], optional: bool = False) -> Any:
    """VALUE if it is of KIND already; a ParameterError otherwise."""
    if value is None:
        return _nothing(kind, optional)
    if not isinstance(value, kind):
        raise refusal(value, kind)
    return value


def refusal(value: Any, kind: Any) -> ParameterError:
    """What to raise for a VALUE that is not of KIND."""
    return ParameterError(f"Invalid type for value '{value}': {type(value)}, expected type {kind}")


def _nothing(kind: Any, optional: bool) -> None:
    if not optional:
        raise ParameterError(f"Invalid type, expected type {kind}")

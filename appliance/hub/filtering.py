"""Answers that are lists of structs, ordered and cut after the fact, as `filterOpts` asks."""

from collections.abc import Callable
from typing import Any

from appliance import arguments
from appliance.errors import GenericError, ParameterError

Records = list[dict[str, Any]]


def cut(records: Records, options: Any) -> Records:
    """RECORDS by `order` (a key; `-key` is the reverse), without the first `offset`, no more than `limit`.

    nil is greater than all other values unless `noneGreatest` is false, as in databases.
    """
    options = arguments.check({} if options is None else options, dict)
    order = options.get("order")
    if order:
        records = _sorted(records, arguments.check(order, str), bool(options.get("noneGreatest", True)))
    start, length = _whole(options, "offset"), _whole(options, "limit")
    records = records[start or 0 :]
    return records if length is None else records[:length]


def _whole(options: dict[str, Any], name: str) -> int | None:
    """An option that cuts a list as a slice does: a negative one counts from its end."""
    value = options.get(name)
    if value is not None and not isinstance(value, int):
        raise ParameterError(f"{name} must be a whole number")
    return value


def _sorted(records: Records, order: str, none_greatest: bool) -> Records:
    key = order.removeprefix("-")
    try:
        return sorted(records, key=_rank(key, none_greatest), reverse=order.startswith("-"))
    except (KeyError, TypeError) as error:
        raise GenericError(f"Invalid order: {order} ({error})") from error


def _rank(key: str, none_greatest: bool) -> Callable[[dict[str, Any]], Any]:
    """nil apart from the others, which alone are compared."""

    def rank(record: dict[str, Any]) -> Any:
        value = record[key]
        return ((value is None) == none_greatest, 0 if value is None else value)

    return rank

"""Looking up what has an id and a name: tags, packages, permissions, channels, volumes and their like."""

import re
from typing import Any

from appliance.db.connection import Row
from appliance.db.models.base import Numbered
from appliance.errors import GenericError, ParameterError
from appliance.hub.hub import Call

_INTERNAL = re.compile(r"^[A-Za-z0-9/_.+-]+$")
MAX_NAME = 256


def lookup(call: Call, table: type[Numbered], info: Any, strict: bool = False, create: bool = False) -> Row | None:
    """`{id, name}` of the row of TABLE that INFO (id, name, or a dict with one of them) means.

    None if there is none; with STRICT a GenericError, with CREATE a new row of that name.
    """
    name = table._meta.table_name
    if isinstance(info, bool) or not isinstance(info, (int, str, dict)):
        raise ParameterError(f"Invalid type for id lookup: {type(info)}")
    found = call.tx.row(f'SELECT id, name FROM "{name}" WHERE {_condition(info)}', {"value": _value(info)})
    if found is None and create and isinstance(info, str):
        return {"id": call.tx.insert(table, name=check(info)), "name": info}
    if found is None and strict:
        raise GenericError(f"No such entry in table {name}: {info}")
    return found


def identify(call: Call, table: type[Numbered], info: Any) -> int:
    """The id of the row of TABLE that INFO means; a GenericError if there is none."""
    found = lookup(call, table, info, strict=True)
    assert found is not None
    return int(found["id"])


def check(name: Any) -> str:
    """NAME if it can be a tag's, package's, channel's ... name. Koji's rules and words."""
    if not isinstance(name, str):
        raise GenericError("Name should be string")
    if len(name) > MAX_NAME:
        raise GenericError(f"Name {name} is too long. Max length is {MAX_NAME} characters")
    if not _INTERNAL.match(name):
        raise GenericError(f"Name {name} does not match RegexNameInternal value")
    return name


def _condition(info: Any) -> str:
    by_id = isinstance(info, int) or (isinstance(info, dict) and "id" in info)
    return "id = :value" if by_id else "name = :value"


def _value(info: Any) -> Any:
    if not isinstance(info, dict):
        return info
    if "id" not in info and "name" not in info:
        raise GenericError(f"Invalid name or id value: {info!r}")
    return info.get("id", info.get("name"))

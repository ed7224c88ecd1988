"""Looking up what has an id and a name: tags, packages, permissions, channels, volumes and their like."""

import re
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.db.models.base import Numbered
from appliance.errors import GenericError, ParameterError, wrong_type
from appliance.hub.hub import Call

_INTERNAL = re.compile(r"^[A-Za-z0-9/_.+-]+\Z")
MAX_NAME = 256


def lookup(call: Call, table: type[Numbered], info: Any, strict: bool = False, create: bool = False) -> Row | None:
    """`{id, name}` of the row of TABLE that INFO (id, name, or a dict with one of them) means.

    None if there is none; with STRICT a GenericError, with CREATE a new row of that name. The name is not
    checked: Koji takes any text for a package or a comps group.
    """
    name = table._meta.table_name
    column, value = clause(info)
    found = call.tx.row(f'SELECT id, name FROM "{name}" WHERE {column} = :value', {"value": value})
    if found is None and strict:
        raise GenericError(f"No such entry in table {name}: {info}")
    if found is None and create:
        if not isinstance(info, str):
            raise GenericError("Name must be a string")
        return {"id": call.tx.insert(table, name=info), "name": info}
    return found


def identify(call: Call, table: type[Numbered], info: Any) -> int:
    """The id of the row of TABLE that INFO means; a GenericError if there is none."""
    found = lookup(call, table, info, strict=True)
    assert found is not None
    return int(found["id"])


def clause(info: Any) -> tuple[str, int | str]:
    """(`id` or `name`, the value it must have) for what a caller names a thing by."""
    value = info
    if isinstance(info, dict) and {"id", "name"} & set(info):
        value = _number(info) if "id" in info else info["name"]
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ParameterError(f"Invalid name or id value: {value}")
    return ("id" if isinstance(value, int) else "name"), value


def check(name: Any, longest: int = MAX_NAME) -> str:
    """NAME if it can be a tag's, target's, channel's ... name. Koji's rules and words."""
    if not isinstance(name, str):
        raise GenericError("Name should be string")
    if len(name) > longest:
        most = MAX_NAME if len(name) > MAX_NAME else longest
        raise GenericError(f"Name {name} is too long. Max length is {most} characters")
    if not _INTERNAL.match(name):
        raise GenericError(f"Name {name} does not match RegexNameInternal value")
    return name


def arches(value: Any, strict: bool = True) -> str:
    """Architectures as one text, blanks between; None is the empty text, commas pass if not STRICT."""
    if not isinstance(value, (str, list, type(None))) or (isinstance(value, list) and not _texts(value)):
        raise wrong_type("arches", value, str)
    return str(koji.parse_arches(value, strict=strict, allow_none=True))


def _texts(values: list[Any]) -> bool:
    return all(isinstance(each, str) for each in values)


def _number(info: dict[str, Any]) -> int:
    try:
        return int(info["id"])
    except (TypeError, ValueError):
        raise ParameterError(f"Invalid name or id value: {info}") from None

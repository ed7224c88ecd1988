"""What builds consist of, beside RPMs: the types that the hub knows by name."""

from typing import Any

from appliance.db.connection import Row
from appliance.db.models.builds import BType
from appliance.db.select import Options, Select
from appliance.errors import GenericError, ParameterError
from appliance.hub import names
from appliance.hub.hub import Call


def listed(call: Call, query: Row | None = None, options: Options | None = None) -> Any:
    """Build types: `id, name`; of a QUERY its `id` and `name` count."""
    if not isinstance(query, (dict, type(None))):
        raise ParameterError(f"Invalid type for query: {type(query)}")
    select = Select({"id": "t.id", "name": "t.name"}, "btype t", order="t.id")
    query = query or {}
    for key in ("id", "name"):
        if key in query:
            column, value = names.clause(query[key] if key == "name" else {"id": query[key]})
            select.also(f"t.{column} = :{key}", **{key: value})
    return select.rows(call.tx, options)


def add(call: Call, name: Any) -> None:
    """A new build type."""
    if names.lookup(call, BType, names.check(name)) is not None:
        raise GenericError("btype already exists")
    call.tx.insert(BType, name=name)

"""What builds consist of, beside RPMs: the types that the hub knows by name."""

from typing import Any

from appliance.arguments import identity
from appliance.db.connection import Row
from appliance.db.models.builds import BType
from appliance.db.select import Options, Select
from appliance.errors import GenericError, ParameterError
from appliance.hub import names
from appliance.hub.hub import Call


def listed(call: Call, query: Row | None = None, options: Options | None = None) -> Any:
    """Build types: `id, name`; of a QUERY its `id` and `name` count."""
    query = query or {}
    if not isinstance(query, dict):
        raise ParameterError(f"Invalid type for query: {type(query)}")
    select = Select({"id": "t.id", "name": "t.name"}, "btype t", order="t.id")
    if "id" in query:
        select.also("t.id = :id", id=identity(query["id"]))
    if "name" in query:
        column, value = names.clause(query["name"])
        select.also(f"t.{column} = :name", name=value)
    return select.rows(call.tx, options)


def add(call: Call, name: Any) -> None:
    """A new build type."""
    if names.lookup(call, BType, names.check(name)) is not None:
        raise GenericError("btype already exists")
    call.tx.insert(BType, name=name)

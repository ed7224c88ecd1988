"""Searching things by name."""

from typing import Any

from appliance.arguments import check
from appliance.db.patterns import problem
from appliance.db.queries import search as queries
from appliance.db.select import Options, apply, like
from appliance.errors import GenericError
from appliance.hub.hub import Call


def find(call: Call, terms: Any, kind: Any, match: Any, options: Options | None = None) -> Any:
    """`id` and `name` of the things of a type (package, build, tag, ...) whose name matches TERMS.

    MATCH is `glob` or `regexp`, both without regard to case; anything else means the very name.
    """
    if not terms:
        raise GenericError("empty search terms")
    if kind == "file":  # Koji had it once, and still answers so
        return apply([], options)
    if not isinstance(kind, str) or kind not in queries.PLACES:
        raise GenericError(f"No such search type: {kind}")
    select = queries.named(kind, match)
    select.params["terms"] = _prepared(check(terms, str), match)
    return select.rows(call.tx, options)


def _prepared(terms: str, match: Any) -> str:
    if match == "glob":
        return like(terms)
    wrong = problem(terms) if match == "regexp" else None
    if wrong:
        raise GenericError(f"Invalid regular expression {terms!r}: {wrong}")
    return terms

"""The method that searches."""

from typing import Any

from appliance.hub import search as searching
from appliance.hub.authority import ANYONE
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ANYONE)
def search(call: Call, terms: Any, type: Any, matchType: Any, queryOpts: Any = None) -> Any:
    """`id` and `name` of things of a type whose name matches: package, build, tag, target, user, host, rpm,
    maven, win.

    `matchType` is `glob` or `regexp`, without regard to case; anything else means the very name.
    """
    return searching.find(call, terms, type, matchType, queryOpts)

"""The method that reads history."""

from typing import Any

from appliance.hub import changes
from appliance.hub.authority import ANYONE
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ANYONE)
def queryHistory(call: Call, tables: Any = None, **kwargs: Any) -> Any:
    """By table the rows that ever were: their fields, the names behind ids, `active` (true or nil),
    `create_event`, `create_ts`, `creator_id`, `creator_name`, and the same of `revoke`.

    `tables` is a list (default: all versioned tables). Options: `tag`, `build`, `package`, `user`,
    `permission`, `external_repo`, `build_target`, `group`, `cg`, `host`, `channel`, `xkey` leave out tables
    without such a thing; `active`; `editor` (who created or revoked); `before`, `after` (seconds or text),
    `beforeEvent`, `afterEvent` (created or revoked then); `queryOpts`.
    """
    options = kwargs.pop("queryOpts", None)
    return changes.listed(call, tables, kwargs, options)

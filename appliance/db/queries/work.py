"""Windows on a million tasks: by state, method, owner, host and channel, each by the index that fits.

A plus sign before a column keeps the planner from an index that would have it sort what is asked for in order.
"""

from appliance.db.connection import Row, Transaction
from appliance.db.queries import tasks
from appliance.db.select import Select

_NARROW = {"method": "task.method = :method", "owner": "task.owner = :owner", "host_id": "task.host_id = :host_id"}


def newest(tx: Transaction, states: tuple[int, ...], wanted: Row, top: bool, limit: int) -> list[Row]:
    """The newest tasks in some states (none: in any), narrowed by `method`, `owner`, `host_id`; TOP: no parts.

    Asked for one state at a time this is quick for a method, and where nothing else narrows.
    """
    select = _listing()
    if states:
        plus = "+" if {"owner", "host_id"} & set(wanted) else ""
        select.also(f"{plus}task.state IN :states", states=states)
    for name, value in wanted.items():
        select.also(_NARROW[name], **{name: value})
    if top:
        select.also("+task.parent IS NULL")
    select.order = "task.id DESC"
    found: list[Row] = select.rows(tx, {"limit": limit})
    return found


def live(tx: Transaction, states: tuple[int, ...], wanted: Row, limit: int) -> list[Row]:
    """Tasks that have not ended, the most urgent first; narrowed by `host_id`, `channel_id`, or nothing."""
    select = _listing().also("task.state IN :states", states=states)
    for name, value in wanted.items():
        select.also(f"+task.{name} = :{name}", **{name: value})
    select.order = "task.priority, task.create_time, task.id"
    found: list[Row] = select.rows(tx, {"limit": limit})
    return found


def _listing() -> Select:
    listing = tasks.listing()
    del listing.columns["result"]
    return listing

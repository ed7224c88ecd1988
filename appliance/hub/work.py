"""The work there is and was: tasks as people look through them, quickly however many there are."""

from appliance.db.connection import Row
from appliance.db.queries import work as queries
from appliance.hub import tasks
from appliance.hub.hub import Call

_STATES = (*tasks.LIVE, *tasks.FINISHED)


def newest(
    call: Call, states: tuple[int, ...] = (), wanted: Row | None = None, offset: int = 0, limit: int = 50
) -> list[Row]:
    """A window of tasks, the newest first, as `listTasks` shows them but without their results.

    WANTED may name `method`, `owner` (an id), `host_id`; where it names none, parts of other tasks are left out.
    """
    wanted, needed = wanted or {}, offset + limit
    top = not {"method", "host_id"} & set(wanted)
    if "method" not in wanted and (wanted or not states):
        return queries.newest(call.tx, states, wanted, top, needed)[offset:]
    parts = [queries.newest(call.tx, (state,), wanted, top, needed) for state in states or _STATES]
    found = sorted((row for part in parts for row in part), key=lambda row: -int(row["id"]))
    return found[offset:needed]


def live(call: Call, wanted: Row | None = None, offset: int = 0, limit: int = 50) -> list[Row]:
    """A window of tasks that wait or run, the most urgent first, of a `host_id` or `channel_id` or all."""
    return queries.live(call.tx, tasks.LIVE, wanted or {}, offset + limit)[offset:]


def waiting(call: Call, offset: int = 0, limit: int = 50) -> list[Row]:
    """A window of what waits, in the order in which the scheduler looks at it."""
    return queries.live(call.tx, (tasks.FREE, tasks.ASSIGNED), {}, offset + limit)[offset:]


def ended(call: Call, host_id: int, limit: int) -> list[Row]:
    """The last tasks of a host that have ended."""
    return newest(call, tasks.FINISHED, {"host_id": host_id}, limit=limit)

"""Listings of tasks."""

from appliance.db.select import Column, Select, flag, moment

INFO: dict[str, str | Column] = {
    "id": "task.id",
    "state": "task.state",
    "create_time": moment("task.create_time"),
    "create_ts": "task.create_time",
    "start_time": moment("task.start_time"),
    "start_ts": "task.start_time",
    "completion_time": moment("task.completion_time"),
    "completion_ts": "task.completion_time",
    "channel_id": "task.channel_id",
    "host_id": "task.host_id",
    "parent": "task.parent",
    "label": "task.label",
    "waiting": flag("task.waiting"),
    "awaited": flag("task.awaited"),
    "owner": "task.owner",
    "method": "task.method",
    "arch": "task.arch",
    "priority": "task.priority",
    "weight": "task.weight",
}

# The tasks below :id, and :id itself, parents first; a task that is its own ancestor ends the walk.
TREE = """
WITH RECURSIVE tree (id, depth) AS (
    SELECT id, 0 FROM task WHERE id = :id
    UNION
    SELECT task.id, tree.depth + 1 FROM task JOIN tree ON task.parent = tree.id WHERE tree.depth < 100
)
SELECT id FROM tree ORDER BY depth, id
"""

# The same, but not below tasks that have ended.
LIVE_TREE = """
WITH RECURSIVE tree (id, depth) AS (
    SELECT id, 0 FROM task WHERE id = :id AND state IN :live
    UNION
    SELECT task.id, tree.depth + 1 FROM task JOIN tree ON task.parent = tree.id
    WHERE task.state IN :live AND tree.depth < 100
)
SELECT id FROM tree ORDER BY depth, id
"""

# The chain of parents above :id, the topmost last.
ANCESTORS = """
WITH RECURSIVE above (id, parent, depth) AS (
    SELECT id, parent, 0 FROM task WHERE id = :id
    UNION
    SELECT task.id, task.parent, above.depth + 1 FROM task JOIN above ON task.id = above.parent
    WHERE above.depth < 100
)
SELECT id FROM above ORDER BY depth
"""


def listing(count_only: bool = False) -> Select:
    """Tasks as `listTasks` shows them, with the undecoded request and result."""
    columns = dict(INFO, request="task.request", result="task.result")
    if count_only:
        return Select(columns, "task")
    columns.update(owner_name="users.name", owner_type="users.usertype")
    return Select(columns, "task LEFT JOIN users ON users.id = task.owner")


def info(request: bool = False) -> Select:
    """Tasks as `getTaskInfo` shows them, with the undecoded request if wanted."""
    columns = dict(INFO, request="task.request") if request else dict(INFO)
    return Select(columns, "task")

"""Batches: builds that go together, and wait until every build of the batch before theirs has ended."""

from collections.abc import Callable

from appliance.db.connection import Row
from appliance.db.models.copr import Batch, CoprBuild
from appliance.db.queries import copr_builds as queries
from appliance.db.queries.projects import OWNER
from appliance.errors import BadRequest
from appliance.hub import copr_tasks, project_permissions
from appliance.hub.hub import Call

# Who else must know that something of a batch has changed: functions of (call, batch id).
AFTER_CHANGE: list[Callable[[Call, int], None]] = []

# Builds that have not ended in the batches before this one, however far.
_AHEAD = f"""
WITH RECURSIVE chain (id) AS (
    SELECT blocked_by FROM batch WHERE id = :batch
    UNION SELECT batch.blocked_by FROM batch JOIN chain ON batch.id = chain.id
)
SELECT 1 FROM copr_build b
WHERE b.batch_id IN (SELECT id FROM chain WHERE id IS NOT NULL) AND NOT {queries.ENDED} LIMIT 1
"""

# Builds of this batch and of those behind it that have no task yet.
_BEHIND = """
WITH RECURSIVE chain (id) AS (
    SELECT id FROM batch WHERE id = :batch
    UNION SELECT batch.id FROM batch JOIN chain ON batch.blocked_by = chain.id
)
SELECT b.id, b.batch_id FROM copr_build b
WHERE b.batch_id IN (SELECT id FROM chain)
      AND b.task_id IS NULL AND NOT b.canceled AND b.source_status = 'pending'
ORDER BY b.id
"""

_UNFINISHED = f"SELECT 1 FROM copr_build b WHERE b.batch_id = :batch AND NOT {queries.ENDED} LIMIT 1"

_PROJECTS = f"""
SELECT DISTINCT p.id, p.user_id, p.group_id, {OWNER} || '/' || p.name AS full_name
FROM copr_build b JOIN project p ON p.id = b.project_id JOIN users u ON u.id = p.user_id
LEFT JOIN users g ON g.id = p.group_id WHERE b.batch_id = :batch ORDER BY p.id
"""


def objection(call: Call, build: Row, modify: bool) -> str | None:
    """Why the asking user may not wait for a build's batch, or (MODIFY) add to it; None if that is fine."""
    if build["batch_id"] is not None:
        return _closed(call, build["batch_id"]) if modify else None
    start = f"Build {build['id']} is not yet in any batch, and "
    project = {"id": build["project_id"], "user_id": build["owner_id"], "group_id": build["group_id"]}
    if not project_permissions.may_build(call, project):
        return (
            f"{start}user '{call.session.user_name}' doesn't have the build permissions in project"
            f" '{build['full_name']}' to create a new one"
        )
    if build["ended"]:
        return f"{start}new batch can not be created because the build has already finished"
    return None


def _closed(call: Call, batch_id: int) -> str | None:
    if call.tx.value(_UNFINISHED, {"batch": batch_id}) is None:
        return f"Batch {batch_id} is already finished"
    found = call.tx.rows(_PROJECTS, {"batch": batch_id})
    if any(project_permissions.may_build(call, project) for project in found):
        return None
    names = plural("project", [project["full_name"] for project in found])
    return (
        f"The batch {batch_id} belongs to {names}.  You are not allowed to build there, so you neither can"
        " edit the batch."
    )


def plural(noun: str, items: list[str]) -> str:
    """`build 1`, `builds 1 and 2`, `builds 1, 2, and 3`."""
    if len(items) == 1:
        return f"{noun} {items[0]}"
    comma = "," if len(items) > 2 else ""
    return f"{noun}s {', '.join(items[:-1])}{comma} and {items[-1]}"


def of_build(call: Call, build: Row, modify: bool) -> int:
    """The batch that a build is in, made if there is none."""
    problem = objection(call, build, modify)
    if problem is not None:
        raise BadRequest(problem)
    if build["batch_id"] is not None:
        return int(build["batch_id"])
    batch_id = call.tx.insert(Batch, blocked_by=None)
    call.tx.update(CoprBuild, {"batch_id": batch_id}, id=build["id"])
    return batch_id


def behind(call: Call, batch_id: int) -> int:
    """A new batch that waits for another."""
    return call.tx.insert(Batch, blocked_by=batch_id)


def blocked(call: Call, batch_id: int | None) -> bool:
    """Whether builds of this batch must wait."""
    return batch_id is not None and call.tx.value(_AHEAD, {"batch": batch_id}) is not None


def settle(call: Call, batch_id: int | None) -> None:
    """A build of the batch has its source package, or has ended: begin those that have waited for it."""
    if batch_id is None:
        return
    for follow in AFTER_CHANGE:
        follow(call, batch_id)
    waiting = call.tx.rows(_BEHIND, {"batch": batch_id})
    held = {each: blocked(call, each) for each in {build["batch_id"] for build in waiting}}
    for build in waiting:
        if not held[build["batch_id"]]:
            copr_tasks.begin(call, build["id"])

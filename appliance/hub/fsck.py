"""Whether the state is whole: rows in states that nothing would ever leave, and files against rows both ways.

Nothing is changed. While an appliance serves the state, what is younger than GRACE is passed over: a file
stands in its place a moment before the row that names it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import koji

from appliance.hub import fsck_builds, fsck_results, hosts
from appliance.hub.hub import Call

GRACE = 120.0

_TASK, _BUILD, _REPO = koji.TASK_STATES, koji.BUILD_STATES, koji.REPO_STATES
_OVER = f"({_TASK['CLOSED']}, {_TASK['CANCELED']}, {_TASK['FAILED']})"


@dataclass(frozen=True)
class Rule:
    """One thing that must not be: what it concerns, what is wrong, and the rows (their ids) that are so."""

    what: str
    wrong: str
    sql: str


RULES = (
    Rule(
        "task",
        "has been given out, but to no host",
        f"""
        SELECT id FROM task WHERE state IN ({_TASK["OPEN"]}, {_TASK["ASSIGNED"]}) AND host_id IS NULL""",
    ),
    Rule(
        "task",
        "waits to be given out, and has a host",
        f"""
        SELECT id FROM task WHERE state = {_TASK["FREE"]} AND host_id IS NOT NULL""",
    ),
    Rule(
        "task",
        "has ended, and nothing says when",
        f"""
        SELECT id FROM task WHERE state IN {_OVER} AND completion_time IS NULL""",
    ),
    Rule(
        "task",
        "goes on, though its parent has ended",
        f"""
        SELECT t.id FROM task t JOIN task p ON p.id = t.parent
        WHERE t.state NOT IN {_OVER} AND p.state IN {_OVER} AND p.completion_time < :before""",
    ),
    Rule(
        "build",
        "is being built, though its task has ended",
        f"""
        SELECT b.id FROM build b JOIN task t ON t.id = b.task_id
        WHERE b.state = {_BUILD["BUILDING"]} AND t.state IN {_OVER} AND t.completion_time < :before""",
    ),
    Rule(
        "build",
        "has ended, and nothing says when",
        f"""
        SELECT id FROM build WHERE state <> {_BUILD["BUILDING"]} AND completion_time IS NULL""",
    ),
    Rule(
        "repository",
        "is being made, though its task has ended",
        f"""
        SELECT r.id FROM repo r JOIN task t ON t.id = r.task_id JOIN host h ON h.id = t.host_id
        WHERE r.state = {_REPO["INIT"]} AND h.name = '{hosts.LOCAL}'
              AND t.state IN {_OVER} AND t.completion_time < :before""",
    ),
    Rule(
        "buildroot",
        "is in use, though its task has ended",
        f"""
        SELECT s.buildroot_id FROM standard_buildroot s JOIN task t ON t.id = s.task_id
        WHERE s.state <> {koji.BR_STATES["EXPIRED"]}
              AND t.state IN {_OVER} AND t.completion_time < :before""",
    ),
    Rule(
        "project's build",
        "has a source half that goes on, though its task has ended",
        f"""
        SELECT b.id FROM copr_build b JOIN task t ON t.id = b.task_id
        WHERE b.source_status IN ('pending', 'starting', 'running', 'importing') AND NOT b.canceled
              AND t.state IN {_OVER} AND t.completion_time < :before""",
    ),
    Rule(
        "project's build",
        "has a chroot that goes on, though its task has ended",
        f"""
        SELECT c.build_id FROM copr_build_chroot c JOIN task t ON t.id = c.task_id
        WHERE c.status IN ('pending', 'starting', 'running')
              AND t.state IN {_OVER} AND t.completion_time < :before""",
    ),
)


def examine(call: Call, served: bool) -> Iterator[str]:
    """What is wrong, a sentence each. SERVED: somebody works on the state meanwhile."""
    newest = time.time() - (GRACE if served else 0)
    yield from _states(call, call.now() - (GRACE if served else 0))
    yield from _journal(call, served)
    looks: tuple[Callable[[Call, float], Iterator[str]], ...] = (fsck_builds.examine, fsck_results.examine)
    for look in looks:
        yield from look(call, newest)


def _states(call: Call, before: float) -> Iterator[str]:
    for rule in RULES:
        for row_id in call.tx.column(rule.sql, {"before": before}):
            yield f"{rule.what} {row_id} {rule.wrong}"


def _journal(call: Call, served: bool) -> Iterator[str]:
    """Work on files that a process left; the next start sees to it."""
    if served or not call.paths.pending.is_dir():
        return
    for path in sorted(call.paths.pending.iterdir()):
        yield f"{path}: work on files that a process died amid; the next start ends it"

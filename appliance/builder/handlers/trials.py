"""The tasks by which a system of hosts is tried out: sleep, fork, waittest, subtask, someMethod, default."""

import time

from appliance.builder.steps import UNFINISHED, Finished, Later, Step, Work, handles
from appliance.errors import GenericError
from appliance.hub import tasks


@handles("sleep", weight=0.25)
def sleep(work: Work) -> Step:
    """End after so many seconds."""
    seconds = work.argument(0, "n")
    if not isinstance(seconds, (int, float)):
        raise GenericError(f"cannot sleep for {seconds!r} seconds")
    return _after(work, seconds)


@handles("fork", weight=0.1)
def fork(work: Work) -> Step:
    """Leave nothing behind: Koji's daemon starts processes here and forgets them, jobs of ours cannot."""
    return Finished()


def _after(work: Work, seconds: float) -> Step:
    end = work.started + seconds
    return Finished() if time.time() >= end else Later(end)


@handles("waittest", weight=0.1)
def waittest(work: Work) -> Step:
    """Wait for COUNT tasks that sleep, and for one that fails and may."""
    count, seconds = work.argument(0, "count"), work.argument(1, "seconds", 10)
    for number in range(count):
        work.spawn(str(number), "sleep", [seconds])
    bad = work.spawn("bad", "sleep", ["BAD_ARG"])
    with work.reading() as call:
        children = tasks.children(call, work.id)
    if any(child["state"] in UNFINISHED for child in children):
        return None
    for child in children:
        if child["id"] != bad:
            work.await_child(child["label"])
    return Finished()


@handles("subtask", weight=0.1)
def subtask(work: Work) -> Step:
    """Wait for a task of the same kind, N deep; the last one sleeps."""
    depth = work.argument(0, "n", 4)
    label = "foo" if depth > 0 else "bar"
    work.spawn(label, *(("subtask", [depth - 1]) if depth > 0 else ("sleep", [15])))
    child = work.child(label)
    if child is None or child["state"] in UNFINISHED:
        return None
    work.await_child(label)
    return Finished()


@handles("someMethod", weight=0.1)
def some_method(work: Work) -> Step:
    """Koji's answer to anything."""
    return Finished(42)


@handles("default", weight=0.1)
def default(work: Work) -> Step:
    """What Koji calls a task of no known method."""
    raise GenericError(f"Invalid method: {work.task['method']}")

"""Subtasks that builds of several kinds end with: RPMs that wrap what was made, and the tag."""

from appliance.builder.steps import UNFINISHED, Work
from appliance.db.connection import Row
from appliance.hub import builds, completion, tasks


def tagged(work: Work, dest_tag: int, build_id: int) -> bool:
    """Whether the build is in its tag by now; the subtask that sees to it is made once."""
    work.spawn("tag", "tagBuild", [dest_tag, build_id, False, None, True], arch="noarch")
    child = work.child("tag")
    if child is None or child["state"] in UNFINISHED:
        return False
    work.await_child("tag")
    return True


def wrapped(work: Work, label: str, url: str, task_id: int, target: Row, build: Row | None, repo_id: int) -> Row | None:
    """What the subtask LABEL has made that wraps a task's results into RPMs; None while it is at it.

    URL is where the spec file's template is, BUILD None for a scratch build.
    """
    with work.reading() as call:
        wrapping = tasks.require(call, task_id)
        argument = builds.as_argument(builds.require(call, build["id"])) if build else None
    wrapping = {name: wrapping[name] for name in ("id", "method", "arch", "label")}
    arguments = [url, target, argument, wrapping, {"repo_id": repo_id}]
    number = work.spawn(label, "wrapperRPM", arguments, arch="noarch")
    made = work.await_child(label)
    return None if made is None else {**made, "task_id": number}


def give_up(work: Work, build: Row | None) -> None:
    """Mark a build that has been announced and can't be completed as failed."""
    if build is None:
        return
    with work.writing() as call:
        if builds.require(call, build["id"])["state"] == builds.BUILDING:
            completion.fail(call, work.id, build["id"])

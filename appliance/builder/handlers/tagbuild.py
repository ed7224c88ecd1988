"""The tasks that move builds between tags, and those that wait."""

import time
from typing import Any

from appliance.builder.steps import UNFINISHED, Finished, Later, Step, Work, handles
from appliance.errors import GenericError
from appliance.hub import builds, notifications, repo_requests, tagging, tags, tasks
from appliance.hub.hub import Call

_TAGGED = """
SELECT 1 FROM tag_listing l JOIN events e ON e.id = l.create_event
WHERE l.tag_id = :tag AND l.build_id = :build AND l.revoke_event IS NULL AND e.time >= :since
"""
_PATIENCE = 7200.0  # seconds that Koji's waitrepo waits for builds that do not come


@handles("tagBuild")
def tag_build(work: Work) -> Step:
    """Tag a build under the tag's policy, as the owner of the task asked; who wants to hear of it is told."""
    names = ("tag_id", "build_id", "force", "fromtag", "ignore_success")
    tag, build, force, from_tag, quietly = (work.argument(i, n) for i, n in enumerate(names))
    about = (tag, from_tag, build, work.task["owner"], bool(quietly))
    try:
        with work.writing() as call:
            if not _is_done(call, work, tag, build):
                tagging.perform(call, work.id, tag, build, bool(force), from_tag)
                notifications.of_tagging(call, True, *about)
    except GenericError as error:
        with work.writing() as call:
            notifications.of_tagging(call, False, *about, failure=str(error))
        raise
    return Finished()


def _is_done(call: Call, work: Work, tag: Any, build: Any) -> bool:
    """Whether the build was tagged since the task began: by a process that died before it could say so."""
    wanted = {"tag": tags.require(call, tag)["id"], "build": builds.require(call, build)["id"]}
    return bool(call.tx.value(_TAGGED, {**wanted, "since": work.started}))


@handles("waitrepo")
def wait_repo(work: Work) -> Step:
    """Wait until a tag's repository is current (or newer than a time) and holds the given builds; its record."""
    names = ("tag", "newer_than", "nvrs", "min_event")
    tag, newer_than, nvrs, min_event = (work.argument(i, n) for i, n in enumerate(names))
    if newer_than is not None and min_event is not None:
        raise GenericError("newer_than and min_event args confict")
    with work.writing() as call:
        repo = repo_requests.awaited(call, tag, work.started, newer_than, nvrs, min_event)
    if repo is not None:
        return Finished(repo)
    end = work.started + _PATIENCE
    if time.time() >= end:
        raise GenericError(f"the repository of tag {tag} does not hold {', '.join(map(str, nvrs or []))} in time")
    return Later(end)


@handles("dependantTask", weight=0.2)
def dependant_task(work: Work) -> Step:
    """Wait for other tasks, then make the given ones and wait for them; nil. One that fails ends it."""
    wait_for, subtasks = work.argument(0, "wait_list"), work.argument(1, "task_list")
    with work.reading() as call:
        known = tasks.states_of(call, [each for each in wait_for if isinstance(each, int)])
    if set(known.values()) & set(UNFINISHED):
        return None
    for task_id, state in known.items():
        if state != tasks.CLOSED:
            raise GenericError(f"Dependency {task_id} failed to complete.")
    done = [_subtask(work, index, *each) for index, each in enumerate(subtasks)]
    return Finished() if all(done) else None


def _subtask(work: Work, index: int, method: str, args: list[object], options: dict[str, object] | None = None) -> bool:
    label = f"task{index}"
    work.spawn(label, method, args, **(options or {}))
    child = work.child(label)
    if child is None or child["state"] in UNFINISHED:
        return False
    work.await_child(label)
    return True

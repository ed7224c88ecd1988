"""The tasks that move builds between tags, and those that wait."""

import koji

from appliance.builder.steps import UNFINISHED, Finished, Step, Work, handles
from appliance.hub import notifications, repo_requests, tagging


@handles("tagBuild")
def tag_build(work: Work) -> Step:
    """Tag a build under the tag's policy, as the owner of the task asked."""
    names = ("tag_id", "build_id", "force", "fromtag", "ignore_success")
    tag, build, force, from_tag, quietly = (work.argument(i, n) for i, n in enumerate(names))
    with work.writing() as call:
        tagging.perform(call, work.id, tag, build, bool(force), from_tag)
        notifications.of_tagging(call, True, tag, from_tag, build, work.task["owner"], bool(quietly))
    return Finished()


@handles("waitrepo")
def wait_repo(work: Work) -> Step:
    """Wait until a tag's repository is current (or newer than a time) and holds the given builds; its record."""
    tag, newer_than, nvrs = (work.argument(i, n) for i, n in enumerate(("tag", "newer_than", "nvrs")))
    with work.writing() as call:
        repo = repo_requests.awaited(call, tag, newer_than, nvrs)
    return None if repo is None else Finished(repo)


@handles("dependantTask")
def dependant_task(work: Work) -> Step:
    """Wait for other tasks, then make the given ones; nil."""
    wait_for, subtasks = work.argument(0, "wait_list"), work.argument(1, "task_list")
    with work.reading() as call:
        left = call.tx.value(
            "SELECT COUNT(*) FROM task WHERE id IN :ids AND state IN :open",
            {"ids": wait_for, "open": UNFINISHED},
        )
    if left:
        return None
    done = [_subtask(work, index, *each) for index, each in enumerate(subtasks)]
    return Finished() if all(done) else None


def _subtask(
    work: Work, index: int, method: str, args: list[object], options: dict[str, object] | None = None
) -> bool:
    label = f"task{index}"
    work.spawn(label, method, args, **(options or {}))
    child = work.child(label)
    if child is None or child["state"] in UNFINISHED:
        return False
    if child["state"] != koji.TASK_STATES["CLOSED"]:
        work.await_child(label)
    return True

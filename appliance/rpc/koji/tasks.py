"""Methods about tasks: making, looking, assigning, cancelling."""

from typing import Any

from appliance.hub import scheduler, submissions, tasklists, tasks
from appliance.hub.authority import ADMIN, ANYONE, LOGIN, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

_OWNER = "the task's owner, the host that has it open, or an admin"


@method(ADMIN, writes=True)
def makeTask(call: Call, *args: Any, **opts: Any) -> int:
    """Make a task of any method, without its submission's checks; its id.

    args: the method (str), its arguments (list); opts: parent, label, channel, arch, priority, assign.
    """
    return submissions.make_any(call, args, opts)


@method(ANYONE)
def getTaskInfo(call: Call, task_id: Any, request: bool = False, strict: bool = False) -> Any:
    """A task, or for a list of ids a list of tasks; nil for an unknown one, an error if strict.

    `id`, `method`, `state` (koji.TASK_STATES), `owner`, `host_id`, `channel_id`, `arch`, `priority`,
    `parent`, `label`, `waiting`, `awaited`, `weight`, times as text (`create_time`, `start_time`,
    `completion_time`) and as seconds (`create_ts`, ...); with request=True the arguments as `request`.
    """
    if isinstance(task_id, (list, tuple)):
        return tasklists.many(call, task_id, request, strict)
    return tasks.get(call, task_id, strict, request)


@method(ANYONE)
def getTaskRequest(call: Call, taskId: Any) -> Any:
    """The arguments of a task, as a list."""
    return tasks.request(call, taskId)


@method(ANYONE)
def getTaskResult(call: Call, taskId: Any, raise_fault: bool = True) -> Any:
    """What a closed task answered. A failed task's fault is raised, or given as a struct."""
    return tasks.result(call, taskId, raise_fault)


@method(ANYONE)
def getTaskChildren(call: Call, task_id: Any, request: bool = False, strict: bool = False) -> Any:
    """The subtasks of a task, as getTaskInfo shows them; strict: an error if there is no such task."""
    return tasks.children(call, task_id, request, strict)


@method(ANYONE)
def getTaskDescendents(call: Call, task_id: Any, request: bool = False) -> Any:
    """A struct of task id (as text): its subtasks, for a task and all below it."""
    return tasks.descendants(call, task_id, request)


@method(ANYONE)
def taskFinished(call: Call, taskId: Any) -> bool:
    """Whether a task is closed, failed or canceled."""
    return tasks.finished(call, taskId)


@method(ANYONE)
def listTasks(call: Call, opts: Any = None, queryOpts: Any = None) -> Any:
    """Tasks with `owner_name`, `owner_type`, `request` and `result` besides what getTaskInfo shows.

    opts: `arch`, `state` (lists); `owner`, `host_id`, `channel_id`, `parent` (int, list, nil); the same with
    `not_` before; `method` (str); `createdBefore`, `createdAfter`, `startedBefore`, `startedAfter`,
    `completeBefore`, `completeAfter` (seconds or ISO text); `decode` (bool): request and result as values.
    """
    return tasklists.listed(call, opts, queryOpts)


@method(ADMIN, writes=True)
def assignTask(call: Call, task_id: Any, host: Any, force: bool = False, override: bool = False) -> bool:
    """Give a free task to a host (name or id); force: any task. False if its state forbids it.

    override keeps the scheduler from taking it back when the host does not begin it in time.
    """
    return scheduler.assign_by_hand(call, task_id, host, force, override)


@method(ADMIN, writes=True)
def freeTask(call: Call, task_id: Any) -> None:
    """Put a task back to where any host may get it."""
    tasks.free(call, task_id)


@method(ADMIN, writes=True)
def setTaskPriority(call: Call, task_id: Any, priority: Any, recurse: bool = True) -> None:
    """Change the priority (int, lower comes first) of a task and, recurse, of all below it."""
    tasks.set_priority(call, task_id, priority, recurse)


@method(ruled(_OWNER), writes=True)
def cancelTask(call: Call, task_id: Any, recurse: bool = True) -> None:
    """Cancel a task, the builds it has begun and, recurse, its subtasks."""
    tasks.withdraw(call, task_id, recurse)


@method(ADMIN, writes=True)
def cancelTaskFull(call: Call, task_id: Any, strict: bool = True) -> None:
    """Cancel the whole tree of a top-level task; strict=False accepts any task of the tree."""
    tasks.cancel_full(call, task_id, strict)


@method(ruled(_OWNER, LOGIN), writes=True)
def cancelTaskChildren(call: Call, task_id: Any) -> None:
    """Cancel the subtasks of a task, not the task itself."""
    tasks.withdraw_children(call, task_id)


@method(ruled("the task's owner, or an admin", LOGIN), writes=True)
def resubmitTask(call: Call, taskID: Any) -> int:
    """Make a new task with the request of a canceled or failed top-level one; its id."""
    return submissions.again(call, taskID)

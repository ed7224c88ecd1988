"""Methods with which a build host takes, does and ends tasks."""

from typing import Any

import koji

from appliance.hub import scheduler, submissions, tasks, waiting
from appliance.hub.authority import HOST
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(HOST, writes=True, name="host.getTasks")
def get_tasks(call: Call) -> Any:
    """The tasks that the host shall open; free tasks are handed out first if it has none.

    `id`, `state`, `channel_id`, `host_id`, `arch`, `method`, `priority`, `create_ts`.
    """
    return scheduler.assigned(call)


@method(HOST, writes=True, name="host.getLoadData")
def get_load_data(call: Call) -> Any:
    """[[the host itself], what host.getTasks gives]; older hosts choose from it."""
    return scheduler.load_data(call)


@method(HOST, writes=True, name="host.setHostData")
def set_host_data(call: Call, hostdata: Any) -> None:
    """Tell the scheduler about the host: a struct, or its JSON text; `maxjobs` limits the tasks it gets."""
    scheduler.set_host_data(call, hostdata)


@method(HOST, writes=True, name="host.refuseTask")
def refuse_task(call: Call, task_id: Any, soft: Any = True, msg: Any = "") -> None:
    """Give an assigned task back with a reason; soft: for a while, else for good."""
    scheduler.refuse(call, task_id, soft, msg)


@method(HOST, name="host.getHostTasks")
def get_host_tasks(call: Call) -> Any:
    """The host's open tasks: `id`, `waiting`, `weight`, and `alert` once an awaited subtask has ended."""
    return waiting.on_host(call)


@method(HOST, writes=True, name="host.openTask")
def open_task(call: Call, task_id: Any) -> Any:
    """Begin a task; as getTaskInfo shows it with `request` as XML; nil if it is not the host's to open."""
    return tasks.open(call, task_id)


@method(HOST, writes=True, name="host.closeTask")
def close_task(call: Call, task_id: Any, response: Any) -> None:
    """End an open task of the host with its result, an XML-RPC methodResponse document."""
    tasks.close(call, task_id, response)


@method(HOST, writes=True, name="host.failTask")
def fail_task(call: Call, task_id: Any, response: Any) -> None:
    """End an open task of the host with a fault, an XML-RPC methodResponse document."""
    tasks.fail(call, task_id, response)


@method(HOST, writes=True, name="host.freeTasks")
def free_tasks(call: Call, tasks: Any) -> None:
    """Give open tasks back for any host to take; those that are not the host's are passed over."""
    _give_back(call, tasks)


@method(HOST, writes=True, name="host.setTaskWeight")
def set_task_weight(call: Call, task_id: Any, weight: Any) -> None:
    """Say how heavy an open task of the host is."""
    tasks.set_weight(call, task_id, weight)


@method(HOST, writes=True, name="host.subtask")
def subtask(call: Call, method: Any, arglist: Any, parent: Any, **opts: Any) -> Any:
    """Make a subtask of an open task of the host, or find the one with the same label; its id.

    opts: label, channel, arch, priority, assign, kwargs (keyword arguments of the subtask).
    """
    return submissions.make_subtask(call, method, arglist, parent, opts)


@method(HOST, writes=True, name="host.subtask2")
def subtask2(call: Call, parent: Any, taskopts: Any, method: Any, /, *args: Any, **opts: Any) -> Any:
    """host.subtask with the subtask's own arguments at the end, positional and by keyword."""
    return submissions.make_subtask(call, method, koji.encode_args(*args, **opts), parent, taskopts)


@method(HOST, writes=True, name="host.taskSetWait")
def task_set_wait(call: Call, parent: Any, tasks: Any) -> None:
    """Say that a task waits for these subtasks; nil: for all it has."""
    waiting.begin(call, parent, tasks)


@method(HOST, writes=True, name="host.taskWait")
def task_wait(call: Call, parent: Any) -> Any:
    """[ids of ended, of unended] subtasks that a task waits for; it waits no longer for the ended ones."""
    return waiting.look(call, parent)


@method(HOST, writes=True, name="host.taskWaitResults")
def task_wait_results(call: Call, parent: Any, tasks: Any, canfail: Any = None) -> Any:
    """[[id, result], ...] of subtasks (nil: all that have ended); a failure is raised unless in canfail."""
    return waiting.results(call, parent, tasks, canfail)


_give_back = tasks.give_back

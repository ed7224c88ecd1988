"""Methods that show and drive the scheduler."""

from typing import Any

from appliance.hub import scheduler
from appliance.hub.authority import ADMIN, ANYONE
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ADMIN, writes=True, name="scheduler.doRun")
def do_run(call: Call, force: bool = False) -> bool:
    """Hand free tasks out now; false if that was done within a minute, unless `force`.

    Tasks are handed out as they come and whenever a host asks, so that there is seldom anything to do.
    """
    return scheduler.run(call, force)


@method(ANYONE, name="scheduler.getTaskRuns")
def get_task_runs(call: Call, clauses: Any = None, fields: Any = None, opts: Any = None) -> Any:
    """Which host was given which task.

    clauses: lists of [field, value] or [field, operator, value]; fields: names, `*` or `**`; opts: queryOpts.
    Fields: `id`, `task_id`, `host_id`, `active`, `create_ts`, and of task and host `method`, `state`,
    `owner`, `arch`, `channel_id`, `start_ts`, `completion_ts`, `host_name`, `host_ready`.
    """
    return scheduler.runs(call, clauses, fields, opts)


@method(ANYONE, name="scheduler.getTaskRefusals")
def get_task_refusals(call: Call, clauses: Any = None, fields: Any = None) -> Any:
    """Which host refused which task, asked for as in getTaskRuns.

    Fields: `id`, `task_id`, `host_id`, `by_host`, `soft`, `msg`, `ts`, and those of task and host.
    """
    return scheduler.refusals(call, clauses, fields)


@method(ANYONE, name="scheduler.getHostData")
def get_host_data(call: Call, hostID: Any = None) -> Any:
    """What hosts have said of themselves: `host_id`, `data`; of one host (int) or all."""
    return scheduler.host_data(call, hostID)


@method(ANYONE, name="scheduler.getLogMessages")
def get_log_messages(call: Call, clauses: Any = None, fields: Any = None, opts: Any = None) -> Any:
    """The scheduler's log: `id`, `task_id`, `host_id`, `msg`, `msg_ts`; as getTaskRuns."""
    return scheduler.messages(call, clauses, fields, opts)

"""Methods with which a build host announces, completes and fails the RPM build of its task."""

from typing import Any

from appliance.hub import completion
from appliance.hub.authority import HOST
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(HOST, writes=True, name="host.initBuild")
def init_build(call: Call, data: Any) -> int:
    """Announce the build of an open task of the host; its id.

    data: `task_id`, `name`, `version`, `release`, `epoch`; may have `source`, `extra`, `draft`.
    """
    return completion.init(call, data)


@method(HOST, writes=True, name="host.completeBuild", first=completion.prepare)
def complete_build(
    call: Call, task_id: Any, build_id: Any, srpm: Any, rpms: Any, brmap: Any = None, logs: Any = None
) -> Any:
    """Import a task's results as its build, which is complete then; the build as getBuild shows it.

    srpm (str) and rpms (list of str) are paths below the work directory; brmap maps them to buildroot ids,
    logs maps an arch to a list of paths.
    """
    return completion.complete(call, task_id, build_id, srpm, rpms, brmap, logs)


@method(HOST, writes=True, name="host.failBuild")
def fail_build(call: Call, task_id: Any, build_id: Any) -> None:
    """Mark a build that is being made as failed."""
    completion.fail(call, task_id, build_id)


@method(HOST, writes=True, name="host.moveBuildToScratch")
def move_build_to_scratch(call: Call, task_id: Any, srpm: Any, rpms: Any, logs: Any = None) -> None:
    """Lay a scratch build's files, named as for host.completeBuild, out below scratch/OWNER/task_ID."""
    completion.to_scratch(call, task_id, srpm, rpms, logs)

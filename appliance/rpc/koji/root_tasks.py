"""Methods that submit tasks about build roots; each answers a task's id."""

from typing import Any

from appliance.hub import root_tasks
from appliance.hub.authority import permission, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(permission("runroot"), writes=True)
def runroot(call: Call, tagInfo: Any, arch: Any, command: Any, channel: Any = None, **opts: Any) -> int:
    """Run a command (str, or list of str) in a build root of a tag.

    opts: `packages`, `mounts`, `repo_id`, `skip_setarch`, `use_shell`, `upload_logs`, `new_chroot`, ...
    """
    return root_tasks.run(call, tagInfo, arch, command, channel, opts)


@method(ruled("the failed task's owner, or an admin"), writes=True)
def saveFailedTree(call: Call, buildrootID: Any, full: Any = False, **opts: Any) -> int:
    """Keep the build root of a failed task on its host; full: all of it, not the build directory alone."""
    return root_tasks.save_failed(call, buildrootID, full, opts)

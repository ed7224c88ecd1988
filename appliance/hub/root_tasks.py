"""Tasks about build roots: a command run in a fresh one, and a failed one kept."""

from typing import Any

import koji

from appliance.arguments import check, integer
from appliance.db.connection import Row
from appliance.errors import ActionNotAllowed, GenericError, PreBuildError
from appliance.hub import buildroots, channels, hosts, tags, tasks
from appliance.hub.hub import Call

_CHANNEL_ARCHES = """
SELECT c.arches FROM host_config c JOIN host_channels j ON j.host_id = c.host_id AND j.revoke_event IS NULL
WHERE c.revoke_event IS NULL AND c.enabled AND j.channel_id = :channel
"""


def run(call: Call, tag: Any, arch: Any, command: Any, channel: Any, opts: Row) -> int:
    """Run COMMAND (text or a list) in a build root of TAG on ARCH; the task's id.

    A noarch command goes where one of the tag's arches has a host in the channel ("runroot" by default).
    """
    wanted = check(arch, (str, list))
    wanted = wanted if isinstance(wanted, str) else " ".join(check(each, str) for each in wanted)
    arch = koji.parse_arches(wanted, strict=True, allow_none=False)
    if not isinstance(command, (str, list)):
        raise GenericError(f"Invalid type for value '{command}': {type(command)}")
    channel = channel or "runroot"
    found = tags.require(call, tag)
    where = _arch_for_any(call, found, tag, channel) if arch == "noarch" else arch
    arglist = koji.encode_args(tag, arch, command, **opts)
    return tasks.make(call, "runroot", arglist, priority=15, arch=where, channel=channel)


def _arch_for_any(call: Call, tag: Row, asked: Any, channel: str) -> str:
    if not tag["arches"]:
        raise GenericError(f"no arches defined for tag {tag['name']}")
    wanted = tag["arches"].split()
    if set(hosts.all_arches(call)) <= set(wanted):
        return "noarch"
    at_hand = _channel_arches(call, channel)
    choices = [arch for arch in wanted if arch in at_hand]
    if not choices:
        raise GenericError(f"no common arches for tag/channel: {asked}/{channel}")
    return str(koji.canonArch(choices[0]))


def _channel_arches(call: Call, channel: str) -> set[str]:
    rows = call.tx.column(_CHANNEL_ARCHES, {"channel": channels.require(call, channel)["id"]})
    return {koji.canonArch(arch) for row in rows for arch in (row or "").split()}


def save_failed(call: Call, buildroot: Any, full: Any, opts: Row) -> int:
    """Have the host that failed a task keep that task's build root (FULL: all of it); the new task's id."""
    root = buildroots.get(call, integer(buildroot), strict=True)
    assert root is not None
    _check_savable(call, tasks.require(call, root["task_id"]))
    arglist = koji.encode_args(integer(buildroot), bool(full), **opts)
    return tasks.make(call, "saveFailedTree", arglist, assign=root["host_id"])


def _check_savable(call: Call, task: Row) -> None:
    allowed = call.settings.koji.save_failed_tree.allowed_methods
    if task["state"] != tasks.FAILED:
        raise PreBuildError(f"Task {task['id']} has not failed. Only failed tasks can upload their buildroots.")
    if allowed != ["*"] and task["method"] not in allowed:
        raise PreBuildError(
            f"Only {', '.join(allowed)} tasks can upload their buildroots (Task {task['id']} is {task['method']})."
        )
    if task["owner"] != call.user_id and not call.session.may("admin"):
        raise ActionNotAllowed("Only owner of failed task or 'admin' can run this task.")
    host = hosts.get(call, task["host_id"])
    if host is None or not host["enabled"]:
        raise PreBuildError("Host is disabled.")

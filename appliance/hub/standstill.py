"""Why a free task waits: which hosts could take it, and what keeps each from it, in words."""

from appliance.db.connection import Row
from appliance.db.models.tasks import Channel
from appliance.db.queries import standstill as queries
from appliance.hub import names, scheduler, tasks
from appliance.hub.hub import Call

# What a kind of task needs that no builder of this program's own has.
NEEDS = {
    "winbuild": "Windows builds need a kojid with virtual machines (kojivmd)",
    "vmExec": "it needs a host with virtual machines (kojivmd)",
    "image": "Oz makes images in virtual machines",
    "createImage": "Oz makes images in virtual machines",
    "indirectionimage": "image factory makes images in virtual machines",
    "osbuildImage": "osbuild images need a host with Koji's osbuild plug-in and its composer",
    "dudBuild": "driver disks need a host with Koji's plug-in for them",
    "buildContainer": "containers need a host with the plug-in of OpenShift's build system",
    "buildSourceContainer": "containers need a host with the plug-in of OpenShift's build system",
}


def why(call: Call, task_id: int) -> str:
    """One sentence or two about what a free task waits for; "" for a task that is not free."""
    task = tasks.require(call, task_id)
    if task["state"] != tasks.FREE:
        return ""
    channel = names.lookup(call, Channel, task["channel_id"], strict=True)
    assert channel is not None
    need = NEEDS.get(task["method"])
    return f"{_obstacle(call, task, channel['name'])}{f' ({need})' if need else ''}."


def _obstacle(call: Call, task: Row, channel: str) -> str:
    if not call.tx.value(queries.CHANNEL_ENABLED, {"channel": task["channel_id"]}):
        return f"Channel {channel} is disabled"
    hosts = call.tx.rows(queries.HOSTS, {"channel": task["channel_id"], "task": task["id"]})
    if not hosts:
        return f"It waits for a host of channel {channel}, and no enabled host is in it"
    able = [host for host in hosts if _builds_for(host, task["arch"])]
    if not able:
        listed = ", ".join(f"{host['name']} ({host['arches'] or ''})" for host in hosts)
        return f"It waits for a host of channel {channel} for arch {task['arch']}; there are {listed}"
    willing = [host for host in able if host["refusal"] is None]
    if not willing:
        return "; ".join(f"{host['name']} refused it: {host['refusal']}" for host in able)
    ready = [host["name"] for host in willing if host["ready"]]
    if not ready:
        return f"It waits for {', '.join(host['name'] for host in willing)}, which can take no tasks now"
    return f"It waits for room on {', '.join(ready)}"


def _builds_for(host: Row, arch: str) -> bool:
    return arch == "noarch" or arch in (host["arches"] or "").split()


def tell(call: Call, after: int = 0) -> int:
    """Put it into the scheduler's log for each task beyond AFTER that no host may take as things are.

    It is said once of a task. The answer is the newest task there is.
    """
    newest = int(call.tx.value("SELECT MAX(id) FROM task") or 0)
    if newest > after:
        for task_id in call.tx.column(queries.STUCK, {"free": tasks.FREE, "after": after}):
            scheduler.note(call, why(call, task_id), task_id)
    return newest


def refuse_unable(call: Call, task: Row) -> None:
    """The asking host gives a task back for good that it has no handler for."""
    need = NEEDS.get(task["method"], f"it has no handler for {task['method']} tasks")
    scheduler.refuse(call, task["id"], False, need)

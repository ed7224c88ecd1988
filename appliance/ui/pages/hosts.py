"""Hosts and channels: what builds, what it is doing, and through which queues it gets its work."""

from appliance.db.connection import Row
from appliance.hub import buildroots, changes, channels, hosts, work
from appliance.hub.authority import ADMIN, ANYONE, permission
from appliance.ui import histories, wording
from appliance.ui.site import page
from appliance.ui.visit import Visit

HOSTS = permission("host")


@page("/hosts", need=ANYONE, live=("tasks",))
def listing(visit: Visit) -> str:
    call = visit.call
    return visit.render(
        "hosts.html",
        rows=hosts.listed(call),
        channels=channels.listed(call),
        refusal=visit.refusal(HOSTS),
        no_channel=visit.refusal(ADMIN),
    )


@page("/hosts/<name:path>", need=ANYONE, live=("tasks",))
def one(visit: Visit, name: str) -> str:
    call = visit.call
    host = hosts.get(call, name, strict=True) or {}
    running = work.live(call, {"host_id": host["id"]})
    last = work.ended(call, host["id"], 15)
    found = changes.listed(call, ["host_config", "host_channels"], {"host": host["id"]}, {"limit": 40})
    return visit.render(
        "host.html",
        host=host,
        running=_shown(running),
        last=_shown(last),
        heard=hosts.last_update(call, host["id"], True),
        channels=channels.listed(call, host["id"]),
        every=[each["name"] for each in channels.listed(call)],
        refusal=visit.refusal(HOSTS),
        entries=histories.told(found),
        roots=buildroots.last_of(call, host["id"], 10),
    )


def _shown(rows: list[Row]) -> list[Row]:
    return [{**row, "shown": wording.task(row["state"]), "what": wording.method(row["method"])} for row in rows]


@page("/channels/<name:path>", need=ANYONE, live=("tasks",))
def channel(visit: Visit, name: str) -> str:
    found = channels.require(visit.call, name)
    waiting = work.live(visit.call, {"channel_id": found["id"]})
    return visit.render(
        "channel.html",
        channel=found,
        hosts=hosts.listed(visit.call, channel=found["id"]),
        waiting=_shown(waiting),
        refusal=visit.refusal(HOSTS),
    )

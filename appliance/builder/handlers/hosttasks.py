"""The tasks about build hosts themselves: restart, restartVerify, restartHosts, shutdown."""

import time

import koji

from appliance.builder import local
from appliance.builder.steps import UNFINISHED, Finished, Later, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import channels, hosts, tasks
from appliance.hub.hub import Call

_DAY = 86400.0


@handles("restart", weight=0.1)
def restart(work: Work) -> Step:
    """Begin anew on this host: what runs goes on, and restartVerify looks at the machine afresh."""
    _check_host(work, work.argument(0, "host"))
    return Finished("graceful restart initiated")


@handles("restartVerify", weight=0.1)
def restart_verify(work: Work) -> Step:
    """See that the restart is over; the local host has then taken note again of what the machine can do."""
    first, host = work.argument(0, "task_id"), work.argument(1, "host")
    with work.reading() as call:
        state = tasks.state(call, first)
    if state in UNFINISHED:
        return None
    if state != koji.TASK_STATES["CLOSED"]:
        raise GenericError(f"Stage one restart task is {koji.TASK_STATES[state]}")
    _check_host(work, host)
    with work.writing() as call:
        local.refresh(call)
    return Finished()


def _check_host(work: Work, host: Row) -> None:
    if host["id"] != work.session.host_id:
        raise GenericError("Host mismatch")


@handles("restartHosts")
def restart_hosts(work: Work) -> Step:
    """Restart the enabled hosts of a `channel` and of `arches`, or all, once each is idle; nil."""
    options = work.argument(0, "options") or {}
    if not _children(work):
        chosen = _chosen(work, options)
        with work.writing() as call:
            for host in chosen:
                _restart(call, work, host)
        return None
    left = [child for child in _children(work) if child["state"] in UNFINISHED]
    for child in _children(work):
        if child["state"] not in UNFINISHED:
            work.await_child(child["label"])
    if not left:
        return Finished()
    end = work.started + float(options.get("timeout") or _DAY)
    if time.time() >= end:
        raise GenericError(f"{len(left)} restart tasks have not ended in time")
    return Later(end)


def _chosen(work: Work, options: Row) -> list[Row]:
    with work.reading() as call:
        channel = channels.get(call, options["channel"], strict=True) if "channel" in options else None
        found = hosts.listed(
            call, arches=options.get("arches"), channel=channel["id"] if channel else None, enabled=True
        )
    if not found:
        raise GenericError("No matching hosts")
    return list(found)


def _restart(call: Call, work: Work, host: Row) -> None:
    first = work.make(call, f"restart {host['id']}", "restart", [host], assign=host["id"])
    work.make(call, f"sleep {host['id']}", "restartVerify", [first, host], assign=host["id"])


def _children(work: Work) -> list[Row]:
    with work.reading() as call:
        return [dict(child) for child in tasks.children(call, work.id)]


@handles("shutdown")
def shutdown(work: Work) -> Step:
    """Take no more tasks: the local host is disabled until somebody enables it."""
    with work.writing() as call:
        hosts.set_enabled(call, local.NAME, False)
    return Finished()

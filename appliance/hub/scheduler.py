"""Which host gets which task: by channel, arch, capacity and refusals; decided at once, whoever asks."""

import json
from dataclasses import dataclass
from itertools import product
from typing import Any

from appliance.arguments import check, convert, integer
from appliance.db.connection import Row
from appliance.db.models.tasks import Host, SchedulerMessage, SchedulerRun
from appliance.db.queries import scheduler as queries
from appliance.errors import GenericError, ParameterError
from appliance.hub import hosts, names, tasks
from appliance.hub.hub import Call

_RUN_INTERVAL = 60  # seconds, as in Koji
_ACTIVE = (tasks.OPEN, tasks.ASSIGNED)


@dataclass
class _Candidate:
    """A ready host while tasks are handed out."""

    id: int
    arches: frozenset[str]
    channels: frozenset[int]
    capacity: float
    max_jobs: int
    load: float = 0.0
    jobs: int = 0
    demand: float = 0.0

    def has_room(self, weight: float = 0.0) -> bool:
        """Whether it may take a task that needs WEIGHT free."""
        return self.jobs < self.max_jobs and self.capacity - self.load > max(0.0, weight)

    @property
    def rank(self) -> float:
        """Lower is idler: what it does, and what only it can do."""
        return self.load + self.jobs + self.demand


_Places = dict[tuple[int, str], list[_Candidate]]


# handing out


def assign(call: Call) -> list[tuple[int, int]]:
    """Give free tasks to hosts; the (task id, host id) that came of it. A host that asks is alive."""
    if call.session.host_id is not None:
        call.tx.execute(queries.SHOW_LIFE, {"host": call.session.host_id, "now": call.now()})
    return hand_out(call)


def hand_out(call: Call) -> list[tuple[int, int]]:
    """As `assign`, for whoever asks."""
    tend(call)
    hosts_at = _by_place([host for host in _candidates(call) if host.has_room()])
    arches: dict[int, set[str]] = {}
    for channel, arch in hosts_at:
        arches.setdefault(channel, set()).add(arch)
    free = queries.free(call.tx, tasks.FREE, arches)
    if not free:
        return []
    options = _options(call, free, hosts_at)
    _weigh_demand(free, options)
    chosen = [(task["id"], _choose(call, task, options[task["id"]])) for task in free]
    return [(task_id, host.id) for task_id, host in chosen if host and _give(call, task_id, host.id)]


def _by_place(hosts: list[_Candidate]) -> _Places:
    places: _Places = {}
    for host in hosts:
        for place in product(host.channels, host.arches):
            places.setdefault(place, []).append(host)
    return places


def _candidates(call: Call) -> list[_Candidate]:
    channels: dict[int, set[int]] = {}
    for host_id, channel_id in call.tx.tuples(queries.CHANNELS):
        channels.setdefault(host_id, set()).add(channel_id)
    loads = {row["host_id"]: row for row in call.tx.rows(queries.LOADS, {"active": _ACTIVE})}
    found = []
    for row in call.tx.rows(queries.HOSTS):
        busy = loads.get(row["id"], {"tasks": 0, "load": 0.0})
        found.append(
            _Candidate(
                row["id"],
                frozenset([*(row["arches"] or "").split(), "noarch"]),
                frozenset(channels.get(row["id"], ())),
                row["capacity"],
                _max_jobs(call, row["data"]),
                busy["load"],
                busy["tasks"],
            )
        )
    return found


def _max_jobs(call: Call, data: str | None) -> int:
    said = json.loads(data).get("maxjobs") if data else None
    return said if isinstance(said, int) and said > 0 else call.settings.scheduler.max_jobs


def _needed(call: Call, task: Row) -> float:
    """What must be free on a host: a heavy task may overcommit it a little, so that it gets a turn at all."""
    return float(task["weight"]) - call.settings.scheduler.capacity_overcommit


def _options(call: Call, free: list[Row], hosts_at: _Places) -> dict[int, list[_Candidate]]:
    refused = set(call.tx.tuples(queries.REFUSALS, {"free": tasks.FREE}))
    return {
        task["id"]: [
            host
            for host in hosts_at[task["channel_id"], task["arch"]]
            if host.has_room(_needed(call, task)) and (task["id"], host.id) not in refused
        ]
        for task in free
    }


def _weigh_demand(free: list[Row], options: dict[int, list[_Candidate]]) -> None:
    total = sum(task["weight"] for task in free if options[task["id"]]) or 1.0
    for task in free:
        for host in options[task["id"]]:
            host.demand += task["weight"] / len(options[task["id"]]) / total


def _choose(call: Call, task: Row, options: list[_Candidate]) -> _Candidate | None:
    fitting = [host for host in options if host.has_room(_needed(call, task))]
    if not fitting:
        return None
    host = min(fitting, key=lambda each: each.rank)
    host.load += task["weight"]
    host.jobs += 1
    return host


def _give(call: Call, task_id: int, host_id: int, force: bool = False, override: bool = False) -> bool:
    if not tasks.assign(call, task_id, host_id, force):
        note(call, "Assignment failed", task_id, host_id)
        return False
    note(call, "Assigning task (override)" if override else "Assigning task", task_id, host_id)
    call.tx.update(SchedulerRun, {"active": False}, task_id=task_id, active=True)
    if not override:
        call.tx.insert(SchedulerRun, task_id=task_id, host_id=host_id, create_time=call.now())
    return True


def assign_by_hand(call: Call, task_id: Any, host: Any, force: bool = False, override: bool = False) -> bool:
    """Give a task to a host as an admin wants it; False where its state forbids that, unless with FORCE.

    OVERRIDE leaves no trace from which `tend` could take the task back.
    """
    task_id = integer(task_id)
    found = names.lookup(call, Host, host)
    if found is None:
        raise GenericError(f"Invalid hostInfo: {host}")
    return _give(call, task_id, found["id"], bool(force), bool(override))


# looking after hosts and what they were given


def tend(call: Call) -> None:
    """Take tasks back from hosts that do not begin them or are gone, and forget what is over."""
    limits, now = call.settings.scheduler, call.now()
    call.tx.execute(queries.STALE_REFUSALS, {"cutoff": now - limits.soft_refusal_timeout, "finished": tasks.FINISHED})
    for host_id in call.tx.column(queries.SILENT_HOSTS, {"cutoff": now - limits.ready_timeout}):
        note(call, "Marking host not ready", host_id=host_id)
        call.tx.update(Host, {"ready": False}, id=host_id)
    _take_back(call, now)
    call.tx.execute(queries.END_RUNS, {"active": _ACTIVE})


def _take_back(call: Call, now: float) -> None:
    limits = call.settings.scheduler
    cutoff = {"assigned": tasks.ASSIGNED, "cutoff": now - limits.assign_timeout}
    for row in call.tx.rows(queries.UNBEGUN, cutoff):
        if row["seen"]:
            _set_refusal(call, row["task_id"], row["host_id"], "assignment timeout")
        note(call, "Task assignment timeout", row["task_id"], row["host_id"])
        tasks.free(call, row["task_id"])
    cutoff = {"open": tasks.OPEN, "cutoff": now - limits.host_timeout}
    for row in call.tx.rows(queries.ORPHANS, cutoff):
        note(call, "Freeing task from unresponsive host", row["task_id"], row["host_id"])
        tasks.free(call, row["task_id"])


def note(call: Call, message: str, task_id: int | None = None, host_id: int | None = None) -> None:
    """Put a line into the scheduler's log, which `scheduler.getLogMessages` shows."""
    call.tx.insert(SchedulerMessage, msg=message, task_id=task_id, host_id=host_id, msg_time=call.now())


# what hosts say and ask


def check_in(call: Call, task_load: Any, ready: Any, data: Row | None = None) -> None:
    """The asking host is alive, is that busy, and takes tasks if READY; DATA as in `set_host_data`."""
    load = convert(task_load, float)
    if load < 0:
        raise ParameterError(f"Invalid value for task_load: {load}")
    values = {"task_load": load, "ready": check(ready, bool), "update_time": call.now()}
    call.tx.update(Host, values, id=call.session.host_id)
    if data is not None:
        set_host_data(call, _told(data))
    call.ring("tasks")


def assigned(call: Call) -> list[Row]:
    """The tasks that the asking host shall begin, most urgent first; handed out now if there are none yet."""
    params = {"host": call.session.host_id, "assigned": tasks.ASSIGNED}
    found = call.tx.rows(queries.ASSIGNED, params)
    if found:
        return found
    hand_out(call)
    _note_run(call)
    return call.tx.rows(queries.ASSIGNED, params)


def run(call: Call, force: Any = False) -> bool:
    """Hand free tasks out. Without FORCE not again within a minute, and False: what came since has been handed
    out as it came.
    """
    if not convert(force, bool) and not _note_run(call):
        return False
    hand_out(call)
    return True


def _note_run(call: Call) -> bool:
    """Whether the last run that was asked for is a minute ago; if so, there is one now."""
    if 0 <= call.now() - call.hub.last_run < _RUN_INTERVAL:
        return False
    call.hub.last_run = call.now()
    return True


def load_data(call: Call) -> list[list[Row]]:
    """[[the asking host with the ids of its channels], the tasks that it shall begin]."""
    host = hosts.get(call, call.session.host_id, strict=True)
    assert host is not None
    channels = call.tx.column(queries.CHANNELS_OF, {"host": call.session.host_id})
    return [[{**host, "channels": channels}], assigned(call)]


def refuse(call: Call, task_id: Any, soft: Any = True, message: Any = "") -> None:
    """The asking host does not take a task it was given: not for now (SOFT) or never."""
    message = convert(message, str)
    found = tasks.require(call, task_id)
    if found["host_id"] != call.session.host_id:
        return
    _set_refusal(call, found["id"], found["host_id"], message, bool(soft), by_host=True)
    tasks.free(call, found["id"])


def _set_refusal(
    call: Call, task_id: int, host_id: int, message: str, soft: bool = True, by_host: bool = False
) -> None:
    call.tx.execute(
        queries.SET_REFUSAL,
        {
            "task": task_id,
            "host": host_id,
            "soft": soft,
            "by_host": by_host,
            "msg": message,
            "now": call.now(),
        },
    )
    note(call, f"Host refused task: {message}", task_id, host_id)


def keep_here(call: Call, task_id: int, reason: str) -> None:
    """See that no other host than the local one gets a task: it stands as refused by each, for that reason.

    Where there is no local host, whoever comes may try.
    """
    for host_id in call.tx.column(queries.OTHERS, {"mine": hosts.LOCAL}):
        _set_refusal(call, task_id, host_id, reason, soft=False)


def set_host_data(call: Call, data: Any) -> None:
    """Remember what the asking host says of itself: a dict (`maxjobs`, `methods`, ...), or its JSON text."""
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError:
            raise ParameterError("Host data should be a dictionary") from None
    data = _told(data)
    call.tx.execute(queries.SET_DATA, {"host": call.session.host_id, "data": json.dumps(data)})


def _told(data: Any) -> Row:
    if not isinstance(data, dict):
        raise ParameterError("Host data should be a dictionary")
    return data


def host_data(call: Call, host_id: Any = None) -> list[Row]:
    """`{host_id, data}` of all hosts that have said something, or of one."""
    rows = call.tx.rows(queries.HOST_DATA, {"host": integer(host_id, optional=True)})
    return [{**row, "data": json.loads(row["data"])} for row in rows]


# what it remembers


def runs(call: Call, clauses: Any = None, fields: Any = None, opts: Row | None = None) -> Any:
    """Which host was given which task; by default `id, task_id, host_id, active, create_ts`."""
    opts = {"order": "id"} if opts is None else opts
    return queries.RUNS.select(clauses, fields, opts).rows(call.tx, opts)


def refusals(call: Call, clauses: Any = None, fields: Any = None) -> Any:
    """Which host refused which task; by default `id, task_id, host_id, by_host, soft, msg, ts`."""
    return queries.REFUSED.select(clauses, fields).rows(call.tx)


def messages(call: Call, clauses: Any = None, fields: Any = None, opts: Row | None = None) -> Any:
    """The scheduler's log; by default `id, task_id, host_id, msg, msg_ts`."""
    opts = {"order": "id"} if opts is None else opts
    return queries.LOG.select(clauses, fields, opts).rows(call.tx, opts)

"""The local build host: its row in the hub, its arches, how much it can do at once."""

import json
import os
import shutil
from pathlib import Path

import koji

from appliance.builder import arches
from appliance.db.connection import Row
from appliance.db.models.tasks import Host, HostConfig
from appliance.db.queries import scheduler as queries
from appliance.errors import ConfigurationError
from appliance.hub import bootstrap, channels, hosts, tasks
from appliance.hub.hub import Call, Session

NAME = hosts.LOCAL
_MAX_JOBS = 1000  # capacity is what limits the local host: most open tasks only wait
CHANNELS = ("default", "createrepo", "maven", "image", "livemedia", "appliance", "livecd", "runroot")
_UNBEGUN = "SELECT id FROM task WHERE host_id = :host AND state = :assigned"


def capacity() -> float:
    """Koji's capacity: the summed weight of tasks that may run at once; a build weighs about 1.5."""
    return max(2.0, min(2.0 * (os.cpu_count() or 1), memory_mb() / 1024))


def memory_mb() -> float:
    """The machine's memory in MiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20


def register(call: Call) -> Row:
    """The local host's row, made where there is none; it gets no tasks before `ensure` says that it works."""
    found = _find(call)
    if found is not None:
        return found
    if not call.session.logged_in:
        call.session = bootstrap.operator(call)
    if not call.session.logged_in:
        raise ConfigurationError(
            "there is no user yet who could make the local host: bootstrap one, or serve --no-builder"
        )
    for name in CHANNELS:
        if channels.get(call, name) is None:
            channels.create(call, name)
    host_id = hosts.create(call, NAME, arches.mine(), CHANNELS)
    call.tx.update(HostConfig, {"capacity": capacity()}, host_id=host_id, revoke_event=None)
    _tell(call, host_id)
    made = _find(call)
    assert made is not None
    return made


def _tell(call: Call, host_id: int) -> None:
    """Remember what the machine was found able to do, as hosts of Koji's do."""
    data = json.dumps({"maxjobs": _MAX_JOBS, "arches": arches.mine()})
    call.tx.execute(queries.SET_DATA, {"host": host_id, "data": data})


def ensure(call: Call) -> Session:
    """The local host's session; says that the host is alive, ready if there is room for a build."""
    found = register(call)
    refresh(call)
    ready = has_room(call.paths.jobs, call.settings.builder.min_disk_mb)
    call.tx.update(Host, {"update_time": call.now(), "ready": ready}, id=found["id"])
    return Session(
        user_id=found["user_id"],
        user_name=NAME,
        usertype=koji.USERTYPES["HOST"],
        host_id=found["id"],
        exclusive=True,
    )


def has_room(place: Path, megabytes: int) -> bool:
    """Whether a file system has so much space left."""
    return shutil.disk_usage(place).free >= megabytes << 20


def refresh(call: Call) -> None:
    """Take note if this machine can run other arches than before; what an admin has set is kept till then."""
    found = register(call)
    told = call.tx.value("SELECT data FROM scheduler_host_data WHERE host_id = :host", {"host": found["id"]})
    if not told or json.loads(told).get("arches") != arches.mine():
        hosts.edit(call, found["id"], {"arches": " ".join(arches.mine())})
        _tell(call, found["id"])


def leave(call: Call) -> None:
    """Nobody works here from now on: no new tasks, and those that were not begun are for other hosts."""
    found = _find(call)
    if found is not None:
        call.tx.update(Host, {"ready": False}, id=found["id"])
        for task_id in call.tx.column(_UNBEGUN, {"host": found["id"], "assigned": tasks.ASSIGNED}):
            tasks.free(call, task_id)


def _find(call: Call) -> Row | None:
    return call.tx.row("SELECT id, user_id FROM host WHERE name = :name", {"name": NAME})


def mock_configurations(directory: Path = Path("/etc/mock")) -> list[tuple[str, Path]]:
    """(chroot name, file) of the host's mock configurations that this machine can build in."""
    mine = set(arches.mine())
    found = [(path.stem, path) for path in sorted(directory.glob("*-*-*.cfg"))]
    return [(name, path) for name, path in found if name.rsplit("-", 1)[1] in mine]

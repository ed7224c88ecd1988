"""The local build host: its row in the hub, its arches, how much it can do at once."""

import json
import os
import platform
from pathlib import Path

import koji

from appliance.db.connection import Row
from appliance.db.models.tasks import Host, HostConfig, SchedulerHostData
from appliance.hub import hosts
from appliance.hub.hub import Call, Session

NAME = "localhost"
_MAX_JOBS = 1000  # capacity is what limits the local host: most open tasks only wait
CHANNELS = ("default", "createrepo", "maven", "image", "livemedia", "appliance", "livecd")
_SIBLINGS = {"x86_64": ("i686",), "aarch64": (), "ppc64le": (), "s390x": (), "riscv64": ()}
_QEMU = {"aarch64": "aarch64", "ppc64le": "ppc64le", "s390x": "s390x", "riscv64": "riscv64", "x86_64": "x86_64"}


def arches(binfmt: Path = Path("/proc/sys/fs/binfmt_misc")) -> list[str]:
    """What this machine can run: its own arch first, its 32-bit sibling, then those that qemu-user runs."""
    own = platform.machine()
    foreign = [arch for arch, name in _QEMU.items() if arch != own and _registered(binfmt / f"qemu-{name}")]
    return [own, *_SIBLINGS.get(own, ()), *foreign]


def _registered(entry: Path) -> bool:
    try:
        return entry.read_text().startswith("enabled")
    except OSError:
        return False


def capacity() -> float:
    """Koji's capacity: the summed weight of tasks that may run at once; a build weighs about 1.5."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return max(2.0, min(2.0 * (os.cpu_count() or 1), memory_gib))


def ensure(call: Call) -> Session:
    """The local host's session; makes the host where there is none, and says what it can do now."""
    found = _find(call)
    if found is None:
        hosts.create(call, NAME, arches(), CHANNELS)
        found = _find(call)
        assert found is not None
        call.tx.update(HostConfig, {"capacity": capacity()}, host_id=found["id"], revoke_event=None)
        call.tx.insert(SchedulerHostData, host_id=found["id"], data=json.dumps({"maxjobs": _MAX_JOBS}))
    call.tx.update(Host, {"update_time": call.now(), "ready": True}, id=found["id"])
    return Session(
        user_id=found["user_id"], user_name=NAME, usertype=koji.USERTYPES["HOST"], host_id=found["id"],
        exclusive=True,
    )


def _find(call: Call) -> Row | None:
    return call.tx.row("SELECT id, user_id FROM host WHERE name = :name", {"name": NAME})


def mock_configurations(directory: Path = Path("/etc/mock")) -> list[tuple[str, Path]]:
    """(chroot name, file) of the host's mock configurations that this machine can build in."""
    mine = set(arches())
    found = [(path.stem, path) for path in sorted(directory.glob("*-*-*.cfg"))]
    return [(name, path) for name, path in found if name.rsplit("-", 1)[1] in mine]

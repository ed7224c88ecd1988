"""Methods of storage volumes."""

from typing import Any

from appliance.hub import volumes
from appliance.hub.authority import ADMIN, ANYONE
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ANYONE)
def getVolume(call: Call, volume: Any, strict: bool = False) -> Any:
    """`id` and `name` of a volume; nil, with `strict` an error, if there is none."""
    return volumes.get(call, volume, strict)


@method(ANYONE)
def listVolumes(call: Call) -> Any:
    """All volumes: `id`, `name`."""
    return volumes.listed(call)


@method(ADMIN, writes=True)
def addVolume(call: Call, name: Any, strict: bool = True) -> Any:
    """A new volume, whose directory must be there; `id` and `name`. Without `strict` it may exist already."""
    return volumes.add(call, name, strict)


@method(ADMIN, writes=True)
def removeVolume(call: Call, volume: Any) -> None:
    """Forget a volume on which no build lies."""
    volumes.remove(call, volume)


@method(ADMIN, writes=True)
def changeBuildVolume(call: Call, build: Any, volume: Any, strict: bool = True) -> None:
    """Move a build to a volume; with `strict` it is an error if it is there already."""
    volumes.change(call, build, volume, strict)


@method(ADMIN, writes=True)
def applyVolumePolicy(call: Call, build: Any, strict: bool = False) -> None:
    """Move a build to where the hub policy `volume` wants it; with `strict` that must name a volume."""
    volumes.apply_policy(call, build, strict)

"""Methods of build targets."""

from typing import Any

from appliance.hub import targets
from appliance.hub.authority import ANYONE, permission
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

TARGET = permission("target")


@method(TARGET, writes=True)
def createBuildTarget(call: Call, name: Any, build_tag: Any, dest_tag: Any) -> None:
    """Make a target of two tags (name or id): builds are made in the first and go to the second."""
    targets.create(call, name, build_tag, dest_tag)


@method(TARGET, writes=True)
def editBuildTarget(call: Call, buildTargetInfo: Any, name: Any, build_tag: Any, dest_tag: Any) -> None:
    """Give a target a name and both tags."""
    targets.edit(call, buildTargetInfo, name, build_tag, dest_tag)


@method(TARGET, writes=True)
def deleteBuildTarget(call: Call, buildTargetInfo: Any) -> None:
    """Delete a target; what it was stays readable by event."""
    targets.delete(call, buildTargetInfo)


@method(ANYONE)
def getBuildTarget(call: Call, info: Any, event: Any = None, strict: bool = False) -> Any:
    """A target's `id, name, build_tag, build_tag_name, dest_tag, dest_tag_name`; nil if there is none, with
    `strict` a fault.
    """
    return targets.get(call, info, event, strict)


@method(ANYONE)
def getBuildTargets(
    call: Call,
    info: Any = None,
    event: Any = None,
    buildTagID: Any = None,
    destTagID: Any = None,
    queryOpts: Any = None,
) -> Any:
    """Targets as in `getBuildTarget`: all, that of a name or id, those of a build or destination tag."""
    return targets.listing(call, info, event, buildTagID, destTagID, queryOpts)

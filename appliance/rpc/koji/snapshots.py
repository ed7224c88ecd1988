"""Methods that copy tags."""

from typing import Any

from appliance.hub import snapshots
from appliance.hub.authority import permission
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

TAG = permission("tag")


@method(TAG, writes=True)
def snapshotTag(
    call: Call,
    src: Any,
    dst: Any,
    config: bool = True,
    pkgs: bool = True,
    builds: bool = True,
    groups: bool = True,
    latest_only: bool = True,
    inherit_builds: bool = True,
    event: Any = None,
    force: bool = False,
) -> None:
    """Copy tag `src`, now or as of `event`, to a new tag `dst`: configuration, packages, builds, groups.

    Inherited content is copied, inheritance and external repositories are not. `force` copies a locked tag.
    """
    wanted = snapshots.Copied(config, pkgs, builds, groups, latest_only, inherit_builds, event, force)
    snapshots.take(call, src, dst, wanted)


@method(TAG, writes=True)
def snapshotTagModify(
    call: Call,
    src: Any,
    dst: Any,
    config: bool = True,
    pkgs: bool = True,
    builds: bool = True,
    groups: bool = True,
    latest_only: bool = True,
    inherit_builds: bool = True,
    event: Any = None,
    force: bool = False,
    remove: bool = False,
) -> None:
    """Bring an existing tag in line with `src`, builds in the same order; `remove` takes away what `src`
    lacks.

    Packages that only the target lists are blocked in it.
    """
    wanted = snapshots.Copied(config, pkgs, builds, groups, latest_only, inherit_builds, event, force, remove)
    snapshots.bring_in_line(call, src, dst, wanted)

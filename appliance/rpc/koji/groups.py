"""Methods of comps groups in tags."""

from typing import Any

from appliance.hub import groups
from appliance.hub.authority import ANYONE, permission
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

TAG = permission("tag")


@method(ANYONE)
def getTagGroups(
    call: Call,
    tag: Any,
    event: Any = None,
    inherit: bool = True,
    incl_pkgs: bool = True,
    incl_reqs: bool = True,
    incl_blocked: bool = False,
) -> Any:
    """A tag's groups, inherited ones too: `name, group_id, tag_id, display_name, description, exported,
    is_default, uservisible, langonly, biarchonly, blocked`.

    `incl_pkgs`: with `packagelist`, structs of `package, type, basearchonly, requires, ...`. `incl_reqs`:
    with `grouplist`, structs of `req_id, name, type, is_metapkg, ...`. `incl_blocked`: what is blocked too.
    """
    return groups.of_tag(call, tag, event, inherit, incl_pkgs, incl_reqs, incl_blocked)


@method(TAG, writes=True)
def groupListAdd(call: Call, taginfo: Any, grpinfo: Any, block: bool = False, force: bool = False, **opts: Any) -> None:
    """Make a group part of a tag, or change it there.

    Options: `display_name, description, exported, is_default, uservisible, langonly, biarchonly`.
    `force` is needed for one that is blocked.
    """
    groups.add(call, taginfo, grpinfo, block, force, **opts)


@method(TAG, writes=True)
def groupListRemove(call: Call, taginfo: Any, grpinfo: Any, force: bool = False) -> None:
    """End what a tag itself says of a group; with `force` no fault if it says nothing."""
    groups.remove(call, taginfo, grpinfo, force)


@method(TAG, writes=True)
def groupListBlock(call: Call, taginfo: Any, grpinfo: Any) -> None:
    """Block a group in a tag."""
    groups.block(call, taginfo, grpinfo)


@method(TAG, writes=True)
def groupListUnblock(call: Call, taginfo: Any, grpinfo: Any) -> None:
    """End a tag's own block of a group."""
    groups.unblock(call, taginfo, grpinfo)


@method(TAG, writes=True)
def groupPackageListAdd(
    call: Call,
    taginfo: Any,
    grpinfo: Any,
    pkg_name: Any,
    block: bool = False,
    force: bool = False,
    **opts: Any,
) -> None:
    """Put a package into a group, or change its `type, basearchonly, requires` there."""
    groups.add_package(call, taginfo, grpinfo, pkg_name, block, force, **opts)


@method(TAG, writes=True)
def groupPackageListRemove(call: Call, taginfo: Any, grpinfo: Any, pkg_name: Any) -> None:
    """End what a tag itself says of a package in a group."""
    groups.remove_package(call, taginfo, grpinfo, pkg_name)


@method(TAG, writes=True)
def groupPackageListBlock(call: Call, taginfo: Any, grpinfo: Any, pkg_name: Any) -> None:
    """Block a package in a group."""
    groups.block_package(call, taginfo, grpinfo, pkg_name)


@method(TAG, writes=True)
def groupPackageListUnblock(call: Call, taginfo: Any, grpinfo: Any, pkg_name: Any) -> None:
    """End a tag's own block of a package in a group."""
    groups.unblock_package(call, taginfo, grpinfo, pkg_name)


@method(TAG, writes=True)
def groupReqListAdd(
    call: Call,
    taginfo: Any,
    grpinfo: Any,
    reqinfo: Any,
    block: bool = False,
    force: bool = False,
    **opts: Any,
) -> None:
    """Make a group require another one, or change its `type, is_metapkg`."""
    groups.add_requirement(call, taginfo, grpinfo, reqinfo, block, force, **opts)


@method(TAG, writes=True)
def groupReqListRemove(call: Call, taginfo: Any, grpinfo: Any, reqinfo: Any, force: Any = None) -> None:
    """End what a tag itself says of a requirement. `force` is taken and means nothing."""
    groups.remove_requirement(call, taginfo, grpinfo, reqinfo)


@method(TAG, writes=True)
def groupReqListBlock(call: Call, taginfo: Any, grpinfo: Any, reqinfo: Any) -> None:
    """Block a requirement of a group."""
    groups.block_requirement(call, taginfo, grpinfo, reqinfo)


@method(TAG, writes=True)
def groupReqListUnblock(call: Call, taginfo: Any, grpinfo: Any, reqinfo: Any) -> None:
    """End a tag's own block of a requirement."""
    groups.unblock_requirement(call, taginfo, grpinfo, reqinfo)

"""Methods of tags: configuration, inheritance, access, and what changed when."""

from typing import Any

from appliance.errors import GenericError, ParameterError
from appliance.hub import builds, inheritance, packages, tag_changes, tags
from appliance.hub.authority import ANYONE, permission
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

TAG = permission("tag")


@method(TAG, writes=True)
def createTag(
    call: Call,
    name: Any,
    parent: Any = None,
    arches: Any = None,
    perm: Any = None,
    locked: bool = False,
    maven_support: bool = False,
    maven_include_all: bool = False,
    extra: Any = None,
) -> int:
    """Make a tag; its id.

    - parent: name or id of a tag to inherit from, at priority 0
    - arches: text, architectures separated by blanks
    - perm: name or id of the permission that tagging asks for
    - locked: no tagging without force
    - extra: struct of further settings
    """
    return tags.create(call, name, parent, arches, perm, locked, maven_support, maven_include_all, extra)


@method(ANYONE)
def getTag(call: Call, tagInfo: Any, strict: bool = False, event: Any = None, blocked: bool = False) -> Any:
    """A tag's `id, name, arches, locked, maven_support, maven_include_all, perm_id, perm, extra`, or nil.

    With `strict` a fault instead of nil. `event`: an event's id, or `auto` for a deleted tag as it was at
    last; `query_event` is in the answer then. With `blocked` each extra is [is it blocked, value].
    """
    return tags.get(call, tagInfo, strict, event, blocked)


@method(ANYONE, writes="create")
def getTagID(call: Call, info: Any, strict: bool = False, create: bool = False) -> Any:
    """The id that a name has, or had before the tag was deleted. With `create` the name gets one."""
    return tags.identify(call, info, strict, create)


@method(ANYONE)
def listTags(
    call: Call,
    build: Any = None,
    package: Any = None,
    perms: bool = True,
    queryOpts: Any = None,
    pattern: Any = None,
) -> Any:
    """The tags there are, as `getTag` without `extra`, and without the permission if `perms` is false.

    - build: only those that it is tagged into
    - package: only those whose own list has it, with `owner_id, owner_name, blocked, extra_arches`
    - pattern: only names that this shell pattern fits, in either case of letters
    """
    if build is not None and package is not None:
        raise GenericError("only one of build and package may be specified")
    return tags.listing(call, _build(call, build), _package(call, package), perms, pattern, queryOpts)


def _build(call: Call, info: Any) -> int | None:
    found = info is not None and builds.get(call, info)
    if found is None:
        raise GenericError(f"No such build: {info}")
    return found["id"] if found else None


def _package(call: Call, info: Any) -> int | None:
    found = info is not None and packages.get(call, info)
    if found is None:
        raise GenericError(f"No such package: {info}")
    return found["id"] if found else None


@method(TAG, writes=True)
def editTag(
    call: Call, tagInfo: Any, name: Any, arches: Any, locked: Any, permissionID: Any, extra: Any = None
) -> None:
    """Set a tag's name, arches, lock and permission, and add further settings in `extra`; see `editTag2`."""
    tags.edit(call, tagInfo, name=name, arches=arches, locked=locked, perm_id=permissionID, extra=extra)


@method(TAG, writes=True)
def editTag2(call: Call, tagInfo: Any, **kwargs: Any) -> None:
    """Change what is given of a tag.

    - name, arches, locked, maven_support, maven_include_all
    - perm: name or id of a permission, nil for none
    - extra: struct of settings to add or replace
    - remove_extra: list of keys of settings to remove
    - block_extra: list of keys whose inherited settings shall not count
    """
    tags.edit(call, tagInfo, **kwargs)


@method(TAG, writes=True)
def deleteTag(call: Call, tagInfo: Any) -> None:
    """Delete a tag; what it was stays readable by event."""
    tags.delete(call, tagInfo)


@method(ANYONE)
def getBuildConfig(call: Call, tag: Any, event: Any = None) -> Any:
    """As `getTag`, with inherited arches and extra settings; `config_inheritance` says from where."""
    return tags.build_config(call, tag, event)


@method(ANYONE)
def checkTagAccess(call: Call, tag_id: Any, user_id: Any = None) -> Any:
    """[may the user (default: the asking one) tag, may that be forced, why not]."""
    return list(tags.access(call, tag_id, user_id))


@method(ANYONE)
def getInheritanceData(call: Call, tag: Any, event: Any = None) -> Any:
    """The tag's own links, by priority: `child_id, parent_id, name` (the parent's)`, priority, maxdepth,
    intransitive, noconfig, pkg_filter`.
    """
    return inheritance.parents(call, tags.known(call, tag), event)


@method(TAG, writes=True)
def setInheritanceData(call: Call, tag: Any, data: Any, clear: bool = False) -> None:
    """Set links of a tag to parents.

    - data: a list of structs with all fields of `getInheritanceData` but `child_id` and `name`; one with a
      true `delete link` needs `parent_id` alone
    - clear: end all others
    """
    inheritance.write(call, tags.known(call, tag), data, clear)


@method(ANYONE)
def getFullInheritance(call: Call, tag: Any, event: Any = None, reverse: bool = False, **kwargs: Any) -> Any:
    """All links that count for a tag, in the order in which they do: as `getInheritanceData`, with
    `currdepth, nextdepth, filter`. With `reverse` the links from the tags that inherit from it, which have
    `tag_id`.
    """
    _refuse_removed(kwargs)
    tag_id = tag if type(tag) is int else tags.known(call, tag)
    return inheritance.full(call, tag_id, event, reverse)


def _refuse_removed(options: dict[str, Any]) -> None:
    """`stops` and `jumps` are taken as long as they are empty, as old clients send them."""
    for name, value in options.items():
        if name not in ("stops", "jumps"):
            raise ParameterError(f"getFullInheritance() got an unexpected keyword argument '{name}'")
        if value:
            raise ParameterError(f"{name} option has been removed since 1.26")


@method(ANYONE)
def tagChangedSinceEvent(call: Call, event: Any, taglist: Any) -> bool:
    """Whether any of the tags (a list of ids; no inheritance) changed after an event."""
    return tag_changes.since(call, event, taglist)


@method(ANYONE)
def tagFirstChangeEvent(call: Call, tag: Any, after: Any = None, inherit: bool = True) -> Any:
    """The first event after `after` that changed a tag or what it inherits from; the one that made it if
    `after` is nil. nil if nothing changed.
    """
    return tag_changes.first(call, tag, after, inherit)


@method(ANYONE)
def tagLastChangeEvent(call: Call, tag: Any, before: Any = None, inherit: bool = True) -> Any:
    """The latest event (before `before`) that changed a tag or what it inherits from, or nil."""
    return tag_changes.last(call, tag, before, inherit)

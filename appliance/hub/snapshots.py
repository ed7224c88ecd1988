"""Snapshots: a tag's content copied into a new tag, or an existing tag brought in line with another.

Each step stands under an event of its own, so that the order of builds is the order of their tagging.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from appliance.db.connection import Row
from appliance.errors import GenericError, ParameterError
from appliance.hub import groups, packages, tagged, tagging, tags
from appliance.hub.hub import Call

_CONFIG = ("arches", "locked", "maven_support", "maven_include_all")


@dataclass(frozen=True)
class Copied:
    """What is copied, as of EVENT: configuration, package list, builds (the latest or all, inherited or own),
    groups.

    FORCE copies from and to locked tags. REMOVE, where a tag is brought in line, takes away what the source
    lacks.
    """

    config: bool = True
    packages: bool = True
    builds: bool = True
    groups: bool = True
    latest: bool = True
    inherit: bool = True
    event: Any = None
    force: bool = False
    remove: bool = False


def take(call: Call, source_info: Any, name: Any, wanted: Copied) -> None:
    """Copy a tag to a new one. Inheritance and external repositories are not copied, inherited content is."""
    _check(wanted)
    if tags.get(call, name):
        raise GenericError("Target tag already exists")
    source = tags.require(call, source_info, event=wanted.event)
    if source["locked"] and not wanted.force:
        raise GenericError("Source tag is locked, use force to copy")
    config = {key: source[key] for key in _CONFIG}
    extra = {"perm": source["perm_id"], "extra": source["extra"]}
    target_id = _step(call, tags.create, name, **({**config, **extra} if wanted.config else {}))
    target = tags.require(call, target_id)
    if wanted.packages:
        for entry in packages.listed(call, tag_id=source["id"], event=wanted.event, inherit=True):
            _put_package(call, target, entry, entry["blocked"])
    if wanted.builds:
        for build in _builds(call, source, wanted):
            _step(call, tagging.tag, target, build, force=True)
    if wanted.groups:
        for group in groups.of_tag(call, source["id"], wanted.event):
            _put_group(call, target, group, True)
            _fill_group(call, target, group, True)


def bring_in_line(call: Call, source_info: Any, target_info: Any, wanted: Copied) -> None:
    """Make an existing tag hold what another one holds, the builds in the same order."""
    _check(wanted)
    source = tags.require(call, source_info, event=wanted.event)
    target = tags.require(call, target_info)
    if (source["locked"] or target["locked"]) and not wanted.force:
        raise GenericError("Source or destination tag is locked, use force to copy")
    if wanted.config:
        _copy_config(call, source, target)
    if wanted.packages:
        _align_packages(call, source, target, wanted)
    if wanted.builds:
        _align_builds(call, source, target, wanted)
    if wanted.groups:
        _align_groups(call, source, target, wanted)


def _check(wanted: Copied) -> None:
    if wanted.builds and not wanted.packages:
        raise ParameterError("builds can't be used without pkgs in snapshotTag")


def _step(call: Call, verb: Callable[..., Any], *args: Any, **options: Any) -> Any:
    done = verb(call, *args, **options)
    call.tx.end_event()
    return done


def _copy_config(call: Call, source: Row, target: Row) -> None:
    gone = [key for key in target["extra"] if key not in source["extra"]]
    config = {key: source[key] for key in (*_CONFIG, "perm_id", "extra")}
    _step(call, tags.edit, target["id"], remove_extra=gone, **config)


# packages


def _put_package(call: Call, target: Row, entry: Row, block: bool, update: bool = False) -> None:
    _step(
        call,
        packages.put,
        target["id"],
        entry["package_name"],
        entry["owner_id"],
        block=block,
        extra_arches=entry["extra_arches"],
        force=True,
        update=update,
    )


def _align_packages(call: Call, source: Row, target: Row, wanted: Copied) -> None:
    """Block what only the target lists, add what only the source lists; what both list stays."""
    ours = packages.listed(call, tag_id=source["id"], event=wanted.event, inherit=True)
    theirs = packages.listed(call, tag_id=target["id"], inherit=True)
    for entry in _without(theirs, ours):
        _put_package(call, target, entry, True, update=True)
    for entry in _without(ours, theirs):
        _put_package(call, target, entry, entry["blocked"])


def _without(entries: list[Row], others: list[Row]) -> list[Row]:
    known = {each["package_id"] for each in others}
    return [each for each in entries if each["package_id"] not in known]


# builds


def _builds(call: Call, source: Row, wanted: Copied) -> list[Row]:
    """The source's builds, first tagged first."""
    asked = tagged.Filter(event=wanted.event, inherit=wanted.inherit, latest=wanted.latest)
    return tagged.listed(call, source["id"], asked)[::-1]


def _align_builds(call: Call, source: Row, target: Row, wanted: Copied) -> None:
    ours = _by_package(_builds(call, source, wanted))
    theirs = _by_package(tagged.listed(call, target["id"], tagged.Filter())[::-1])
    if wanted.remove:
        for package_id in set(theirs) - set(ours):
            _untag_all(call, target, theirs[package_id])
    for package_id, order in ours.items():
        _align_package(call, target, order, theirs.get(package_id, []), wanted.remove)


def _by_package(found: list[Row]) -> dict[int, list[Row]]:
    packaged: dict[int, list[Row]] = {}
    for build in found:
        packaged.setdefault(build["package_id"], []).append(build)
    return packaged


def _align_package(call: Call, target: Row, order: list[Row], there: list[Row], remove: bool) -> None:
    """Tag what is missing; what is there but comes too early in ORDER is tagged anew. Others go, or stay as
    oldest.
    """
    ids = {build["id"] for build in order}
    extra = [build for build in there if build["id"] not in ids]
    if remove:
        _untag_all(call, target, extra)
        there = [build for build in there if build["id"] in ids]
    left = list(there)
    for build in order if remove else extra + order:
        while left and left[0]["id"] != build["id"]:
            _untag_all(call, target, [left.pop(0)])
        if left:
            left.pop(0)
        else:
            _step(call, tagging.tag, target, build)


def _untag_all(call: Call, target: Row, found: list[Row]) -> None:
    for build in found:
        _step(call, tagging.untag, target, build)


# groups


def _put_group(call: Call, target: Row, group: Row, force: bool) -> None:
    _step(call, groups.add, target["id"], group["name"], block=group["blocked"], force=force)


def _fill_group(call: Call, target: Row, group: Row, force: bool) -> None:
    for each in group["packagelist"]:
        _step(call, groups.add_package, target["id"], group["name"], each["package"], each["blocked"], force)
    for each in group["grouplist"]:
        _step(call, groups.add_requirement, target["id"], group["name"], each["name"], each["blocked"], force)


def _align_groups(call: Call, source: Row, target: Row, wanted: Copied) -> None:
    """As in Koji, a group that comes new gets its packages and requirements only when this is done again."""
    ours = _by_name(groups.of_tag(call, source["id"], wanted.event, blocked=True))
    theirs = _by_name(groups.of_tag(call, target["id"], blocked=True))
    for name, group in ours.items():
        if name not in theirs or group["blocked"] != theirs[name]["blocked"]:
            _put_group(call, target, group, wanted.force)
    if wanted.remove:
        _remove_groups(call, target, [group for name, group in theirs.items() if name not in ours])
    for name in ours:
        if name in theirs:
            _align_group(call, target, ours[name], theirs[name], wanted)


def _by_name(found: list[Row]) -> dict[str, Row]:
    return {each["name"]: each for each in found}


def _remove_groups(call: Call, target: Row, found: list[Row]) -> None:
    for group in found:
        if group["tag_id"] == target["id"]:
            _step(call, groups.remove, target["id"], group["name"])
        else:
            _step(call, groups.block, target["id"], group["name"])


def _align_group(call: Call, target: Row, ours: Row, theirs: Row, wanted: Copied) -> None:
    known = {each["package"] for each in theirs["packagelist"]}
    required = {each["name"] for each in theirs["grouplist"]}
    missing = {
        "packagelist": [{**each, "blocked": False} for each in ours["packagelist"] if each["package"] not in known],
        "grouplist": [each for each in ours["grouplist"] if each["name"] not in required],
    }
    _fill_group(call, target, {**ours, **missing}, wanted.force)
    if wanted.remove:
        _remove_from_group(call, target, ours, theirs)


def _remove_from_group(call: Call, target: Row, ours: Row, theirs: Row) -> None:
    blocked = {each["package"]: each["blocked"] for each in ours["packagelist"]}
    for each in theirs["packagelist"]:
        place = (target["id"], theirs["name"], each["package"])
        if each["blocked"]:
            continue
        if blocked.get(each["package"]):
            _step(call, groups.block_package, *place)
        elif each["package"] not in blocked and each["tag_id"] == target["id"]:
            _step(call, groups.remove_package, *place)
    required = {each["name"] for each in ours["grouplist"]}
    for each in theirs["grouplist"]:
        if not each["blocked"] and each["name"] not in required:
            drop = groups.remove_requirement if each["tag_id"] == target["id"] else groups.block_requirement
            _step(call, drop, target["id"], theirs["name"], each["name"])

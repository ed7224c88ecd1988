"""Tagging: builds come into tags, leave them and move between them, with the checks and mails of each way."""

from typing import Any

import koji

from appliance.db import history
from appliance.db.connection import Row
from appliance.db.models.builds import TagListing
from appliance.db.models.tags import Package, Tag
from appliance.errors import GenericError, TagError
from appliance.hub import builds, messages, names, notifications, packages, policy, sidetags, tagged, tags, tasks
from appliance.hub.hub import Call

POLICY = "tag"
_IS_TAGGED = "SELECT 1 FROM tag_listing WHERE tag_id = :tag AND build_id = :build AND revoke_event IS NULL"
_TAGS_OF = "SELECT tag_id FROM tag_listing WHERE build_id = :build AND revoke_event IS NULL ORDER BY tag_id"


# the plain verbs: no access is checked, no policy asked


def tag(call: Call, tag: Row, build: Row, user_id: int | None = None, force: bool = False) -> None:
    """Put a complete build into a tag. One that is there already is a TagError, or with FORCE put in anew."""
    _check_complete(build)
    place = {"tag_id": tag["id"], "build_id": build["id"]}
    user_id = user_id or call.user_id
    if call.tx.value(_IS_TAGGED, {"tag": tag["id"], "build": build["id"]}):
        if not force:
            raise TagError(f"build {build['nvr']} already tagged ({tag['name']})")
        history.revoke(call.tx, TagListing, user_id, **place)
    history.add(call.tx, TagListing, user_id, **place)
    call.ring("repos")
    messages.send(call, "koji.tag", build=build["id"], nvr=build["nvr"], tag=tag["name"])


def untag(call: Call, tag: Row, build: Row, user_id: int | None = None, strict: bool = True) -> None:
    """Take a build out of a tag; with STRICT it must be there."""
    gone = history.revoke(call.tx, TagListing, user_id or call.user_id, tag_id=tag["id"], build_id=build["id"])
    if strict and not gone:
        raise TagError(f"build {build['nvr']} not in tag {tag['name']}")
    if gone:
        messages.send(call, "koji.untag", build=build["id"], nvr=build["nvr"], tag=tag["name"])
    sidetags.tidy(call, tag["id"])
    call.ring("repos")


def mark(call: Call, build_id: int, change: str) -> None:
    """Tell a build's tags of a change that their listing does not show: CHANGE, of koji.TAG_UPDATE_TYPES."""
    for tag_id in call.tx.column(_TAGS_OF, {"build": build_id}):
        tags.mark_updated(call, tag_id, koji.TAG_UPDATE_TYPES.getnum(change))


def _check_complete(build: Row) -> None:
    if build["state"] != builds.COMPLETE:
        raise TagError(f"build {build['nvr']} not complete: state {koji.BUILD_STATES[build['state']]}")


# at once


def add(call: Call, tag_info: Any, build_info: Any, force: bool = False, notify: bool = False) -> None:
    """Tag a build by policy and access to the tag; FORCE (an admin's for both of these) tags it anew."""
    wanted, build = tags.require(call, tag_info), builds.require(call, build_info)
    _enforce(call, "tag", build, tag_id=wanted["id"], force=force)
    tags.assert_access(call, wanted["id"], force=force)
    tag(call, wanted, build, force=force)
    if notify:
        notifications.of_tagging(call, True, tag_info, None, build_info, call.user_id)


def remove(
    call: Call, tag_info: Any, build_info: Any, strict: bool = True, force: bool = False, notify: bool = False
) -> None:
    """Untag a build by policy and access to the tag; with NOTIFY those who asked for it get a mail."""
    wanted, build = tags.require(call, tag_info), builds.require(call, build_info)
    _enforce(call, "untag", build, from_id=wanted["id"], force=force)
    tags.assert_access(call, wanted["id"], force=force)
    untag(call, wanted, build, strict=strict)
    if notify:
        notifications.of_tagging(call, True, None, tag_info, build_info, call.user_id)


def add_all(call: Call, tag_info: Any, build_infos: Any) -> None:
    """Tag many builds, each under an event of its own, past locks and policies."""
    wanted = tags.require(call, tag_info)
    if not isinstance(build_infos, (list, tuple)):
        raise GenericError(f"Invalid type for builds: {type(build_infos)}")
    for info in build_infos:
        tag(call, wanted, builds.require(call, info), force=True)
        call.tx.end_event()


def _enforce(
    call: Call,
    operation: str,
    build: Row,
    tag_id: int | None = None,
    from_id: int | None = None,
    force: bool = False,
    **data: Any,
) -> None:
    asked = {"tag": tag_id, "build": build["id"], "fromtag": from_id, "operation": operation, **data}
    policy.enforce(call, POLICY, asked, force=force)


# through a task, as people tag


def request(call: Call, tag_info: Any, build_info: Any, force: bool = False, from_info: Any = None) -> int:
    """Make the task that tags a build, or moves it from another tag; its id. All that can be checked is, at
    once.

    An admin's FORCE passes locks, permissions and policy, and lists the package.
    """
    build, wanted = builds.require(call, build_info), tags.require(call, tag_info)
    source = names.identify(call, Tag, from_info) if from_info else None
    _check_complete(build)
    tags.assert_access(call, wanted["id"], force=force)
    if source is not None:
        tags.assert_access(call, source, force=force)
    _need_package(call, wanted["id"], build["package_id"], build["name"], wanted["name"], force)
    _enforce(call, _operation(source), build, wanted["id"], source, force)
    return tasks.make(call, "tagBuild", [wanted["id"], build["id"], bool(force), source], priority=10)


def _operation(source: Any) -> str:
    return "tag" if source is None else "move"


def _need_package(call: Call, tag_id: int, package_id: int, name: Any, tag_name: Any, force: bool) -> None:
    """A tag must list the package, and not block it; an admin's FORCE lists it."""
    entry = packages.listed(call, tag_id=tag_id, package_id=package_id, inherit=True, with_owners=False)
    if entry and not entry[0]["blocked"]:
        return
    if force and call.session.may("admin"):
        packages.add(call, tag_id, package_id, force=True, block=False)
        return
    raise TagError(f"Package {name} {'blocked in' if entry else 'not in list for'} {tag_name}")


def request_all(call: Call, from_info: Any, tag_info: Any, package: Any, force: bool = False) -> list[int]:
    """Make the tasks that move all builds of a package, one after the other, so that their order stays; their
    ids.
    """
    package_id = names.identify(call, Package, package)
    source, target = names.identify(call, Tag, from_info), names.identify(call, Tag, tag_info)
    _need_package(call, target, package_id, package, f"tag {tag_info}", force)
    tags.assert_access(call, source, force=force)
    tags.assert_access(call, target, force=force)
    moved = tagged.listed(call, source, tagged.Filter(package=package_id))[::-1]
    for build in moved:
        _enforce(call, "move", build, target, source)
    made: list[int] = []
    for build in moved:
        step = ["tagBuild", [target, build["id"], bool(force), source], {"priority": 15}]
        made.append(tasks.make(call, "dependantTask", [made[-1:], [step]]))
    return made


def perform(
    call: Call, task_id: Any, tag_info: Any, build_info: Any, force: bool = False, from_info: Any = None
) -> None:
    """Tag or move a build for the task that the asking host has open, as the task's owner."""
    tasks.assert_own(call, task_id)
    build, wanted = builds.require(call, build_info), tags.require(call, tag_info)
    source = tags.get(call, from_info, strict=not isinstance(from_info, str)) if from_info else None
    ((owner, parent),) = call.tx.tuples("SELECT owner, parent FROM task WHERE id = :id", {"id": task_id})
    source_id = source["id"] if source else None
    about = {"user_id": owner, "by_tag_subtask": parent is not None}
    _enforce(call, _operation(from_info), build, wanted["id"], source_id, force, **about)
    _need_package(call, wanted["id"], build["package_id"], build["name"], tag_info, force)
    if from_info:
        source = source or tags.require(call, from_info)
        tags.assert_access(call, source["id"], owner, force)
        untag(call, source, build, owner)
    tags.assert_access(call, wanted["id"], owner, force)
    tag(call, wanted, build, owner, force)

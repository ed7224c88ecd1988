"""Methods that tag builds and read what is tagged."""

from typing import Any

from appliance.arguments import check
from appliance.db.models.tags import Tag
from appliance.hub import names, notifications, tagged, tagging, tags
from appliance.hub.authority import ANYONE, HOST, LOGIN, permission, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

TAG = permission("tag")
BY_POLICY = ruled("whom the tag and the hub policy tag allow", LOGIN)


@method(ANYONE)
def listTagged(
    call: Call,
    tag: Any,
    event: Any = None,
    inherit: bool = False,
    prefix: Any = None,
    latest: Any = False,
    package: Any = None,
    owner: Any = None,
    type: Any = None,
    strict: bool = True,
    extra: bool = False,
    draft: Any = None,
) -> Any:
    """Complete builds in a tag, now or at an event: nearest tag first, there most recently tagged first.

    `inherit` adds those of parents; `latest` is true for one build a package, a number for so many;
    `package`, `owner` and `type` are names, `prefix` begins the package's name. Keys are those of `getBuild`
    without `source` and `_ts`, with `tag_id`, `tag_name`, `create_event`; `extra` adds `extra`, `type` that
    type's own.
    """
    found = tags.get(call, tag, strict, event)
    if found is None:
        return []
    wanted = tagged.Filter(event, inherit, latest, _package(package), owner, type, draft)
    return tagged.listed(call, found["id"], wanted, extra, prefix)


@method(ANYONE)
def listTaggedRPMS(
    call: Call,
    tag: Any,
    event: Any = None,
    inherit: bool = False,
    latest: Any = False,
    package: Any = None,
    arch: Any = None,
    rpmsigs: bool = False,
    owner: Any = None,
    type: Any = None,
    strict: bool = True,
    extra: bool = True,
    draft: Any = None,
) -> Any:
    """[RPMs, builds] in a tag: the builds as `listTagged`, their RPMs as `getRPM` without the repository.

    `arch` is a name or a list; `rpmsigs` gives a row for each signature, with `sigkey`.
    """
    found = tags.get(call, tag, strict, event)
    if found is None:
        return []
    wanted = tagged.Filter(event, inherit, latest, _package(package), owner, type, draft)
    return tagged.with_rpms(call, found["id"], wanted, arch, rpmsigs, extra)


@method(ANYONE)
def listTaggedArchives(
    call: Call,
    tag: Any,
    event: Any = None,
    inherit: bool = False,
    latest: Any = False,
    package: Any = None,
    type: Any = None,
    strict: bool = True,
    extra: bool = True,
) -> Any:
    """[archives, builds] in a tag: the builds as `listTagged`, and their archives; of type maven or win both
    are.
    """
    found = tags.get(call, tag, strict, event)
    if found is None:
        return []
    wanted = tagged.Filter(event, inherit, latest, _package(package), kind=type)
    return tagged.with_archives(call, found["id"], wanted, extra)


@method(ANYONE)
def getLatestBuilds(
    call: Call, tag: Any, event: Any = None, package: Any = None, type: Any = None, draft: Any = None
) -> Any:
    """The latest build of each package in a tag, inherited ones too, as `listTagged` shows them."""
    return tagged.latest(call, _tag_id(call, tag), _package(package), event, kind=type, draft=draft)


@method(ANYONE)
def getLatestRPMS(
    call: Call,
    tag: Any,
    package: Any = None,
    arch: Any = None,
    event: Any = None,
    rpmsigs: bool = False,
    type: Any = None,
    draft: Any = None,
) -> Any:
    """[RPMs, builds] of the latest builds in a tag, inherited ones too, as `listTaggedRPMS` shows them."""
    wanted = tagged.Filter(event, True, True, _package(package), kind=type, draft=draft)
    return tagged.with_rpms(call, _tag_id(call, tag), wanted, arch, rpmsigs)


@method(ANYONE)
def getLatestMavenArchives(call: Call, tag: Any, event: Any = None, inherit: bool = True) -> Any:
    """The latest Maven archives in a tag with their builds; of tags that are set to include all, every
    version.
    """
    return tagged.latest_maven(call, tags.require(call, names.identify(call, Tag, tag), event)["id"], event, inherit)


def _package(name: Any) -> str | None:
    found: str | None = check(name, str, optional=True)
    return found


def _tag_id(call: Call, tag: Any) -> int:
    return tag if isinstance(tag, int) else names.identify(call, Tag, tag)


@method(BY_POLICY, writes=True)
def tagBuild(call: Call, tag: Any, build: Any, force: bool = False, fromtag: Any = None) -> int:
    """Make the task that tags a build, or moves it from `fromtag`; the task's id.

    An admin's `force` passes lock, permission and policy, and lists the package in the tag.
    """
    return tagging.request(call, tag, build, force, fromtag)


@method(BY_POLICY, writes=True)
def moveBuild(call: Call, tag1: Any, tag2: Any, build: Any, force: bool = False) -> int:
    """Make the task that moves a build from tag1 to tag2; its id."""
    return tagging.request(call, tag2, build, force, tag1)


@method(BY_POLICY, writes=True)
def moveAllBuilds(call: Call, tag1: Any, tag2: Any, package: Any, force: bool = False) -> list[int]:
    """Make the tasks that move a package's builds from tag1 to tag2 in their order; their ids."""
    return tagging.request_all(call, tag1, tag2, package, force)


@method(BY_POLICY, writes=True)
def untagBuild(call: Call, tag: Any, build: Any, strict: bool = True, force: bool = False) -> None:
    """Untag a build at once; if `strict` it must be in the tag. An admin's `force` passes lock and policy."""
    tagging.remove(call, tag, build, strict, force, notify=True)


@method(TAG, writes=True)
def tagBuildBypass(call: Call, tag: Any, build: Any, force: bool = False, notify: bool = False) -> None:
    """Tag a build at once; `force` tags one anew that is there, and (an admin's) passes lock and policy."""
    tagging.add(call, tag, build, force, notify)


@method(TAG, writes=True)
def untagBuildBypass(
    call: Call, tag: Any, build: Any, strict: bool = True, force: bool = False, notify: bool = False
) -> None:
    """Untag a build at once, with mails only if asked for."""
    tagging.remove(call, tag, build, strict, force, notify)


@method(TAG, writes=True)
def massTag(call: Call, tag: Any, builds: Any) -> None:
    """Tag a list of builds in its order, past locks and policies; builds that are there are tagged anew."""
    tagging.add_all(call, tag, builds)


@method(HOST, writes=True, name="host.tagBuild")
def host_tagBuild(call: Call, task_id: Any, tag: Any, build: Any, force: bool = False, fromtag: Any = None) -> None:
    """Tag or move a build as the owner of a task that the host has open."""
    tagging.perform(call, task_id, tag, build, force, fromtag)


@method(HOST, writes=True, name="host.tagNotification")
def host_tagNotification(
    call: Call,
    is_successful: Any,
    tag_id: Any,
    from_id: Any,
    build_id: Any,
    user_id: Any,
    ignore_success: bool = False,
    failure_msg: str = "",
) -> None:
    """Make the task that tells who wants to know that a build was tagged, untagged or moved, or was not."""
    notifications.of_tagging(call, is_successful, tag_id, from_id, build_id, user_id, ignore_success, failure_msg)

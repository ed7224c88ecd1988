"""Methods of builds: reading, making, changing, removing."""

from typing import Any

from appliance.arguments import integer
from appliance.errors import ParameterError
from appliance.hub import builds, drafts, imports, removal
from appliance.hub.authority import ADMIN, ANYONE, LOGIN, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ANYONE)
def getBuild(call: Call, buildInfo: Any, strict: bool = False) -> Any:
    """A build by id (int), NVR (string) or a struct of `name`, `version`, `release`; nil if there is none.

    Answers `id`, `build_id`, `name`, `package_id`, `package_name`, `version`, `release`, `epoch`, `nvr`,
    `draft`, `state` (koji.BUILD_STATES), `task_id`, `owner_id`, `owner_name`, `promoter_id`, `promoter_name`,
    `volume_id`, `volume_name`, `creation_event_id`, `source`, `extra`, `cg_id`, `cg_name`, and `creation`,
    `start`, `completion` and `promotion` each as `_time` (text) and `_ts` (seconds). With `strict` no such
    build is an error.
    """
    return builds.get(call, buildInfo, strict)


@method(ANYONE)
def findBuildID(call: Call, X: Any, strict: bool = False) -> int | None:
    """The id of a build by id, NVR or struct; a number is not looked up."""
    return builds.find(call, X, strict)


@method(ANYONE)
def getBuildType(call: Call, buildInfo: Any, strict: bool = False) -> Any:
    """A build's types: a struct from the type's name to what is known of the build as such (or nil)."""
    build = builds.get(call, buildInfo, strict)
    return None if build is None else builds.types(call, build)


@method(ANYONE)
def getBuildLogs(call: Call, build: Any) -> Any:
    """A complete build's log files: `name`, `dir` below the log directory, `path` below the topdir."""
    return builds.logs(call, build)


@method(ANYONE)
def getAverageBuildDuration(call: Call, package: Any, age: Any = None) -> float | None:
    """Seconds that complete builds of a package (name or id) took on average, in the last `age` months."""
    return builds.average_duration(call, package, age)


@method(ANYONE)
def getNextRelease(call: Call, build_info: Any, incr: Any = 1) -> str:
    """The release after the last of `build_info` (`name`, `version`), counted on by `incr`."""
    try:
        increment = int(incr)
    except (TypeError, ValueError):
        raise ParameterError("incr parameter must be an integer") from None
    return builds.next_release(call, build_info, increment)


@method(ANYONE)
def listBuilds(
    call: Call,
    packageID: Any = None,
    userID: Any = None,
    taskID: Any = None,
    prefix: Any = None,
    state: Any = None,
    volumeID: Any = None,
    source: Any = None,
    createdBefore: Any = None,
    createdAfter: Any = None,
    completeBefore: Any = None,
    completeAfter: Any = None,
    type: Any = None,
    typeInfo: Any = None,
    queryOpts: Any = None,
    pattern: Any = None,
    cgID: Any = None,
    draft: Any = None,
    promotedBefore: Any = None,
    promotedAfter: Any = None,
    promoter: Any = None,
) -> Any:
    """Builds that fit, with the keys of `getBuild` but `id`, `cg_id` and `cg_name`; `type` adds that type's
    own.

    `packageID`, `userID`, `promoter`, `cgID` are ids or names; `taskID` -1 means any task; `prefix` begins
    the package's name, `pattern` is a glob for the NVR, `source` one for the source; moments are seconds or
    text in UTC; `typeInfo` narrows maven and win builds by their own fields. `queryOpts` may order, limit and
    count.
    """
    wanted = builds.Filter(
        package=packageID,
        user=userID,
        promoter=promoter,
        task=taskID,
        prefix=prefix,
        pattern=pattern,
        state=state,
        volume=volumeID,
        source=source,
        cg=cgID,
        kind=type,
        kind_info=typeInfo,
        draft=draft,
        created=(createdAfter, createdBefore),
        completed=(completeAfter, completeBefore),
        promoted=(promotedAfter, promotedBefore),
    )
    return builds.listed(call, wanted, queryOpts)


@method(ANYONE)
def untaggedBuilds(call: Call, name: Any = None, queryOpts: Any = None, draft: Any = None) -> Any:
    """Complete builds that no tag has, of all packages or one: `id`, `name`, `version`, `release`."""
    return builds.untagged(call, name, draft, queryOpts)


@method(ADMIN, writes=True)
def createEmptyBuild(
    call: Call, name: Any, version: Any, release: Any, epoch: Any, owner: Any = None, draft: bool = False
) -> int:
    """Make a complete build without files; its id. `owner` is a user (default: the asking one)."""
    data = {"name": name, "version": version, "release": release, "epoch": epoch, "draft": draft}
    return imports.new_build(call, data if owner is None else {**data, "owner": owner})


@method(ADMIN, writes=True)
def setBuildOwner(call: Call, build: Any, user: Any) -> None:
    """Give a build another owner."""
    builds.set_owner(call, build, user)


@method(ADMIN, writes=True)
def setBuildTimestamp(call: Call, build: Any, ts: Any) -> None:
    """Set when a build was completed: seconds since the epoch, or an XML-RPC dateTime."""
    builds.set_completion(call, build, ts)


@method(ruled("the build's owner, or admin", LOGIN), writes=True)
def cancelBuild(call: Call, buildID: Any, strict: bool = False) -> bool:
    """Cancel a build that is being built, and its task; whether that was so."""
    return removal.cancel(call, buildID, strict)


@method(ADMIN, writes=True)
def resetBuild(call: Call, build: Any) -> None:
    """Make a build as if it never had files, types or tags, in state CANCELED; nothing for no such build."""
    removal.reset(call, build)


@method(ADMIN, writes=True)
def deleteBuild(call: Call, build: Any, strict: bool = True, min_ref_age: Any = 604800) -> bool | None:
    """Delete a build's files if nothing refers to it; its row, and its NVR, stay taken.

    Not while it is tagged, was used in a buildroot of a complete build, is part of an archive, or was used in
    any buildroot in the last `min_ref_age` seconds: an error with `strict`, else false. Nil if it is deleted
    already.
    """
    return removal.delete(call, build, strict, min_ref_age)


@method(ANYONE)
def buildReferences(call: Call, build: Any, limit: Any = None, lazy: bool = False) -> Any:
    """What refers to a build: `tags`, `rpms`, `archives`, `component_of` (archive ids), `images` (the same),
    `last_used` (seconds). `limit` bounds each list; `lazy` stops at the first that is not empty."""
    return removal.references(call, builds.identify(call, build), integer(limit, optional=True), lazy)


@method(ANYONE)
def getPromotedBuild(call: Call, build: Any, safe: bool = False) -> Any:
    """The build that has the NVR which a draft would have as no draft, as `getBuild`; nil if there is none, and for
    a build that is no draft. With `safe` nil, too, for what is no build.
    """
    return drafts.successor(call, build, safe)


@method(ruled("whom the hub policy draft_promotion allows", LOGIN), writes=True)
def promoteBuild(call: Call, build: Any, force: bool = False) -> Any:
    """Make a draft the build of its NVR, files included; answers as `getBuild`. An admin may `force` the
    policy.
    """
    return drafts.promote(call, build, force)

"""Methods of buildroots."""

from typing import Any

from appliance.hub import buildroot_archives, buildroots
from appliance.hub.authority import ANYONE, HOST
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ANYONE)
def getBuildroot(call: Call, buildrootID: Any, strict: Any = False) -> Any:
    """A buildroot by id: its repository, host, task, state, times, content generator; nil for none."""
    return buildroots.get(call, buildrootID, strict)


@method(ANYONE)
def getBuildrootListing(call: Call, id: Any) -> Any:
    """The RPMs in a buildroot: `rpm_id, name, version, release, epoch, arch, build_id, is_update, ...`."""
    return buildroots.listing(call, id)


@method(ANYONE)
def listBuildroots(
    call: Call,
    hostID: Any = None,
    tagID: Any = None,
    state: Any = None,
    rpmID: Any = None,
    archiveID: Any = None,
    taskID: Any = None,
    buildrootID: Any = None,
    repoID: Any = None,
    queryOpts: Any = None,
) -> Any:
    """Buildroots as getBuildroot shows them, by ids, by state (koji.BR_STATES) and by what was in them.

    `state` and `buildrootID` may be lists.
    """
    wanted = {
        "host": hostID,
        "tag": tagID,
        "state": state,
        "rpm": rpmID,
        "archive": archiveID,
        "task": taskID,
        "buildroot": buildrootID,
        "repo": repoID or None,
    }
    return buildroots.find(call, wanted, queryOpts)


@method(HOST, writes=True, name="host.newBuildRoot")
def new_buildroot(call: Call, repo: Any, arch: Any, task_id: Any = None) -> int:
    """A buildroot from a repository (its id) for an open task of the host; its id."""
    return buildroots.new(call, repo, arch, task_id)


@method(HOST, writes=True, name="host.setBuildRootState")
def set_state(call: Call, brootid: Any, state: Any, task_id: Any = None) -> None:
    """Move a buildroot of the host on to a state, by name or number of koji.BR_STATES."""
    buildroots.set_state(call, brootid, state, task_id)


@method(HOST, writes=True, name="host.setBuildRootList")
def set_list(call: Call, brootid: Any, rpmlist: Any, task_id: Any = None) -> None:
    """Say what a new buildroot holds.

    rpmlist: structs of `name, version, release, epoch, arch, payloadhash, size, buildtime`, and `location`
    (the external repository's name) for an RPM that is not from a build of this hub.
    """
    buildroots.set_list(call, brootid, rpmlist, task_id)


@method(HOST, writes=True, name="host.updateBuildRootList")
def update_list(call: Call, brootid: Any, rpmlist: Any, task_id: Any = None) -> None:
    """Say what a buildroot that is in use holds by now; RPMs as for host.setBuildRootList."""
    buildroots.update_list(call, brootid, rpmlist, task_id)


@method(HOST, writes=True, name="host.updateBuildrootArchives")
def update_archives(call: Call, brootid: Any, task_id: Any, archives: Any, project: Any = False) -> None:
    """Say which archives (structs with `id`) a buildroot holds by now.

    project: they are what the project depends on, and not what the environment is made of.
    """
    buildroot_archives.update(call, brootid, task_id, archives, project)


@method(HOST, writes=True, name="host.updateMavenBuildRootList")
def update_maven_list(
    call: Call,
    brootid: Any,
    task_id: Any,
    mavenlist: Any,
    ignore: Any = None,
    project: Any = False,
    ignore_unknown: Any = False,
    extra_deps: Any = None,
) -> None:
    """Say which Maven artifacts a buildroot holds by now: structs of `maven_info` and `files`.

    Each file must be in the repository's tag, in `ignore` (of the same shape) or in `extra_deps`
    (task ids, builds), unless ignore_unknown. Raises BuildrootError for one that is nowhere.
    """
    seen = buildroot_archives.Maven(mavenlist, ignore or [], extra_deps or [], ignore_unknown)
    buildroot_archives.update_maven(call, brootid, task_id, seen, project)

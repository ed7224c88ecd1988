"""Methods of Maven, Windows and image builds, and of archives that are imported into them."""

from typing import Any

from appliance.hub import (
    archive_imports,
    archive_scratch,
    image_builds,
    maven_builds,
    win_builds,
    wrapper_rpms,
)
from appliance.hub.authority import ANYONE, HOST, permission, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ANYONE)
def getMavenBuild(call: Call, buildInfo: Any, strict: Any = False) -> Any:
    """`build_id, group_id, artifact_id, version` of a Maven build; nil for another, with `strict` a fault."""
    return maven_builds.get(call, buildInfo, strict)


@method(ANYONE)
def getWinBuild(call: Call, buildInfo: Any, strict: Any = False) -> Any:
    """`build_id, platform` of a Windows build; nil for another, with `strict` a fault."""
    return win_builds.get(call, buildInfo, strict)


@method(ANYONE)
def getImageBuild(call: Call, buildInfo: Any, strict: Any = False) -> Any:
    """`build_id` of an image build; nil for another, with `strict` a fault."""
    return image_builds.get(call, buildInfo, strict)


@method(permission("maven-import"), writes=True)
def createMavenBuild(call: Call, build_info: Any, maven_info: Any) -> None:
    """Make a build a Maven build of `group_id, artifact_id, version`.

    build_info: a build, or `name, version, release, epoch` of one that is then made.
    """
    maven_builds.create(call, build_info, maven_info)


@method(permission("win-import"), writes=True)
def createWinBuild(call: Call, build_info: Any, win_info: Any) -> None:
    """Make a build a Windows build for a `platform`; build_info as for createMavenBuild."""
    win_builds.create(call, build_info, win_info)


@method(permission("image-import"), writes=True)
def createImageBuild(call: Call, build_info: Any) -> None:
    """Make a build an image build; build_info as for createMavenBuild."""
    image_builds.create(call, build_info)


@method(
    ruled("the permission maven-import, win-import or image-import, by type"),
    writes=True,
    first=archive_imports.prepare,
)
def importArchive(call: Call, filepath: Any, buildinfo: Any, type: Any, typeInfo: Any) -> None:
    """Import an uploaded file (a path below the work directory) as an archive of a build.

    `type` is maven, win or image; `typeInfo` is `group_id, artifact_id, version`, or `relpath, platforms,
    flags`, or `arch`.
    """
    archive_imports.upload(call, filepath, buildinfo, type, typeInfo)


# what hosts do


@method(HOST, writes=True, name="host.importArchive")
def host_import_archive(call: Call, filepath: Any, buildinfo: Any, type: Any, typeInfo: Any) -> None:
    """Import a file below the work directory, by its whole path, as a maven or win archive of a build."""
    archive_imports.by_host(call, filepath, buildinfo, type, typeInfo)


@method(HOST, writes=True, name="host.createMavenBuild")
def host_create_maven_build(call: Call, build_info: Any, maven_info: Any) -> None:
    """Make a build that there is a Maven build."""
    maven_builds.describe(call, build_info, maven_info)


@method(HOST, writes=True, name="host.initMavenBuild")
def init_maven_build(call: Call, task_id: Any, build_info: Any, maven_info: Any) -> Any:
    """Announce the Maven build of an open task of the host, as the next release; its data with its `id`."""
    return maven_builds.init(call, task_id, build_info, maven_info)


@method(HOST, writes=True, name="host.completeMavenBuild")
def complete_maven_build(call: Call, task_id: Any, build_id: Any, maven_results: Any, rpm_results: Any) -> None:
    """Import a task's results as its Maven build, which is complete then.

    maven_results: `task_id, buildroot_id, files` (directory: names), `logs`. rpm_results: wrapper RPMs.
    """
    maven_builds.complete(call, task_id, build_id, maven_results, rpm_results)


@method(HOST, writes=True, name="host.initWinBuild")
def init_win_build(call: Call, task_id: Any, build_info: Any, win_info: Any) -> Any:
    """Announce the Windows build of an open task of the host; its data with its `id`."""
    return win_builds.init(call, task_id, build_info, win_info)


@method(HOST, writes=True, name="host.completeWinBuild")
def complete_win_build(call: Call, task_id: Any, build_id: Any, results: Any, rpm_results: Any) -> None:
    """Import a task's results as its Windows build, which is complete then.

    results: `task_id, buildroot_id, output` (name: struct of `platforms, flags`), `logs`.
    """
    win_builds.complete(call, task_id, build_id, results, rpm_results)


@method(HOST, writes=True, name="host.initImageBuild")
def init_image_build(call: Call, task_id: Any, build_info: Any) -> Any:
    """Announce the image build of an open task of the host; a release of nil is the next one. Its data."""
    return image_builds.init(call, task_id, build_info)


@method(HOST, writes=True, name="host.completeImageBuild", first=image_builds.prepare)
def complete_image_build(call: Call, task_id: Any, build_id: Any, results: Any) -> None:
    """Import what subtasks made (see host.importImage) as the image build of a task; it is complete then."""
    image_builds.complete(call, task_id, build_id, results)


@method(
    ruled("the build host that has the task open"),
    writes=True,
    name="host.importImage",
)
def import_image(call: Call, task_id: Any, build_info: Any, results: Any) -> None:
    """Import images into a build.

    results: subtask to struct of `task_id, arch, files, logs, rpmlist`; one without `task_id` has failed.
    """
    image_builds.add(call, task_id, build_info, results)


@method(HOST, writes=True, name="host.importWrapperRPMs")
def import_wrapper_rpms(call: Call, task_id: Any, build_id: Any, rpm_results: Any) -> None:
    """Import wrapper RPMs into a complete build that has no RPMs: `srpm, rpms, logs, buildroot_id`."""
    wrapper_rpms.complete(call, task_id, build_id, rpm_results)


@method(HOST, writes=True, name="host.moveMavenBuildToScratch")
def move_maven_build_to_scratch(call: Call, task_id: Any, results: Any, rpm_results: Any) -> None:
    """Lay the results of a Maven scratch build out below scratch/OWNER/task_ID."""
    archive_scratch.maven(call, task_id, results, rpm_results)


@method(HOST, writes=True, name="host.moveWinBuildToScratch")
def move_win_build_to_scratch(call: Call, task_id: Any, results: Any, rpm_results: Any) -> None:
    """Lay the results of a Windows scratch build out below scratch/OWNER/task_ID."""
    archive_scratch.win(call, task_id, results, rpm_results)


@method(HOST, writes=True, name="host.moveImageBuildToScratch")
def move_image_build_to_scratch(call: Call, task_id: Any, results: Any) -> None:
    """Lay the images of a scratch build out below scratch/OWNER/task_ID, by subtask."""
    archive_scratch.image(call, task_id, results)

"""The course of a build that a task makes: announced, completed with what builders uploaded, or failed."""

from pathlib import Path
from typing import Any

import koji

from appliance import paths
from appliance.arguments import check, integer
from appliance.db import states
from appliance.db.connection import Row
from appliance.db.models.builds import Build
from appliance.errors import GenericError
from appliance.hub import (
    arrivals,
    buildroots,
    builds,
    files,
    imports,
    messages,
    noarch,
    notifications,
    rpm_files,
    tasks,
    users,
    volumes,
)
from appliance.hub.hub import Call

_BUILDING = koji.BUILD_STATES["BUILDING"]
_SAME = ("name", "version", "release", "epoch", "task_id")


def init(call: Call, data: Any) -> int:
    """Announce the RPM build that an open task of the asking host makes; its id."""
    task_id = integer(check(data, dict).get("task_id"))
    build_id = imports.new_build(call, {**data, **under_way(call, task_id)})
    builds.add_type(call, build_id, "rpm")
    call.ring("builds")
    return build_id


def under_way(call: Call, task_id: Any) -> Row:
    """What a build begins with that an open task of the asking host makes: `task_id, owner, state, ...`."""
    task_id = integer(task_id)
    tasks.assert_own(call, task_id)
    owner = call.tx.value("SELECT owner FROM task WHERE id = :id", {"id": task_id})
    return {"task_id": task_id, "owner": owner, "state": _BUILDING, "completion_time": None}


def complete(call: Call, task_id: Any, build_id: Any, srpm: Any, rpms: Any, brmap: Any = None, logs: Any = None) -> Row:
    """Import what a task made as its build, which is then complete; the build.

    SRPM and RPMS are names below the work directory, BRMAP maps them to buildroot ids, LOGS maps an arch (or
    None) to names. Noarch packages that several arches built must be alike.
    """
    task_id = integer(task_id)
    tasks.assert_own(call, task_id)
    names = _present(call, srpm, rpms)
    brmap = check(brmap, dict, optional=True) or {}
    for each in set(brmap.values()) - {None}:
        buildroots.require(call, each)
    source = _source(arrivals.found(call, srpm))
    build = _expected(call, task_id, build_id, source)
    build = on_volume(call, build, "rpm", {"buildroots": list(brmap.values())})
    build = end(call, build, "COMPLETE")
    for name in names:
        imports.rpm(call, arrivals.found(call, name), build, brmap.get(name))
    keep_logs(call, build, logs or {})
    volumes.link_default(call, build)
    notifications.of_build(call, task_id, build["id"])
    return builds.require(call, build["id"])


def prepare(call: Call, task_id: Any, build_id: Any, srpm: Any, rpms: Any, brmap: Any = None, logs: Any = None) -> None:
    """Do what takes time before `complete` is called with the same arguments."""
    tasks.assert_own(call, integer(task_id))
    arrivals.ready(call, [srpm, *(rpms if isinstance(rpms, list) else [])])


def _present(call: Call, srpm: Any, rpms: Any) -> list[str]:
    """The files of a build by name, the source package first, noarch packages once; all must be there."""
    check(srpm, str)
    for name in [srpm, *check(rpms, list)]:
        arrivals.found(call, check(name, str))
    return [srpm, *noarch.distinct(call, rpms)]


def _source(path: Path) -> Row:
    found = rpm_files.read(path)
    if not found.is_source:
        raise GenericError(f"not a source package: {path}")
    return {"name": found.name, "version": found.version, "release": found.release, "epoch": found.epoch}


def _expected(call: Call, task_id: int, build_id: Any, source: Row) -> Row:
    """The build, which must be the one that the source package names and the task makes."""
    build = builds.require(call, build_id)
    found = {**source, "task_id": task_id}
    if build["draft"]:
        found["release"] = koji.gen_draft_release(source["release"], build["id"])
    for key in _SAME:
        if build[key] != found[key]:
            raise GenericError(f"Unable to complete build: {key} mismatch (build: {build[key]}, rpm: {found[key]})")
    if build["state"] != _BUILDING:
        raise GenericError(f"Unable to complete build: state is {koji.BUILD_STATES[build['state']]}")
    return build


def on_volume(call: Call, build: Row, kind: str, facts: Row) -> Row:
    """A build that has no files yet, on the volume that the hub policy chooses for it.

    KIND is the build type that the policy sees, FACTS what else it may look at.
    """
    data = {
        "package": build["name"],
        "version": build["version"],
        "release": build["release"],
        "import": True,
        "import_type": kind,
        **facts,
        **volumes.task_data(call, build["task_id"]),
    }
    volume = volumes.chosen(call, data, default=volumes.DEFAULT)
    if volume is None or volume["id"] == build["volume_id"]:
        return build
    call.tx.update(Build, {"volume_id": volume["id"]}, id=build["id"])
    return {**build, "volume_id": volume["id"], "volume_name": volume["name"]}


def end(call: Call, build: Row, state: str) -> Row:
    """A build that is COMPLETE or FAILED from now on."""
    states.move(call.tx, states.BUILD, build["id"], state, completion_time=call.now())
    call.ring("builds")
    messages.send(call, "koji.build", build=build["id"], nvr=build["nvr"], state=state)
    return builds.require(call, build["id"])


def fail(call: Call, task_id: Any, build_id: Any) -> None:
    """Mark the build of an open task of the asking host as failed."""
    tasks.assert_own(call, integer(task_id))
    build = builds.require(call, build_id)
    if build["state"] != _BUILDING:
        raise GenericError(f"cannot update build {build['id']}, state: {koji.BUILD_STATES[build['state']]}")
    if build["completion_time"] is not None:
        raise GenericError(f"cannot update build {build['id']}, completed at {build['completion_time']}")
    end(call, build, "FAILED")
    notifications.of_build(call, integer(task_id), build["id"])


def keep_logs(call: Call, build: Row, logs: Any) -> None:
    """Keep log files with a build. LOGS maps an arch (or None) to names below the work directory."""
    for arch, names in check(logs, dict).items():
        for name in names:
            imports.log(call, arrivals.located(call, name), build, arch or None)


def to_scratch(call: Call, task_id: Any, srpm: Any, rpms: Any, logs: Any = None) -> None:
    """Lay the results of a scratch build out below `scratch/OWNER/task_ID`, where Koji's clients look."""
    target = scratch_directory(call, task_id)
    for name in _present(call, srpm, rpms):
        lay_out(call, arrivals.found(call, name), target, Path(name).name)
    for arch, names in (check(logs, dict, optional=True) or {}).items():
        for name in names:
            lay_out(call, arrivals.found(call, name), target, "logs", arch or ".", Path(name).name)


def scratch_directory(call: Call, task_id: Any, subtask_id: Any = None) -> Path:
    """Where results of an open task of the asking host, or of its subtask, go if they become no build."""
    task_id = integer(task_id)
    tasks.assert_own(call, task_id)
    owner = users.require(call, call.tx.value("SELECT owner FROM task WHERE id = :id", {"id": task_id}))
    return paths.inside(call.paths.topdir.scratch(), owner["name"], f"task_{integer(subtask_id or task_id)}")


def lay_out(call: Call, source: Path, target: Path, *parts: str) -> None:
    """Move a file to TARGET/PARTS, where nothing may be yet but that file, if it was moved before."""
    destination = paths.inside(target, *parts)
    if destination.exists() and source.resolve() != destination:
        raise GenericError(f"Destination exists: {destination}")
    files.place(call, source, destination, ())

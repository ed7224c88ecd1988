"""The end of a build task: its build is announced, and completed with what the builders uploaded, or failed."""

from pathlib import Path
from typing import Any

import koji

from appliance import paths
from appliance.arguments import check, integer
from appliance.db import states
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import builds, files, imports, rpm_files, tasks, volumes
from appliance.hub.hub import Call

Logs = dict[str | None, list[str]]

_BUILDING = koji.BUILD_STATES["BUILDING"]


def init(call: Call, data: Row) -> int:
    """Announce the build that an open task of the asking host makes; its id. A conflicting build is refused."""
    task_id = integer(data.get("task_id"))
    tasks.assert_own(call, task_id)
    owner = call.tx.value("SELECT owner FROM task WHERE id = :id", {"id": task_id})
    return imports.new_build(call, {**data, "owner": owner, "state": _BUILDING, "completion_time": None})


def complete(
    call: Call, task_id: Any, build_id: Any, srpm: Any, rpms: Any, buildroots: Any = None, logs: Any = None
) -> Row:
    """Import what a task made as its build, which is then complete; the build.

    SRPM and RPMS are paths in the upload area, BUILDROOTS maps them to buildroot ids, LOGS maps an arch (or
    None) to paths. Noarch packages that several arches built must be alike.
    """
    build = _own_build(call, task_id, build_id)
    names = [check(srpm, str), *check(rpms, list)]
    found = {name: rpm_files.read(_uploaded(call, name)) for name in names}
    _check_source(build, found[names[0]])
    for name in _distinct(found, names):
        buildroot = (buildroots or {}).get(name)
        imports.rpm(call, found[name].path, build, buildroot, found=found[name])
    keep_logs(call, build, logs or {})
    return finish(call, build)


def finish(call: Call, build: Row) -> Row:
    """A build whose files are in place is complete from now on; the build."""
    states.move(call.tx, states.BUILD, build["id"], "COMPLETE", completion_time=call.now())
    volumes.apply_policy(call, build["id"])
    call.ring("builds")
    return builds.require(call, build["id"])


def fail(call: Call, task_id: Any, build_id: Any) -> None:
    """Mark the build of an open task of the asking host as failed."""
    build = _own_build(call, task_id, build_id)
    states.move(call.tx, states.BUILD, build["id"], "FAILED", completion_time=call.now())
    call.ring("builds")


def to_scratch(call: Call, task_id: Any, srpm: Any, rpms: Any, logs: Any = None) -> None:
    """Lay the results of a scratch build out below `scratch/OWNER/task_ID`, where Koji's clients look."""
    task_id = integer(task_id)
    tasks.assert_own(call, task_id)
    owner = call.tx.value(
        "SELECT u.name FROM task t JOIN users u ON u.id = t.owner WHERE t.id = :id", {"id": task_id}
    )
    target = paths.inside(call.paths.topdir.scratch(), paths.component(owner), f"task_{task_id}")
    for name in [check(srpm, str), *check(rpms, list)]:
        files.place(call, _uploaded(call, name), target / paths.component(Path(name).name), ())
    for arch, names in (logs or {}).items():
        for name in names:
            files.place(call, _uploaded(call, name), _scratch_log(target, arch, name), ())


def _scratch_log(target: Path, arch: str | None, name: str) -> Path:
    below = ("logs", paths.component(arch)) if arch else ("logs",)
    return paths.inside(target, *below, paths.component(Path(name).name))


def keep_logs(call: Call, build: Row, logs: Logs) -> None:
    """Keep log files from the upload area with a build, by arch."""
    for arch, names in logs.items():
        for name in names:
            imports.log(call, _uploaded(call, name), build, arch)


def _own_build(call: Call, task_id: Any, build_id: Any) -> Row:
    task_id = integer(task_id)
    tasks.assert_own(call, task_id)
    build = builds.require(call, build_id)
    if build["task_id"] != task_id:
        raise GenericError(f"Build {build['id']} is not owned by task {task_id}")
    if build["state"] != _BUILDING:
        raise GenericError(f"Unable to complete build: state is {koji.BUILD_STATES[build['state']]}")
    return build


def _uploaded(call: Call, name: str) -> Path:
    path = imports.uploaded(call, name)
    if not path.is_file():
        raise GenericError(f"uploaded file not found: {path}")
    return path


def _check_source(build: Row, source: Any) -> None:
    if not source.is_source:
        raise GenericError(f"{source.path.name} is not a source package")


def _distinct(found: dict[str, Any], names: list[str]) -> list[str]:
    """NAMES with each RPM once: arches may bring the same noarch package, which must then be alike."""
    first: dict[str, str] = {}
    for name in names:
        known = first.setdefault(found[name].filename, name)
        if known != name and _differs(found[known], found[name]):
            raise GenericError(f"noarch package differs between arches: {known} and {name}")
    return list(first.values())


def _differs(one: Any, other: Any) -> bool:
    tags = ("filenames", "filemodes", "requires", "provides", "conflicts", "obsoletes")
    return any(koji.get_header_field(one.header, tag) != koji.get_header_field(other.header, tag) for tag in tags)

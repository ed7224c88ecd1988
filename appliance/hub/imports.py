"""Getting builds and RPMs in: a build's row is made or begun anew, a file is read once and put in place."""

import json
from pathlib import Path
from typing import Any

import koji

from appliance import paths
from appliance.arguments import check, integer
from appliance.db import states
from appliance.db.connection import Row
from appliance.db.models.archives import ImageBuild, MavenBuild, WinBuild
from appliance.db.models.builds import Build, BuildType, Rpm
from appliance.db.models.tags import Package
from appliance.errors import GenericError
from appliance.hub import (
    arrivals,
    builds,
    files,
    fragments,
    headers,
    moments,
    names,
    rpm_files,
    rpms,
    signatures,
    tagging,
    users,
    volumes,
)
from appliance.hub.hub import Call
from appliance.hub.rpm_files import RpmFile

_EVIDENCE = (
    ("SELECT 1 FROM tag_listing WHERE build_id = :id LIMIT 1", "has tag history"),
    ("SELECT 1 FROM rpminfo WHERE build_id = :id LIMIT 1", "has rpm data"),
    ("SELECT 1 FROM archiveinfo WHERE build_id = :id LIMIT 1", "has archive data"),
)
# Builds that are no drafts share one space of names; a draft has its own.
_SAME = """
SELECT id FROM rpminfo WHERE name = :name AND version = :version AND release = :release AND arch = :arch
AND external_repo_id = 0 AND (build_id = :build OR (NOT :draft AND draft IS NOT TRUE)) LIMIT 1
"""


def new_build(call: Call, data: Row, strict: bool = False) -> int:
    """Make a build, or begin a failed or cancelled one anew; its id.

    DATA has `name` (or `pkg_id`), `version`, `release`, `epoch`, and may have `state`, `start_time`,
    `completion_time` (seconds; now if left out), `source`, `owner`, `task_id`, `volume_id`, `cg_id`, `extra`
    (a document) and `draft`, which gives the release its suffix. STRICT refuses any build that exists.
    """
    data = _complete(call, data)
    found = builds.get(call, data)
    if found is None:
        return _insert(call, data)
    if data["draft"]:
        raise GenericError(f"Target build already exists: {found['nvr']} (id={found['id']})")
    if strict:
        raise GenericError(f"Existing build found: {found['nvr']} (id={found['id']})")
    recycle(call, found, data)
    return int(found["id"])


def _complete(call: Call, data: Row) -> Row:
    now = call.now()
    data = {
        "state": builds.COMPLETE,
        "start_time": now,
        "completion_time": now,
        "source": None,
        "task_id": None,
        "volume_id": 0,
        "cg_id": None,
        "extra": None,
        **data,
    }
    _name_package(call, data)
    owner = data.get("owner")
    data["owner"] = call.user_id if owner is None else users.identify(call, owner)
    for key in ("version", "release", "epoch"):
        if key not in data:
            raise GenericError(f"No {key} value for build")
    for key in ("name", "version", "release"):
        _check_part(key, check(data[key], str))
    data["draft"] = bool(data.get("draft"))
    for key in ("start_time", "completion_time"):
        data[key] = now if data[key] == "NOW" else _moment(data[key])
    _check_course(call, data)
    return data


def _moment(value: Any) -> float | None:
    return None if value is None else moments.seconds(value)


def _check_course(call: Call, data: Row) -> None:
    """A build that is being made has not been completed, and any other has; its task, if it has one, exists."""
    if (data["state"] == builds.BUILDING) != (data["completion_time"] is None):
        raise GenericError("A build has a completion time unless it is being made")
    task = data["task_id"]
    if task is not None and call.tx.value("SELECT 1 FROM task WHERE id = :id", {"id": integer(task)}) is None:
        raise GenericError(f"No such task: {task}")


def _check_part(key: str, value: Any) -> None:
    """Names, versions and releases of builds become directories; Koji lets them be empty."""
    try:
        paths.file_name(value or "-")
    except GenericError:
        raise GenericError(f"A build can't have the {key} {value!r}") from None


def _name_package(call: Call, data: Row) -> None:
    if "pkg_id" in data:
        found = names.lookup(call, Package, data["pkg_id"], strict=True)
    elif not data.get("name"):
        raise GenericError("No name or package id provided for build")
    else:
        found = names.lookup(call, Package, names.check(data["name"]), create=True)
    assert found is not None
    data.update(pkg_id=found["id"], name=found["name"])


_STORED = (
    "pkg_id",
    "version",
    "release",
    "epoch",
    "draft",
    "state",
    "volume_id",
    "task_id",
    "owner",
    "start_time",
    "completion_time",
    "source",
    "cg_id",
)


def _insert(call: Call, data: Row) -> int:
    values = _columns(call, data)
    if not data["draft"]:
        return call.tx.insert(Build, **values)
    build_id = call.tx.insert(Build, **{**values, "release": koji.gen_draft_release(data["release"], 0)})
    call.tx.update(Build, {"release": koji.gen_draft_release(data["release"], build_id)}, id=build_id)
    return build_id


def _columns(call: Call, data: Row) -> Row:
    """The build's row."""
    values = {key: data[key] for key in _STORED}
    epoch, extra = integer(data["epoch"], optional=True), _document(data["extra"])
    return {**values, "epoch": epoch, "extra": extra, "create_event": call.tx.event()}


def _document(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return json.dumps(value)
    except (TypeError, ValueError):
        raise GenericError(f"No such build extra data: {value!r}") from None


def recycle(call: Call, old: Row, data: Row) -> None:
    """Begin a failed or cancelled build anew. A build that a task begins twice stays as it is.

    Raises GenericError for a build in any other state, and for one that left traces in tags, RPMs or
    archives.
    """
    if old["state"] == koji.BUILD_STATES["BUILDING"]:
        if data["state"] == old["state"] and data["task_id"] == old["task_id"]:
            return
        raise GenericError(f"Build already in progress (task {old['task_id']})")
    state = koji.BUILD_STATES[old["state"]]
    if state not in ("FAILED", "CANCELED"):
        shown = {key: data[key] for key in ("name", "version", "release", "epoch", "draft")}
        raise GenericError(f"Build already exists (id={old['id']}, state={state}): {shown!r}")
    for sql, trace in _EVIDENCE:
        if call.tx.value(sql, {"id": old["id"]}):
            raise GenericError(f"Build already exists. Unable to recycle, {trace}")
    for table in (MavenBuild, WinBuild, ImageBuild, BuildType):
        call.tx.delete(table, build_id=old["id"])
    _begin_anew(call, old, data)


def _begin_anew(call: Call, old: Row, data: Row) -> None:
    kept = ("pkg_id", "version", "release", "draft", "state")
    values = {key: value for key, value in _columns(call, data).items() if key not in kept}
    states.move(call.tx, states.BUILD, old["id"], koji.BUILD_STATES[data["state"]], **values)
    for directory in volumes.directories(call, old):
        files.discard(call, directory)


def prepare(call: Call, directory: Any, name: Any) -> None:
    """Do what takes time before `upload` is called with the same arguments."""
    if isinstance(directory, str) and isinstance(name, str):
        arrivals.ready(call, [f"{directory}/{name}"])


def upload(call: Call, directory: Any, name: Any) -> Row:
    """Import an RPM that lies in the upload area; its row with the `build` it went to.

    A source package makes its build if there is none yet; a binary one needs it.
    """
    path = arrivals.found(call, directory, name)
    found = rpm_files.read(path)
    return rpm(call, path, _build_for(call, found), found=found, mark=True)


def _build_for(call: Call, found: RpmFile) -> Row:
    nvr: Row = {"name": found.name, "version": found.version, "release": found.release, "epoch": found.epoch}
    if not found.is_source:
        if not found.sourcerpm:
            raise GenericError(f"{found.path.name}: it does not say which source package it is from")
        nvr = koji.parse_NVRA(found.sourcerpm)
    build = builds.get(call, nvr)
    if build is None and not found.is_source:
        raise GenericError("No such build")
    return build or builds.require(call, new_build(call, nvr))


def rpm(
    call: Call,
    path: Path,
    build: Row,
    buildroot_id: int | None = None,
    wrapper: bool = False,
    extra: Any = None,
    found: RpmFile | None = None,
    mark: bool = False,
) -> Row:
    """Import an RPM file into a build: row, header, repository fragment, signature, and the file into its
    place.

    WRAPPER lifts the rule that an RPM comes from its build's source package. MARK tells the build's tags.
    Answers what `importRPM` answers.
    """
    found = found or rpm_files.read(path)
    if not wrapper:
        check_origin(found, build)
    state = koji.BUILD_STATES[build["state"]]
    if state in ("FAILED", "CANCELED", "DELETED"):
        raise GenericError(f"Build is {state}: {build['nvr']}")
    _refuse_double(call, found, build)
    builds.add_type(call, build["id"], "rpm")
    row = _rpm_row(found, build, buildroot_id)
    row["id"] = call.tx.insert(Rpm, **row, extra=_document(extra))
    headers.store(call, row["id"], found.header)
    _put_file(call, found, build, row)
    signatures.add(call, row, build, found.signature)
    if mark:
        tagging.mark(call, build["id"], "IMPORT")
    return {
        **row,
        "sourcepackage": found.sourcepackage,
        "sourcerpm": found.sourcerpm,
        "build": build,
        "brootid": buildroot_id,
    }


def check_origin(found: RpmFile, build: Row, shown: str | None = None) -> None:
    """Refuse an RPM that is not from its build's source package; SHOWN is what to call its file."""
    release = koji.parse_target_release(build["release"]) if build["draft"] else build["release"]
    expected = f"{build['name']}-{build['version']}-{release}.src.rpm"
    origin = found.filename if found.is_source else found.sourcerpm
    if origin != expected:
        raise GenericError(f"srpm mismatch for {shown or found.path}: {origin} (expected {expected})")


def _refuse_double(call: Call, found: RpmFile, build: Row) -> None:
    clue = {key: getattr(found, key) for key in rpms.NVRA}
    same = call.tx.value(_SAME, {**clue, "build": build["id"], "draft": build["draft"]})
    if same is not None:
        raise GenericError(f"RPM already exists: {found.filename.removesuffix('.rpm')} (id={same})")


def _rpm_row(found: RpmFile, build: Row, buildroot_id: int | None) -> Row:
    return {
        "name": found.name,
        "version": found.version,
        "release": found.release,
        "epoch": found.epoch,
        "arch": found.arch,
        "draft": build["draft"],
        "buildtime": found.buildtime,
        "build_id": build["id"],
        "size": found.size,
        "payloadhash": found.payloadhash,
        "buildroot_id": buildroot_id,
        "external_repo_id": 0,
    }


def _put_file(call: Call, found: RpmFile, build: Row, row: Row) -> None:
    placed = files.place(call, found.path, rpms.path(call, build, row), ("sha256",))
    fragments.store(call, row["id"], "", placed.path, placed.checksums["sha256"])


def log(call: Call, path: Path, build: Row, below: str | None = None) -> None:
    """Keep a log file with a build, in the subdirectory BELOW of its logs."""
    root = call.paths.topdir.build_logs(build)
    target = paths.inside(root, *([below] if below else []), paths.component(path.name))
    if target.exists():
        raise GenericError(f"Error importing build log. {target} already exists.")
    if path.is_symlink() or not path.is_file():
        raise GenericError(f"Error importing build log. {path} is not a regular file.")
    files.place(call, path, target, ())

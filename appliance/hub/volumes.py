"""Storage volumes: which there are, and on which of them a build lies."""

import os
from pathlib import Path
from typing import Any

import koji

from appliance import paths
from appliance.db.connection import Row
from appliance.db.models.builds import Build, Volume
from appliance.errors import GenericError
from appliance.hub import builds, files, names, policy, tagging, tasks
from appliance.hub.hub import Call

DEFAULT = "DEFAULT"


def get(call: Call, info: Any, strict: bool = False) -> Row | None:
    """`id` and `name` of a volume; None if there is none, with STRICT a GenericError."""
    found = names.lookup(call, Volume, info)
    if found is None and strict:
        raise GenericError(f"No such volume: {info}")
    return found


def listed(call: Call) -> list[Row]:
    """All volumes: `id`, `name`."""
    return call.tx.rows("SELECT id, name FROM volume ORDER BY id")


def add(call: Call, name: Any, strict: bool = True) -> Row:
    """A new volume, whose directory below `vol` must be there; with STRICT one that exists is an error."""
    names.check(name)
    directory = paths.inside(call.paths.topdir.topdir, "vol", name) if name != DEFAULT else call.paths.koji
    if not directory.is_dir():
        raise GenericError("please create the volume directory first")
    found = names.lookup(call, Volume, name)
    if found is not None:
        if strict:
            raise GenericError(f"volume {name} already exists")
        return found
    _link_top(call, directory)
    return {"id": call.tx.insert(Volume, name=name), "name": name}


def _link_top(call: Call, directory: Path) -> None:
    """A volume has a link `toplink` to the topdir: links from one volume to another go through it."""
    link = directory / "toplink"
    if not os.path.lexists(link):
        files.link(call, link, str(call.paths.koji.resolve()))
    elif not link.is_symlink():
        raise GenericError(f"Not a symlink: {link}")
    elif not link.exists():
        raise GenericError(f"Broken volume toplink: {link}")
    elif not link.samefile(call.paths.koji):
        raise GenericError(f"Invalid volume toplink: {link}")


def remove(call: Call, info: Any) -> None:
    """Forget a volume on which no build lies."""
    found = names.lookup(call, Volume, info, strict=True)
    assert found is not None
    if call.tx.value("SELECT 1 FROM build WHERE volume_id = :id LIMIT 1", {"id": found["id"]}):
        raise GenericError(f"volume {found['name']} has build references")
    call.tx.delete(Volume, id=found["id"])


def directory(call: Call, build: Row, volume: str, release: str | None = None) -> Path:
    """Where a build lies, or would lie, on a volume."""
    top = call.paths.topdir
    return Path(top.build({**build, "volume_name": volume, "release": release or build["release"]}))


def directories(call: Call, build: Row, release: str | None = None) -> list[Path]:
    """What there is of a build on any volume: its directory, links to it, leftovers."""
    found = [directory(call, build, volume["name"], release) for volume in listed(call)]
    return [each for each in found if os.path.lexists(each)]


def chosen(call: Call, data: Row, strict: bool = False, default: str | None = None) -> Row | None:
    """The volume that the hub policy `volume` chooses for DATA; with STRICT an error if that gives none."""
    try:
        action = policy.evaluate(call, "volume", data)
    except GenericError:
        if strict:
            raise
        action = None
    found = names.lookup(call, Volume, action) if action else None
    if found is None and action and strict:
        raise GenericError(f"Policy returned no such volume: {action}")
    found = found or (names.lookup(call, Volume, default) if default else None)
    if found is None and strict:
        raise GenericError("No volume policy match")
    return found


def apply_policy(call: Call, info: Any, strict: bool = False) -> None:
    """Move a build to where the hub policy `volume` wants it."""
    build = builds.require(call, info)
    volume = chosen(call, {"build": build["id"], **task_data(call, build["task_id"])}, strict)
    if volume is not None and volume["id"] != build["volume_id"]:
        _move(call, build, volume)


def task_data(call: Call, task_id: int | None) -> Row:
    """What policies may know of the task that made a build; nothing for an import."""
    task = tasks.get(call, task_id, request=True) if task_id else None
    if task is None:
        return {}
    return {"user_id": task["owner"], **policy.task_data(call, task["method"], task["request"])}


def change(call: Call, info: Any, volume: Any, strict: bool = True) -> None:
    """Move a build to a volume; with STRICT it must not be there yet."""
    wanted = names.lookup(call, Volume, volume, strict=True)
    assert wanted is not None
    build = builds.require(call, info)
    if build["volume_id"] != wanted["id"]:
        _move(call, build, wanted)
    elif strict:
        raise GenericError(f"Build {build['nvr']} already on volume {build['volume_name']}")


def _move(call: Call, build: Row, volume: Row) -> None:
    state = koji.BUILD_STATES[build["state"]]
    if state not in ("COMPLETE", "DELETED"):
        raise GenericError(f"Build {build['nvr']} is {state}")
    if not os.path.isdir(call.paths.topdir.volumedir(volume["name"])):
        raise GenericError(f"Directory entry missing for volume {volume['name']}")
    source = directory(call, build, build["volume_name"])
    target = directory(call, build, volume["name"])
    _check_way(call, build, source, target)
    if target.is_symlink():
        files.discard(call, target)
    files.copy_tree(call, source, target)
    call.tx.update(Build, {"volume_id": volume["id"]}, id=build["id"])
    tagging.mark(call, build["id"], "VOLUME_CHANGE")
    files.discard(call, source)
    link_default(call, {**build, "volume_name": volume["name"]})


def _check_way(call: Call, build: Row, source: Path, target: Path) -> None:
    home = directory(call, build, DEFAULT)
    for path in directories(call, build):
        if path == source or (path == home and path.is_symlink()):
            continue
        what = "Destination directory exists" if path == target else "Unexpected cross-volume content"
        raise GenericError(f"{what}: {path}")
    if not source.exists():
        raise GenericError(f"Build directory missing: {source}")
    if not source.is_dir():
        raise GenericError(f"Not a directory: {source}")


def link_default(call: Call, build: Row) -> None:
    """A build on another volume has a link in its place on the default one."""
    if build["volume_name"] in (None, DEFAULT):
        return
    home = directory(call, build, DEFAULT)
    if home.exists() and not home.is_symlink():
        raise GenericError(f"Unexpected build content: {home}")
    files.link(call, home, os.path.relpath(directory(call, build, build["volume_name"]), home.parent))


def link_back(call: Call, build: Row, release: str) -> None:
    """Where a draft of that RELEASE lay there is a link to where it lies now, as BUILD."""
    volume = build["volume_name"]
    old = directory(call, build, volume, release)
    home = directory(call, build, DEFAULT)
    if volume == DEFAULT:
        files.link(call, old, os.path.relpath(home, old.parent))
        return
    below = os.path.relpath(home, call.paths.koji)
    files.link(call, old, os.path.join("../../../toplink", below))


def drop_links(call: Call, build: Row) -> None:
    """Take away the links to a build that goes: on the default volume, and where it lay as a draft."""
    stale = [directory(call, build, DEFAULT)]
    if not build["draft"]:
        stale += directories(call, build, koji.gen_draft_release(build["release"], build["id"]))
    for path in stale:
        if path.is_symlink():
            files.discard(call, path)

"""What builds of archives (Maven, Windows, images) have in common: how a task begins, fills and ends them."""

import os
from typing import Any

from appliance.arguments import check, integer
from appliance.db.connection import Row
from appliance.errors import BuildError, GenericError
from appliance.hub import (
    archive_types,
    arrivals,
    builds,
    completion,
    imports,
    notifications,
    volumes,
    wrapper_rpms,
)
from appliance.hub.hub import Call

_KEYS = ("name", "version", "release", "epoch")


def found_or_made(call: Call, info: Any) -> int:
    """The id of the build that INFO means; `name, version, release, epoch` make one that there isn't."""
    build = builds.get(call, info)
    if build is None:
        return _made(call, info)
    if build["draft"]:
        raise GenericError("Draft build not supported")
    return int(build["id"])


def _made(call: Call, info: Any) -> int:
    if not isinstance(info, dict):
        raise GenericError(f"Invalid type for build_info: {type(info)}")
    if info.get("draft"):
        raise GenericError("Draft build not supported")
    for key in _KEYS:
        if key not in info:
            raise GenericError(f"Build info doesn't have mandatory {key!r} key")
    return imports.new_build(call, {key: info[key] for key in _KEYS})


def begin(call: Call, task_id: Any, info: Any, numbered: bool = True) -> Row:
    """Announce the build that an open task of the asking host makes; its data with its `id`.

    If NUMBERED, a release of None becomes the one after the last.
    """
    course = completion.under_way(call, task_id)
    data = {**check(info, dict), **course}
    if numbered and data.get("release") is None:
        data["release"] = builds.next_release(call, data)
    return {**data, "id": imports.new_build(call, data)}


def on_volume(call: Call, build: Row, kind: str, task_id: Any) -> Row:
    """The build on the volume that the hub policy chooses for its files."""
    return completion.on_volume(call, {**build, "task_id": integer(task_id)}, kind, {"build": build["id"]})


def check_type(call: Call, name: str, words: str = "unsupported file type") -> None:
    """Refuse a file whose type can't be told by its name, in WORDS."""
    if archive_types.of_file(call, name) is None:
        raise BuildError(f"{words}: {name}")


def keep_logs(call: Call, build: Row, results: Row, below: str) -> None:
    """Keep a task's logs with its build."""
    for name in check(results["logs"], list):
        directory = os.path.join(below, os.path.dirname(name))
        imports.log(call, arrivals.of_task(call, integer(results["task_id"]), name), build, directory)


def finish(call: Call, build: Row, task_id: Any, rpm_results: Any = None) -> None:
    """With its files in place a build is complete, and those who want to know are told."""
    volumes.link_default(call, build)
    if rpm_results:
        wrapper_rpms.add(call, rpm_results["task_id"], build, rpm_results)
    completion.end(call, build, "COMPLETE")
    notifications.of_build(call, integer(task_id), build["id"])

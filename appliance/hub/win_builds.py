"""Windows builds: their platform, and their course from announcement to files in place."""

import os
from typing import Any

from appliance.arguments import check, integer
from appliance.db.connection import Row
from appliance.db.models.archives import WinBuild
from appliance.errors import GenericError
from appliance.hub import archive_builds, archive_imports, arrivals, builds, tasks
from appliance.hub.hub import Call

_GET = "SELECT build_id, platform FROM win_builds WHERE build_id = :id"


def require_enabled(call: Call) -> None:
    """Refuse where the hub takes no Windows builds."""
    if not call.settings.koji.enable_win:
        raise GenericError("Windows support not enabled")


def get(call: Call, info: Any, strict: bool = False) -> Row | None:
    """`build_id, platform` of a build; None for one that is no Windows build, with STRICT a GenericError."""
    build_id = builds.find(call, info, strict)
    found = call.tx.row(_GET, {"id": build_id}) if build_id else None
    if found is None and strict:
        raise GenericError(f"no such Windows build: {info}")
    return found


def note(call: Call, build_id: int, info: Any) -> None:
    """Make a build a Windows build for a platform, or change the platform of one."""
    if not isinstance(info, dict):
        raise GenericError(f"Invalid type for win_info: {type(info)}")
    if not info:
        raise GenericError("Windows info is empty")
    if "platform" not in info:
        raise GenericError("Windows info doesn't have mandatory platform key")
    platform = check(info["platform"], str)
    if call.tx.update(WinBuild, {"platform": platform}, build_id=build_id):
        return
    call.tx.insert(WinBuild, build_id=build_id, platform=platform)
    builds.add_type(call, build_id, "win")


def create(call: Call, build: Any, info: Any) -> None:
    """Make a build (which is made if there is none) a Windows build."""
    require_enabled(call)
    note(call, archive_builds.found_or_made(call, build), info)


def init(call: Call, task_id: Any, build: Any, info: Any) -> Row:
    """Announce the Windows build of an open task of the asking host; its data."""
    require_enabled(call)
    data = archive_builds.begin(call, task_id, build, numbered=False)
    note(call, data["id"], info)
    return data


def complete(call: Call, task_id: Any, build_id: Any, results: Any, rpm_results: Any = None) -> None:
    """Import what a task made as its Windows build, which is then complete.

    RESULTS has `task_id, buildroot_id, output` (name: struct of `platforms` and `flags`) and `logs`;
    RPM_RESULTS are wrapper RPMs.
    """
    require_enabled(call)
    tasks.assert_own(call, integer(task_id))
    build = builds.require(call, build_id)
    get(call, build_id, strict=True)
    build = archive_builds.on_volume(call, build, "win", task_id)
    for name, info in check(results, dict)["output"].items():
        archive_builds.check_type(call, name)
        incoming = archive_imports.arrived(arrivals.of_task(call, results["task_id"], name))
        archive_imports.add(call, incoming, build, "win", {**info, "relpath": os.path.dirname(name)})
    archive_builds.keep_logs(call, build, results, "win")
    archive_builds.finish(call, build, task_id, rpm_results)

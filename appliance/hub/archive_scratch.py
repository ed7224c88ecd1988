"""Results of scratch builds of archives, laid out below `scratch/OWNER/task_ID` for Koji's clients."""

import os
from pathlib import Path
from typing import Any

from appliance.arguments import check
from appliance.db.connection import Row
from appliance.hub import arrivals, completion, submissions, win_builds
from appliance.hub.hub import Call


def maven(call: Call, task_id: Any, results: Any, rpm_results: Any = None) -> None:
    """Lay out what a Maven build made: RESULTS has `task_id, files` (directory: names) and `logs`."""
    submissions.require_maven(call)
    target = completion.scratch_directory(call, task_id)
    named = [os.path.join(below, name) for below, files in check(results, dict)["files"].items() for name in files]
    _lay_out(call, results["task_id"], [*named, *results["logs"]], target)
    _wrappers(call, rpm_results, target)


def win(call: Call, task_id: Any, results: Any, rpm_results: Any = None) -> None:
    """Lay out what a Windows build made: RESULTS has `task_id, output` (by name) and `logs`."""
    win_builds.require_enabled(call)
    target = completion.scratch_directory(call, task_id)
    _lay_out(call, check(results, dict)["task_id"], [*results["output"], *results["logs"]], target)
    _wrappers(call, rpm_results, target)


def image(call: Call, task_id: Any, results: Any) -> None:
    """Lay out what subtasks made of an image, each in a directory of its own; failed ones are passed over.

    RESULTS maps subtasks to structs of `task_id, files, logs`, which may have `rpmresults`.
    """
    check(results, dict)
    completion.scratch_directory(call, task_id)
    for result in results.values():
        if "task_id" in check(result, dict):
            target = completion.scratch_directory(call, task_id, result["task_id"])
            _lay_out(call, result["task_id"], [*result["files"], *result["logs"]], target)
            _wrappers(call, result.get("rpmresults"), target)


def _wrappers(call: Call, results: Row | None, target: Path) -> None:
    if results:
        names = [results["srpm"], *results["rpms"], *results["logs"]]
        _lay_out(call, results["task_id"], names, target / "rpms")


def _lay_out(call: Call, task_id: Any, names: list[str], target: Path) -> None:
    for name in names:
        path = arrivals.of_task(call, task_id, name)
        completion.lay_out(call, arrivals.present(path), target, name)

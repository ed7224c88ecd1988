"""RPMs that wrap what a build of another type made."""

from typing import Any

import koji

from appliance.arguments import check, integer
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import arrivals, builds, imports, rpms, submissions, tasks
from appliance.hub.hub import Call


def complete(call: Call, task_id: Any, build_id: Any, results: Any) -> None:
    """Import the wrapper RPMs of an open task of the asking host into a complete build without RPMs."""
    submissions.require_maven(call)
    tasks.assert_own(call, integer(task_id))
    build = builds.require(call, build_id)
    if build["state"] != builds.COMPLETE:
        state = koji.BUILD_STATES[build["state"]].lower()
        raise GenericError(
            f"cannot import wrapper rpms for {koji.buildLabel(build)}: build state is {state}, not complete"
        )
    if rpms.of_build(call, build["id"]):
        raise GenericError(f"wrapper rpms for {koji.buildLabel(build)} have already been imported")
    add(call, task_id, build, results)


def add(call: Call, task_id: Any, build: Row, results: Any) -> None:
    """Import wrapper RPMs that a task has uploaded. RESULTS has `srpm, rpms, logs, buildroot_id`."""
    task_id = integer(task_id)
    for name in [check(results, dict)["srpm"], *results["rpms"]]:
        path = arrivals.present(arrivals.of_task(call, task_id, name))
        imports.rpm(call, path, build, results["buildroot_id"], wrapper=True)
    for name in results["logs"]:
        imports.log(call, arrivals.of_task(call, task_id, name), build, "noarch")

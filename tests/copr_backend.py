"""Drives a Copr build through its states with the verbs of builders: what tests/copr-backend-hook runs."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.db import states as task_states
from appliance.hub import copr_builds, copr_results, copr_states, tasks
from appliance.hub.hub import Call
from appliance.hub.state import open_hub

LINE = ("new", "source-running", "importing", "pending", "starting", "running")
FINAL = ("succeeded", "failed")


def main() -> None:
    message = json.load(sys.stdin)
    hub = open_hub(Path(os.environ["APPLIANCE_STATE"]))
    try:
        with hub.write() as call:
            advance(call, message)
    finally:
        hub.close()


def advance(call: Call, message: dict[str, Any]) -> None:
    """Bring the build to the state that MESSAGE names, through all that come before it."""
    build = copr_builds.get(call, message["build_id"])
    state = message["state"]
    source_goal = {"source-failed": "source-running", "import-failed": "importing"}.get(state, state)
    here = _source_position(build)
    goal = min(_position(source_goal), LINE.index("pending"))
    for step in LINE[here + 1 : goal + 1]:
        _SOURCE[step](call, build["id"], message)
    if state in ("source-failed", "import-failed"):
        copr_states.source_failed(call, build["id"], state)
        _end_task(call, copr_builds.get(call, build["id"])["task_id"], "FAILED")
        return
    for name in message["chroots"] or _unskipped(call, build["id"]):
        _advance_chroot(call, build["id"], name, message)


def _position(state: str) -> int:
    return LINE.index(state) if state in LINE else len(LINE) - 1


def _source_position(build: dict[str, Any]) -> int:
    words = {"pending": "new", "starting": "new", "running": "source-running", "importing": "importing"}
    return LINE.index(words.get(build["source_status"], "pending"))


def _run_source(call: Call, build_id: int, message: dict[str, Any]) -> None:
    copr_states.source_starting(call, build_id)
    copr_states.source_running(call, build_id)
    _open_task(call, copr_builds.get(call, build_id)["task_id"])


def _import(call: Call, build_id: int, message: dict[str, Any]) -> None:
    build = copr_builds.get(call, build_id)
    file = f"{message['name']}-{message['version']}.src.rpm"
    folder = copr_results.source_dir(build_id)
    url = f"/results/{build['ownername']}/{build['dirname']}/{copr_results.SOURCES}/{folder}/{file}"
    only = message["exclusive_arch"]
    releases = ("fedora-40", "fedora-41", "fedora-rawhide", "epel-9")
    tags = {release: {"exclusivearch": only} for release in releases} if only else {}
    copr_states.importing(call, build_id, message["name"], message["version"], url, tags)


def _queue(call: Call, build_id: int, message: dict[str, Any]) -> None:
    copr_states.imported(call, build_id)
    _end_source(call, build_id)


_SOURCE: dict[str, Callable[[Call, int, dict[str, Any]], None]] = {
    "source-running": _run_source,
    "importing": _import,
    "pending": _queue,
}


def _unskipped(call: Call, build_id: int) -> list[str]:
    return [each["name"] for each in copr_builds.chroots_of(call, [build_id]) if each["status"] != "skipped"]


def _advance_chroot(call: Call, build_id: int, name: str, message: dict[str, Any]) -> None:
    here = copr_builds.chroot(call, build_id, name)
    words = {"starting": "starting", "running": "running"}
    start = LINE.index(words.get(here["status"], "pending"))
    for step in LINE[start + 1 : _position(message["state"]) + 1]:
        if step == "starting":
            copr_states.chroot_starting(call, build_id, name)
            _open_task(call, here["task_id"])
        else:
            copr_states.chroot_running(call, build_id, name)
    if message["state"] in FINAL:
        _finish(call, build_id, name, message)
        _end_task(call, here["task_id"], {"succeeded": "CLOSED", "failed": "FAILED"}[message["state"]])
        _end_source(call, build_id)


def _finish(call: Call, build_id: int, name: str, message: dict[str, Any]) -> None:
    if message["state"] == "failed":
        copr_states.chroot_failed(call, build_id, name)
        return
    version, _, release = message["version"].rpartition("-")
    common = {"name": message["name"], "epoch": 0, "version": version, "release": release}
    usual = [{**common, "arch": arch} for arch in ("src", name.rpartition("-")[2])]
    copr_states.chroot_succeeded(call, build_id, name, message["packages"] or usual)


# the tasks, which a builder would open and close itself


def _open_task(call: Call, task_id: int | None) -> None:
    if task_id is not None:
        task_states.move(call.tx, task_states.TASK, task_id, "OPEN", start_time=call.now())


def _end_source(call: Call, build_id: int) -> None:
    """The source's task waits for those of the chroots."""
    build = copr_builds.get(call, build_id)
    if build["ended"]:
        _end_task(call, build["task_id"], "CLOSED")


def _end_task(call: Call, task_id: int | None, state: str) -> None:
    if task_id is None:
        return
    if task_states.state(call.tx, task_states.TASK, task_id) in ("FREE", "ASSIGNED"):
        _open_task(call, task_id)
    document = tasks.encode_result(None) if state == "CLOSED" else tasks.encode_fault(1, "failed")
    task_states.move(call.tx, task_states.TASK, task_id, state, result=document, completion_time=call.now())


if __name__ == "__main__":
    main()

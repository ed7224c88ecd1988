"""Two hundred people follow logs at once, and everybody else is served as if they were not there."""

import contextlib
import socket
import statistics
import time
from pathlib import Path

import koji
import pytest

from appliance.app import Appliance
from appliance.hub import state, tasks, users

FOLLOWERS = 200
LINE = b"compiling\n"


@pytest.fixture
def served(tmp_path):
    state.init(tmp_path / "state", empty=True)
    hub = state.open_hub(tmp_path / "state")
    with hub.write() as call:
        users.bring_about(call, {"name": "boss", "password": "x", "permissions": ["admin"]})
    appliance = Appliance(hub, "127.0.0.1:0", builder=False)
    appliance.start()
    yield appliance
    appliance.stop()


@pytest.fixture
def log(served):
    """(task, its growing log)"""
    with served.hub.write(state.operator(served.hub)) as call:
        task_id = tasks.make(call, "build", ["x"])
    path = Path(served.hub.paths.topdir.work(), served.hub.paths.topdir.taskrelpath(task_id), "build.log")
    path.parent.mkdir(parents=True)
    path.write_bytes(LINE * 1000)
    return task_id, path


def follower(served, task_id):
    """A request that waits until the task's log has grown."""
    opened = socket.create_connection(("127.0.0.1", served.port), timeout=20)
    opened.sendall(
        f"GET /logs/task/{task_id}/build.log HTTP/1.1\r\nHost: x\r\n"
        f"Prefer: wait=20\r\nX-Heard: 999999 task:{task_id}\r\n\r\n".encode()
    )
    return opened


def test_two_hundred_followers_delay_nobody(served, log):
    task_id, path = log
    session = koji.ClientSession(f"{served.url}/kojihub")
    session.getAPIVersion()
    with contextlib.ExitStack() as held:
        for _ in range(FOLLOWERS):
            held.enter_context(follower(served, task_id))
        taken, offset = [], 0
        for _ in range(40):
            with path.open("ab") as stream:
                stream.write(LINE)
            begun = time.perf_counter()
            session.getTaskInfo(task_id)
            taken.append(time.perf_counter() - begun)
            part = session.downloadTaskOutput(task_id, "build.log", offset)
            offset += len(part)
    assert offset == path.stat().st_size
    assert statistics.median(taken) < 0.1
    assert sorted(taken)[-2] < 0.2  # one may meet a busy machine

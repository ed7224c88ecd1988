"""A disk that is full and a clock that was set: refused in words, served on, well again once the cause is gone."""

import contextlib
import os
import shutil
import subprocess
import time

import koji
import pytest

from appliance.app import Appliance
from appliance.builder import local
from appliance.hub import scheduler, state, tasks, users
from appliance.hub.hub import Hub

MIB = 1 << 20


@pytest.fixture
def small(tmp_path):
    """A state directory on a file system of 24 MiB."""
    place = tmp_path / "state"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small file system takes root: this runs where there is one")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def served(small):
    state.init(small, empty=True)
    hub = state.open_hub(small)
    with hub.write() as call:
        users.bring_about(call, {"name": "boss", "password": "x", "permissions": ["admin"]})
    appliance = Appliance(hub, "127.0.0.1:0", builder=False)
    appliance.start()
    yield appliance
    appliance.stop()


def test_a_full_disk_refuses_and_serves_on(served, small, tmp_path):
    session = koji.ClientSession(
        f"{served.url}/kojihub", {"user": "boss", "password": "x", "max_retries": 0, "timeout": 20}
    )
    session.login()
    large = tmp_path / "large"
    large.write_bytes(os.urandom(MIB) * 30)
    with pytest.raises(Exception, match="(?i)no space|disk"):
        session.uploadWrapper(str(large), "up", blocksize=4 * MIB)
    assert session.getAPIVersion() == 1
    fill(small)
    with pytest.raises(Exception, match="(?i)no space|disk|full"):
        for number in range(200):
            session.createTag(f"tag-{number}", extra={"note": "x" * 100000})
    known = len(session.listTags())
    (small / "filler").unlink()
    shutil.rmtree(small / "koji" / "work" / "up")
    session.createTag("afterwards")
    assert len(session.listTags()) == known + 1
    assert served.hub.database.check() == "ok"


def fill(place):
    with contextlib.suppress(OSError), (place / "filler").open("wb") as stream:
        while True:
            stream.write(bytes(4096))
            stream.flush()


@pytest.mark.parametrize("days", [-1, 3650], ids=["a day back", "ten years on"])
def test_a_clock_that_was_set_leaves_no_task_behind(tmp_path, days):
    state.init(tmp_path / "state")
    before = Hub(tmp_path / "state")
    with before.write(state.operator(before)) as call:
        local.ensure(call)
        task_id = tasks.make(call, "sleep", [1], channel="default", arch="noarch")
    before.close()
    after = Hub(tmp_path / "state", clock=lambda: time.time() + days * 86400)
    with after.write() as call:
        local.ensure(call)
        scheduler.tend(call)
        scheduler.assign(call)
        assert tasks.get(call, task_id)["state"] == koji.TASK_STATES["ASSIGNED"]
    after.close()

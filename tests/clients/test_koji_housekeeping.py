"""Koji's own housekeeping programs at work on the hub: koji-gc collects builds, kojira keeps repositories."""

import os
import signal
import subprocess
import time

import koji
import pytest

from appliance.testing.clock import Clock
from tests.clients.programs import BIN


@pytest.fixture
def hub(appliance_hub):
    appliance_hub.seed.tag("trashcan")
    return appliance_hub


@pytest.fixture
def old_hub(appliance_hubs):
    """One on which everything happened years ago: koji-gc reckons by its own clock."""
    found = appliance_hubs(clock=Clock("2021-01-01", step=1))
    found.seed.tag("trashcan")
    return found


def gc(hub, room, *words):
    """One run of koji-gc; what it printed."""
    (room / "gc.conf").write_text("[main]\nkey_aliases =\nunprotected_keys =\nserver =\n\n[prune]\npolicy =\n"
                                  "    tag base && order >= 1 :: untag\n    tag * :: keep\n")  # fmt: skip
    (room / "mail").write_text("")
    done = subprocess.run(
        [BIN / "koji-gc", "--config-file", room / "gc.conf", "--server", f"{hub.url}/kojihub", "--weburl", hub.url,
         "--user", "admin", "--password", "adminpw", "--no-mail", "--email-template", room / "mail",
         "--lock-file", room / "lock", *words],
        capture_output=True, text=True, timeout=60, env=hub.environment("admin"), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_koji_gc_prunes_trashes_and_deletes(old_hub, tmp_path):
    hub = old_hub
    hub.seed.builds("bash-1-1", "bash-2-1", tags=["base"])
    gc(hub, tmp_path, "--action", "prune")
    assert [build["nvr"] for build in hub.user.listTagged("base")] == ["bash-2-1"]
    gc(hub, tmp_path, "--action", "trash")
    assert [build["nvr"] for build in hub.user.listTagged("trashcan")] == ["bash-1-1"]
    gc(hub, tmp_path, "--action", "delete")
    assert hub.user.getBuild("bash-1-1")["state"] == koji.BUILD_STATES["DELETED"]
    assert hub.user.getBuild("bash-2-1")["state"] == koji.BUILD_STATES["COMPLETE"]
    assert not (hub.hub.paths.koji / "packages" / "bash" / "1" / "1").exists()


def test_koji_gc_lets_what_is_new_lie(hub, tmp_path):
    hub.seed.builds("bash-1-1")
    gc(hub, tmp_path, "--action", "trash")
    assert hub.user.listTagged("trashcan") == []
    assert [build["name"] for build in hub.user.untaggedBuilds()] == ["bash"]


def test_kojira_sees_to_repositories(hub, tmp_path):
    hub.seed.target("f40")
    hub.admin.grantPermission("user", "repo")
    (tmp_path / "kojira.conf").write_text(
        f"[kojira]\nserver={hub.url}/kojihub\ntopdir={hub.hub.paths.koji}\nuser=user\npassword=userpw\n"
        f"logfile={tmp_path / 'kojira.log'}\nsleeptime=1\n"
    )
    request = hub.admin.repo.request("f40-build")["request"]
    log = tmp_path / "kojira.log"
    with log.open("w") as said:
        kojira = subprocess.Popen(
            [BIN / "kojira", "-c", tmp_path / "kojira.conf", "--fg", "--verbose"],
            stdout=said, stderr=said, env={**os.environ, "HOME": str(tmp_path)},
        )  # fmt: skip
        try:
            assert _within(20, lambda: "Entering main loop" in log.read_text()), log.read_text()
            assert _within(10, lambda: hub.admin.listTasks({"method": "newRepo"})), log.read_text()
            assert hub.admin.repo.checkRequest(request["id"])["request"]["task_id"]
        finally:
            kojira.send_signal(signal.SIGINT)
            try:
                kojira.wait(20)
            except subprocess.TimeoutExpired:  # its threads end when they like, which is none of the hub's doing
                kojira.kill()
                kojira.wait()
    (task,) = hub.admin.listTasks({"method": "newRepo", "decode": True})
    assert "f40-build" in str(task["request"][0])
    assert "Traceback" not in log.read_text().split("User exit")[0], log.read_text()


def _within(seconds, holds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.2)
    return False

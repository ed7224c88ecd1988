"""The hub is killed dozens of times amid builds, at and between its commits: each build ends once, and whole."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import koji
import pytest

from appliance import testing
from appliance.builder import remains
from appliance.hub import fsck, state

BUILDS = [f"package{number}-1-1" for number in range(2)]
FAILED = "SELECT id, method, label, state, result FROM task WHERE state <> 2"


@pytest.fixture
def place(tmp_path):
    """A state with builds for two arches asked for, one of a chain, and nobody at work on them."""
    with testing.hub(settings={"builder": {"kind": "simulated"}}) as hub:
        admin = hub.admin
        admin.createTag("dest")
        admin.createTag("dest-build", parent="dest", arches="x86_64 i686")
        admin.createBuildTarget("dest", "dest-build", "dest")
        admin.disableHost("builder")
        for nvr in BUILDS:
            source = hub.source(nvr)
            admin.packageListAdd("dest", source.name.partition("-")[0], "admin")
            admin.uploadWrapper(str(source), "up")
        sources = [f"up/{nvr}.src.rpm" for nvr in BUILDS]
        admin.build(sources[0], "dest")
        admin.chainBuild([[each] for each in sources[1:]], "dest")
        hub.close()
        copied = shutil.copytree(hub.hub.paths.state, tmp_path / "state", symlinks=True)
    (copied / "appliance.toml").write_text('[builder]\nkind = "simulated"\n')
    return copied


def test_a_hub_killed_at_any_commit_ends_each_build_once(place):
    seed = int.from_bytes(os.urandom(4), "big")
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.lives", place, str(seed)],
        capture_output=True, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, f"seed {seed}: {done.stderr}"
    lives = json.loads(done.stdout)
    assert not lives[-1]["died"] and len(lives) > 6, f"seed {seed}: {lives}"
    assert min(each["up"] for each in lives) < 2
    hub = state.open_hub(place)
    with hub.read() as call:
        assert [*fsck.examine(call, served=False), *remains.examine(call)] == [], f"seed {seed}"
        assert call.tx.rows(FAILED) == [], f"seed {seed}"
        _assert_whole(call)
    hub.close()


def _assert_whole(call):
    states = call.tx.column("SELECT DISTINCT state FROM build")
    assert states == [koji.BUILD_STATES["COMPLETE"]]
    found = "SELECT b.id, COUNT(*) AS files FROM build b JOIN rpminfo r ON r.build_id = b.id GROUP BY b.id"
    assert [row["files"] for row in call.tx.rows(found)] == [3] * len(BUILDS)
    told = call.tx.column("SELECT body FROM message WHERE topic = 'koji.build'")
    assert len(told) == len(BUILDS)
    assert call.tx.value("SELECT COUNT(*) FROM tag_listing WHERE revoke_event IS NULL") == len(BUILDS)

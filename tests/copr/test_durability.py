"""What rows say is there is on the disk: a machine may lose its power right after."""

import os
import time

import pytest

from appliance.testing.rpmfile import Spec, write

CHROOT = "epel-9-x86_64"


@pytest.fixture
def synced(monkeypatch):
    """The inodes that this process has synced."""
    found, sync = set(), os.fsync

    def noting(handle):
        found.add(os.fstat(handle).st_ino)
        sync(handle)

    monkeypatch.setattr(os, "fsync", noting)
    return found


@pytest.mark.appliance_hub(builder="simulated")
def test_what_a_build_left_is_on_the_disk_when_it_has_succeeded(appliance_hub, tmp_path, synced):
    appliance_hub.copr_user.project_proxy.add("user", "lasting", chroots=[CHROOT])
    (package,) = write(tmp_path, Spec("some", arch="src"), whole=True)
    proxy = appliance_hub.copr_user.build_proxy
    build = proxy.create_from_file("user", "lasting", str(package))
    end = time.monotonic() + 60
    while (state := proxy.get(build.id).state) != "succeeded":
        assert state != "failed" and time.monotonic() < end
        time.sleep(0.05)
    project = appliance_hub.room / "state/copr/results/user/lasting"
    places = [project / CHROOT / f"{build.id:08d}-some", project / "srpm-builds" / f"{build.id:08d}"]
    names = {path.name: path.stat().st_ino in synced for place in places for path in place.iterdir()}
    assert {"some-1.0-1.src.rpm", "results.json", "success", "build.info"} <= set(names)
    assert [name for name, done in names.items() if not done and ".log" not in name] == []

"""Two builds of a project that give the same NEVRA with other content."""

import gzip
import time

import koji
import pytest

from appliance.hub import fsck
from appliance.testing.rpmfile import Spec, write

CHROOT = "epel-9-x86_64"
ENDED = ("succeeded", "failed")


def given(hub, place, summary, state):
    """(a build of the package of that SUMMARY, once it has ended in STATE, its log)"""
    (package,) = write(place / summary, Spec("twin", summary=summary, buildtime=1), whole=True)
    proxy = hub.copr_user.build_proxy
    build = proxy.create_from_rpm_upload("user", "twins", str(package))
    end = time.monotonic() + 60
    while proxy.get(build.id).state not in ENDED and time.monotonic() < end:
        time.sleep(0.05)
    assert proxy.get(build.id).state == state
    log = hub.room / "state/copr/results/user/twins" / CHROOT / f"{build.id:08d}-twin/backend.log.gz"
    return build.id, gzip.decompress(log.read_bytes()).decode()


@pytest.fixture
def project(appliance_hub):
    appliance_hub.copr_user.project_proxy.add("user", "twins", chroots=[CHROOT])
    return appliance_hub


@pytest.mark.appliance_hub(builder="simulated")
def test_the_newest_is_listed_and_its_log_names_both(project, tmp_path):
    one, log = given(project, tmp_path, "One", "succeeded")
    assert "twin-0:" not in log
    two, log = given(project, tmp_path, "Two", "succeeded")
    twins = f"twin-0:1.0-1.noarch is another file in build {one} than in build {two}"
    assert log.endswith(f"{twins}, whose the repository lists.\n")


@pytest.mark.appliance_hub(builder="simulated", settings={"copr": {"refuse_duplicates": True}})
def test_the_second_fails_where_settings_want_that_and_names_both(project, tmp_path):
    one, _ = given(project, tmp_path, "One", "succeeded")
    two, log = given(project, tmp_path, "Two", "failed")
    twins = f"twin-0:1.0-1.noarch is another file in build {one} than in build {two}"
    assert log.endswith(f"{twins}.\n")
    (task,) = project.admin.listTasks({"label": CHROOT, "method": "coprBuild", "state": [5], "decode": False})
    with pytest.raises(koji.GenericError, match=twins):
        project.admin.getTaskResult(task["id"])
    with project.hub.read() as call:
        assert not list(fsck.examine(call, served=False))

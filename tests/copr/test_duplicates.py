"""Two builds of a Copr project that give the same NEVRA: with the same content, and with other content."""

import gzip
import time

import koji
import pytest
from copr.v3.exceptions import CoprRequestException

from appliance.hub import copr_repos, fsck, mock_chroots, project_dirs, projects, reasons
from appliance.testing.rpmfile import Spec, write

CHROOT = "epel-9-x86_64"
ENDED = ("succeeded", "failed")
OFF = {"copr": {"refuse_duplicates": False}}

pytestmark = pytest.mark.appliance_hub(builder="simulated")


def given(hub, place, state, project="twins", **values):
    """(a build of a package with these values of its header, once it has ended in STATE, its log)"""
    (package,) = write(place / str(len(list(place.iterdir()))), Spec("twin", **values), whole=True)
    proxy = hub.copr_user.build_proxy
    build = proxy.create_from_rpm_upload("user", project, str(package))
    end = time.monotonic() + 60
    while proxy.get(build.id).state not in ENDED and time.monotonic() < end:
        time.sleep(0.05)
    assert proxy.get(build.id).state == state
    log = hub.room / "state/copr/results/user" / project / CHROOT / f"{build.id:08d}-twin/backend.log.gz"
    return build.id, gzip.decompress(log.read_bytes()).decode()


def said_of(one, two):
    """How a second build's package is told apart from the first one's, made from summaries of those words."""
    return f"twin-0:1.0-1.noarch of build {two} is not that of build {one}: SUMMARY was 'One', is 'Two'"


def origins(hub, project="twins"):
    """Which builds the repository of a project lists packages of."""
    with hub.hub.read() as call:
        directory = project_dirs.main(call, projects.find(call, "user", project))
        chroot = mock_chroots.find(call, CHROOT)
        return [each.origin for each in copr_repos.entries(call, directory["id"], chroot["id"])]


@pytest.fixture
def project(appliance_hub):
    for name in ("twins", "others"):
        appliance_hub.copr_user.project_proxy.add("user", name, chroots=[CHROOT])
    return appliance_hub


def test_a_second_with_other_content_fails_and_names_both(project, tmp_path):
    one, log = given(project, tmp_path, "succeeded", summary="One")
    assert "twin-0:" not in log
    two, log = given(project, tmp_path, "failed", summary="Two")
    assert log.endswith(f"{said_of(one, two)}\n")
    (task,) = project.admin.listTasks({"label": CHROOT, "method": "coprBuild", "state": [5], "decode": False})
    with pytest.raises(koji.GenericError, match=said_of(one, two)):
        project.admin.getTaskResult(task["id"])
    with project.hub.read() as call:
        assert reasons.one(call, task["id"])["class"] == "DuplicatePackage"
    assert origins(project) == [f"build {one}"]
    with project.hub.read() as call:
        assert not list(fsck.examine(call, served=False))


def test_one_with_the_same_content_of_another_time_takes_the_firsts_place(project, tmp_path):
    given(project, tmp_path, "succeeded", buildtime=1)
    two, log = given(project, tmp_path, "succeeded", buildtime=2)
    assert "twin-0:" not in log and origins(project) == [f"build {two}"]


def test_where_the_first_was_deleted_the_second_may_be_another(project, tmp_path):
    one, _ = given(project, tmp_path, "succeeded", summary="One")
    project.copr_user.build_proxy.delete(one)
    two, _ = given(project, tmp_path, "succeeded", summary="Two")
    assert origins(project) == [f"build {two}"]


@pytest.mark.appliance_hub(builder="simulated", settings=OFF)
def test_where_settings_let_it_pass_the_newest_is_listed_and_its_log_names_both(project, tmp_path):
    one, _ = given(project, tmp_path, "succeeded", summary="One")
    two, log = given(project, tmp_path, "succeeded", summary="Two")
    assert log.endswith(f"{said_of(one, two)}\n") and origins(project) == [f"build {two}"]


def test_a_fork_into_a_project_brings_none(project, tmp_path):
    one, _ = given(project, tmp_path, "succeeded", summary="One")
    two, _ = given(project, tmp_path, "succeeded", project="others", summary="Two")
    words = f"twin-0:1.0-1.noarch of build {two} of user/others is not that of build {one}: "
    with pytest.raises(CoprRequestException, match=words):
        project.copr_user.project_proxy.fork("user", "others", "user", "twins", confirm=True)
    assert origins(project) == [f"build {one}"]
    with project.hub.read() as call:
        assert not list(fsck.examine(call, served=False))

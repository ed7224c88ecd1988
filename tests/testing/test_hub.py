"""The hub for other people's tests: what they get, that nothing of it stays, and what they can put in."""

import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from textwrap import dedent

import koji
import pytest

from appliance import testing
from appliance.testing.clock import Clock


def test_a_hub_is_empty_and_its_clients_are_logged_in(appliance_hub):
    assert appliance_hub.anonymous.getLoggedInUser() is None
    assert appliance_hub.admin.getLoggedInUser()["name"] == "admin"
    assert appliance_hub.admin.getPerms() == ["admin"]
    assert appliance_hub.user.getPerms() == []
    assert appliance_hub.builder.host.getID() == appliance_hub.admin.getHost("builder")["id"]
    assert appliance_hub.user.listBuilds() == []
    assert appliance_hub.user.listTags() == []


def test_a_password_logs_in_as_well(appliance_hub):
    session = koji.ClientSession(f"{appliance_hub.url}/kojihub", {"user": "user", "password": "userpw"})
    assert session.login()
    session.logout()


def test_coprs_client_has_its_token(appliance_hub):
    made = appliance_hub.copr_user.project_proxy.add("user", "mine", chroots=["epel-9-x86_64"])
    assert made["full_name"] == "user/mine"
    assert appliance_hub.copr.base_proxy.auth_check()["name"] == "admin"


def test_several_hubs_know_nothing_of_one_another(appliance_hub, appliance_hubs):
    other = appliance_hubs()
    appliance_hub.seed.tag("only-here")
    assert appliance_hub.user.getTag("only-here")
    assert other.user.getTag("only-here") is None


def test_nothing_stays():
    before = threading.active_count()
    with testing.hub() as hub:
        hub.user.hello()
        room, url = hub.room, hub.url
    assert not room.exists()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=5)
    assert threading.active_count() <= before


@pytest.mark.appliance_hub(settings={"koji": {"allowed_scms": "git.example:/*"}, "title": "Mine"})
def test_a_marker_says_what_the_hub_shall_be(appliance_hub):
    assert appliance_hub.hub.settings.title == "Mine"


def test_a_bootstrap_file_is_a_fixture(appliance_hubs, tmp_path):
    file = tmp_path / "hub.toml"
    file.write_text('[[tag]]\nname = "f39"\narches = "x86_64"\n[[user]]\nname = "carol"\npassword = "pw"\n')
    hub = appliance_hubs(bootstrap=file)
    assert hub.user.getTag("f39")["arches"] == "x86_64"
    assert hub.session("carol").getLoggedInUser()["name"] == "carol"


def test_a_seeded_build_is_a_real_one(appliance_hub, tmp_path):
    build = appliance_hub.seed.build(
        "bash-5.1-1.fc39",
        rpms=["bash.x86_64", "bash-doc.noarch"],
        logs={"x86_64/build.log": "compiled\n"},
        tags=["f39"],
        owner="user",
        epoch=1,
    )
    user = appliance_hub.user
    assert user.getBuild("bash-5.1-1.fc39") == {
        **build,
        "completion_time": user.getBuild(build["id"])["completion_time"],
    }
    assert build["owner_name"] == "user" and build["epoch"] == 1
    assert {f"{rpm['name']}.{rpm['arch']}" for rpm in user.listBuildRPMs(build["id"])} == {
        "bash.x86_64", "bash-doc.noarch", "bash.src",
    }  # fmt: skip
    assert [each["nvr"] for each in user.listTagged("f39", package="bash")] == ["bash-5.1-1.fc39"]
    top = koji.PathInfo(topdir=appliance_hub.topurl)
    (log,) = user.getBuildLogs(build["id"])
    assert _get(f"{appliance_hub.topurl}/{log['path']}") == b"compiled\n"
    file = tmp_path / "bash.rpm"
    file.write_bytes(_get(f"{top.build(build)}/x86_64/bash-5.1-1.fc39.x86_64.rpm"))
    said = subprocess.run(["rpm", "-qlp", file], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["/usr/share/bash/x86_64"]
    subprocess.run(["rpm", "-K", file], check=True, capture_output=True)


def _get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


@pytest.mark.parametrize("state", ["BUILDING", "COMPLETE", "DELETED", "FAILED", "CANCELED"])
def test_a_build_is_seeded_in_any_state(appliance_hub, state):
    build = appliance_hub.seed.build("bash-5.1-1", state=state)
    assert build["state"] == koji.BUILD_STATES[state]
    assert (build["completion_ts"] is None) == (state == "BUILDING")


def test_a_build_that_is_not_complete_has_no_packages(appliance_hub):
    with pytest.raises(ValueError, match="FAILED"):
        appliance_hub.seed.build("bash-5.1-1", state="FAILED", rpms=["bash.x86_64"])


def test_several_builds_in_one_call(appliance_hub):
    appliance_hub.seed.builds("a-1-1", "b-1-1", "b-2-1", tags=["t"])
    latest = appliance_hub.user.listTagged("t", latest=True)
    assert {each["nvr"] for each in latest} == {"a-1-1", "b-2-1"}


def test_the_clock_stands_still_until_told(appliance_hubs):
    clock = Clock("2030-01-01")
    hub = appliance_hubs(clock=clock)
    first = hub.seed.build("a-1-1")
    clock.forward(60)
    second = hub.seed.build("b-1-1")
    assert first["completion_time"].startswith("2030-01-01 00:00:00")
    assert second["completion_ts"] - first["completion_ts"] == 60


def test_a_stepped_clock_tells_events_apart(appliance_hubs):
    hub = appliance_hubs(clock=Clock(1_000_000_000, step=1))
    made = [hub.seed.build(f"a-{number}-1")["completion_ts"] for number in range(3)]
    assert made == sorted(set(made))


def test_other_peoples_tests_run_side_by_side(tmp_path):
    """A project's own tests, in processes of their own, each with hubs of its own."""
    (tmp_path / "test_theirs.py").write_text(
        dedent("""
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_it(appliance_hub, number):
            appliance_hub.seed.tag("mine")
            assert [tag["name"] for tag in appliance_hub.user.listTags()] == ["mine"]
        """)
    )
    words = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", tmp_path]
    done = subprocess.run(words, cwd=tmp_path, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout

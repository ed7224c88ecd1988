"""Other people's clients, tested as their authors would: against the fixture, each by its own ways in."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import koji
import pytest
from click.testing import CliRunner

BIN = Path(sys.executable).parent


def run(hub, *words, user="admin", status=0):
    """What a program said that finds the hub in its home directory."""
    done = subprocess.run(
        [BIN / words[0], *words[1:]], env=hub.environment(user), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


# koji-habitude keeps a hub as YAML says

HABITUDE = """
---
type: user
name: carol
permissions: [tag]
---
type: tag
name: f39
arches: [x86_64]
packages: [bash]
---
type: tag
name: f39-build
arches: [x86_64]
inheritance:
  - name: f39
    priority: 10
groups:
  - name: build
    packages: [bash, gcc]
---
type: target
name: f39
build-tag: f39-build
dest-tag: f39
"""


@pytest.fixture
def habitude(appliance_hub, monkeypatch):
    """A function that runs koji-habitude's command in this process, as admin: it has no way to give a password."""
    from koji_habitude import cli, koji

    def log_in(session, conf):
        session.opts.update(user="admin", password="adminpw")
        session.login()

    def run_it(*words):
        done = CliRunner().invoke(cli.main, [str(word) for word in words])
        assert done.exit_code in (0, 1), done.output
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return done.output

    monkeypatch.setenv("HOME", str(appliance_hub.home()))
    monkeypatch.setattr(koji, "activate_session", log_in)
    return run_it


def test_koji_habitude_applies_its_data_and_is_content_then(appliance_hub, habitude, tmp_path):
    data = tmp_path / "hub.yaml"
    data.write_text(dedent(HABITUDE))
    habitude("apply", "-p", "appliance", data)
    user = appliance_hub.user
    assert user.getBuildTarget("f39")["build_tag_name"] == "f39-build"
    assert [each["name"] for each in user.getInheritanceData("f39-build")] == ["f39"]
    assert [each["package_name"] for each in user.listPackages("f39")] == ["bash"]
    assert "No changes needed" in habitude("compare", "-p", "appliance", data)


def test_koji_habitude_dumps_what_is_there(appliance_hub):
    appliance_hub.seed.target("f40")
    dumped = run(appliance_hub, "koji-habitude", "dump", "-p", "appliance", "target:f40")
    assert "build-tag: f40-build" in dumped


# kojismokydingo asks about many builds at once


def test_kojismokydingo_loads_and_filters_builds(appliance_hub):
    from kojismokydingo import bulk_load_builds
    from kojismokydingo.builds import bulk_tag_builds, filter_builds_by_state

    appliance_hub.seed.builds("bash-5.0-1", "gcc-12-1", tags=["f39"])
    appliance_hub.seed.builds("bash-5.1-1", "gcc-13-1")
    appliance_hub.seed.build("make-4-1", state="FAILED")
    found = bulk_load_builds(appliance_hub.admin, ["bash-5.1-1", "gcc-13-1", "make-4-1"])
    assert list(found) == ["bash-5.1-1", "gcc-13-1", "make-4-1"]
    complete = list(filter_builds_by_state(found.values()))
    assert [build["nvr"] for build in complete] == ["bash-5.1-1", "gcc-13-1"]
    bulk_tag_builds(appliance_hub.admin, "f39", complete)
    assert {each["nvr"] for each in appliance_hub.user.listTagged("f39", latest=True)} == {"bash-5.1-1", "gcc-13-1"}


def test_kojismokydingos_command_finds_the_hub_by_its_profile(appliance_hub, tmp_path):
    appliance_hub.seed.builds("bash-5.1-1", "gcc-13-1", tags=["f39"])
    (tmp_path / "filter").write_text("(name bash gcc)")
    said = run(appliance_hub, "ksd-filter-builds", "-p", "appliance", "--tag", "f39", tmp_path / "filter")
    assert said.split() == ["bash-5.1-1", "gcc-13-1"]


# the clients that everybody has


def test_koji_lists_and_tags(appliance_hub):
    appliance_hub.seed.builds("bash-5.1-1", tags=["f39"])
    assert "bash-5.1-1" in run(appliance_hub, "koji", "list-tagged", "f39", "--quiet")
    login = ("--user", "admin", "--password", appliance_hub.password("admin"))
    run(appliance_hub, "koji", *login, "add-tag", "f40", "--arches", "x86_64")
    assert appliance_hub.user.getTag("f40")["arches"] == "x86_64"


@pytest.mark.appliance_hub(builder="simulated")
def test_copr_cli_makes_a_project_and_builds_in_it(appliance_hub):
    run(appliance_hub, "copr-cli", "create", "p", "--chroot", "epel-9-x86_64", user="user")
    source = appliance_hub.source("bash-5.1-1")
    run(appliance_hub, "copr-cli", "build", "p", source, user="user")
    (build,) = appliance_hub.copr_user.build_proxy.get_list("user", "p")
    assert build.state == "succeeded"


def test_a_client_without_a_login_is_refused(appliance_hub):
    with pytest.raises(koji.ActionNotAllowed):
        appliance_hub.anonymous.createTag("f39")

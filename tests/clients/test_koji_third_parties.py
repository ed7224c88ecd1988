"""Clients of Koji's that others wrote, unchanged: koji-habitude and kojismokydingo."""

import subprocess

import pytest
from koji_habitude.workflow import ApplyWorkflow
from kojismokydingo.builds import BuildNEVRCompare, bulk_load_builds, latest_maven_builds
from kojismokydingo.sift import Sifter
from kojismokydingo.sift.builds import build_info_sieves
from kojismokydingo.tags import gather_tag_ids, tag_dedup

from appliance import testing
from tests.clients.programs import BIN

WANTED = """\
type: tag
name: work
arches: [x86_64, aarch64]
inheritance:
  - name: base
    priority: 5
packages:
  - name: bash
    owner: user
extras:
  mock.new_chroot: 1
---
type: tag
name: base
arches: [x86_64]
---
type: target
name: work
build-tag: work
dest-tag: base
"""


@pytest.fixture(scope="module")
def hub():
    with testing.hub() as found:
        found.seed.build("bash-5.1-1", rpms=["bash.x86_64"], tags=["f40"])
        found.seed.build("bash-5.10-1", rpms=["bash.x86_64", "bash-doc.noarch"], tags=["f40"])
        found.seed.build("zsh-5.9-1", tags=["f40"])
        found.seed.tag("f40-build", parent="f40")
        yield found


def habitude(hub, file):
    """What `koji-habitude apply` does, as the hub's admin: koji's profiles have no place for passwords."""

    class Apply(ApplyWorkflow):
        def get_session(self, profile="koji"):
            found = hub.session("admin")
            found._currentuser = found.getLoggedInUser()  # as habitude's own session() leaves it
            return found

    workflow = Apply(paths=[str(file)])
    workflow.run()
    return workflow.summary


def test_habitude_brings_its_file_about_and_finds_nothing_left_to_do(hub, tmp_path):
    file = tmp_path / "wanted.yaml"
    file.write_text(WANTED)
    assert habitude(hub, file).total_changes
    assert hub.user.getTag("work")["extra"]["mock.new_chroot"] == 1
    assert [link["name"] for link in hub.user.getInheritanceData("work")] == ["base"]
    assert [entry["package_name"] for entry in hub.user.listPackages("work")] == ["bash"]
    assert hub.user.getBuildTarget("work")["dest_tag_name"] == "base"
    before = hub.user.getLastEvent()
    assert habitude(hub, file).total_changes == 0
    assert hub.user.getLastEvent() == before, "what stands as it is wanted is left alone"


def test_habitude_asks_nobody_to_log_in_for_looking(hub, tmp_path):
    file = tmp_path / "wanted.yaml"
    file.write_text("type: tag\nname: newcomer\narches: [x86_64]\n")
    words = [BIN / "koji-habitude", "compare", "--profile", "appliance", file]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=hub.environment(), check=False)
    assert "newcomer" in done.stdout, done.stderr
    assert hub.user.getTag("newcomer") is None


def test_smoky_dingo_sorts_builds_and_collects_their_rpms(hub):
    assert latest_maven_builds(hub.user, "f40") == {}
    found = bulk_load_builds(hub.user, ["bash-5.10-1", "bash-5.1-1"])
    assert [each["nvr"] for each in sorted(found.values(), key=BuildNEVRCompare)] == ["bash-5.1-1", "bash-5.10-1"]
    names = {hub.user.getTag(name)["id"]: name for name in ("f40", "f40-build")}
    assert {names[each] for each in gather_tag_ids(hub.user, deep=["f40-build"])} == {"f40", "f40-build"}
    assert len(list(tag_dedup(hub.user.listTags() * 2))) == len(hub.user.listTags())


def test_smoky_dingo_filters_builds_by_its_language(hub):
    sifter = Sifter(build_info_sieves(), '(and (name bash) (> "5.1"))', key="id")
    builds = bulk_load_builds(hub.user, ["bash-5.1-1", "bash-5.10-1", "zsh-5.9-1"])
    sifted = sifter(hub.user, builds.values())
    assert [each["nvr"] for each in sifted["default"]] == ["bash-5.10-1"]

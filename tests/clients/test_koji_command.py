"""Koji's own command over a hub with things in it: what it lists and tells, adds, edits, blocks and removes."""

import pytest

from appliance import testing
from tests.clients import programs


@pytest.fixture(scope="module")
def hub():
    with testing.hub() as found:
        found.seed.tag("base", arches="x86_64")
        found.seed.target("f40")
        found.seed.build(
            "bash-5.1-1", rpms=["bash.x86_64"], logs={"x86_64/build.log": "made\n"}, tags=["base"], owner="user"
        )
        found.seed.build("bash-5.2-1", rpms=["bash.x86_64", "bash-doc.noarch"], tags=["base"])
        found.seed.build("zsh-5.9-1", tags=["f40"])
        yield found


@pytest.fixture
def koji(hub):
    return lambda *words, **options: programs.run(hub, "koji", *words, **options)


LISTS = {
    "list-tags": ["base", "f40", "f40-build"],
    "list-targets": ["f40-build"],
    "list-hosts": ["builder"],
    "list-channels": ["default", "createrepo"],
    "list-permissions": ["admin", "dist-repo"],
    "list-pkgs --tag base": ["bash", "user"],
    "list-tagged base": ["bash-5.1-1", "bash-5.2-1"],
    "list-tagged --latest --rpms base": ["bash-doc-5.2-1.noarch"],
    "latest-build base bash": ["bash-5.2-1"],
    "list-builds --package bash": ["bash-5.1-1", "bash-5.2-1"],
    "list-untagged": [],
    "list-volumes": ["DEFAULT"],
    "list-tag-inheritance f40-build": ["f40-build", "f40 ("],
    "list-groups base": [],
    "list-tasks": [],
    "list-btypes": ["rpm", "maven"],
    "list-cgs": [],
    "list-external-repos": [],
    "list-notifications --mine": [],
    "list-history --tag base": ["bash-5.2-1", "created"],
    "list-api": ["getBuild(buildInfo, strict=False)"],
    "search build bash*": ["bash-5.1-1"],
    "taginfo f40-build": ["Inheritance", "f40"],
    "buildinfo bash-5.1-1": ["COMPLETE", "bash-5.1-1.x86_64.rpm", "Built by: user"],
    "rpminfo bash-5.2-1.x86_64": ["bash-5.2-1"],
    "hostinfo builder": ["Arches"],
    "userinfo user": ["User: user"],
    "list-buildroot --built bash-5.1-1": None,
    "moshimoshi": ["admin"],
    "version --local": [],
}


@pytest.mark.parametrize("command", LISTS)
def test_lists(koji, command):
    expected = LISTS[command]
    said = koji(*command.split(), fails=expected is None)
    for each in expected or ():
        assert each in said


def test_tags_from_their_making_to_their_end(koji, hub):
    koji("add-tag", "work", "--arches", "x86_64 aarch64", "--parent", "base")
    koji("edit-tag", "work", "--lock", "--extra", "mock.new_chroot=1")
    assert "LOCKED" in koji("taginfo", "work")
    assert hub.user.getTag("work")["extra"] == {"mock.new_chroot": 1}
    koji("clone-tag", "--force", "work", "copy")
    koji("lock-tag", "--perm", "dist-repo", "copy")
    koji("unlock-tag", "work")
    koji("add-tag-inheritance", "--priority", "5", "work", "f40")
    koji("edit-tag-inheritance", "--priority", "7", "work", "f40")
    assert [link["priority"] for link in hub.user.getInheritanceData("work")] == [0, 7]
    koji("remove-tag-inheritance", "work", "f40")
    koji("remove-tag", "work")
    assert "work" not in koji("list-tags").split()


def test_packages_of_a_tag(koji, hub):
    koji("add-pkg", "f40", "fish", "--owner", "user", "--extra-arches", "i686")
    koji("set-pkg-owner", "admin", "f40", "fish")
    koji("set-pkg-arches", "noarch", "f40", "fish")
    koji("block-pkg", "f40", "fish")
    (entry,) = hub.user.listPackages("f40", pkgID="fish")
    assert (entry["owner_name"], entry["extra_arches"], entry["blocked"]) == ("admin", "noarch", True)
    koji("unblock-pkg", "f40", "fish")
    koji("remove-pkg", "f40", "fish")
    assert "fish" not in koji("list-pkgs", "--tag", "f40")


def test_groups_targets_and_external_repositories(koji, hub):
    koji("add-group", "f40-build", "build")
    koji("add-group-pkg", "f40-build", "build", "bash", "make")
    koji("add-group", "f40-build", "more")
    koji("add-group-req", "f40-build", "build", "more")
    koji("block-group-pkg", "f40-build", "build", "make")
    assert "bash" in koji("list-groups", "f40-build") and "bash" in koji("show-groups", "--comps", "f40-build")
    koji("block-group-req", "f40-build", "build", "more")
    koji("block-group", "f40-build", "more")
    koji("add-target", "second", "f40-build", "base")
    koji("edit-target", "second", "--dest-tag", "f40")
    assert hub.user.getBuildTarget("second")["dest_tag_name"] == "f40"
    koji("remove-target", "second")
    koji("add-external-repo", "upstream", "https://example.org/$arch", "--tag", "f40-build", "--mode", "bare")
    koji("edit-external-repo", "upstream", "--url", "https://example.org/other/$arch")
    assert "other" in koji("list-external-repos", "--tag", "f40-build")
    koji("remove-external-repo", "upstream", "--alltags")
    koji("remove-external-repo", "upstream")


def test_users_hosts_and_channels(koji, hub):
    koji("add-user", "carol", "--principal", "carol@EXAMPLE.ORG")
    koji("edit-user", "carol", "--rename", "caroline")
    koji("grant-permission", "repo", "caroline")
    assert "repo" in koji("list-permissions", "--user", "caroline")
    koji("revoke-permission", "repo", "caroline")
    koji("disable-user", "caroline")
    koji("enable-user", "caroline")
    koji("add-host", "second.example.org", "x86_64")
    koji("edit-host", "second.example.org", "--capacity", "4", "--comment", "new")
    koji("add-channel", "slow", "--description", "for the patient")
    koji("add-host-to-channel", "second.example.org", "slow")
    koji("disable-host", "second.example.org", "--comment", "away")
    assert "second" in koji("list-hosts", "--channel", "slow", "--not-enabled")
    koji("enable-host", "second.example.org")
    koji("remove-host-from-channel", "second.example.org", "slow")
    koji("edit-channel", "slow", "--name", "slower")
    assert "slower" in koji("list-channels")
    assert hub.user.getHost("second.example.org")["capacity"] == 4.0


def test_builds_move_between_tags(koji, hub):
    koji("tag-build", "f40", "bash-5.1-1", "--force", "--nowait")
    assert [task["method"] for task in hub.user.listTasks()] == ["tagBuild"]
    koji("untag-build", "f40", "zsh-5.9-1")
    assert "zsh-5.9-1" in koji("list-untagged")
    koji("call", "tagBuildBypass", "f40", "zsh-5.9-1")
    assert "zsh-5.9-1" in koji("list-tagged", "f40")


def test_tasks_are_cancelled_and_notifications_kept(koji, hub):
    task = hub.admin.makeTask("sleep", [1])
    assert f"Task: {task}" in koji("taskinfo", task)
    koji("set-task-priority", "--priority", "3", task)
    koji("cancel", task)
    assert "CANCELED" in koji("taskinfo", task).upper()
    koji("add-notification", "--package", "bash", user="user")
    (note,) = hub.user.getBuildNotifications()
    koji("edit-notification", "--tag", "base", note["id"], user="user")
    koji("remove-notification", note["id"], user="user")
    koji("block-notification", "--all", user="user")
    (block,) = hub.user.getBuildNotificationBlocks()
    koji("unblock-notification", block["id"], user="user")
    assert hub.user.getBuildNotifications() == hub.user.getBuildNotificationBlocks() == []


def test_files_come_down(koji, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    koji("download-build", "bash-5.2-1", "--arch", "x86_64")
    assert [path.name for path in tmp_path.iterdir()] == ["bash-5.2-1.x86_64.rpm"]


@pytest.mark.parametrize("words", [["add-tag", "mine"], ["add-user", "eve"], ["disable-host", "builder"]])
def test_who_may_not_is_told_so(koji, words):
    said = koji(*words, user="user", fails=True)
    assert "ActionNotAllowed" in said or "permission" in said or "requires" in said

"""Forks: what of a project they take over, and that neither can harm the other."""

import pytest

from appliance.hub import project_history, projects
from tests.copr.conftest import ARM, X86


def fork(person, source, status=200, **options):
    body = {"ownername": person.name, "name": f"{source}-fork", **options}
    return person.ask("PUT", f"project/fork/alice/{source}", status, json=body)


def builds(copr, owner, project):
    """The builds of a project, the oldest first."""
    return copr.anon.get("build/list", ownername=owner, projectname=project)["items"][::-1]


def test_a_fork_has_the_last_good_build_of_each_package(copr, project):
    copr.build(project, "zebra")
    copr.build(project, "ant")
    copr.build(project, "ant", chroots=[X86])
    copr.advance(copr.alice.submit(project), "failed", name="zebra")
    fork(copr.bob, project)
    made = builds(copr, "bob", f"{project}-fork")
    assert [each["source_package"]["name"] for each in made] == ["zebra", "ant", "ant"]
    assert [sorted(each["chroots"]) for each in made] == [sorted([X86, ARM]), [X86], [ARM]]
    assert {each["state"] for each in made} == {"forked"}
    assert copr.anon.get(f"build/built-packages/{made[0]['id']}") == {
        X86: {"packages": []},
        ARM: {"packages": []},
    }


def test_history_says_what_was_forked(copr, project):
    copr.build(project)
    made = fork(copr.bob, project)
    fork(copr.bob, project, confirm=True)
    with copr.hub.read() as call:
        told = project_history.listed(call, projects.get(call, made["id"]), parts=True)
    assert [(each["noun"], each["who"], each["kind"]) for each in told] == [
        ("fork", "bob", "plus"),
        ("project", "bob", "plus"),
    ]
    assert [each["fields"] for each in told] == [[("forked_from", None, f"alice/{project}")]] * 2


def test_a_fork_has_files_of_its_own(copr, project):
    build_id = copr.build(project)
    theirs = copr.results("alice", project, X86, f"{build_id:08d}-hello")
    fork(copr.bob, project)
    (made,) = builds(copr, "bob", f"{project}-fork")
    ours = copr.hub.paths.results / "bob" / f"{project}-fork" / X86 / f"{made['id']:08d}-hello"
    assert (ours / "made").samefile(theirs / "made")
    copr.alice.delete(f"project/delete/alice/{project}")
    assert not theirs.exists() and (ours / "made").exists()


def test_a_fork_takes_the_settings_but_not_the_secrets(copr, project):
    copr.alice.put(f"project/edit/alice/{project}", description="of alice", contact="a@example.org")
    copr.alice.put(f"project-chroot/edit/alice/{project}/{X86}", additional_packages="gcc")
    copr.alice.post(f"webhook/generate/alice/{project}")
    found = fork(copr.bob, project)
    assert found["description"] == "of alice" and found["contact"] is None
    assert sorted(found["chroot_repos"]) == sorted([X86, ARM])
    chroot = copr.anon.get("project-chroot", ownername="bob", projectname=f"{project}-fork", chrootname=X86)
    assert chroot["additional_packages"] == ["gcc"]
    with copr.hub.read() as call:
        secrets = call.tx.column("SELECT webhook_secret FROM project WHERE id = :id", {"id": found["id"]})
    assert secrets == [None]


def test_packages_are_forked_for_what_they_are_built_for_now(copr, project):
    copr.build(project, "everywhere")
    copr.build(project, "elsewhere")
    address, source = f"package/edit/alice/{project}/elsewhere", {"clone_url": "https://git.example/x.git"}
    copr.alice.post(f"{address}/scm", package_name="elsewhere", chroot_denylist="*-aarch64", **source)
    fork(copr.bob, project)
    made = builds(copr, "bob", f"{project}-fork")
    assert [sorted(each["chroots"]) for each in made] == [sorted([X86, ARM]), [X86]]


def test_one_forks_into_an_own_project_only_on_purpose(copr, project):
    fork(copr.bob, project)
    said = fork(copr.bob, project, 400)["error"]
    assert said.startswith(f"You are about to fork into existing project: {project}-fork")
    copr.build(project)
    fork(copr.bob, project, confirm=True)
    assert len(builds(copr, "bob", f"{project}-fork")) == 1
    said = fork(copr.alice, project, 400, name=project, confirm=True)["error"]
    assert said == "Source project should not be same as destination"


@pytest.mark.parametrize("owner", ["alice", "@nobody", ""])
def test_one_forks_for_oneself_and_own_groups(copr, project, owner):
    assert fork(copr.bob, project, 400, ownername=owner)["error"].startswith("owner: ")


def test_a_group_has_forks(copr, project):
    team = copr.group("forkers", "bob")
    copr.build(project)
    assert fork(copr.bob, project, ownername=team)["full_name"] == f"{team}/{project}-fork"
    assert builds(copr, team, f"{project}-fork")[0]["state"] == "forked"
    said = fork(copr.bob, project, 400)["error"]
    assert said.startswith(f"You are about to fork into existing project: {project}-fork")

"""What time does to projects: last days, given-up chroots, outdated results, and a package's limit of builds."""

import pytest

from appliance.db.models.copr import CoprBuildChroot, CoprRpm, Project, ProjectChroot
from appliance.hub import copr_upkeep
from tests.copr.conftest import ARM, X86

OLD = 30 * 86400


@pytest.fixture
def twice(copr, project):
    """Two good builds of one package, with results on disk; the first is old."""
    builds = [copr.build(project), copr.build(project)]
    for build in builds:
        for chroot in (X86, ARM):
            copr.results("alice", project, chroot, f"{build:08d}-hello")
    with copr.hub.write() as call:
        now = call.now()
        call.tx.update(CoprBuildChroot, {"ended_on": int(now - OLD)}, build_id=builds[0])
        for row in call.tx.rows("SELECT id FROM copr_build_chroot WHERE build_id IN :b", {"b": builds}):
            call.tx.insert(
                CoprRpm,
                build_chroot_id=row["id"],
                name="hello",
                version="1",
                release="1",
                arch="noarch",
                filename="hello-1-1.noarch.rpm",
                digest="d",
            )
    return builds


def left(copr, project, chroot=X86):
    return sorted(path.name for path in (copr.hub.paths.results / "alice" / project / chroot).glob("0*"))


def test_what_a_later_build_outdated_is_pruned(copr, project, twice):
    copr_upkeep.tidy(copr.hub)
    assert left(copr, project) == left(copr, project, ARM) == [f"{twice[1]:08d}-hello"]
    with copr.hub.read() as call:
        sql = """SELECT c.build_id FROM copr_rpm r JOIN copr_build_chroot c ON c.id = r.build_chroot_id
                 WHERE r.digest IS NOT NULL AND c.build_id IN :b"""
        assert set(call.tx.column(sql, {"b": twice})) == {twice[1]}
    assert copr.alice.state(twice[0]) == "succeeded"
    assert copr.alice.get(f"build/built-packages/{twice[0]}")[X86]["packages"]


@pytest.mark.parametrize("setting", [{"auto_prune": False}, {"persistent": True}, {"auto_createrepo": False}])
def test_some_projects_are_not_pruned(copr, project, twice, setting):
    with copr.hub.write() as call:
        call.tx.update(Project, setting, name=project)
    copr_upkeep.tidy(copr.hub)
    assert len(left(copr, project)) == 2


def test_a_temporary_project_ends_on_its_day(copr):
    name = copr.alice.new_project("temporary", [X86], delete_after_days=1)
    place = copr.results("alice", name, X86, "00000001-x")
    copr_upkeep.tidy(copr.hub)
    assert place.exists()
    with copr.hub.write() as call:
        call.tx.update(Project, {"delete_after": call.now() - 1}, name=name)
    copr_upkeep.tidy(copr.hub)
    assert not (copr.hub.paths.results / "alice" / name).exists()
    copr.anon.get("project", 404, ownername="alice", projectname=name)


def test_a_project_that_builds_ends_when_it_has_built(copr):
    name = copr.alice.new_project("busy", [X86], delete_after_days=1)
    build = copr.alice.submit(name)
    with copr.hub.write() as call:
        call.tx.update(Project, {"delete_after": call.now() - 1}, name=name)
    copr_upkeep.tidy(copr.hub)
    copr.anon.get("project", ownername="alice", projectname=name)
    copr.advance(build, "succeeded")
    copr_upkeep.tidy(copr.hub)
    copr.anon.get("project", 404, ownername="alice", projectname=name)


def test_results_for_a_given_up_chroot_go_after_their_time(copr, project, twice):
    copr.alice.put(f"project/edit/alice/{project}", chroots=[X86])
    copr_upkeep.tidy(copr.hub)
    assert left(copr, project, ARM)
    with copr.hub.write() as call:
        where = "SELECT id FROM project_chroot WHERE deleted AND project_id = (SELECT id FROM project WHERE name = :n)"
        for number in call.tx.column(where, {"n": project}):
            call.tx.update(ProjectChroot, {"delete_after": call.now() - 1}, id=number)
    copr_upkeep.tidy(copr.hub)
    assert left(copr, project, ARM) == [] and left(copr, project)


def test_a_package_keeps_as_many_builds_as_it_says(copr, project):
    copr.alice.post(
        f"package/add/alice/{project}/hello/scm",
        package_name="hello",
        clone_url="https://git.example/x",
        max_builds=2,
    )
    builds = [copr.build(project) for _ in range(3)]
    copr_upkeep.tidy(copr.hub)
    copr.alice.get(f"build/{builds[0]}", 404)
    assert [copr.alice.state(build) for build in builds[1:]] == ["succeeded"] * 2

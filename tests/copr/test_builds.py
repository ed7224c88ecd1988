"""Builds: how their halves move on, what their tasks and batches have to do with it, and what they leave."""

import os
import sys
from unittest import mock

import koji
import pytest

from appliance.errors import GenericError
from appliance.hub import copr_builds, copr_states, tasks
from tests.copr.conftest import ARM, X86

GIT = "https://git.example/x.git"


@pytest.fixture
def verbs(copr):
    """The verbs of builders, each in a unit of work of its own: `verbs.imported(build_id)`."""

    class Verbs:
        def __getattr__(self, name):
            def run(*args):
                with copr.hub.write() as call:
                    return getattr(copr_states, name)(call, *args)

            return run

    return Verbs()


def states(copr, build_id):
    """{chroot: state} of a build."""
    items = copr.anon.get("build-chroot/list", build_id=build_id)["items"]
    return {each["name"]: each["state"] for each in items}


def task_states(copr, build_id):
    """The states of a build's tasks, its source's first."""
    with copr.hub.read() as call:
        chroots = copr_builds.chroots_of(call, [build_id])
        ids = [copr_builds.get(call, build_id)["task_id"], *(each["task_id"] for each in chroots)]
        return [each and koji.TASK_STATES[tasks.state(call, each)] for each in ids]


# the states


@pytest.mark.parametrize(
    ("reached", "verb", "args"),
    [
        ("new", "imported", ()),
        ("new", "chroot_starting", (X86,)),
        ("importing", "source_running", ()),
        ("pending", "chroot_running", (X86,)),
        ("pending", "chroot_succeeded", (X86, [])),
        ("pending", "source_starting", ()),
        ("succeeded", "chroot_starting", (X86,)),
        ("succeeded", "chroot_succeeded", (X86, [])),
    ],
)
def test_no_half_skips_a_state_or_goes_back(copr, project, verbs, reached, verb, args):
    build_id = copr.alice.submit(project, chroots=[X86, ARM])
    copr.advance(build_id, reached)
    before = copr.alice.state(build_id), states(copr, build_id)
    with pytest.raises(GenericError, match="Invalid state transition"):
        getattr(verbs, verb)(build_id, *args)
    assert (copr.alice.state(build_id), states(copr, build_id)) == before


def test_a_half_may_begin_again_on_another_builder(copr, project, verbs):
    build_id = copr.alice.submit(project)
    copr.advance(build_id, "running")
    verbs.chroot_starting(build_id, X86)
    assert states(copr, build_id) == {X86: "starting", ARM: "running"}
    verbs.chroot_running(build_id, X86)
    copr.advance(build_id, "succeeded")
    assert copr.alice.state(build_id) == "succeeded"


def test_an_end_that_is_told_twice_changes_nothing(copr, project, verbs):
    build_id = copr.build(project, chroots=[X86])
    verbs.chroot_failed(build_id, X86, "late")
    verbs.source_failed(build_id, "late")
    assert copr.alice.state(build_id) == "succeeded"


def test_what_is_told_of_a_cancelled_build_changes_nothing(copr, project, verbs):
    build_id = copr.alice.submit(project, chroots=[X86, ARM])
    copr.advance(build_id, "running")
    copr.alice.put(f"build/cancel/{build_id}")
    before = states(copr, build_id)
    verbs.chroot_succeeded(build_id, X86, [])
    verbs.source_failed(build_id, "late")
    assert (copr.alice.state(build_id), states(copr, build_id)) == ("canceled", before)


def test_one_failed_chroot_makes_a_failed_build(copr, project):
    build_id = copr.alice.submit(project)
    copr.advance(build_id, "failed", [ARM])
    assert copr.alice.state(build_id) in ("pending", "running")
    copr.advance(build_id, "succeeded", [X86])
    assert copr.alice.state(build_id) == "failed"
    assert states(copr, build_id) == {X86: "succeeded", ARM: "failed"}


def test_a_failed_source_fails_every_chroot(copr, project):
    build_id = copr.alice.submit(project, chroots=[X86, ARM])
    copr.advance(build_id, "source-failed")
    assert copr.alice.state(build_id) == "failed"
    assert set(states(copr, build_id).values()) == {"failed"}


def test_architectures_that_a_package_is_not_for_are_skipped(copr, project):
    build_id = copr.alice.submit(project)
    copr.advance(build_id, "succeeded", exclusive_arch=["aarch64"])
    assert states(copr, build_id) == {X86: "skipped", ARM: "succeeded"}
    assert copr.alice.state(build_id) == "succeeded"


# for which chroots


@pytest.mark.parametrize(("denied", "built"), [("*-aarch64", [X86]), (X86, [ARM]), ("*-aarch64, *-x86_64", [X86, ARM])])
def test_a_package_is_kept_from_chroots_but_not_from_all(copr, project, denied, built):
    address = f"package/add/alice/{project}/hello/scm"
    copr.alice.post(address, package_name="hello", clone_url=GIT, chroot_denylist=denied)
    body = {"ownername": "alice", "projectname": project, "package_name": "hello"}
    build_id = copr.alice.post("package/build", **body)["id"]
    copr.advance(build_id, "succeeded")
    assert sorted(states(copr, build_id)) == sorted(built)


@pytest.mark.parametrize(
    ("options", "built"),
    [
        ({}, [X86, ARM]),
        ({"chroots": []}, [X86, ARM]),
        ({"chroots": ["*-x86_64"]}, [X86]),
        ({"exclude_chroots": [X86]}, [ARM]),
        ({"chroots": ["fedora-*"], "exclude_chroots": ["*-aarch64"]}, [X86]),
        ({"exclude_chroots": ["*"]}, [X86, ARM]),
    ],
)
def test_a_build_is_for_the_chroots_that_it_asks_for(copr, project, options, built):
    build_id = copr.alice.submit(project, **options)
    copr.advance(build_id, "succeeded")
    assert sorted(states(copr, build_id)) == sorted(built)


# its tasks


def test_a_build_is_a_tree_of_tasks(copr, project):
    build_id = copr.alice.submit(project)
    assert task_states(copr, build_id) == ["FREE"]
    copr.advance(build_id, "pending")
    assert task_states(copr, build_id) == ["OPEN", "FREE", "FREE"]
    copr.advance(build_id, "succeeded", [X86])
    copr.advance(build_id, "failed", [ARM])
    assert task_states(copr, build_id) == ["CLOSED", "CLOSED", "FAILED"]


def test_who_cancels_a_build_cancels_its_tasks(copr, project):
    build_id = copr.alice.submit(project)
    copr.advance(build_id, "succeeded", [X86])
    copr.alice.put(f"build/cancel/{build_id}")
    assert task_states(copr, build_id) == ["CANCELED", "CLOSED", "CANCELED"]
    said = copr.alice.refused("PUT", f"build/cancel/{build_id}", 409)
    assert said == f"Cannot cancel build {build_id}"


def test_who_cancels_the_tasks_cancels_the_build(copr, project):
    build_id = copr.alice.submit(project)
    copr.advance(build_id, "running")
    with copr.hub.write() as call:
        tasks.cancel(call, copr_builds.get(call, build_id)["task_id"])
    assert copr.alice.state(build_id) == "canceled"
    assert task_states(copr, build_id) == ["CANCELED"] * 3


def test_who_cancels_one_chroots_task_cancels_no_other(copr, project):
    build_id = copr.alice.submit(project)
    copr.advance(build_id, "running")
    with copr.hub.write() as call:
        (task,) = (each["task_id"] for each in copr_builds.chroots_of(call, [build_id]) if each["name"] == ARM)
        tasks.cancel(call, task, recurse=False)
    assert states(copr, build_id) == {X86: "running", ARM: "canceled"}
    copr.advance(build_id, "succeeded", [X86])
    assert copr.alice.state(build_id) == "succeeded"


# batches


def waits(copr, build_id):
    """Whether a build has to wait for others: it has no task then."""
    return copr.row(build_id)["task_id"] is None


@pytest.fixture
def chain(copr, project):
    """Two builds that go together, one that waits for them, and one that waits for that."""
    first = copr.alice.submit(project, chroots=[X86])
    beside = copr.alice.submit(project, chroots=[X86], with_build_id=first)
    second = copr.alice.submit(project, chroots=[X86], after_build_id=first)
    third = copr.alice.submit(project, chroots=[X86], after_build_id=second)
    assert [waits(copr, each) for each in (first, beside, second, third)] == [False, False, True, True]
    return first, beside, second, third


@pytest.mark.parametrize("end", ["succeeded", "failed", "source-failed", "cancel"])
def test_builds_wait_until_each_build_before_them_has_ended(copr, chain, end):
    first, beside, second, third = chain
    copr.advance(first, "succeeded")
    assert waits(copr, second)
    if end == "cancel":
        copr.alice.put(f"build/cancel/{beside}")
    else:
        copr.advance(beside, end)
    assert not waits(copr, second) and waits(copr, third)
    copr.alice.put(f"build/cancel/{second}")
    assert not waits(copr, third)


def test_builds_do_not_wait_for_one_that_was_removed(copr, chain, project):
    first, beside, second, third = chain
    copr.alice.put(f"build/cancel/{second}")
    copr.alice.delete(f"build/delete/{second}")
    assert waits(copr, third)
    copr.advance(first, "failed")
    copr.advance(beside, "failed")
    assert not waits(copr, third)


def test_a_cancelled_build_that_waits_never_begins(copr, chain):
    first, beside, second, third = chain
    copr.alice.put(f"build/cancel/{third}")
    for build_id in (first, beside, second):
        copr.advance(build_id, "succeeded")
    assert waits(copr, third) and copr.alice.state(third) == "canceled"


def test_a_batch_that_has_ended_takes_no_more_builds(copr, project):
    build_id = copr.build(project, chroots=[X86])
    for option in ("with_build_id", "after_build_id"):
        body = {"ownername": "alice", "projectname": project, "pkgs": "http://x.example/a-1-1.src.rpm"}
        said = copr.alice.refused("POST", "build/create/url", 400, json={**body, option: build_id})
        assert "because the build has already finished" in said


# what they leave


def test_a_removed_build_leaves_nothing(copr, project):
    build_id, kept = copr.build(project, chroots=[X86]), copr.build(project, chroots=[X86])
    halves = [
        copr.results("alice", project, X86, f"{build_id:08d}-hello"),
        copr.results("alice", project, "srpm-builds", f"{build_id:08d}"),
    ]
    other = copr.results("alice", project, X86, f"{kept:08d}-hello")
    copr.alice.delete(f"build/delete/{build_id}")
    assert not any(half.exists() for half in halves) and other.exists()
    assert copr.alice.get(f"build/{build_id}", 404)


def test_of_several_builds_all_go_or_none(copr, project):
    ended, running = copr.build(project), copr.alice.submit(project)
    said = copr.alice.refused("DELETE", "build/delete/list", 400, json={"builds": [ended, running, 999999]})
    assert said == f"Build(s) {running} are still running.\nBuild(s) 999999 don't exist.\n"
    said = copr.bob.refused("DELETE", "build/delete/list", 400, json={"builds": [ended]})
    assert said == f"You don't have permissions to delete build(s) {ended}.\n"
    assert copr.alice.delete("build/delete/list", builds=[ended]) == {"builds": [ended]}


def wanted(copr, project):
    """The repositories that are to be composed again: {(directory, chroot, whether of the devel kind)}."""
    with copr.hub.write() as call:
        found = call.tx.tuples(
            "SELECT d.name, m.arch, r.devel FROM copr_repo r JOIN project_dir d ON d.id = r.dir_id"
            " JOIN mock_chroot m ON m.id = r.mock_chroot_id JOIN project p ON p.id = d.project_id"
            " WHERE p.name = :name",
            {"name": project},
        )
        call.tx.execute("DELETE FROM copr_repo")
        return {(name, arch, bool(devel)) for name, arch, devel in found}


def test_a_good_build_has_its_repository_composed(copr, project):
    side = f"{project}:custom:side"
    assert wanted(copr, project) == {(project, "x86_64", False), (project, "aarch64", False)}
    build_id = copr.alice.submit(project, chroots=[X86])
    copr.advance(build_id, "running")
    assert wanted(copr, project) == set()
    copr.advance(build_id, "succeeded")
    assert wanted(copr, project) == {(project, "x86_64", False)}
    copr.advance(copr.alice.submit(project), "failed")
    assert wanted(copr, project) == set()
    build_id = copr.build(project, chroots=[ARM], project_dirname=side)
    assert (side, "aarch64", False) in wanted(copr, project)
    copr.alice.delete(f"build/delete/{build_id}")
    assert wanted(copr, project) == {(side, "aarch64", False)}


def test_a_project_in_devel_mode_is_composed_when_asked(copr, project):
    copr.alice.put(f"project/edit/alice/{project}", devel_mode=True)
    wanted(copr, project)
    copr.build(project, chroots=[X86])
    assert wanted(copr, project) == {(project, "x86_64", True)}
    copr.alice.put(f"project/regenerate-repos/alice/{project}")
    assert wanted(copr, project) == {(project, "x86_64", False), (project, "aarch64", False)}


@pytest.mark.parametrize(
    ("kind", "source", "program"),
    [
        ("scm", {"clone_url": "https://git.example/x.git"}, "git"),
        ("scm", {"clone_url": "https://svn.example/x", "scm_type": "svn"}, "svn"),
        ("pypi", {"pypi_package_name": "six", "spec_generator": "pyp2rpm"}, "pyp2rpm"),
        ("url", {"pkgs": "http://sources.example/hello-1-1.src.rpm"}, "curl"),
    ],
)
def test_a_program_that_the_host_lacks_is_named_at_once(copr, project, kind, source, program, tmp_path):
    body = {"ownername": "alice", "projectname": project, **source}
    copr.alice.post(f"build/create/{kind}", **body)
    copr.hub.parts["builder"] = lambda: "ok"
    nothing = {"PATH": str(tmp_path)}
    with mock.patch.dict(os.environ, nothing), mock.patch.object(sys, "executable", str(tmp_path / "python")):
        said = copr.alice.refused("POST", f"build/create/{kind}", 400, json=body)
    del copr.hub.parts["builder"]
    assert f"{program} is not installed on this host" in said

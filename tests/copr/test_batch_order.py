"""Builds that go together are built in the order that their packages need, and what can't be is named at once."""

import time

import koji
import pytest

from appliance import testing
from appliance.builder import remains
from appliance.hub import copr_builds, copr_submissions, fsck, projects
from appliance.hub.fields import Received

CHROOT = "fedora-rawhide-x86_64"


@pytest.fixture(scope="module")
def hub():
    with testing.hub(builder="simulated") as found:
        found.copr_user.project_proxy.add("user", "project", [CHROOT])
        yield found
        with found.hub.read() as call:
            assert [*fsck.examine(call, served=False), *remains.examine(call)] == []


def submit(hub, **needs):
    """Builds of packages that need others, as one batch; their ids by name."""
    made = {}
    with hub.seed.call("user") as call:
        project = projects.find(call, "user", "project")
        for name, wanted in needs.items():
            source = hub.source(f"{name}-1-1", requires=tuple(wanted))
            batch = {"with_build_id": next(iter(made.values()))} if made else {}
            sent = {"pkgs": Received(source.name, str(source)), **batch}
            made[name] = copr_submissions.create(call, project, "upload", sent)[0]["id"]
    return made


def ended(hub, builds):
    """({name: the build}, {name: its chroot}) of builds, all of which end."""
    end = time.monotonic() + 90
    while not all(build["ended"] for build in look(hub, builds, copr_builds.get).values()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return look(hub, builds, copr_builds.get), look(hub, builds, lambda *build: copr_builds.chroot(*build, CHROOT))


def look(hub, builds, what):
    with hub.hub.read() as call:
        return {name: what(call, number) for name, number in builds.items()}


def begun(hub, builds):
    """The names of builds in the order in which tasks for their chroots were made, for each its number."""
    with hub.hub.read() as call:
        sql = "SELECT build_id, task_id FROM copr_build_chroot WHERE build_id IN :ids ORDER BY task_id"
        names = {number: name for name, number in builds.items()}
        return [names[row["build_id"]] for row in call.tx.rows(sql, {"ids": list(names)})]


def test_a_batch_is_built_in_the_order_that_it_needs(hub):
    builds = submit(hub, last=["middle"], other=[], middle=["first"], first=[])
    found, _ = ended(hub, builds)
    assert {build["state"] for build in found.values()} == {"succeeded"}
    order = begun(hub, builds)
    assert order.index("first") < order.index("middle") < order.index("last")
    assert order.index("other") < order.index("middle")  # with the first, not after it


def test_a_cycle_is_named_and_nothing_of_the_batch_is_built(hub):
    builds = submit(hub, hen=["egg"], egg=["hen"], farm=[])
    found, chroots = ended(hub, builds)
    assert {build["state"] for build in found.values()} == {"failed"}
    assert all("these packages need each other: " in chroot["status_reason"] for chroot in chroots.values())
    assert all(chroot["task_id"] is None for chroot in chroots.values())


def test_what_nobody_gives_is_named_before_anything_is_built(hub):
    builds = submit(hub, lone=["unheard-of"], fine=[])
    _, chroots = ended(hub, builds)
    assert "lone needs unheard-of, which neither the repository" in chroots["lone"]["status_reason"]
    assert chroots["fine"]["task_id"] is None


def test_who_waits_for_a_build_that_fails_begins_all_the_same(hub):
    hub.script("broken", end="failure", times=1)
    found, _ = ended(hub, submit(hub, user=["broken"], broken=[]))
    assert (found["broken"]["state"], found["user"]["state"]) == ("failed", "succeeded")


def test_a_single_build_is_not_looked_at(hub):
    found, _ = ended(hub, submit(hub, alone=["unheard-of"]))
    assert found["alone"]["state"] == "succeeded"


def test_a_chroot_whose_task_was_not_closed_in_time_is_not_built_again(hub):
    """A hub that is killed between the two finds the chroot done and its task open."""
    builds = submit(hub, whole=[])
    _, chroots = ended(hub, builds)
    task_id = chroots["whole"]["task_id"]
    until_closed(hub, task_id)
    with hub.hub.write() as call:
        call.tx.execute(
            "UPDATE task SET state = 1, completion_time = NULL, result = NULL WHERE id = :id", {"id": task_id}
        )
        call.ring("tasks")
    until_closed(hub, task_id)
    found, again = ended(hub, builds)
    assert (found["whole"]["state"], again["whole"]["ended_on"]) == ("succeeded", chroots["whole"]["ended_on"])


def until_closed(hub, task_id):
    """Wait for a task to end, which it must do well."""
    end = time.monotonic() + 60
    while not hub.admin.taskFinished(task_id):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert hub.admin.getTaskInfo(task_id)["state"] == koji.TASK_STATES["CLOSED"]

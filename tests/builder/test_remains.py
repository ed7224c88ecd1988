"""What jobs have left is named, and what a living one works on is not."""

import os
import shutil

import pytest

from appliance.builder import job, remains
from appliance.builder.process import Identity
from appliance.hub import state


@pytest.fixture
def hub(tmp_path):
    state.init(tmp_path / "state")
    opened = state.open_hub(tmp_path / "state")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "place", ["mock/lib/order-{}", "roots/kind/new/{}"], ids=["mock's order", "a root in the making"]
)
def test_what_a_dead_job_left_in_the_cache_is_named(hub, place):
    me = Identity.of(os.getpid())
    dead = Identity(me.pid, me.start - 1, me.boot)
    for each in (me, dead):
        (hub.paths.cache / place.format(each.token)).mkdir(parents=True)
    with hub.read() as call:
        (said,) = remains.examine(call)
    assert said.startswith(f"{hub.paths.cache / place.format(dead.token)}: ")


def test_a_process_of_a_job_that_was_forgotten_is_named(hub):
    jobdir = hub.paths.jobs / "1"
    jobdir.mkdir()
    (jobdir / "result").mkdir()
    os.mkfifo(jobdir / "job.json")  # it waits for its order
    idle, busy = job.wait_for_one(), job.wait_for_one()
    assert busy.give(jobdir)
    try:
        with (jobdir / "job.json").open("w"), hub.read() as call:
            assert list(remains.examine(call)) == [f"{jobdir}: the job of a task that is not open, and it runs"]
            shutil.rmtree(jobdir)
            assert list(remains.examine(call)) == [f"process {busy.pid} does the job of {jobdir}, which is gone"]
    finally:
        idle.dismiss()
        os.kill(busy.pid, 9)
        os.waitpid(busy.pid, 0)

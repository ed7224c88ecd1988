"""What jobs have left is named, and what a living one works on is not."""

import os

import pytest

from appliance.builder import remains
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

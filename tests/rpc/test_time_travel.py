"""The answer at an event is the answer that was given at that event, whatever happened since."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.errors import GenericError
from appliance.hub import imports, state, users
from appliance.hub.hub import Session
from appliance.rpc.koji import load_methods

METHODS = load_methods().methods
TAGS = ("low", "mid", "top")
PACKAGES = ("abc", "xyz")
BUILDS = tuple(f"{name}-{number}-1" for name in PACKAGES for number in (1, 2))

tag, package, build = map(st.sampled_from, (TAGS, PACKAGES, BUILDS))
links = st.fixed_dictionaries(
    {
        "parent_id": st.sampled_from(TAGS),
        "priority": st.integers(0, 2),
        "maxdepth": st.sampled_from((None, 0, 1)),
        "intransitive": st.booleans(),
        "noconfig": st.booleans(),
        "pkg_filter": st.sampled_from(("", "a.*")),
        "delete link": st.booleans(),
    }
)
changes = st.one_of(
    st.tuples(st.just("editTag2"), tag, st.fixed_dictionaries(
        {}, optional={"arches": st.sampled_from(("x86_64", "i686 noarch")), "locked": st.booleans(),
                      "extra": st.dictionaries(st.sampled_from("ab"), st.integers(0, 3)),
                      "block_extra": st.just(["b"]), "remove_extra": st.just(["a"])})),
    st.tuples(st.just("setInheritanceData"), tag, links),
    st.tuples(st.just("packageListAdd"), tag, package, st.sampled_from(("boss", "alice"))),
    st.tuples(st.sampled_from(("packageListBlock", "packageListRemove")), tag, package),
    st.tuples(st.sampled_from(("tagBuildBypass", "untagBuildBypass")), tag, build),
    st.tuples(st.sampled_from(("groupListAdd", "groupListBlock", "groupListRemove")), tag, st.sampled_from("gh")),
    st.tuples(st.sampled_from(("groupPackageListAdd", "groupPackageListBlock")), tag, st.just("g"), package),
    st.tuples(st.just("editBuildTarget"), st.just("goal"), st.just("goal"), tag, tag),
    st.tuples(st.just("addExternalRepoToTag"), tag, st.just("away"), st.integers(0, 2)),
    st.tuples(st.just("removeExternalRepoFromTag"), tag, st.just("away")),
    st.tuples(st.just("editExternalRepo"), st.just("away"), st.fixed_dictionaries({"url": st.sampled_from(
        ("http://example.org/1/", "http://example.org/2/"))})),
    st.tuples(st.just("editHost"), st.just("worker"), st.fixed_dictionaries({"capacity": st.integers(1, 3)})),
)  # fmt: skip

OF_TAGS = (
    ("getTag", {}),
    ("getTag", {"blocked": True}),
    ("getBuildConfig", {}),
    ("getInheritanceData", {}),
    ("getFullInheritance", {}),
    ("getFullInheritance", {"reverse": True}),
    ("listPackages", {"inherited": True, "with_dups": True}),
    ("listTagged", {"inherit": True}),
    ("listTagged", {"inherit": True, "latest": True}),
    ("getLatestBuilds", {}),
    ("getTagGroups", {"incl_blocked": True}),
    ("getTagExternalRepos", {}),
    ("getExternalRepoList", {}),
)
OF_OTHERS = (("getBuildTarget", "goal"), ("getExternalRepo", "away"), ("getHost", "worker"))


def ask(call, name, *args, **kwargs):
    return METHODS[name].run(call, list(args), kwargs)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """(a hub with what the changes are about, the admin's session)."""
    place = tmp_path_factory.mktemp("travel") / "state"
    state.init(place, empty=True)
    hub = state.open_hub(place)
    with hub.write() as call:
        users.bring_about(call, {"name": "boss", "password": "x", "permissions": ["admin"]})
        users.bring_about(call, {"name": "alice", "password": "x"})
        boss = Session(user_id=users.identify(call, "boss"), user_name="boss", perms=frozenset({"admin"}))
    with hub.write(boss) as call:
        for name in TAGS:
            ask(call, "createTag", name)
        for name in BUILDS:
            title, version, release = name.split("-")
            imports.new_build(call, {"name": title, "version": version, "release": release, "epoch": None})
        ask(call, "createBuildTarget", "goal", "low", "top")
        ask(call, "createExternalRepo", "away", "http://example.org/0/")
        ask(call, "addHost", "worker", ["x86_64"])
    yield hub, boss
    hub.close()


def answers(hub, event=None):
    """What every reading method says, now or at an event."""
    at = {} if event is None else {"event": event}
    with hub.read() as call:
        found = {
            (name, each, *options.items()): ask(call, name, each, **options, **at)
            for name, options in OF_TAGS
            for each in TAGS
        }
        return found | {key: ask(call, *key, **at) for key in OF_OTHERS}


def told(answer):
    """An answer without the mark of the event that was asked for."""
    return {key: value for key, value in answer.items() if key != "query_event"} if isinstance(answer, dict) else answer


def do(hub, boss, change):
    """Make a change; one that the hub refuses changes nothing."""
    name, *args = change
    kwargs = args.pop() if isinstance(args[-1], dict) and name != "setInheritanceData" else {}
    try:
        with hub.write(boss) as call:
            if name == "setInheritanceData":
                args[1] = {**args[1], "parent_id": ask(call, "getTagID", args[1]["parent_id"])}
            ask(call, name, *args, **kwargs)
    except GenericError:
        pass


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(changes, min_size=1, max_size=8))
def test_what_was_said_at_an_event_is_said_of_it_for_ever(world, made):
    hub, boss = world
    said = {}
    for change in made:
        do(hub, boss, change)
        with hub.read() as call:
            event = ask(call, "getLastEvent")["id"]
        said[event] = answers(hub)
    for event, before in said.items():
        now = answers(hub, event)
        for key, answer in before.items():
            assert told(now[key]) == told(answer), (event, key)

"""What is in a tag, against a naive reading of the same rows, over histories that hypothesis thinks up."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.db import history
from appliance.db.models.tags import TagPackage
from appliance.errors import ActionNotAllowed, TagError
from appliance.hub import builds, imports, inheritance, packages, snapshots, tagged, tagging, tags

TAGS = ("low", "mid", "top", "side")
NAMES = ("abc", "abd", "xyz")
BUILDS = 6

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("tag"), st.sampled_from(TAGS), st.integers(0, BUILDS - 1)),
        st.tuples(st.just("untag"), st.sampled_from(TAGS), st.integers(0, BUILDS - 1)),
        st.tuples(st.just("list"), st.sampled_from(TAGS), st.integers(0, len(NAMES) - 1)),
        st.tuples(st.just("block"), st.sampled_from(TAGS), st.integers(0, len(NAMES) - 1)),
        st.tuples(st.just("drop"), st.sampled_from(TAGS), st.integers(0, len(NAMES) - 1)),
    ),
    max_size=30,
)


class World:
    """Four tags in two lines of inheritance, six builds of three packages, and all that happened to them."""

    def __init__(self, call, pattern):
        self.call = call
        self.tags = {name: tags.create(call, name) for name in TAGS}
        below = {
            "low": (("mid", 0, ""), ("side", 1, pattern)),
            "mid": (("top", 0, ""),),
            "side": (("top", 0, ""),),
        }
        for child, links in below.items():
            changes = [inheritance.link(self.tags[name], prio, pkg_filter=text) for name, prio, text in links]
            inheritance.write(call, self.tags[child], changes)
        self.builds = [
            builds.require(
                call,
                imports.new_build(call, {"name": NAMES[n % 3], "version": str(n), "release": "1", "epoch": None}),
            )
            for n in range(BUILDS)
        ]
        self.tagged = []  # [tag, build index, from event, to event]
        self.lists = []  # [tag, package name, blocked, from event, to event]
        for number in range(len(NAMES)):
            self.do("list", "top", number)
        for number in range(BUILDS):
            self.do("tag", TAGS[number % 2], number)

    def do(self, verb, tag, number):
        getattr(self, verb)(tag, number)
        self.call.tx.end_event()

    def tag(self, tag, number):
        tagging.tag(self.call, self._tag(tag), self.builds[number], force=True)
        self._end(self.tagged, tag, number)
        self.tagged.append([tag, number, self.call.tx.event(), None])

    def untag(self, tag, number):
        tagging.untag(self.call, self._tag(tag), self.builds[number], strict=False)
        self._end(self.tagged, tag, number)

    def list(self, tag, number):
        self._list(tag, NAMES[number], False)

    def block(self, tag, number):
        self._list(tag, NAMES[number], True)

    def drop(self, tag, number):
        self._end(self.lists, tag, NAMES[number])
        place = {"tag_id": self.tags[tag], "package_id": packages.identify(self.call, NAMES[number])}
        history.revoke(self.call.tx, TagPackage, self.call.user_id, **place)

    def _list(self, tag, name, blocked):
        self.drop(tag, NAMES.index(name))
        place = {"tag_id": self.tags[tag], "package_id": packages.identify(self.call, name)}
        history.add(self.call.tx, TagPackage, self.call.user_id, **place, blocked=blocked)
        self.lists.append([tag, name, blocked, self.call.tx.event(), None])

    def _tag(self, name):
        return {"id": self.tags[name], "name": name}

    def _end(self, rows, tag, what):
        for row in rows:
            if row[0] == tag and row[1] == what and row[-1] is None:
                row[-1] = self.call.tx.event()

    def _places(self, tag, inherit, event):
        return inheritance.order(self.call, self.tags[tag], event, inherit)

    def _entry(self, tag, name, event):
        for place in self._places(tag, True, None):
            for where, listed, blocked, start, end in self.lists:
                here = self.tags[where] == place.tag_id and listed == name and place.admits(name)
                if here and self._held(start, end, event):
                    return blocked
        return None

    @staticmethod
    def _held(start, end, event):
        return end is None if event is None else start <= event and (end is None or end > event)

    def expected(self, tag, inherit, latest, event):
        found = []
        for place in self._places(tag, inherit, None):
            held = [row for row in self.tagged if self.tags[row[0]] == place.tag_id and self._held(*row[2:], event)]
            found += sorted(held, key=lambda row: (-row[2], -self.builds[row[1]]["id"]))
        found = [row for row in found if self._entry(tag, NAMES[row[1] % 3], event) is False]
        counts = {}
        chosen = []
        for row in found:
            counts[row[1] % 3] = counts.get(row[1] % 3, 0) + 1
            if not latest or counts[row[1] % 3] <= int(latest):
                chosen.append((row[0], self.builds[row[1]]["nvr"]))
        return chosen


@pytest.mark.parametrize("pattern", ["", "ab"])
@quick
@given(told=steps, moment=st.floats(0, 1))
def test_a_tag_lists_what_its_rows_say_now_and_then(undone, boss, pattern, told, moment):
    with undone(boss) as call:
        world = World(call, pattern)
        start = call.tx.event()
        for step in told:
            world.do(*step)
        past = int(start + (call.tx.event() - start) * moment)
        for tag in ("low", "top"):
            for inherit, latest, event in (
                (False, False, None),
                (True, False, None),
                (True, True, None),
                (True, 2, None),
                (True, True, past),
            ):
                wanted = tagged.Filter(event=event, inherit=inherit, latest=latest)
                got = [(row["tag_name"], row["nvr"]) for row in tagged.listed(call, world.tags[tag], wanted)]
                assert got == world.expected(tag, inherit, latest, event)
                for name in NAMES:
                    wanted.package = name
                    one = [(row["tag_name"], row["nvr"]) for row in tagged.listed(call, world.tags[tag], wanted)]
                    assert one == [each for each in got if each[1].startswith(name)]


@pytest.fixture
def tagged_build(hub, boss):
    """A complete build in tag `t`; its row."""
    with hub.write(boss) as call:
        data = {"name": "pkg", "version": "1", "release": "1", "epoch": None}
        build = builds.require(call, imports.new_build(call, data))
        tags.create(call, "t")
        packages.add(call, "t", "pkg", owner="boss")
        tagging.add(call, "t", build["id"])
    return build


def test_tagging_and_untagging_wake_who_composes_repositories(hub, boss, tagged_build):
    for verb in (tagging.remove, tagging.add):
        before = hub.bell.heard("repos")
        with hub.write(boss) as call:
            verb(call, "t", "pkg-1-1")
            assert hub.bell.heard("repos") == before
        assert hub.bell.heard("repos") > before


def test_a_build_that_is_being_made_is_tagged_by_nobody(hub, boss):
    with hub.write(boss) as call:
        data = {"name": "pkg", "version": "1", "release": "1", "epoch": None, "state": 0, "completion_time": None}
        imports.new_build(call, data)
        tags.create(call, "t")
        packages.add(call, "t", "pkg", owner="boss")
        for tag in (tagging.add, tagging.request):
            with pytest.raises(TagError, match="not complete: state BUILDING"):
                tag(call, "t", "pkg-1-1", force=True)


def test_a_lock_stops_users_and_an_admin_without_force(hub, boss, alice, tagged_build):
    with hub.write(boss) as call:
        tags.edit(call, "t", locked=True)
    for session, force in ((alice, False), (alice, True), (boss, False)):
        with pytest.raises(ActionNotAllowed, match="tag is locked"), hub.write(session) as call:
            tagging.remove(call, "t", "pkg-1-1", force=force)
    with hub.write(boss) as call:
        tagging.remove(call, "t", "pkg-1-1", force=True)


@quick
@given(told=steps, remove=st.booleans())
def test_a_tag_brought_in_line_lists_the_same_builds_in_the_same_order(undone, boss, told, remove):
    with undone(boss) as call:
        world = World(call, "")
        for step in told:
            if step[0] in ("tag", "untag"):
                world.do(*step)
        wanted = snapshots.Copied(config=False, groups=False, latest=False, inherit=False, remove=remove)
        snapshots.bring_in_line(call, "low", "side", wanted)
        ours, theirs = (
            [row["nvr"] for row in tagged.listed(call, world.tags[name], tagged.Filter())] for name in ("low", "side")
        )
        kept = [nvr for nvr in theirs if nvr in ours]
        for name in NAMES:
            same = [nvr for nvr in ours if nvr.startswith(name)]
            assert [nvr for nvr in kept if nvr.startswith(name)] == same
            if remove and same:
                assert [nvr for nvr in theirs if nvr.startswith(name)] == same

"""What is kept of repositories in memory is never out of date, and never more than is allowed."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from appliance.hub import (
    builds,
    drafts,
    imports,
    inheritance,
    packages,
    removal,
    repo_content,
    tag_listings,
    tagged,
    tagging,
    tags,
    users,
    volumes,
)
from appliance.hub.kept import Kept
from appliance.hub.repo_content import Wanted
from appliance.testing.rpmfile import Spec, write
from appliance.testing.seeding import Seed


@pytest.fixture
def seed(hub):
    with hub.write() as call:
        users.bring_about(call, {"name": "admin", "password": "x", "permissions": ["admin"]})
    made = Seed(hub)
    made.build("bash-1-1", rpms=["bash.x86_64", "bash-doc.noarch"], tags=["f1"])
    made.build("zsh-1-1", rpms=["zsh.x86_64"], tags=["f1"])
    made.build("fish-1-1", rpms=["fish.x86_64"], draft=True, tags=["f1"])
    return made


def listed(call, **options):
    return list(repo_content.own(call, Wanted(tags.known(call, "f1"), "x86_64", **options)))


def assert_true(hub, event=None):
    """What is listed is what a hub lists that keeps nothing."""
    with hub.read() as call:
        found = listed(call, event=event)
        kept, hub.kept = hub.kept, Kept(0)
        assert found == listed(call, event=event)
        hub.kept = kept
    return found


def tag(call, nvr):
    tagging.add(call, "f1", nvr)


def block(call, name):
    packages.block(call, "f1", name)


def import_more(call, name):
    """One more package of a build that is listed."""
    build = {"name": name, "version": "1", "release": "1"}
    (path,) = write(Path(call.paths.topdir.work()), Spec(f"{name}-more", version="1", source=name), whole=True)
    imports.rpm(call, path, builds.require(call, build))


def move(call, nvr):
    Path(call.paths.topdir.volumedir("elsewhere")).mkdir(parents=True)
    volumes.add(call, "elsewhere")
    volumes.change(call, nvr, "elsewhere")


def promote(call, name):
    (draft,) = [each for each in tagged.latest(call, tags.known(call, "f1"), package=name) if each["draft"]]
    drafts.promote(call, draft["id"])


def correct(call, name):
    """What nobody but a person with a database shell does."""
    call.tx.execute("UPDATE rpminfo SET release = '9' WHERE name = :name", {"name": name})


def make_anew(call, nvr):
    tagging.remove(call, "f1", nvr)
    removal.reset(call, nvr)


CHANGES = {
    "another build": (tag, "bash-2-1"),
    "blocked": (block, "bash"),
    "one more package": (import_more, "zsh"),
    "moved": (move, "bash-1-1"),
    "promoted": (promote, "fish"),
    "corrected": (correct, "zsh"),
    "removed": (make_anew, "zsh-1-1"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_of_what_builds_give_shows_at_once(hub, seed, name):
    change, of_what = CHANGES[name]
    seed.build("bash-2-1", rpms=["bash.x86_64"])
    before = assert_true(hub)
    with seed.call() as call:
        change(call, of_what)
    assert assert_true(hub) != before


def test_what_is_undone_is_not_kept(hub, seed):
    before = assert_true(hub)
    for number in range(2):
        with pytest.raises(ZeroDivisionError), seed.call() as call:
            call.tx.execute("UPDATE rpminfo SET release = :release WHERE name = 'zsh'", {"release": f"undone{number}"})
            assert f"undone{number}" in {each.release for each in listed(call)}
            raise ZeroDivisionError
        assert assert_true(hub) == before


def test_reader_of_an_older_state_sees_that_state(hub, seed):
    def corrected():
        with seed.call() as call:
            correct(call, "zsh")

    with hub.read() as early:
        before = listed(early)
        with ThreadPoolExecutor(1) as other:
            other.submit(corrected).result()
            assert other.submit(assert_true, hub).result() != before
        assert listed(early) == before


def test_only_what_changed_is_read(hub, seed, monkeypatch):
    assert_true(hub)
    seed.build("bash-2-1", rpms=["bash.x86_64"], tags=["f1"])
    asked = []
    read = tag_listings._read
    monkeypatch.setattr(tag_listings, "_read", lambda *given: asked.extend(given[-1]) or read(*given))
    with hub.read() as call:
        before = listed(call)
        listed(call, event=call.tx.value("SELECT MAX(id) FROM events"))
    assert len(asked) == 1
    with hub.read() as call:
        assert all(one is other for one, other in zip(listed(call), before, strict=True))


@pytest.mark.parametrize("seed_number", range(4))
def test_tag_in_all_its_moods_lists_what_is_true(hub, seed, seed_number):
    """Builds come, go and come again, singly and by the dozen; tags above change; what is over is asked for, too."""
    random_ = random.Random(seed_number)
    nvrs = [f"p{number}-{version}-1" for number in range(30) for version in (1, 2)]
    for nvr in nvrs:
        seed.build(nvr, rpms=[f"{nvr.split('-')[0]}.x86_64"], tags=["all"])
    with seed.call() as call:
        inheritance.write(call, tags.known(call, "f1"), [inheritance.link(tags.known(call, "all"))])
    events = []
    for _ in range(25):
        with seed.call() as call:
            for nvr in random_.sample(nvrs, random_.choice([1, 2, 3, 50])):
                where = random_.choice(["f1", "all"])
                there = {each["nvr"] for each in tagged.listed(call, tags.known(call, where), tagged.Filter())}
                (tagging.remove if nvr in there else tagging.add)(call, where, nvr)
                call.tx.end_event()
            events.append(call.tx.event())
        assert_true(hub)
        assert_true(hub, event=random_.choice(events))


def test_least_lately_used_goes_first_and_the_weight_is_kept():
    kept = Kept(limit=12)
    for key in "abc":
        kept.put(key, [1, 2, 3])
    assert kept.get("a") == [1, 2, 3]
    kept.put("d", [0])
    assert [key for key in "abcd" if kept.get(key)] == ["a", "c", "d"]
    kept.put("a", [])
    kept.put("e", [1])
    assert [kept.get(key) for key in "acde"] == [[], [1, 2, 3], [0], [1]]
    kept.put("f", range(12))
    assert [kept.get(key) for key in "acdef"] == [None] * 5
    kept.put("g", [1])
    assert kept.get("g") == [1]

"""Twenty thousand packages: each is described as the command does, and a change costs what it touches."""

import time

import pytest

from appliance.repodata import BlockCache, compose, publish
from appliance.testing.rpmfile import Spec, write

from .shelf import NOW, Shelf, createrepo, packages, records

COUNT = 20_000


def spec(number):
    name = f"pkg{number:05d}"
    return Spec(
        name,
        version=f"{number % 9}.{number % 7}",
        epoch=number % 4 or None,
        source=f"src{number // 4}",
        summary=f"Number {number} & <co>",
        files=(f"/usr/bin/{name}", f"/usr/share/{name}/part-{number * 31 % 997}", f"/etc/{name}.conf"),
        requires=(f"pkg{number * 7 % COUNT:05d}", "/bin/sh"),
        provides=(f"virtual({number % 13})",),
    )


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A directory of twenty thousand packages that the command has indexed, its shelf, and their entries."""
    repo = tmp_path_factory.mktemp("many")
    shelf = Shelf()
    entries = [shelf.add(path) for path in write(repo, *map(spec, range(COUNT)))]
    return createrepo(repo, "--general-compress-type", "gz"), shelf, entries


def test_twenty_thousand_packages_are_byte_for_byte_the_commands(many, tmp_path):
    theirs, shelf, entries = many
    ours = compose(entries, shelf.load, cache=BlockCache(tmp_path), timestamp=NOW)
    expected = records(theirs)
    assert {each.type: each.open_checksum for each in ours.records} == {
        kind: expected[kind].checksum_open for kind in ("primary", "filelists", "other")
    }


def test_one_package_more_in_twenty_thousand_takes_half_a_second_at_most(many, tmp_path):
    _, shelf, entries = many
    entries, cache = list(entries), BlockCache(tmp_path / "cache")
    spare = entries.pop(10_000)
    publish(compose(entries, shelf.load, cache=cache, timestamp=NOW), tmp_path / "repo")
    entries.insert(777, spare)
    start = time.process_time()
    publish(compose(entries, shelf.load, cache=cache, timestamp=NOW), tmp_path / "repo")
    assert time.process_time() - start < 0.5
    assert len(packages(tmp_path / "repo")) == COUNT

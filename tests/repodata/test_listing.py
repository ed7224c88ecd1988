"""A list like the last one costs what differs, and comes out as if nothing had been known."""

import random
from itertools import accumulate

import pytest

from appliance.repodata import DuplicatePackage, Entry, Listing, blocks


def package(number: int, version: str = "1", content: str = "") -> Entry:
    digest = random.Random(f"{number}-{version}-{content}").randbytes(32).hex()
    base = "http://elsewhere" if number // 250 % 4 == 1 else ""
    return Entry(f"p{number}", "0", version, "1", "noarch", digest, digest, "", f"p{number}.rpm", base)


def shown(listing: Listing) -> list[tuple[str, list[Entry]]]:
    return [(part.name, list(part.entries)) for part in listing.parts()]


@pytest.fixture
def named(monkeypatch):
    """The packages of blocks whose names were made, which takes reading all of each."""
    found: list[Entry] = []
    name = blocks.name
    monkeypatch.setattr(blocks, "name", lambda block: found.extend(block) or name(block))
    return found


def changed(entries: list[Entry], seeded: random.Random, version: str) -> list[Entry]:
    """ENTRIES after one of the things that happen to tags and projects."""
    at, other = seeded.randrange(len(entries)), seeded.randrange(len(entries))
    number = int(entries[at].name[1:])
    match seeded.randrange(5):
        case 0:
            return [package(number, version), *entries[:at], *entries[at + 1 :]]
        case 1:
            return entries[: min(at, other)] + entries[max(at, other) :]
        case 2:
            return entries[at:] + entries[:at]
        case 3:
            return [*entries[:at], package(100_000 + at, version), *entries[at:]]
        case _:
            return [*entries, package(200_000 + at, version)]


@pytest.mark.parametrize("seed", range(6))
def test_what_was_known_makes_no_difference_to_what_comes_out(seed):
    seeded = random.Random(seed)
    entries = [package(number) for number in range(4000)]
    before = Listing.of(entries)
    for version in range(2, 30):
        if len(entries) < 500:
            entries += [package(number, str(version)) for number in range(1000 * version, 1000 * version + 900)]
        entries = changed(entries, seeded, str(version))
        listing = Listing.of(entries, like=before)
        assert list(listing) == entries
        assert shown(listing) == shown(Listing.of(entries))
        before = listing


@pytest.mark.parametrize("seed", range(12))
def test_edited_list_is_as_if_it_had_been_made_so(seed):
    seeded = random.Random(seed)
    entries = [package(number) for number in range(seeded.choice([0, 1, 300, 3000]))]
    listing, ends = Listing.of(entries), []
    for version in range(2, 60):
        start = seeded.choice([0, len(entries), seeded.randint(0, len(entries)), *ends])
        stop = min(len(entries), start + seeded.choice([0, 0, 1, 2, 300]))
        new = [package(seeded.randrange(10**9), str(version)) for _ in range(seeded.choice([0, 1, 3, 700]))]
        entries[start:stop] = new
        listing = listing.edited(start, stop, new)
        assert list(listing) == entries and len(listing) == len(entries)
        assert shown(listing) == shown(Listing.of(list(entries)))
        ends = list(accumulate(len(run.entries) for run in listing.runs))


def test_edit_that_repeats_a_package_lists_it_once_and_one_with_other_content_is_refused():
    entries = [package(number) for number in range(3000)]
    listing = Listing.of(entries)
    twin = package(2500, content="another")
    for at in (0, 2499, 2500, 3000):
        with pytest.raises(DuplicatePackage):
            listing.edited(at, at, [twin])
        assert list(listing.edited(at, at, [entries[2500]])) == (
            entries if at > 2499 else [*entries[:at], entries[2500], *entries[at:2500], *entries[2501:]]
        )
    assert list(listing.edited(2500, 2501, [twin])) == [*entries[:2500], twin, *entries[2501:]]


def test_only_what_stands_near_a_change_is_read(named):
    entries = [package(number) for number in range(20_000)]
    before = Listing.of(entries)
    assert len(named) == 20_000
    named.clear()
    entries = [package(10_000, "2"), *entries[:10_000], *entries[10_001:]]
    listing = Listing.of(entries, like=before)
    assert 1 < len(named) < 2_500
    named.clear()
    assert shown(Listing.of(list(entries), like=listing)) == shown(listing) and named == []
    listing.edited(10_000, 10_001, [package(10_000, "3")])
    assert 1 < len(named) < 2_500


def test_change_of_a_tags_own_packages_leaves_those_of_other_sources_as_they_were(named):
    others = [package(250 + number) for number in range(200)]
    before = Listing.of([package(0), package(1), *others])
    named.clear()
    assert list(Listing.of([package(2), package(0), package(1), *others], like=before))[3:] == others
    assert {each.base for each in named} == {""}


def test_longer_list_does_not_end_where_the_shorter_one_did():
    entries = [package(number) for number in range(50)]
    longer = [*entries, package(50)]
    assert shown(Listing.of(longer, like=Listing.of(entries))) == shown(Listing.of(longer))
    assert shown(Listing.of(entries, like=Listing.of(longer))) == shown(Listing.of(entries))


def test_same_nevra_with_other_content_is_found_wherever_it_comes_in():
    entries = [package(number) for number in range(3000)]
    before = Listing.of(entries)
    twin = package(2500, content="another")
    for at in (0, 2500, 3000):
        entries.insert(at, twin)
        with pytest.raises(DuplicatePackage):
            Listing.of(entries, like=before)
        assert len(Listing.with_repeats(entries, like=before)) == 3001
        del entries[at]


def test_package_that_comes_again_is_listed_where_it_came_first():
    entries = [package(number) for number in range(1000)]
    before = Listing.of(entries)
    listing = Listing.of([*entries[:700], entries[3], *entries[700:]], like=before)
    assert list(listing) == entries and shown(listing) == shown(before)
    assert entries[3] in listing and package(3, "2") not in listing

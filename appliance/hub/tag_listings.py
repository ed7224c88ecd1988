"""What a tag's builds give to its repository: read whole once, and from then on only where other builds are in it."""

import json
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Self

from appliance.db.queries import repo_content as queries
from appliance.db.queries.tagged import Picked
from appliance.hub.hub import Call
from appliance.repodata import Entry, Listing

_SOME = 40  # builds; to read all anew is quicker than to take in more changes one by one
_Pick = tuple[int, int, int]  # a build's id, its revision, and the event that tagged it: all that its packages hang on
_Read = Callable[[list[int]], dict[int, list[Entry]]]


@dataclass(frozen=True)
class Given:
    """The packages of some builds, one build after the other, and how many of them each gave."""

    sizes: "array[int]"
    listing: Listing

    @classmethod
    def of(cls, builds: Sequence[list[Entry]]) -> Self:
        return cls(array("q", map(len, builds)), Listing.of(chain.from_iterable(builds)))

    @property
    def is_whole(self) -> bool:
        """Whether nothing that a build gave was left out as being there already."""
        return len(self.listing) == sum(self.sizes)

    def edited(self, at: int, gone: int, come: list[list[Entry]]) -> Self:
        """With the packages of other builds in place of those of so many from AT on."""
        start, sizes = sum(self.sizes[:at]), self.sizes[:]
        stop = start + sum(sizes[at : at + gone])
        sizes[at : at + gone] = array("q", map(len, come))
        return type(self)(sizes, self.listing.edited(start, stop, list(chain.from_iterable(come))))


@dataclass(frozen=True)
class Told:
    """Builds, as numbers one after the other, and what they give."""

    flat: "array[int]"
    given: Given

    @classmethod
    def of(cls, picks: Sequence[_Pick], given: Given) -> Self:
        return cls(array("q", chain.from_iterable(picks)), given)

    @property
    def picks(self) -> list[_Pick]:
        numbers = iter(self.flat)
        return list(zip(numbers, numbers, numbers, strict=True))

    def __len__(self) -> int:
        return len(self.given.listing)


def listing(call: Call, tag_id: int, picked: Picked, arches: tuple[str, ...], debuginfo: bool) -> Listing:
    """The RPMs of these arches that the builds PICKED for a tag have, in the order of the builds.

    The same NEVRA with other content raises a DuplicatePackage.
    """
    picks = call.tx.tuples(queries.picks(picked), picked.bound())
    key = Told, tag_id, arches, debuginfo
    read = partial(_read, call, arches, debuginfo)
    before = call.hub.kept.get(key)
    given = (None if before is None else _edited(before, picks, read)) or _made(picks, read)
    if given.is_whole and picked.event is None and not call.tx.writable:  # what is undone would leave its revisions
        call.hub.kept.put(key, Told.of(picks, given))
    return given.listing


def _made(picks: Sequence[_Pick], read: _Read) -> Given:
    found = read([build_id for build_id, _, _ in picks])
    return Given.of([found[build_id] for build_id, _, _ in picks])


def _edited(before: Told, picks: Sequence[_Pick], read: _Read) -> Given | None:
    """What BEFORE becomes with these builds; None where more has changed than a few builds that came or went."""
    old, given = before.picks, before.given
    if old == picks:
        return given
    gone, come = set(old).difference(picks), set(picks).difference(old)
    same = [pick for pick in old if pick not in gone] == [pick for pick in picks if pick not in come]
    if not same or len(gone) + len(come) > _SOME:
        return None
    for at in reversed([at for at, pick in enumerate(old) if pick in gone]):
        given = given.edited(at, 1, [])
    found = read([build_id for build_id, _, _ in come]) if come else {}
    for at in [at for at, pick in enumerate(picks) if pick in come]:
        given = given.edited(at, 0, [found[picks[at][0]]])
        if not given.is_whole:
            return None
    return given


def _read(call: Call, arches: tuple[str, ...], debuginfo: bool, build_ids: list[int]) -> dict[int, list[Entry]]:
    """The packages of each build, as repositories list them."""
    found: dict[int, list[Entry]] = {build_id: [] for build_id in build_ids}
    params = {"arches": arches, "builds": json.dumps(list(found))}
    for *columns, build_id in call.tx.tuples(queries.of_builds(debuginfo), params):
        found[build_id].append(Entry._make(columns))
    return found

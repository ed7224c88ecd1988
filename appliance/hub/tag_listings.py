"""What a tag's builds give to its repository: read whole once, and from then on only where other builds are in it."""

import json
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from appliance.db.queries import repo_content as queries
from appliance.db.queries.tagged import Picked
from appliance.hub.hub import Call
from appliance.repodata import Entry, Listing

_SOME = 40  # builds; to read all anew is quicker than to take in more changes one by one
_Pick = tuple[int, int, int]  # a build's id, its revision, and the event that tagged it: all that its packages hang on
_Read = Callable[[list[int]], dict[int, list[Entry]]]


@dataclass(frozen=True)
class Told:
    """A listing, the builds that it is of, and how many packages each of them has in it."""

    flat: "array[int]"
    sizes: "array[int]"
    listing: Listing

    @property
    def picks(self) -> list[_Pick]:
        numbers = iter(self.flat)
        return list(zip(numbers, numbers, numbers, strict=True))

    @property
    def is_whole(self) -> bool:
        """Whether nothing that a build gave was left out as being there already."""
        return len(self.listing) == sum(self.sizes)

    def __len__(self) -> int:
        return len(self.listing)


def listing(call: Call, tag_id: int, picked: Picked, arches: tuple[str, ...], debuginfo: bool) -> Listing:
    """The RPMs of these arches that the builds PICKED for a tag have, in the order of the builds.

    The same NEVRA with other content raises a DuplicatePackage.
    """
    picks = call.tx.tuples(queries.picks(picked), picked.bound())
    key = Told, tag_id, arches, debuginfo
    read = partial(_read, call, arches, debuginfo)
    before = call.hub.kept.get(key)
    told = None if before is None else _edited(before, picks, read)
    if told is None:
        told = _made(picks, read)
    if told.is_whole and picked.event is None and not call.tx.writable:  # what is undone would leave its revisions
        call.hub.kept.put(key, told)
    return told.listing


def _made(picks: Sequence[_Pick], read: _Read) -> Told:
    found = read([build_id for build_id, _, _ in picks])
    entries = [found[build_id] for build_id, _, _ in picks]
    return _told(picks, array("q", map(len, entries)), Listing.of(chain.from_iterable(entries)))


def _edited(before: Told, picks: Sequence[_Pick], read: _Read) -> Told | None:
    """What BEFORE becomes with these builds; None where more has changed than a few builds that came or went."""
    old = before.picks
    if old == picks:
        return before
    gone, come = set(old).difference(picks), set(picks).difference(old)
    same = [pick for pick in old if pick not in gone] == [pick for pick in picks if pick not in come]
    if not same or len(gone) + len(come) > _SOME:
        return None
    told = before
    for at in reversed([at for at, pick in enumerate(old) if pick in gone]):
        told = _changed(told, at, 1, [])
    found = read([build_id for build_id, _, _ in come]) if come else {}
    for at in [at for at, pick in enumerate(picks) if pick in come]:
        told = _changed(told, at, 0, [found[picks[at][0]]])
        if not told.is_whole:
            return None
    return _told(picks, told.sizes, told.listing)


def _changed(told: Told, at: int, gone: int, come: list[list[Entry]]) -> Told:
    """With the packages of other builds in place of some; the builds themselves are not told of yet."""
    start, sizes = sum(told.sizes[:at]), told.sizes[:]
    stop = start + sum(sizes[at : at + gone])
    sizes[at : at + gone] = array("q", map(len, come))
    return Told(told.flat, sizes, told.listing.edited(start, stop, list(chain.from_iterable(come))))


def _told(picks: Sequence[_Pick], sizes: "array[int]", listed: Listing) -> Told:
    return Told(array("q", chain.from_iterable(picks)), sizes, listed)


def _read(call: Call, arches: tuple[str, ...], debuginfo: bool, build_ids: list[int]) -> dict[int, list[Entry]]:
    """The packages of each build, as repositories list them."""
    found: dict[int, list[Entry]] = {build_id: [] for build_id in build_ids}
    params = {"arches": arches, "builds": json.dumps(list(found))}
    for *columns, build_id in call.tx.tuples(queries.of_builds(debuginfo), params):
        found[build_id].append(Entry._make(columns))
    return found

"""What a repository lists, in order and in blocks, made so that a change of it costs what it touches.

By the ten thousand, packages are slow even to count: they lie all over the memory. So a list is never gone through
where it stays as it was; it is kept in runs of some hundreds, and what stands around a change is made anew.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import NamedTuple, Self

from . import blocks
from .blocks import Block, Pieces, place_of
from .entry import Entry, mark, unique


class Part(NamedTuple):
    """The packages of one block, the name of its content, and the block itself in each form that was asked for.

    FORMER are parts that stood here before, until there is a block: most of its text is in theirs.
    """

    name: str
    entries: Sequence[Entry]
    blocks: dict[str, Block]
    former: "list[Part]"

    def keep(self, form: str, block: Block) -> None:
        self.blocks[form] = block
        self.former.clear()

    def pieces(self) -> dict[tuple[str, ...], Pieces]:
        """What is known already of what these packages, or others, add to a block; by their places."""
        places, found = {*map(place_of, self.entries)}, dict[tuple[str, ...], Pieces]()
        for part in (self, *self.former):
            if part.blocks and not places.isdisjoint(map(place_of, part.entries)):
                block = next(iter(part.blocks.values()))
                found.update(zip(map(place_of, part.entries), block.pieces(), strict=True))
        return found


class Run(NamedTuple):
    """Neighbouring packages and the blocks that they make; MARKS has one for each package of another NEVRA."""

    entries: Sequence[Entry]
    parts: tuple[Part, ...]
    marks: frozenset[int]


@dataclass(frozen=True, eq=False)
class Listing(Collection[Entry]):
    """The packages of one repository, in order; never changed. IS_UNIQUE says that no NEVRA is there twice.

    It remembers the blocks that it was composed of.
    """

    runs: tuple[Run, ...] = ()
    is_unique: bool = True

    @classmethod
    def of(cls, entries: Iterable[Entry], like: Self | None = None) -> Self:
        """ENTRIES in their order, each once. The same NEVRA with other content raises a DuplicatePackage.

        What LIKE lists, too, is taken from it where it stands together; that is quicker with the very same objects.
        """
        listing = cls.with_repeats(entries, like)
        return listing if listing.is_unique else cls.with_repeats(unique(listing), listing)

    @classmethod
    def with_repeats(cls, entries: Iterable[Entry], like: Self | None = None) -> Self:
        """As `of`, but packages of equal NEVRA all stay, as Koji's merge mode "simple" has it."""
        listed = entries if isinstance(entries, list) else list(entries)
        runs = tuple(_runs(listed, like.runs if like else ()))
        return cls(runs, _are_unique(runs))

    def edited(self, start: int, stop: int, entries: Sequence[Entry]) -> Self:
        """This list with ENTRIES in place of those from START to STOP, checked as `of` does."""
        first, last = self._touched(start, stop)
        base = sum(len(run.entries) for run in self.runs[:first])
        around = list(chain.from_iterable(run.entries for run in self.runs[first:last]))
        around[start - base : stop - base] = entries
        while around and last < len(self.runs) and not blocks.is_cut(around[-1], self.runs[last].entries[0]):
            around += self.runs[last].entries
            last += 1
        return self._replaced(first, last, tuple(_runs(around, self.runs[first:last])))

    def _touched(self, start: int, stop: int) -> tuple[int, int]:
        """The first run that a change from START to STOP concerns, and the one after the last."""
        ends = list(accumulate(len(run.entries) for run in self.runs))
        first = next((at for at, end in enumerate(ends) if start <= end), len(ends))
        return first, next((at for at, end in enumerate(ends, 1) if stop <= end), len(ends))

    def _replaced(self, first: int, last: int, fresh: tuple[Run, ...]) -> Self:
        """With FRESH in place of some runs. Only the packages that it adds are looked for among the others."""
        before, gone, after = self.runs[:first], self.runs[first:last], self.runs[last:]
        added = _marks(fresh).difference(*[run.marks for run in gone])
        edited = type(self)((*before, *fresh, *after))
        if self.is_unique and _are_unique(fresh) and all(run.marks.isdisjoint(added) for run in before + after):
            return edited
        return self.of(edited)

    def parts(self) -> Iterator[Part]:
        """What makes a block each, in order."""
        return (part for run in self.runs for part in run.parts)

    def __iter__(self) -> Iterator[Entry]:
        return chain.from_iterable(run.entries for run in self.runs)

    def __len__(self) -> int:
        return sum(len(run.entries) for run in self.runs)

    def __contains__(self, entry: object) -> bool:
        return any(entry in run.entries for run in self.runs)


def _are_unique(runs: Sequence[Run]) -> bool:
    """Whether no NEVRA is in these runs twice; False, very rarely, without need."""
    return len(_marks(runs)) == sum(len(run.entries) for run in runs)


def _marks(runs: Sequence[Run]) -> frozenset[int]:
    return frozenset[int]().union(*[run.marks for run in runs])


def _runs(entries: list[Entry], others: Sequence[Run]) -> Iterator[Run]:
    """ENTRIES cut into runs, of which some may be among OTHERS. Where one begins is looked up, not searched for."""
    known = {run.entries[0]: run for run in others}
    start = 0
    while start < len(entries):
        run = known.get(entries[start])
        if run is None or not _is_next(run, entries, start):
            run = _run(entries, start, run.parts if run else ())
        yield run
        start += len(run.entries)


def _is_next(run: Run, entries: list[Entry], start: int) -> bool:
    end = start + len(run.entries)
    if entries[start:end] != run.entries:
        return False
    return end == len(entries) or blocks.is_cut(entries[end - 1], entries[end])


def _run(entries: list[Entry], start: int, before: Sequence[Part]) -> Run:
    """The packages from START to the first place where blocks are cut in any case, and which parts were there BEFORE."""
    places = range(start + 1, len(entries))
    some = entries[start : next((at for at in places if blocks.is_cut(entries[at - 1], entries[at])), None)]
    known = {part.name: part for part in before}
    former = [each for part in before for each in ([part] if part.blocks else part.former)]
    named = ((blocks.name(block), block) for block in blocks.split(some))
    parts = tuple(known.get(name) or Part(name, block, {}, former[:]) for name, block in named)
    return Run(some, parts, frozenset(map(mark, some)))

"""A log as a file to look into anywhere: an index of lines that grows with it, windows, stages, and a
search.
"""

import os
import re
import threading
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_CHUNK = 1 << 18
_STAGE = re.compile(rb"(?:Executing\(%([a-z_]+)\)|(RPM build errors):|Start: ([ -~]{1,60}))")
_SECTION, _BEGINNING, _ENDING = b"Executing(%", b"Start: ", b"RPM build errors:"
_NEAR = 4 << 20  # bytes from the beginning, and from the end, in which the latter two are looked for
_MAX_STAGES = 200
_PREFIX = 40  # bytes that a program may put before what it passes on
_AHEAD = 80
_MAX_HITS = 200
_SEARCH_SECONDS = 2.0
WINDOW_LINES = 400
WINDOW_BYTES = 36_000


@dataclass(frozen=True)
class Stage:
    """A part of the log that has a name: where it begins."""

    name: str
    line: int


@dataclass(frozen=True)
class Window:
    """Consecutive LINES, the first of them numbered FIRST; END is the byte after them, MORE whether others
    follow.
    """

    first: int
    lines: list[bytes]
    end: int
    more: bool

    @property
    def next(self) -> int:
        return self.first + len(self.lines)


@dataclass
class Index:
    """How many lines stand before each chunk of a file, as far as it has been read."""

    identity: tuple[int, int]
    scanned: int = 0
    lines: int = 0
    before: list[int] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)


_KNOWN: OrderedDict[Path, Index] = OrderedDict()
_GUARD = threading.Lock()
_REMEMBERED = 64


class LogFile:
    """A log on disk. Lines count from 1; while it is GROWING, a last line without an end is not one yet."""

    def __init__(self, path: Path, growing: bool = False) -> None:
        self.path = path
        self.growing = growing
        known = os.stat(path)
        self.size = known.st_size
        self._index = _indexed(path, (known.st_dev, known.st_ino), self.size)

    @property
    def lines(self) -> int:
        """How many lines there are."""
        if self.growing or not self.size:
            return self._index.lines
        with self.path.open("rb") as stream:
            stream.seek(self.size - 1)
            return self._index.lines + (stream.read(1) != b"\n")

    @property
    def stages(self) -> list[Stage]:
        return sorted(self._index.stages, key=lambda stage: stage.line)

    def offset_of(self, line: int) -> int:
        """The byte at which a line begins; the end for one that there is not."""
        wanted = max(line, 1) - 1  # so many line ends stand before it
        if wanted == 0 or not self._index.before:
            return 0
        chunk = max(bisect_right(self._index.before, wanted - 1) - 1, 0)
        with self.path.open("rb") as stream:
            stream.seek(chunk * _CHUNK)
            left, at = wanted - self._index.before[chunk], chunk * _CHUNK
            while left > 0 and (text := stream.readline()):
                left, at = left - 1, at + len(text)
        return min(at, self.size)

    def window(self, line: int, count: int = WINDOW_LINES) -> Window:
        """The window that begins with a line."""
        first = max(min(line, self.lines), 1)
        return self.after(self.offset_of(first), first, count)

    def after(self, offset: int, line: int, count: int = WINDOW_LINES) -> Window:
        """The window that begins at a byte, where the line of that number begins."""
        if not 0 <= offset <= self.size:
            return self.window(line, count)
        with self.path.open("rb") as stream:
            stream.seek(offset)
            text = stream.read(min(WINDOW_BYTES, self.size - offset))
        lines = text.split(b"\n", count)
        rest = lines.pop()
        whole = offset + len(text) >= self.size
        if rest and not lines and not whole:
            return self._giant(offset, line, rest)
        if rest and whole and len(lines) < count and not self.growing:
            return Window(line, [*lines, rest], self.size, False)
        end = offset + sum(len(each) + 1 for each in lines)
        return Window(line, lines, end, bool(lines) and end < self.size)

    def _giant(self, offset: int, line: int, head: bytes) -> Window:
        """The window with one line that is larger than windows are: of that, the beginning."""
        end, found = offset + len(head), -1
        with self.path.open("rb") as stream:
            stream.seek(end)
            while found < 0 and (part := stream.read(_CHUNK)):
                found = part.find(b"\n")
                end += len(part) if found < 0 else found + 1
        return Window(line, [head], end, end < self.size)

    def ending(self, line: int) -> Window:
        """The window just before a line."""
        first = max(line - WINDOW_LINES, 1)
        found = self.window(first, line - first)
        while found.next < line:  # lines are long here, so that fewer fit
            first = max(first + 1, line - max(len(found.lines) * 2 // 3, 1))
            found = self.window(first, line - first)
        return found

    def tail(self) -> Window:
        """The last window."""
        return self.ending(self.lines + 1)

    def search(self, query: str, start: int = 1) -> tuple[list[tuple[int, bytes]], int | None]:
        """([(line number, text)], the line to search on from, or None at the end) of lines that hold QUERY.

        Letters match in any case unless one of QUERY's is large.
        """
        needle, fold = query.encode(), query == query.lower()
        hits: list[tuple[int, bytes]] = []
        end = time.monotonic() + _SEARCH_SECONDS
        for number, chunk in self._chunks(start):
            hits.extend(_hits(chunk, needle, fold, number))
            if len(hits) >= _MAX_HITS or time.monotonic() > end:
                return hits[:_MAX_HITS], hits[_MAX_HITS - 1][0] + 1 if len(hits) >= _MAX_HITS else number
        return hits, None

    def _chunks(self, line: int) -> Iterator[tuple[int, bytes]]:
        """(number of the first line, whole lines) from a line on."""
        with self.path.open("rb") as stream:
            stream.seek(self.offset_of(line))
            while chunk := stream.read(1 << 20):
                chunk += stream.readline()
                yield line, chunk
                line += chunk.count(b"\n")


def _hits(chunk: bytes, needle: bytes, fold: bool, number: int) -> Iterator[tuple[int, bytes]]:
    text = chunk.lower() if fold else chunk
    at, counted = text.find(needle), 0
    while at >= 0:
        number, counted = number + text.count(b"\n", counted, at), at
        begin, end = text.rfind(b"\n", 0, at) + 1, text.find(b"\n", at)
        end = len(text) if end < 0 else end
        yield number, chunk[begin:end]
        at = text.find(needle, end)


def _indexed(path: Path, identity: tuple[int, int], size: int) -> Index:
    """The index of a file, brought up to SIZE."""
    with _GUARD:
        known = _KNOWN.get(path)
        if known is None or known.identity != identity or known.scanned > size:
            known = _KNOWN[path] = Index(identity)
        _KNOWN.move_to_end(path)
        while len(_KNOWN) > _REMEMBERED:
            _KNOWN.popitem(last=False)
        if known.scanned < size:
            _scan(path, known, size)
        return known


def _scan(path: Path, index: Index, size: int) -> None:
    """Count on from where the index ends; a chunk that was not whole is counted again."""
    if index.scanned % _CHUNK:
        start = index.scanned - index.scanned % _CHUNK
        index.lines = index.before.pop()
        index.stages = [stage for stage in index.stages if stage.line <= index.lines]
        index.scanned = start
    with path.open("rb") as stream:
        stream.seek(index.scanned)
        while index.scanned < size and (chunk := stream.read(min(_CHUNK, size - index.scanned))):
            index.before.append(index.lines)
            text, needles = chunk + stream.peek(_AHEAD)[:_AHEAD], _needles(index.scanned, size)
            index.stages.extend(_stages(text, len(chunk), needles, index.lines))
            del index.stages[_MAX_STAGES:]
            index.lines += chunk.count(b"\n")
            index.scanned += len(chunk)


def _needles(at: int, size: int) -> list[bytes]:
    """What names a stage in the chunk that begins AT: not everything is worth a search of a large log."""
    near = [_BEGINNING] if at < _NEAR else []
    return [_SECTION, *near, *([_ENDING] if size - at < _NEAR else [])]


def _stages(text: bytes, length: int, needles: list[bytes], before: int) -> Iterator[Stage]:
    for needle in needles:
        yield from _stages_by(text, length, needle, before)


def _stages_by(text: bytes, length: int, needle: bytes, before: int) -> Iterator[Stage]:
    """The stages that lines of TEXT name in its first LENGTH bytes, after a program's own prefix at most."""
    at = text.find(needle, 0, length + len(needle) - 1)
    while at >= 0:
        match = _STAGE.match(text, at)
        if match and at - text.rfind(b"\n", 0, at) <= _PREFIX:
            name = next(group for group in match.groups() if group).decode()
            yield Stage(f"%{name}" if match[1] else name, before + text.count(b"\n", 0, at) + 1)
        at = text.find(needle, at + 1, length + len(needle) - 1)

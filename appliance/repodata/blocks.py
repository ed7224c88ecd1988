"""A repository's packages in blocks that are compressed once: a change costs the blocks it touches."""

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from xml.sax.saxutils import escape

from .compression import ZST, Compression, fast_frame
from .entry import Entry
from .faults import RepodataError
from .fragments import Texts, unpacked

KINDS = ("primary", "filelists", "other")
LONGEST = 512
LAST = "00", "80"  # how the digest of a block's last package ends
MAGIC = b"blk1"
ATTRIBUTE = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}
# magic, CRC-32 of what follows, then for each kind the lengths of the member and of the copy for checksums
HEAD = struct.Struct(">4sI6Q")

digest_of: Callable[[Entry], str] = attrgetter("digest")
place_of: Callable[[Entry], tuple[str, ...]] = attrgetter("digest", "base", "href")


def split(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Blocks of 128 packages on average, cut where a package's own digest says so.

    Where the cuts fall depends on the packages alone and not on their number or position, so an insertion or
    a removal anywhere leaves all other blocks as they were.
    """
    start = 0
    for end in [*cuts(entries), len(entries)]:
        for at in range(start, end, LONGEST):
            yield entries[at : min(at + LONGEST, end)]
        start = end


def cuts(entries: Sequence[Entry]) -> list[int]:
    """Where blocks end: after one digest in 128."""
    return [at for at, digest in enumerate(map(digest_of, entries), 1) if digest.endswith(LAST)]


def key(block: Sequence[Entry], compression: Compression) -> str:
    """The name of a block's content: its packages, their places, and how they are compressed."""
    words = chain([f"{MAGIC!r} {compression.suffix}"], *map(place_of, block))
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def opened(block: Sequence[Entry], rows: Mapping[str, bytes]) -> list[bytes]:
    """The text of a block for each kind. What is Python's own work is here, so that `pack` leaves others their turn."""
    found = unpacked(row_of(entry, rows) for entry in block)
    return [
        b"".join([part for entry, text in zip(block, found, strict=True) for part in primary(entry, text)]),
        b"".join([text.filelists for text in found]),
        b"".join([text.other for text in found]),
    ]


def pack(texts: Sequence[bytes], compression: Compression) -> bytes:
    """The stored form of a block: each kind's member, and a copy to take checksums from if that is faster."""
    members = [compression.pack(text) for text in texts]
    copies = [b"" if compression is ZST else fast_frame(text) for text in texts]
    parts = [part for pair in zip(members, copies, strict=True) for part in pair]
    body = b"".join(parts)
    return HEAD.pack(MAGIC, zlib.crc32(body), *map(len, parts)) + body


def row_of(entry: Entry, rows: Mapping[str, bytes]) -> bytes:
    try:
        return rows[entry.digest]
    except KeyError:
        where = entry.origin or entry.href
        raise RepodataError(f"no metadata is stored for {entry.nevra} ({where})") from None


def primary(entry: Entry, text: Texts) -> tuple[bytes, ...]:
    return text.primary, location(entry).encode(), text.rest


def location(entry: Entry) -> str:
    base = f' xml:base="{quoted(entry.base)}"' if entry.base else ""
    return f'<location{base} href="{quoted(entry.href)}"/>'


def quoted(text: str) -> str:
    return escape(text, ATTRIBUTE)


class Block:
    """A stored block, opened: MEMBER is what goes into the file, COPY a zstd frame of the same text."""

    def __init__(self, stored: bytes) -> None:
        self.stored = memoryview(stored)
        lengths = HEAD.unpack_from(stored)[2:]
        ends = [HEAD.size + sum(lengths[: at + 1]) for at in range(len(lengths))]
        self.spans = list(zip([HEAD.size, *ends], ends, strict=False))

    def member(self, kind: str) -> memoryview:
        start, end = self.spans[2 * KINDS.index(kind)]
        return self.stored[start:end]

    def copy(self, kind: str) -> memoryview:
        start, end = self.spans[2 * KINDS.index(kind) + 1]
        return self.stored[start:end] if end > start else self.member(kind)


def is_whole(stored: bytes) -> bool:
    """False for what a crash or a bad disk left of a block."""
    if len(stored) < HEAD.size or not stored.startswith(MAGIC):
        return False
    _, checksum, *lengths = HEAD.unpack_from(stored)
    body = memoryview(stored)[HEAD.size :]
    return len(body) == sum(lengths) and zlib.crc32(body) == checksum

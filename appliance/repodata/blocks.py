"""A repository's packages in blocks that are compressed once: a change costs the blocks it touches."""

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from operator import itemgetter
from xml.sax.saxutils import escape

import zstandard

from .compression import ZST, Compression, fast_frame
from .entry import Entry
from .faults import RepodataError
from .fragments import Texts, unpacked

KINDS = ("primary", "filelists", "other")
LONG = 160  # packages after which the next good place to cut is taken
LAST, LAST_OF_LONG = "00", "0"  # how the digest of a block's last package ends
MAGIC = b"blk1"
END = b"</package>\n"  # of what a package adds; nothing in it looks like that, as `<` is escaped
ATTRIBUTE = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}
# magic, CRC-32 of what follows, then for each kind the lengths of the member and of the copy for checksums
HEAD = struct.Struct(">4sI6Q")

Pieces = tuple[bytes, ...]  # a text for each kind

place_of: Callable[[Entry], tuple[str, ...]] = itemgetter(*map(Entry._fields.index, ("digest", "base", "href")))


def is_cut(before: Entry, after: Entry) -> bool:
    """Whether a block ends between two packages in any case: by the first one's digest, or where another source begins."""
    return before.digest.endswith(LAST) or before.base != after.base


def split(run: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """The blocks of what stands between two places where blocks are cut in any case, or at the end of a list.

    Where the cuts fall depends on the packages themselves and not on their number or position, so an insertion or
    a removal anywhere leaves all other blocks as they were, but for one or two after it now and then.
    """
    start = 0
    while len(run) - start > LONG:
        cuts = (at + 1 for at in range(start + LONG, len(run)) if run[at].digest.endswith(LAST_OF_LONG))
        end = next(cuts, len(run))
        yield run[start:end]
        start = end
    if start < len(run):
        yield run[start:]


def name(block: Sequence[Entry]) -> str:
    """The name of a block's content: its packages and their places."""
    words = chain([repr(MAGIC)], *map(place_of, block))
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def pieces(entries: Sequence[Entry], rows: Mapping[str, bytes]) -> list[Pieces]:
    """What packages add to their block. What is Python's own work is here, so that `pack` leaves others their turn."""
    found = unpacked(row_of(entry, rows) for entry in entries)
    pairs = zip(entries, found, strict=True)
    return [(b"".join(primary(entry, text)), text.filelists, text.other) for entry, text in pairs]


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
        """RepodataError for what a crash or a bad disk left of a block."""
        if len(stored) < HEAD.size or not stored.startswith(MAGIC):
            raise RepodataError("it is no block")
        _, checksum, *lengths = HEAD.unpack_from(stored)
        self.stored = memoryview(stored)
        ends = list(accumulate(lengths, initial=HEAD.size))
        if len(stored) != ends[-1] or zlib.crc32(self.stored[HEAD.size :]) != checksum:
            raise RepodataError("the block is damaged")
        self.spans = list(pairwise(ends))

    def member(self, kind: str) -> memoryview:
        start, end = self.spans[2 * KINDS.index(kind)]
        return self.stored[start:end]

    def copy(self, kind: str) -> memoryview:
        start, end = self.spans[2 * KINDS.index(kind) + 1]
        return self.stored[start:end] if end > start else self.member(kind)

    def pieces(self) -> Iterator[Pieces]:
        """What each of its packages adds to it."""
        unpack = zstandard.ZstdDecompressor().decompress
        texts = (unpack(self.copy(kind)).split(END)[:-1] for kind in KINDS)
        return zip(*([piece + END for piece in text] for text in texts), strict=True)

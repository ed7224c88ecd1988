"""From an ordered set of packages to the files of a dnf repository, making only what no cache holds."""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import zstandard

from . import blocks, repomd
from .blocks import KINDS, Block, place_of
from .compression import GZ, Compression
from .entry import Entry
from .extras import OF_REPOSITORY, Extra
from .faults import RepodataError
from .listing import Listing, Part
from .repomd import Record, Tags

Load = Callable[[Sequence[str]], Mapping[str, bytes]]
Parts = tuple[bytes | memoryview, ...]

WORKERS = min(4, os.cpu_count() or 1)  # more threads than processors only take turns
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = "http://linux.duke.edu/metadata"
ROOTS = {
    "primary": ("metadata", f'xmlns="{SPACE}/common" xmlns:rpm="{SPACE}/rpm"'),
    "filelists": ("filelists", f'xmlns="{SPACE}/filelists"'),
    "other": ("otherdata", f'xmlns="{SPACE}/other"'),
}


@dataclass(frozen=True)
class Repository:
    """The files of one repository: FILES maps names below `repodata/` to the pieces they are made of.

    A name contains its content's sha256, so clients may keep it for ever; only REPOMD changes in place.
    """

    repomd: bytes
    records: tuple[Record, ...]
    files: dict[str, Parts] = field(repr=False)

    def read(self, name: str) -> bytes:
        """A whole file below `repodata/` by its name; KeyError if the repository has no such file."""
        return self.repomd if name == "repomd.xml" else b"".join(self.files[name])


def compose(
    packages: Listing | Iterable[Entry],
    load: Load,
    *,
    cache: MutableMapping[str, bytes],
    timestamp: int,
    revision: str = "",
    compression: Compression = GZ,
    extras: Iterable[Extra] = (),
    tags: Tags | None = None,
) -> Repository:
    """The repository of PACKAGES in their order; the same arguments always give the same bytes.

    TIMESTAMP is in seconds since 1970.
    """
    listed = packages if isinstance(packages, Listing) else Listing.of(packages)
    with ThreadPoolExecutor(WORKERS, "pack") as pool:
        found = stored_blocks(listed, load, cache, compression, pool)
    with ThreadPoolExecutor(WORKERS, "assemble") as pool:  # threads that begin now begin on processors of their own
        made = list(pool.map(partial(assemble, len(listed), found, compression), KINDS))
    made += [passed_through(extra, compression) for extra in extras]
    records = tuple(record for record, _ in made)
    index = repomd.render(records, timestamp, revision, tags)
    return Repository(index, records, {record.filename: parts for record, parts in made})


def stored_blocks(
    listed: Listing,
    load: Load,
    cache: MutableMapping[str, bytes],
    compression: Compression,
    pool: ThreadPoolExecutor,
) -> list[Block]:
    """All blocks in order. Missing ones are compressed in POOL, a few at a time; LOAD runs in this thread.

    While the few are compressed those that are there are read: nobody waits for them before the end.
    """
    making: deque[tuple[Part, Future[bytes]]] = deque()
    form = compression.suffix

    def take() -> None:
        part, made = making.popleft()
        cache[f"{part.name}.{form}"] = stored = made.result()
        part.keep(form, Block(stored))

    parts = list(listed.parts())
    for part in parts:
        if form in part.blocks:
            continue
        try:
            part.keep(form, Block(cache[f"{part.name}.{form}"]))
        except (KeyError, RepodataError):
            making.append((part, pool.submit(blocks.pack, texts(part, load), compression)))
        if len(making) > 2 * WORKERS:
            take()
    while making:
        take()
    return [part.blocks[form] for part in parts]


def texts(part: Part, load: Load) -> list[bytes]:
    """The text of a block for each kind; only those packages are loaded that no block had before."""
    known = part.pieces()
    lacking = [entry for entry in part.entries if place_of(entry) not in known] if known else part.entries
    added = blocks.pieces(lacking, load([entry.digest for entry in lacking])) if lacking else []
    if known:
        known.update(zip(map(place_of, lacking), added, strict=True))
        added = [known[place_of(entry)] for entry in part.entries]
    return [b"".join(pieces) for pieces in zip(*added, strict=True)]


def assemble(count: int, found: list[Block], compression: Compression, kind: str) -> tuple[Record, Parts]:
    """One of the three files: header, blocks and footer, and the checksums of both of its forms."""
    root, spaces = ROOTS[kind]
    header = f'{XML}<{root} {spaces} packages="{count}">\n'.encode()
    footer = f"</{root}>".encode()
    parts: list[bytes | memoryview] = [compression.pack(header)]
    plain, size = hashlib.sha256(header), len(header) + len(footer)
    unpack = zstandard.ZstdDecompressor().decompress
    for block in found:
        text = unpack(block.copy(kind))
        plain.update(text)
        size += len(text)
        parts.append(block.member(kind))
    plain.update(footer)
    parts.append(compression.pack(footer))
    packed, packed_size = checksum(parts)
    name = f"{kind}.xml.{compression.suffix}"
    return Record(kind, name, packed, packed_size, plain.hexdigest(), size), tuple(parts)


def checksum(parts: Iterable[bytes | memoryview]) -> tuple[str, int]:
    total, size = hashlib.sha256(), 0
    for part in parts:
        total.update(part)
        size += len(part)
    return total.hexdigest(), size


def passed_through(extra: Extra, compression: Compression) -> tuple[Record, Parts]:
    form = compression if extra.packed is OF_REPOSITORY else extra.packed
    opened, size = checksum([extra.content])
    if form is None:
        return Record(extra.type, extra.name, opened, size), (extra.content,)
    packed = form.pack(extra.content)
    record = Record(extra.type, f"{extra.name}.{form.suffix}", *checksum([packed]), opened, size)
    return record, (packed,)

"""The three XML fragments of one package, made once when its file arrives and stored beside its row."""

import hashlib
import json
import os
import re
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import createrepo_c
import zstandard

from .entry import Entry
from .faults import RepodataError

SHA256 = re.compile(r"[0-9a-f]{64}")
# `<` and `>` are escaped in texts and attributes, so this finds the one element and nothing else.
LOCATION = re.compile(rb"<location [^<>]*/>")
LEAD_SIZE = 96
HEADER_MAGIC = b"\x8e\xad\xe8\x01"
# How the content of a stored row begins: its format, the lengths of the four texts, and of the facts after them.
HEAD = struct.Struct("<4s5I")
FORMAT = b"frg2"


class Texts(NamedTuple):
    """What a repository's files are made of: one package's metadata, its place left out after PRIMARY."""

    primary: bytes
    rest: bytes
    filelists: bytes
    other: bytes


@dataclass(frozen=True, slots=True)
class Fragment:
    """One package's metadata without its place: PRIMARY stops before the location element, REST follows it.

    SIZE and INSTALLED are bytes, BUILT is seconds since 1970. DIGEST is the sha256 of the four texts and
    names this very content: the same file read by a later parser may have another one.
    """

    name: str
    epoch: str
    version: str
    release: str
    arch: str
    sourcerpm: str
    pkgid: str
    size: int
    installed: int
    built: int
    primary: bytes
    rest: bytes
    filelists: bytes
    other: bytes
    digest: str

    def entry(self, href: str, base: str = "", origin: str = "") -> Entry:
        """This package at HREF in some repository."""
        return Entry(
            self.name, self.epoch, self.version, self.release, self.arch,
            self.pkgid, self.digest, self.sourcerpm, href, base, origin,
        )  # fmt: skip

    def pack(self) -> bytes:
        """One BLOB, compressed and with a checksum: the four texts, then the rest as a line of JSON."""
        facts = asdict(self)
        parts = [facts.pop(key) for key in Texts._fields]
        parts.append(json.dumps(facts).encode())
        content = HEAD.pack(FORMAT, *map(len, parts)) + b"".join(parts)
        return zstandard.ZstdCompressor(level=3, write_checksum=True).compress(content)

    @classmethod
    def unpack(cls, row: bytes) -> "Fragment":
        (content,) = contents([row])
        found = texts(content)._asdict()
        facts = json.loads(content[-HEAD.unpack_from(content)[5] :])
        return cls(**{**facts, **found})


def unpacked(rows: Iterable[bytes]) -> list[Texts]:
    """The texts of rows that `Fragment.pack` made."""
    return [texts(content) for content in contents(rows)]


def contents(rows: Iterable[bytes]) -> Iterator[bytes]:
    unpack = zstandard.ZstdDecompressor().decompress
    try:
        yield from map(unpack, rows)
    except zstandard.ZstdError as error:
        raise RepodataError(f"stored package metadata is damaged: {error}") from error


def texts(content: bytes) -> Texts:
    if len(content) < HEAD.size:
        raise RepodataError("stored package metadata is damaged: it is too short")
    form, *lengths = HEAD.unpack_from(content)
    if form != FORMAT or HEAD.size + sum(lengths) != len(content):
        raise RepodataError("stored package metadata is damaged, or was written by a newer version")
    one = HEAD.size + lengths[0]
    two = one + lengths[1]
    three = two + lengths[2]
    return Texts(content[HEAD.size : one], content[one:two], content[two:three], content[three : three + lengths[3]])


def from_rpm(path: str | Path, checksum: str = "", mtime: int | None = None) -> Fragment:
    """The fragment of an RPM file.

    CHECKSUM is the file's sha256 if it was taken while the file was copied: then only the headers are read.
    MTIME stands in for the file's time of change, in seconds, where the copy on disk does not tell it.
    """
    with open(path, "rb") as file:
        checksum = checksum or hashlib.file_digest(file, "sha256").hexdigest()
        if not SHA256.fullmatch(checksum):
            raise RepodataError(f"{checksum!r} is not the sha256 of {path}")
        package = read_headers(file)
        status = os.fstat(file.fileno())
    package.pkgId, package.checksum_type = checksum, "sha256"
    package.size_package = status.st_size
    package.time_file = status.st_mtime_ns // 10**9 if mtime is None else mtime
    return from_package(package)


def read_headers(file: BinaryIO) -> Any:
    """Let createrepo_c read a copy of the headers alone: of a whole file it would take the checksum again."""
    with in_memory(headers(file)) as copy:
        try:
            return createrepo_c.package_from_rpm(copy, createrepo_c.SHA256)
        except (OSError, createrepo_c.CreaterepoCError) as error:
            raise RepodataError(f"{file.name} cannot be read as an RPM package: {error}") from error


def headers(file: BinaryIO) -> bytes:
    """The file up to its payload: lead, signature header (padded to eight bytes), main header."""
    signature = LEAD_SIZE + header_size(file, LEAD_SIZE)
    main = signature + -signature % 8
    end = main + header_size(file, main)
    if end > os.fstat(file.fileno()).st_size:
        raise RepodataError(f"{file.name} is not a whole RPM package: its headers are cut short")
    file.seek(0)
    return file.read(end)


def header_size(file: BinaryIO, start: int) -> int:
    """Size of the header structure at START: 16 bytes, 16 for each index entry, and the store."""
    file.seek(start)
    intro = file.read(16)
    if len(intro) < 16 or not intro.startswith(HEADER_MAGIC):
        raise RepodataError(f"{file.name} is not an RPM package")
    count, store = struct.unpack(">II", intro[8:])
    return 16 + 16 * count + store


@contextmanager
def in_memory(content: bytes) -> Iterator[str]:
    """A path by which a library reads CONTENT as a file."""
    handle = os.memfd_create("headers")
    try:
        with open(handle, "wb", closefd=False) as file:
            file.write(content)
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)


def from_package(package: Any) -> Fragment:
    """The fragment of a `createrepo_c.Package`, wherever that came from; its location is left out."""
    texts = xml_texts(package)
    return Fragment(
        name=package.name,
        epoch=package.epoch or "0",
        version=package.version,
        release=package.release,
        arch=package.arch,
        sourcerpm=package.rpm_sourcerpm or "",
        pkgid=package.pkgId,
        size=package.size_package,
        installed=package.size_installed,
        built=package.time_build,
        primary=texts[0],
        rest=texts[1],
        filelists=texts[2],
        other=texts[3],
        digest=hashlib.sha256(b"\0".join(texts)).hexdigest(),
    )


def xml_texts(package: Any) -> list[bytes]:
    try:
        primary, filelists, other = (text.encode() for text in createrepo_c.xml_dump(package)[:3])
    except createrepo_c.CreaterepoCError as error:
        raise RepodataError(f"{package.nevra()} cannot be described: {error}") from error
    before, after = LOCATION.split(primary)
    return [before, after, filelists, other]

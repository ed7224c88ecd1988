"""Reads a repository that somebody else made, as far as it was fetched, into fragments and entries."""

import bz2
import gzip
import hashlib
import lzma
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import createrepo_c
import zstandard

from .blocks import KINDS
from .entry import Entry
from .faults import RepodataError
from .fragments import Fragment, from_package

UNPACK: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ\0": lzma.decompress,
    b"\x28\xb5\x2f\xfd": lambda content: zstandard.ZstdDecompressor().decompressobj().decompress(content),
}


class ForeignRepository:
    """The repository below DIRECTORY, whose files are really at URL; `wanted` tells what to fetch into it."""

    def __init__(self, directory: str | Path, url: str) -> None:
        self.directory = Path(directory)
        self.url = url
        self.records = {record.type: record for record in read_index(self.directory / "repodata/repomd.xml")}

    def wanted(self, *types: str) -> Iterator[tuple[str, str, str]]:
        """Path in the repository, checksum type and checksum of each file of TYPES; packages' by default."""
        for record in self.chosen(types or KINDS):
            yield record.location_href, record.checksum_type, record.checksum

    def chosen(self, types: tuple[str, ...]) -> list[Any]:
        return [self.records[name] for name in types if name in self.records]

    def verify(self, *types: str) -> None:
        """Every file of TYPES is there and is what the index says."""
        for record in self.chosen(types or KINDS):
            with open(self.path(record), "rb") as file:
                found = hashlib.file_digest(file, record.checksum_type).hexdigest()
            if found != record.checksum:
                raise RepodataError(f"{self.url}: {record.location_href} is not what the index says")

    def path(self, record: Any) -> Path:
        """Where a record's file lies; a record that points out of the repository is refused."""
        path = (self.directory / record.location_href).resolve()
        if not path.is_relative_to(self.directory.resolve()):
            raise RepodataError(f"{self.url}: {record.location_href} is not a path inside the repository")
        if not path.is_file():
            raise RepodataError(f"{self.url}: {record.location_href} was not fetched")
        return path

    def packages(self) -> Iterator[tuple[Entry, Fragment]]:
        """Each package with its place: relative to the repository's URL unless its metadata names a base."""
        for package in self.parsed():
            fragment = from_package(package)
            place = package.location_base or self.url
            yield fragment.entry(package.location_href, place.rstrip("/"), self.url), fragment

    def parsed(self) -> Iterator[Any]:
        missing = [kind for kind in KINDS if kind not in self.records]
        if missing:
            raise RepodataError(f"{self.url}: the index names no {', '.join(missing)} metadata")
        try:
            yield from createrepo_c.PackageIterator(*(str(self.path(self.records[kind])) for kind in KINDS))
        except createrepo_c.CreaterepoCError as error:
            raise RepodataError(f"{self.url}: the package metadata cannot be read: {error}") from error

    def extra(self, kind: str) -> bytes | None:
        """The content of another record's file, unpacked; None if the repository has none of KIND."""
        record = self.records.get(kind)
        return None if record is None else unpacked(self.path(record).read_bytes())


def read_index(path: Path) -> list[Any]:
    try:
        return createrepo_c.Repomd(str(path)).records
    except (OSError, createrepo_c.CreaterepoCError) as error:
        raise RepodataError(f"{path} is not the index of a repository: {error}") from error


def unpacked(content: bytes) -> bytes:
    """CONTENT after whichever compression its first bytes tell."""
    unpack = next((way for magic, way in UNPACK.items() if content.startswith(magic)), None)
    if unpack is None:
        return content
    try:
        return unpack(content)
    except (OSError, EOFError, ValueError, lzma.LZMAError, zstandard.ZstdError) as error:
        raise RepodataError(f"compressed metadata is damaged: {error}") from error

"""The other files of a repository: groups, advisories, modules, certificates, and where packages are from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import createrepo_c

from .compression import GZ, Compression
from .entry import Entry
from .faults import RepodataError
from .fragments import in_memory


@dataclass(frozen=True)
class Extra:
    """A file that is passed through: TYPE is its record's in repomd.xml, PACKED how it is kept.

    PACKED is a compression, None for one as it is, or OF_REPOSITORY for the repository's own.
    """

    type: str
    name: str
    content: bytes
    packed: Compression | None


OF_REPOSITORY = Compression("", bytes)


def comps(content: bytes) -> list[Extra]:
    """Package groups, in the two records that old and new clients look for."""
    return [Extra("group", "comps.xml", content, None), Extra("group_gz", "comps.xml", content, GZ)]


def updateinfo(*documents: bytes) -> list[Extra]:
    """Advisories; of several documents all that is in them, each advisory once."""
    joined = documents[0] if len(set(documents)) == 1 else _joined_advisories(documents)
    return [Extra("updateinfo", "updateinfo.xml", joined, OF_REPOSITORY)]


def _joined_advisories(documents: Iterable[bytes]) -> bytes:
    joined, seen = createrepo_c.UpdateInfo(), set()
    for advisory in (each for text in documents for each in _advisories(text)):
        if (advisory.id, advisory.version) not in seen:
            seen.add((advisory.id, advisory.version))
            joined.append(advisory)
    content: str = joined.xml_dump()
    return content.encode()


def _advisories(text: bytes) -> list[Any]:
    with in_memory(text) as path:
        try:
            found: list[Any] = createrepo_c.UpdateInfo(path).updates
        except (OSError, createrepo_c.CreaterepoCError) as error:
            raise RepodataError(f"advisories cannot be read: {error}") from error
        return found


def modules(*documents: bytes) -> list[Extra]:
    """Module metadata: YAML streams one after the other are one stream; equal ones stand once."""
    streams = [text if text.startswith(b"---") else b"---\n" + text for text in dict.fromkeys(documents)]
    joined = b"".join(text if text.endswith(b"\n") else text + b"\n" for text in streams)
    return [Extra("modules", "modules.yaml", joined, OF_REPOSITORY)]


def productid(content: bytes) -> list[Extra]:
    return [Extra("productid", "productid", content, OF_REPOSITORY)]


def pkgorigins(rows: Iterable[tuple[str, str]]) -> list[Extra]:
    """Where each package of a merged repository is from: (NVRA, URL) rows; kojid reads it as gzip only."""
    content = "".join(f"{nvra}\t{url}\n" for nvra, url in rows)
    return [Extra("origin", "pkgorigins", content.encode(), GZ)]


def pkglist(entries: Iterable[Entry]) -> bytes:
    """Koji's list of a repository's own packages: one path a line, relative to the repository."""
    return "".join(f"{entry.href}\n" for entry in entries if not entry.base).encode()

"""External repositories as the composer needs them: their packages are read once for each revision."""

import hashlib
from itertools import islice
from typing import Any

import zstandard

from appliance.db.connection import Row
from appliance.db.models.builds import ForeignExtra, ForeignPackage
from appliance.hub.hub import Call
from appliance.repodata import Entry, ForeignRepository, Fragment

PASSED_THROUGH = ("updateinfo", "modules")  # what of an external repository reaches those of the tags
_COLUMNS = "name, epoch, version, release, arch, pkgid, digest, sourcerpm, href, base"
_BATCH = 500


def revision_of(index: bytes) -> str:
    """What names one state of a repository: the sha256 of its repomd.xml."""
    return hashlib.sha256(index).hexdigest()


def known(call: Call, url: str, revision: str) -> bool:
    """Whether the packages of that revision are in the database."""
    return bool(
        call.tx.value(
            "SELECT 1 FROM foreign_package WHERE repository = :url AND revision = :revision LIMIT 1",
            {"url": url, "revision": revision},
        )
    )


def remember(call: Call, repository: ForeignRepository, revision: str) -> None:
    """Store the packages of a revision that was fetched whole."""
    packages = repository.packages()
    while batch := list(islice(packages, _BATCH)):
        store_fragments(call, [fragment for _, fragment in batch])
        call.tx.insert_many(ForeignPackage, [_row(repository.url, revision, entry) for entry, _ in batch])
    for kind in PASSED_THROUGH:
        if text := repository.extra(kind):  # noqa: S610 (no Django here)
            packed = zstandard.ZstdCompressor().compress(text)
            call.tx.insert(ForeignExtra, repository=repository.url, revision=revision, type=kind, content=packed)


def store_fragments(call: Call, fragments: list[Fragment]) -> None:
    """Keep fragments that are not kept yet; equal content is stored once."""
    for fragment in fragments:
        call.tx.execute(
            "INSERT INTO fragment (digest, content) VALUES (:digest, :content) ON CONFLICT (digest) DO NOTHING",
            {"digest": fragment.digest, "content": fragment.pack()},
        )


def entries(call: Call, url: str, revision: str) -> list[Entry]:
    """The packages of a revision in the order of its index. What a revision has never changes."""
    key = (ForeignPackage, url, revision)
    found: list[Entry] | None = call.hub.kept.get(key)
    if found is None:
        found = _entries(call, url, revision)
        if found and not call.tx.writable:
            call.hub.kept.put(key, found)
    return found


def _entries(call: Call, url: str, revision: str) -> list[Entry]:
    found = call.tx.tuples(
        f"SELECT {_COLUMNS}, :url FROM foreign_package WHERE repository = :url AND revision = :revision ORDER BY id",
        {"url": url, "revision": revision},
    )
    return [Entry(*row) for row in found]


def extras(call: Call, url: str, revision: str) -> dict[str, bytes]:
    """The documents of a revision that are passed through, by their type."""
    sql = "SELECT type, content FROM foreign_extra WHERE repository = :url AND revision = :revision ORDER BY id"
    unpack = zstandard.ZstdDecompressor().decompress
    return {kind: unpack(text) for kind, text in call.tx.tuples(sql, {"url": url, "revision": revision})}


def forget(call: Call, url: str, revision: str) -> None:
    """Drop what is known of a revision."""
    for table in (ForeignPackage, ForeignExtra):
        call.tx.delete(table, repository=url, revision=revision)


def load_fragments(call: Call, digests: Any) -> dict[str, bytes]:
    """Packed fragments by digest, as the composer asks for them."""
    sql = "SELECT digest, content FROM fragment WHERE digest IN :digests"
    return dict(call.tx.tuples(sql, {"digests": list(digests)}))


def _row(url: str, revision: str, entry: Entry) -> Row:
    return {
        "repository": url,
        "revision": revision,
        "name": entry.name,
        "epoch": entry.epoch,
        "version": entry.version,
        "release": entry.release,
        "arch": entry.arch,
        "pkgid": entry.pkgid,
        "digest": entry.digest,
        "sourcerpm": entry.sourcerpm,
        "href": entry.href,
        "base": entry.base,
    }

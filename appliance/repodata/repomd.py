"""The index of a repository: one record a file, and the words that say what the repository is for."""

from collections.abc import Iterable
from dataclasses import dataclass

import createrepo_c


@dataclass(frozen=True)
class Record:
    """One file of the repository; OPEN_SIZE and OPEN_CHECKSUM are of its content before compression."""

    type: str
    name: str
    checksum: str
    size: int
    open_checksum: str = ""
    open_size: int = -1

    @property
    def filename(self) -> str:
        return f"{self.checksum}-{self.name}"


@dataclass(frozen=True)
class Tags:
    """Words for clients that look at more than packages; DISTRO holds (name, CPE id or empty)."""

    distro: tuple[tuple[str, str], ...] = ()
    content: tuple[str, ...] = ()
    repo: tuple[str, ...] = ()


def render(records: Iterable[Record], timestamp: int, revision: str = "", tags: Tags | None = None) -> bytes:
    """repomd.xml; the revision is the timestamp (seconds since 1970) unless the caller has a better one."""
    index = createrepo_c.Repomd()
    index.set_revision(revision or str(timestamp))
    add_tags(index, tags or Tags())
    for record in records:
        index.set_record(stored(record, timestamp))
    return index.xml_dump().encode()


def add_tags(index: createrepo_c.Repomd, tags: Tags) -> None:
    for name, cpeid in tags.distro:
        index.add_distro_tag(name, cpeid or None)
    for word in tags.content:
        index.add_content_tag(word)
    for word in tags.repo:
        index.add_repo_tag(word)


def stored(record: Record, timestamp: int) -> createrepo_c.RepomdRecord:
    row = createrepo_c.RepomdRecord(record.type, None)
    row.location_href = f"repodata/{record.filename}"
    row.checksum, row.checksum_type = record.checksum, "sha256"
    row.size, row.timestamp = record.size, timestamp
    if record.open_checksum:
        row.checksum_open, row.checksum_open_type = record.open_checksum, "sha256"
        row.size_open = record.open_size
    return row

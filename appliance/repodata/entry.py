"""A package's place in one repository: what it is, whose content it has, and where its file lies."""

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import NamedTuple

from .faults import DuplicatePackage


class Entry(NamedTuple):
    """Small enough to have by the ten thousand: a row of the database makes one by `Entry(*row)`.

    DIGEST names the stored fragment, PKGID is the sha256 of the RPM file. HREF is relative to the repository,
    or to BASE (a URL without the closing slash) if there is one. ORIGIN is where the package came from, in
    words for people: a build's NVR, a repository's URL. SOURCERPM is empty for source packages.
    """

    name: str
    epoch: str
    version: str
    release: str
    arch: str
    pkgid: str
    digest: str
    sourcerpm: str
    href: str
    base: str = ""
    origin: str = ""

    @property
    def nvra(self) -> str:
        return f"{self.name}-{self.version}-{self.release}.{self.arch}"

    @property
    def nevra(self) -> str:
        """With the epoch always written."""
        return f"{self.name}-{self.epoch}:{self.version}-{self.release}.{self.arch}"


nevra_of: Callable[[Entry], tuple[str, ...]] = itemgetter(0, 1, 2, 3, 4)


def mark(entry: Entry) -> int:
    """The same number for the same NEVRA, and hardly ever for another; by the million, numbers cost little to keep."""
    return hash(nevra_of(entry))


def unique(entries: Iterable[Entry]) -> list[Entry]:
    """ENTRIES with each package once, in their order; the same NEVRA with other content is refused."""
    seen: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        first = seen.setdefault(nevra_of(entry), entry)
        if first.pkgid != entry.pkgid:
            raise DuplicatePackage(
                f"{entry.nevra} is there twice with different contents: "
                f"{first.origin or first.href} and {entry.origin or entry.href}"
            )
    return list(seen.values())

"""Decides what a repository holds when a tag's own packages meet foreign repositories: Koji's merge modes."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

import rpm

from .entry import Entry, nevra_of
from .faults import RepodataError

# What each of Koji's canonical architectures takes in besides itself, and the second one of multilib systems.
EXPANDED = {
    "i386": ("i486", "i586", "geode", "i686", "athlon"),
    "x86_64": ("ia32e", "amd64"),
    "ppc64": ("ppc64pseries", "ppc64iseries"),
    "sparc64": ("sparc64v", "sparc64v2"),
    "sparc": ("sparcv8", "sparcv9", "sparcv9v", "sparcv9v2"),
    "alpha": (
        "alphaev4", "alphaev45", "alphaev5", "alphaev56", "alphapca56",
        "alphaev6", "alphaev67", "alphaev68", "alphaev7",
    ),
    "armhfp": ("armv7hl", "armv7hnl", "armv6hl", "armv6hnl"),
    "arm": ("armv5tel", "armv5tejl", "armv6l", "armv7l"),
    "sh4": ("sh4a",),
}  # fmt: skip
MULTILIB = {"x86_64": "i386", "ppc64": "ppc", "s390x": "s390"}
SOURCE = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-(?P<release>[^-]+)\.(no)?src\.rpm")


@dataclass(frozen=True)
class Source:
    """One repository that takes part: its URL as `pkgorigins` names it, and its packages in order."""

    url: str
    entries: Collection[Entry]


@dataclass(frozen=True)
class Merged:
    """What the merged repository lists, and (NVRA, URL) for each name of a package that it holds."""

    entries: list[Entry]
    origins: list[tuple[str, str]]


@dataclass(frozen=True)
class Build:
    """The source package of some name that was chosen, and which repository it was chosen from."""

    sourcerpm: str
    version: str
    release: str
    url: str


def merge(sources: Iterable[Source], mode: str, arch: str, blocked: Collection[str] = ()) -> Merged:
    """The packages of SOURCES, the first having the highest rank, for a repository of ARCH.

    MODE is "koji" (of each source package's name one version, from the first repository that has any),
    "simple" (everything, even what recurs) or "bare" (all versions, each NEVRA once). BLOCKED holds names of
    source packages whose packages stay out; "bare" does not look at it. Koji's page on external repositories
    has the modes, its mergerepos and createrepo_c's mergerepo_c the rules.
    """
    if mode not in MODES:
        raise RepodataError(f"no such merge mode: {mode!r}; there are {', '.join(MODES)}")
    wanted = expand(arch)
    fitting = [Source(s.url, [entry for entry in s.entries if entry.arch in wanted]) for s in sources]
    chosen = list(MODES[mode](fitting, blocked))
    origins: dict[tuple[str, ...], tuple[str, str]] = {}
    for entry, url in chosen:
        origins.setdefault(nevra_of(entry), (entry.nvra, url))
    return Merged([entry for entry, _ in chosen], list(origins.values()))


def expand(arch: str) -> set[str]:
    """All architectures whose packages belong into a repository of ARCH."""
    found = [arch, MULTILIB.get(arch, arch)]
    return {"noarch", *found, *(other for name in found for other in EXPANDED.get(name, ()))}


Chosen = Iterator[tuple[Entry, str]]


def every(sources: list[Source]) -> Chosen:
    """All entries, each with the URL of its repository."""
    return ((entry, source.url) for source in sources for entry in source.entries)


def koji(sources: list[Source], blocked: Collection[str]) -> Chosen:
    """Source packages themselves are not weighed: only their own names can keep them out."""
    chosen = {"", *(build.sourcerpm for build in chosen_builds(sources, blocked).values())}
    seen: set[str] = set()
    for entry, url in every(sources):
        if entry.sourcerpm in chosen and (nvra := entry.nvra) not in seen:
            seen.add(nvra)
            yield entry, url


def simple(sources: list[Source], blocked: Collection[str]) -> Chosen:
    for entry, url in every(sources):
        if not entry.sourcerpm or source_parts(entry)[0] not in blocked:
            yield entry, url


def bare(sources: list[Source], blocked: Collection[str]) -> Chosen:
    seen: set[tuple[str, ...]] = set()
    for entry, url in every(sources):
        if nevra_of(entry) not in seen:
            seen.add(nevra_of(entry))
            yield entry, url


MODES: dict[str, Callable[[list[Source], Collection[str]], Chosen]] = {
    "koji": koji,
    "simple": simple,
    "bare": bare,
}


def chosen_builds(sources: list[Source], blocked: Collection[str]) -> dict[str, Build]:
    """By name of source package: the newest one in the first repository that has any."""
    builds: dict[str, Build] = {}
    for source in sources:
        for entry in {entry.sourcerpm: entry for entry in source.entries if entry.sourcerpm}.values():
            name, version, release = source_parts(entry)
            found = Build(entry.sourcerpm, version, release, source.url)
            if name not in blocked and is_better(found, builds.get(name)):
                builds[name] = found
    return builds


def is_better(found: Build, known: Build | None) -> bool:
    """The first repository wins, then version and release: a source package's file name tells no epoch."""
    if known is None or found.url != known.url:
        return known is None
    return rpm.labelCompare(("0", found.version, found.release), ("0", known.version, known.release)) > 0


def source_parts(entry: Entry) -> tuple[str, str, str]:
    """Name, version and release of the source package that ENTRY was built from."""
    found = SOURCE.fullmatch(entry.sourcerpm)
    if not found:
        raise RepodataError(f"{entry.nevra}: {entry.sourcerpm!r} is not the file name of a source package")
    return found["name"], found["version"], found["release"]

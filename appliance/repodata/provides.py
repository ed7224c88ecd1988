"""What the packages of a repository on disk answer to: names, versions, the paths that its metadata lists."""

from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import createrepo_c

EVR = tuple[str | None, str | None, str | None]
Provided = dict[str, list[tuple[str | None, EVR]]]


def provided(repository: Path) -> Provided:
    """{name: [(comparison, (epoch, version, release))]} of all packages; the last one read is kept at hand."""
    return _provided(repository, (repository / "repodata" / "repomd.xml").stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _provided(repository: Path, changed: int) -> Provided:
    found: Provided = defaultdict(list)

    def note(package: createrepo_c.Package) -> None:
        for name, flags, epoch, version, release, _ in package.provides:
            found[name].append((flags, (epoch, version, release)))
        for _, directory, name, *_ in package.files:
            found[f"{directory}{name}"].append((None, (None, None, None)))

    repomd = createrepo_c.Repomd(str(repository / "repodata" / "repomd.xml"))
    (primary,) = (each.location_href for each in repomd.records if each.type == "primary")
    createrepo_c.xml_parse_primary(str(repository / primary), pkgcb=note, do_files=True)
    return dict(found)

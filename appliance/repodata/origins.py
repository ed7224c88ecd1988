"""Reads where the packages of a repository on disk are from, as a merged repository says it."""

import gzip
from pathlib import Path

import createrepo_c


def origins(repository: Path) -> dict[str, str]:
    """NVRA to the URL that the package was merged from; empty for a repository that was not merged."""
    index = repository / "repodata" / "repomd.xml"
    if not index.exists():
        return {}
    for record in createrepo_c.Repomd(str(index)).records:
        if record.type == "origin":
            return _read(repository / record.location_href)
    return {}


def _read(path: Path) -> dict[str, str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = (line.rstrip("\n").partition("\t") for line in lines)
        return {nvra: url for nvra, _, url in rows}

"""Whether two RPM files hold the same: what of their headers must not differ, and where it first does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from appliance.hub import rpm_files

# Times, hosts, signatures, and the sizes that follow from them, may differ: so do two builds of one source.
_COMPARED = (
    "NAME", "EPOCH", "VERSION", "RELEASE", "ARCH", "SUMMARY", "DESCRIPTION", "LICENSE", "URL",
    "REQUIRENEVRS", "PROVIDENEVRS", "CONFLICTNEVRS", "OBSOLETENEVRS",
    "RECOMMENDNEVRS", "SUGGESTNEVRS", "SUPPLEMENTNEVRS", "ENHANCENEVRS",
    "FILENAMES", "FILEMODES", "FILEUSERNAME", "FILEGROUPNAME", "FILELINKTOS", "FILEDIGESTS", "FILEFLAGS", "FILECAPS",
    "PRETRANS", "PREIN", "POSTIN", "PREUN", "POSTUN", "POSTTRANS", "VERIFYSCRIPT", "TRIGGERSCRIPTS", "CHANGELOGTEXT",
)  # fmt: skip


def differences(then: Path, now: Path) -> Iterator[str]:
    """Each tag in which the second file is another than the first, with the first of its values that differs.

    GenericError for a file that cannot be read.
    """
    first, second = (rpm_files.header(path) for path in (then, now))
    for tag in _COMPARED:
        if first[tag] != second[tag]:
            yield f"{tag} {_first(first, tag, first[tag], second[tag])}"


def _first(header: Any, tag: str, then: Any, now: Any) -> str:
    """Where two values of a tag part, for files with the file's name."""
    if not isinstance(then, (list, tuple)) or len(then) != len(now):
        return f"was {then!r:.200}, is {now!r:.200}"
    number = next(index for index, pair in enumerate(zip(then, now, strict=True)) if pair[0] != pair[1])
    where = f"of {header['FILENAMES'][number]} " if tag.startswith("FILE") else ""
    return f"{where}was {then[number]!r:.200}, is {now[number]!r:.200}"

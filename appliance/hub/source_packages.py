"""What a source package needs to be built, and what its build will give, read without running any of it.

Its header says what it needs. What it gives is found by these rules in its spec file, as norpm expands it:
the names of its packages; their Provides; the paths in %files; for `pkgconfig/X.pc` there `pkgconfig(X)`, for
`cmake/X/` `cmake(X)`; for a package python3-X `python3dist(x)`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import koji
import rpm

from appliance.errors import GenericError
from appliance.hub import spec_files, spec_texts

_COMPARING = rpm.RPMSENSE_LESS | rpm.RPMSENSE_EQUAL | rpm.RPMSENSE_GREATER
_PLACES = {
    "_prefix": "/usr", "_bindir": "/usr/bin", "_sbindir": "/usr/sbin", "_libdir": "/usr/lib64",
    "_datadir": "/usr/share", "_includedir": "/usr/include", "_libexecdir": "/usr/libexec",
    "_sysconfdir": "/etc", "_mandir": "/usr/share/man", "_lib": "lib64",
}  # fmt: skip
_PACKAGE = re.compile(r"^%package\s+(-n\s+)?(\S+)", re.MULTILINE)
_PROVIDES = re.compile(r"^Provides\s*:\s*(.+)$", re.MULTILINE | re.IGNORECASE)
_PATH = re.compile(r"^(?:%(?!dir)\S+[ \t]+)*(/\S+)$", re.MULTILINE)
_GENERATED = (
    (re.compile(r"/pkgconfig/([^/]+)\.pc$"), "pkgconfig({})"),
    (re.compile(r"/cmake/([^/]+)(?:/|$)"), "cmake({})"),
)


@dataclass(frozen=True)
class Need:
    """One BuildRequires: `name`, rpm's comparison `flags` (0 for any) and the `version` they compare with."""

    name: str
    flags: int = 0
    version: str = ""

    def __str__(self) -> str:
        signs = "".join(s for bit, s in ((2, "<"), (4, ">"), (8, "=")) if self.flags & bit)
        return f"{self.name} {signs} {self.version}" if signs else self.name


@dataclass(frozen=True)
class SourcePackage:
    """A source package: its file, its name, what it needs, and the names of what it gives."""

    path: Path
    name: str
    needs: tuple[Need, ...]
    gives: frozenset[str]


_known: dict[tuple[Path, int, int], SourcePackage] = {}  # by path, time of change and size
_KNOWN = 512


def read(path: Path) -> SourcePackage:
    """Read a source package. Raises GenericError for what is none."""
    return read_all([path])[0]


def read_all(paths: Sequence[Path]) -> list[SourcePackage]:
    """As `read`, of many at once: what takes time is begun once for all that have not been read before."""
    keys = [(path, facts.st_mtime_ns, facts.st_size) for path in paths for facts in [path.stat()]]
    found = {key: package for key in keys if (package := _known.get(key))}
    if new := [key for key in dict.fromkeys(keys) if key not in found]:
        found.update(zip(new, _made([path for path, _, _ in new]), strict=True))
        _known.update(found)
    for key in list(_known)[:-_KNOWN]:
        _known.pop(key, None)  # another thread may have done it
    return [found[key] for key in keys]


def _header(path: Path) -> Any:
    try:
        header = koji.get_rpm_header(str(path))
    except (OSError, rpm.error, koji.GenericError) as error:
        raise GenericError(f"{path.name} can't be read: {error}") from None
    if not header[rpm.RPMTAG_SOURCEPACKAGE]:
        raise GenericError(f"{path.name} is not a source package")
    return header


def _version(header: Any) -> dict[str, str]:
    return {tag.lower(): str(header[tag]) for tag in ("NAME", "VERSION", "RELEASE")}


def _made(paths: Sequence[Path]) -> list[SourcePackage]:
    headers: list[Any] = []

    def specs() -> Iterator[spec_texts.Spec]:
        for path in paths:
            headers.append(_header(path))
            yield _spec(path), _PLACES | _version(headers[-1])

    texts = spec_texts.expanded(specs())
    return [_package(*each) for each in zip(paths, headers, texts, strict=True)]


def _package(path: Path, header: Any, text: str) -> SourcePackage:
    name = str(header["NAME"])
    needs = zip(header["REQUIRENAME"], header["REQUIREFLAGS"], header["REQUIREVERSION"], strict=True)
    wanted = tuple(Need(n, f & _COMPARING, v) for n, f, v in needs if not f & rpm.RPMSENSE_RPMLIB)
    return SourcePackage(path, name, wanted, frozenset(_gives(text, name)))


def _gives(text: str, name: str) -> Iterator[str]:
    """The names that the packages of a spec file will answer to."""
    names = [name, *_subpackages(text, name)]
    yield from names
    yield from (f"python3dist({name.removeprefix('python3-').lower()})" for name in names if "python3-" in name)
    for line in _PROVIDES.findall(text):
        yield from re.findall(r"[^\s,<>=]\S*[^\s,]|\S", re.sub(r"[<>=]+\s*\S+", " ", line))
    for path in _PATH.findall(text):
        yield path
        yield from (form.format(found[1]) for rule, form in _GENERATED if (found := rule.search(path)))


def _subpackages(text: str, name: str) -> list[str]:
    return [word if whole else f"{name}-{word}" for whole, word in _PACKAGE.findall(text)]


def _spec(path: Path) -> str:
    """The spec file in a source package; "" where none is found."""
    found = spec_files.find(path)
    return found[1].decode("utf-8", "replace") if found else ""

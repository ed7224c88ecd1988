"""What a source package needs to be built, and what its build will give, read without running any of it.

Its header says what it needs. What it gives is found by these rules in its spec file, as norpm expands it:
the names of its packages; their Provides; the paths in %files; for `pkgconfig/X.pc` there `pkgconfig(X)`, for
`cmake/X/` `cmake(X)`; for a package python3-X `python3dist(x)`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import koji
import rpm
from norpm.macro import MacroRegistry
from norpm.specfile import ParserHooks, specfile_expand

from appliance.errors import GenericError
from appliance.hub import spec_files

_COMPARING = rpm.RPMSENSE_LESS | rpm.RPMSENSE_EQUAL | rpm.RPMSENSE_GREATER
_PLACES = {
    "_prefix": "/usr", "_bindir": "/usr/bin", "_sbindir": "/usr/sbin", "_libdir": "/usr/lib64",
    "_datadir": "/usr/share", "_includedir": "/usr/include", "_libexecdir": "/usr/libexec",
    "_sysconfdir": "/etc", "_mandir": "/usr/share/man", "_lib": "lib64",
}  # fmt: skip
_PACKAGE = re.compile(r"^%package\s+(-n\s+)?(\S+)", re.MULTILINE)
_PROVIDES = re.compile(r"^Provides\s*:\s*(.+)$", re.MULTILINE | re.IGNORECASE)
_PATH = re.compile(r"^(?:%(?!dir)\S+\s+)*(/\S+)$", re.MULTILINE)
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


def read(path: Path) -> SourcePackage:
    """Read a source package. Raises GenericError for what is none."""
    facts = path.stat()
    return _read(path, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=512)
def _read(path: Path, changed: int, size: int) -> SourcePackage:
    try:
        header = koji.get_rpm_header(str(path))
    except (OSError, rpm.error, koji.GenericError) as error:
        raise GenericError(f"{path.name} can't be read: {error}") from None
    if not header[rpm.RPMTAG_SOURCEPACKAGE]:
        raise GenericError(f"{path.name} is not a source package")
    name = str(header[rpm.RPMTAG_NAME])
    needs = zip(header["REQUIRENAME"], header["REQUIREFLAGS"], header["REQUIREVERSION"], strict=True)
    wanted = tuple(Need(n, f & _COMPARING, v) for n, f, v in needs if not f & rpm.RPMSENSE_RPMLIB)
    version = {"name": name, "version": header["VERSION"], "release": header["RELEASE"]}
    return SourcePackage(path, name, wanted, frozenset(_gives(_spec(path), version)))


def _gives(spec: str, version: dict[str, str]) -> Iterator[str]:
    """The names that the packages of a spec file will answer to."""
    text = _expanded(spec, version)
    names = [version["name"], *_subpackages(text, version["name"])]
    yield from names
    yield from (f"python3dist({name.removeprefix('python3-').lower()})" for name in names if "python3-" in name)
    for line in _PROVIDES.findall(text):
        yield from re.findall(r"[^\s,<>=]\S*[^\s,]|\S", re.sub(r"[<>=]+\s*\S+", " ", line))
    for path in _PATH.findall(text):
        yield path
        yield from (form.format(found[1]) for rule, form in _GENERATED if (found := rule.search(path)))


def _subpackages(text: str, name: str) -> list[str]:
    return [word if whole else f"{name}-{word}" for whole, word in _PACKAGE.findall(text)]


def _expanded(spec: str, version: dict[str, str]) -> str:
    """A spec file with the macros that can be known expanded; as it is, where it can't be."""
    macros = MacroRegistry()
    for name, value in (_PLACES | version).items():
        macros[name] = (value, None)
    try:
        return str(specfile_expand(spec, macros, ParserHooks()))
    except Exception:  # a spec file may be anything; what it gives is then less than it could be
        return spec


def _spec(path: Path) -> str:
    """The spec file in a source package; "" where none is found."""
    found = spec_files.find(path)
    return found[1].decode("utf-8", "replace") if found else ""

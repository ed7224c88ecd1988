"""Multilib: which 32-bit packages a 64-bit repository takes along, by the rules of the method called `devel`.

The rules are those that distributions' composes have used for long: libraries, plug-ins of the C library and of
toolkits, and whatever is needed to link against them. A configuration file adds and takes out names.
"""

import configparser
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from appliance.errors import GenericError
from appliance.repodata import Fragment

_PREFER_64 = ("gdb", "frysk", "systemtap", "systemtap-runtime", "ltrace", "strace")
_LIB = "/usr/lib", "/usr/lib64"
_ROOT = "/lib", "/lib64"
# (directories, files) of the packages that are taken along; shell patterns, a star may span slashes.
_RUNTIME = [
    *((place, "*.so.*") for place in (*_LIB, *_ROOT)),
    *((f"{place}/{name}", "*") for place in _LIB for name in (
        "alsa-lib", "dri", "gtk-2.0/modules", "gtk-2.0/immodules", "krb5/plugins", "sasl2", "vdpau", "gstreamer-*",
        "gtk-2.0/*/engines", "gtk-2.0/*/modules", "gtk-2.0/*/immodules", "gtk-2.0/*/loaders",
        "gtk-2.0/*/printbackends", "gtk-2.0/*/filesystems", "qt*/plugins/*", "kde*/plugins/*", "qt5/qml/*",
        "gdk-pixbuf-2.0/*/loaders", "xine/plugins/*",
    )),
    *((f"{place}/{name}", files) for place in _LIB for name, files in (
        ("oprofile", "*.so.*"), ("wine", "*.so"), ("sane", "libsane-*"),
    )),
    *((f"{place}/security", "*") for place in _ROOT),
    *((place, files) for place in _ROOT for files in ("libnss_*", "libdb-*")),
    ("/etc/lsb-release.d", "*"), ("/etc/ld.so.conf.d", "*.conf"),
]  # fmt: skip
_RUNTIME_RULES = re.compile("|".join(
    f"{re.escape(place).replace(chr(92) + '*', '.*')}/{re.escape(files).replace(chr(92) + '*', '[^/]*')}"
    for place, files in _RUNTIME
))  # fmt: skip


@dataclass(frozen=True)
class Package:
    """What the rules look at; `requires` without those of rpm itself."""

    name: str
    arch: str
    provides: frozenset[str]
    requires: frozenset[str]
    files: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """The names that a configuration file adds to, or takes out of, the two methods; shell patterns."""

    white: tuple[str, ...] = ()
    black: tuple[str, ...] = ()
    runtime_white: tuple[str, ...] = ()
    runtime_black: tuple[str, ...] = ()


def read_rules(path: Path) -> Rules:
    """The sections `devel` and `runtime` of a configuration file, each with `white` and `black`."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text())
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise GenericError(f"multilib configuration {path.name} cannot be read: {error}") from None
    words = {
        (section, key): tuple(parser.get(section, key, fallback="").replace(",", " ").split())
        for section in ("devel", "runtime") for key in ("white", "black")
    }  # fmt: skip
    return Rules(words["devel", "white"], words["devel", "black"], words["runtime", "white"], words["runtime", "black"])


def of_fragment(fragment: Fragment) -> Package:
    """A package as its repository metadata describes it."""
    text = fragment.rest.decode()
    files = re.findall(r"<file>([^<]*)</file>", fragment.filelists.decode())
    return Package(
        fragment.name, fragment.arch, _names(text, "provides"),
        frozenset(name for name in _names(text, "requires") if not name.startswith("rpmlib(")),
        tuple(html.unescape(path) for path in files),
    )  # fmt: skip


def _names(text: str, kind: str) -> frozenset[str]:
    found = re.search(rf"<rpm:{kind}>(.*?)</rpm:{kind}>", text, re.S)
    return frozenset(html.unescape(name) for name in re.findall(r'name="([^"]*)"', found[1])) if found else frozenset()


def is_wanted(package: Package, rules: Rules) -> bool:
    """Whether the 32-bit sibling of a 64-bit package is taken along."""
    if _listed(package, rules.black):
        return False
    if _listed(package, rules.white) or _is_runtime(package, rules):
        return True
    if package.name.startswith("ghc-"):
        return False
    if package.name.startswith("kernel") and "kernel-devel" in package.provides:
        return False
    return package.name.endswith(("-devel", "-static"))


def _is_runtime(package: Package, rules: Rules) -> bool:
    if _listed(package, rules.runtime_black):
        return False
    if _listed(package, rules.runtime_white):
        return True
    if "64" in package.arch and (package.name in _PREFER_64 or _is_kernel(package, "kernel", "kernel-devel")):
        return True
    if _is_kernel(package, "kernel"):
        return False
    return any(_RUNTIME_RULES.fullmatch(path) for path in package.files)


def _is_kernel(package: Package, *kinds: str) -> bool:
    return package.name.startswith("kernel") and not package.provides.isdisjoint(kinds)


def _listed(package: Package, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(package.name, pattern) for pattern in patterns)


def closure(wanted: Iterable[str], packages: dict[str, Package]) -> list[str]:
    """The keys of WANTED and of what they require, directly or not, among PACKAGES, sorted.

    Raises GenericError that names the requirements which none of PACKAGES fulfils.
    """
    givers: dict[str, str] = {}
    for key, package in packages.items():
        givers.update({name: key for name in (*package.provides, *package.files) if name not in givers})
    missing: set[str] = set()
    chosen, waiting = set(wanted), list(wanted)
    while waiting:
        key = waiting.pop()
        needs = {name: givers.get(name) for name in packages[key].requires}
        missing.update(f"{name} (for {key})" for name, giver in needs.items() if giver is None)
        new = {giver for giver in needs.values() if giver is not None} - chosen
        chosen |= new
        waiting.extend(new)
    if missing:
        raise GenericError(f"multilib packages cannot be resolved: nothing provides {', '.join(sorted(missing)[:10])}")
    return sorted(chosen)

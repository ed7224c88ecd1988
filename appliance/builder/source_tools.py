"""Source packages that tools write: out of PyPI, out of RubyGems, and by a script of the user's own."""

import json
import posixpath
import re
from pathlib import Path

from appliance.builder import coprconfig, fetch, source_fetch, source_jobs, source_scm
from appliance.builder.source_jobs import PACK
from appliance.builder.steps import Start, Work
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import host_programs
from appliance.paths import component, inside

_MAX_INDEX = 64 << 20  # bytes that PyPI's description of one package may have

# What PyPI has of a package is in ~ then. The arguments: tool, package, version; the other one's, which knows no
# PyPI of today: tool, package, source archive, template, versions of Python.
_PYP2SPEC = r"""
set -eu
cp -- ~/*.tar.* ~/*.zip . 2> /dev/null || :
exec "$1" --automode --version "$3" --path ~ -- "$2"
"""
_PYP2RPM = r"""
set -eu
tool=$1 name=$2 archive=$3 template=$4
shift 4
cp -- ~/"$archive" .
"$tool" "$archive" -t "$template" -d "$PWD" "$@" > spec
sed "s/^\*  - /$(date '+* %a %b %d %Y nobody - ')/" spec > "python-$name.spec"
"""
_DOWNLOADED = 'cd && exec "$@"'
_GEM2RPM = 'need gem2rpm; exec gem2rpm "$1" --srpm -C "$out" --fetch'
_CUSTOM = r"""
printf %s "$1" > ~/script
chmod +x ~/script
(exec ~/script)
pack "./$2"
"""


def from_pypi(work: Work, build: Row, source: Row, place: Path) -> Path | Start:
    """From a Python package: its files are fetched and its spec file is written in a sandbox of this host's."""
    generator = source.get("spec_generator") or "pyp2spec"
    path = host_programs.find(generator, "sources from PyPI")
    found = source_jobs.made(work, place)
    if found is not None:
        return found
    name = _package_name(source["pypi_package_name"])
    version, files = _on_index(work, name, source.get("pypi_package_version") or "")
    writing = (
        _by_pyp2rpm(source, path, name, files[0][1]) if generator == "pyp2rpm" else (_PYP2SPEC, path, name, version)
    )
    commands = (
        ("/bin/sh", "-c", _DOWNLOADED, "download", *source_fetch.verified(files)),
        ("/bin/bash", "-c", writing[0], "write", *writing[1:]),
    )
    return source_jobs.begin(work, build, place, PACK, (".", ""), **source_fetch.options(work, *commands))


def _package_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name, re.ASCII):
        raise GenericError(f"invalid name of a package: {name!r}")
    return name


def _by_pyp2rpm(source: Row, path: str, name: str, archive: str) -> tuple[str, ...]:
    versions = source.get("python_versions") or []
    words = [word for number, each in enumerate(versions) for word in ("-p" if number else "-b", str(each))]
    return (_PYP2RPM, path, name, archive, source.get("spec_template") or "fedora", *words)


def _on_index(work: Work, name: str, version: str) -> tuple[str, list[tuple[str, str, str]]]:
    """(version, its source archive and, if there is one, a wheel), as PyPI describes them."""
    from pip._internal.models.index import PyPI  # slow to import, and few builds are from there

    limits = work.hub.settings.copr
    address = f"{(limits.pypi_url or PyPI.url).rstrip('/')}/pypi/{name}/json"
    fetch.check(address, limits)
    index = json.loads(fetch.read(address, _MAX_INDEX))
    version = version or str(index["info"]["version"])
    files = index["releases"].get(version, [])
    archive, wheel = _first(files, "sdist"), _first(files, "bdist_wheel")
    if archive is None:
        raise GenericError(f"PyPI has no source archive of {name} {version}")
    return version, [
        (each["url"], component(each["filename"]), each["digests"]["sha256"]) for each in (archive, wheel) if each
    ]


def _first(files: list[Row], kind: str) -> Row | None:
    return next((each for each in files if each["packagetype"] == kind), None)


def from_rubygems(work: Work, build: Row, source: Row, place: Path) -> Path | Start:
    """From a gem, by gem2rpm in the chroot."""
    name = component(source["gem_name"])
    if name.startswith("-"):
        raise GenericError(f"invalid gem name: {name!r}")
    return source_jobs.made(work, place) or source_jobs.begin(
        work, build, place, _GEM2RPM, (name,), requires=source_scm.requires(work, "rubygems")
    )


def from_script(work: Work, build: Row, source: Row, place: Path) -> Path | Start:
    """By the user's script, run in a chroot as nobody in particular, with what a webhook sent beside it."""
    found = source_jobs.made(work, place)
    if found is not None:
        return found
    results = posixpath.normpath((source.get("resultdir") or ".").lstrip("/") or ".")
    if results.split("/")[0] == "..":
        raise GenericError(f"invalid resultdir: {results!r}")
    with work.reading() as call:
        repos = coprconfig.named(call, (source.get("repos") or "").split(), source["chroot"])
    env = {
        "COPR_OWNER": build["ownername"],
        "COPR_PROJECT": build["projectname"],
        "COPR_PACKAGE": build["package_name"] or "",
    }
    return source_jobs.begin(
        work, build, place, _CUSTOM, (source["script"], results),
        chroot=source["chroot"], requires=tuple((source.get("builddeps") or "").split()), repos=repos, env=env,
        source=str(inside(work.hub.paths.submitted, source["tmp"])) if source.get("hook_data") else "",
    )  # fmt: skip

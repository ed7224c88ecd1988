"""Source packages that tools write: out of PyPI, out of RubyGems, and by a script of the user's own."""

import hashlib
import json
import posixpath
import urllib.parse
from pathlib import Path

from appliance.builder import coprconfig, fetch, source_jobs, source_scm
from appliance.builder.source_jobs import PACK
from appliance.builder.steps import Start, Work
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.paths import component, inside

_MAX_INDEX = 64 << 20  # bytes that PyPI's description of one package may have

# The arguments: tool, package, version, base version, other versions, template.
_PYP2SPEC = r"""
set -eu
cp -- ~/*.tar.* ~/*.zip . 2> /dev/null || :
exec "$1" --automode --version "$3" --path ~ -- "$2"
"""
_PYP2RPM = r"""
set -eu
spec=python-$2.spec
tool=$1 name=$2 version=$3 template=$4
shift 4
"$tool" "$name" -t "$template" ${version:+-v "$version"} -d "$PWD" "$@" > "$spec"
"""
_GEM2RPM = 'need gem2rpm; exec gem2rpm "$1" --srpm -C "$out" --fetch'
_CUSTOM = r"""
printf %s "$1" > ~/script
chmod +x ~/script
(exec ~/script)
pack "./$2"
"""


def from_pypi(work: Work, build: Row, source: Row, place: Path) -> Path | Start:
    """From a Python package; its files are fetched here, and the spec file is written in a sandbox."""
    generator = source.get("spec_generator") or "pyp2spec"
    path = source_jobs.tool(generator, "sources from PyPI")
    found = source_jobs.made(work, place)
    if found is not None:
        return found
    begin = _by_pyp2rpm if generator == "pyp2rpm" else _by_pyp2spec
    return source_jobs.begin(work, build, place, PACK, (".", ""), **begin(work, source, path))


def _by_pyp2spec(work: Work, source: Row, path: str) -> Row:
    name = component(source["pypi_package_name"])
    version, room = _from_index(work, name, source.get("pypi_package_version") or "")
    return {"fetch": (("/bin/bash", "-c", _PYP2SPEC, "fetch", path, name, version),), "fetch_home": str(room)}


def _by_pyp2rpm(work: Work, source: Row, path: str) -> Row:
    versions = source.get("python_versions") or []
    words = [word for number, each in enumerate(versions) for word in ("-p" if number else "-b", str(each))]
    name = component(source["pypi_package_name"])
    template, version = source.get("spec_template") or "fedora", source.get("pypi_package_version") or ""
    return {"fetch": (("/bin/bash", "-c", _PYP2RPM, "fetch", path, name, version, template, *words),)}


def _from_index(work: Work, name: str, version: str) -> tuple[str, Path]:
    """(version, directory with its source archive and, if there is one, a wheel), as PyPI describes them."""
    from pip._internal.models.index import PyPI  # slow to import, and few builds are from there

    limits = work.hub.settings.copr
    address = f"{(limits.pypi_url or PyPI.url).rstrip('/')}/pypi/{urllib.parse.quote(name, safe='')}/json"
    fetch.check(address, limits)
    index = json.loads(fetch.read(address, _MAX_INDEX))
    version = version or str(index["info"]["version"])
    files = index["releases"].get(version, [])
    wanted = [_first(files, "sdist"), _first(files, "bdist_wheel")]
    if wanted[0] is None:
        raise GenericError(f"PyPI has no source archive of {name} {version}")
    room = source_jobs.room(work)
    for each in filter(None, wanted):
        _download(work, each, room)
    return version, room


def _first(files: list[Row], kind: str) -> Row | None:
    return next((each for each in files if each["packagetype"] == kind), None)


def _download(work: Work, described: Row, room: Path) -> None:
    target = room / component(described["filename"])
    fetch.download(described["url"], target, work.hub.settings.copr)
    with target.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != described["digests"]["sha256"]:
        raise GenericError(f"{target.name} is not what PyPI says that it is")


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

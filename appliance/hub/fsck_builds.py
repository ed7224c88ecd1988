"""Koji's side of the check: builds, RPMs, signatures, archives, repositories against the topdir and back."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import koji

from appliance.db.connection import Row
from appliance.hub import archives
from appliance.hub.hub import Call

_CHUNK = 500
_COMPLETE, _DELETED = koji.BUILD_STATES["COMPLETE"], koji.BUILD_STATES["DELETED"]
_READY, _EXPIRED, _GONE = (koji.REPO_STATES[name] for name in ("READY", "EXPIRED", "DELETED"))
_DEPTH = 3  # of a build's directory below packages/: name, version, release
_PROGRESS = re.compile(r"\..*(\.part|\.gone|\.new)", re.DOTALL)  # the names of files that are being written

_BUILDS = """
SELECT b.id, p.name, b.version, b.release, b.state, v.name AS volume_name,
       p.name || '-' || b.version || '-' || b.release AS nvr
FROM build b JOIN package p ON p.id = b.pkg_id JOIN volume v ON v.id = b.volume_id
WHERE b.id > :after ORDER BY b.id LIMIT :count
"""
_RPMS = """
SELECT r.id, r.build_id, r.name, r.version, r.release, r.arch, r.size FROM rpminfo r
WHERE r.build_id IN :builds AND r.external_repo_id = 0 AND NOT r.metadata_only
"""
_SIGNATURES = """
SELECT s.sigkey, r.build_id, r.name, r.version, r.release, r.arch
FROM rpmsigs s JOIN rpminfo r ON r.id = s.rpm_id
WHERE r.build_id IN :builds AND s.sigkey <> ''
"""
_ARCHIVES = """
SELECT a.id, a.build_id, t.name AS btype FROM archiveinfo a JOIN btype t ON t.id = a.btype_id
WHERE a.build_id IN :builds AND NOT a.metadata_only
"""
_REPOS = "SELECT r.id, r.state, r.dist, t.name AS tag FROM repo r JOIN tag t ON t.id = r.tag_id"


def examine(call: Call, newest: float) -> Iterator[str]:
    """What is wrong, a sentence each; files younger than NEWEST are not complained of."""
    known: set[str] = set()
    after = 0
    while found := call.tx.rows(_BUILDS, {"after": after, "count": _CHUNK}):
        after = found[-1]["id"]
        known.update(call.paths.topdir.build(build) for build in found if build["state"] != _DELETED)
        yield from _files(call, found, newest)
    yield from _strays(call, known, newest)
    yield from _repositories(call, newest)


def _files(call: Call, builds: list[Row], newest: float) -> Iterator[str]:
    ids = {"builds": [build["id"] for build in builds]}
    rpms, signatures = _by_build(call.tx.rows(_RPMS, ids)), _by_build(call.tx.rows(_SIGNATURES, ids))
    held = _by_build(call.tx.rows(_ARCHIVES, ids))
    for build in builds:
        place = Path(call.paths.topdir.build(build))
        if build["state"] == _DELETED and place.exists():
            yield f"build {build['nvr']} is deleted, and {place} is still there"
        if build["state"] == _COMPLETE:
            yield from _rpms(call, build, rpms[build["id"]], place)
            yield from _unnamed(call, build, rpms[build["id"]], place, newest)
            yield from _signatures(call, signatures[build["id"]], place)
            yield from _archives(call, build, held[build["id"]])


def _by_build(rows: list[Row]) -> defaultdict[int, list[Row]]:
    grouped: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["build_id"]].append(row)
    return grouped


def _rpms(call: Call, build: Row, rpms: list[Row], place: Path) -> Iterator[str]:
    """RPMs that the rows name: there, regular, as long as they were."""
    for rpm in rpms:
        path = place / call.paths.topdir.rpm(rpm)
        size = _size(path)
        if size is None:
            yield f"{path}: build {build['nvr']} has this RPM, and the file is not there"
        elif size != rpm["size"]:
            yield f"{path}: {size} bytes, where build {build['nvr']} has an RPM of {rpm['size']}"


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _unnamed(call: Call, build: Row, rpms: list[Row], place: Path, newest: float) -> Iterator[str]:
    """RPMs in a build's directory that no row names."""
    named = {str(place / call.paths.topdir.rpm(rpm)) for rpm in rpms}
    for path in place.glob("*/*.rpm"):
        if str(path) not in named and _older(path, newest):
            yield f"{path}: build {build['nvr']} has no such RPM"


def _signatures(call: Call, signatures: list[Row], place: Path) -> Iterator[str]:
    for each in signatures:
        path = place / call.paths.topdir.sighdr(each, each["sigkey"])
        if not path.exists():
            yield f"{path}: the signature by key {each['sigkey']} is recorded, and its header is not there"


def _archives(call: Call, build: Row, held: list[Row]) -> Iterator[str]:
    for each in held:
        info = archives.require(call, each["id"])
        path = archives.directory(call, build, each["btype"], info) / info["filename"]
        if _size(path) is None:
            yield f"{path}: build {build['nvr']} has this archive, and the file is not there"


def _strays(call: Call, known: set[str], newest: float) -> Iterator[str]:
    """Directories of builds that no row names, and work on files that nobody ended."""
    topdir = call.paths.koji
    for root in (topdir / "packages", *(each / "packages" for each in (topdir / "vol").glob("*"))):
        strays = (path for path in sorted(root.glob("/".join("*" * _DEPTH))) if _is_stray(path, known, newest))
        yield from (f"{path}: no build has this directory" for path in strays)
        yield from half_written(root, newest)


def _is_stray(path: Path, known: set[str], newest: float) -> bool:
    if path.is_symlink() or not _older(path, newest):
        return False
    return path.name.startswith(".") or str(path) not in known


def half_written(root: Path, newest: float) -> Iterator[str]:
    """Files under the names that work in progress has."""
    for directory, _, names in os.walk(root):
        begun = (Path(directory, name) for name in names if _PROGRESS.fullmatch(name))
        yield from (f"{path}: what was begun here was never ended" for path in begun if _older(path, newest))


def _repositories(call: Call, newest: float) -> Iterator[str]:
    places: dict[str, int] = {}
    for repo in call.tx.rows(_REPOS):
        maker = call.paths.topdir.distrepo if repo["dist"] else call.paths.topdir.repo
        path = Path(maker(repo["id"], repo["tag"]))
        places[str(path)] = repo["state"]
        if repo["state"] in (_READY, _EXPIRED) and not path.is_dir():
            yield f"{path}: repository {repo['id']} of {repo['tag']} is ready, and the directory is not there"
        if repo["state"] == _READY:
            yield from _whole(path)
    for root in (call.paths.koji / "repos", call.paths.koji / "repos-dist"):
        unknown = (path for path in sorted(root.glob("*/[0-9]*")) if places.get(str(path), _GONE) == _GONE)
        left = (path for path in unknown if not path.is_symlink() and _older(path, newest))
        yield from (f"{path}: no repository has this directory" for path in left)


def _whole(place: Path) -> Iterator[str]:
    """Every file that a repository's repomd.xml files name is there."""
    for repomd in place.glob("*/repodata/repomd.xml"):
        yield from missing_metadata(repomd)


def missing_metadata(repomd: Path) -> Iterator[str]:
    """What repomd.xml names and is not beside it."""
    for href in re.findall(r'<location href="([^"]+)"', repomd.read_text(errors="replace")):
        if not (repomd.parent.parent / href).exists():
            yield f"{repomd}: it names {href}, which is not there"


def _older(path: Path, newest: float) -> bool:
    try:
        return path.lstat().st_mtime < newest
    except FileNotFoundError:
        return False

"""The order of builds within a batch: chroots begin when the builds that give what their package needs have ended.

It is found when every build of the batch has its source package. Of the repositories that builds install from
only those on this machine's disk are read; if all are, what nobody gives is named before anything is built.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from appliance.db.connection import Row
from appliance.db.queries import copr_builds as queries
from appliance.errors import GenericError
from appliance.hub import (
    copr_builds,
    copr_results,
    copr_tasks,
    mock_chroots,
    ordering,
    project_chroots,
    projects,
    source_packages,
)
from appliance.hub.hub import Call
from appliance.hub.source_packages import SourcePackage
from appliance.repodata.provides import Provided, provided

INDEX = "repodata/repomd.xml"
_ARRIVED = ("succeeded", "failed")
_MEMBERS = f"""
SELECT b.id, b.srpm_url, b.source_status, {queries.ENDED} AS ended,
       EXISTS (SELECT 1 FROM copr_build_chroot c WHERE c.build_id = b.id AND c.task_id IS NOT NULL) AS begun
FROM copr_build b WHERE b.batch_id = :batch AND NOT b.canceled ORDER BY b.id
"""


def look(call: Call, build: Row, source: Path) -> None:
    """Do what takes time before `proceed`: read what it will look at of this build, whose package is SOURCE."""
    if build["batch_id"] is not None:
        source_packages.read(source)
        _known(set(_repositories(call, [build["id"]])))


def proceed(call: Call, batch_id: int) -> str:
    """Begin the chroots whose turn has come; why none of those that wait can ever begin, in words, or ""."""
    try:
        ready = _next(call, batch_id)
    except GenericError as error:
        return str(error)
    for build_id in ready:
        copr_tasks.spread(call, copr_builds.get(call, build_id))
    return ""


def waiting(call: Call, batch_id: int) -> list[int]:
    """The builds of a batch whose chroots have not begun."""
    return [row["id"] for row in call.tx.rows(_MEMBERS, {"batch": batch_id}) if not (row["ended"] or row["begun"])]


def _next(call: Call, batch_id: int) -> list[int]:
    """The builds whose chroots may begin now; GenericError for a cycle, or for what nobody has."""
    members = call.tx.rows(_MEMBERS, {"batch": batch_id})
    live = [row for row in members if not row["ended"]]
    idle = [row["id"] for row in live if not row["begun"]]
    if not idle or any(row["source_status"] not in _ARRIVED for row in members):
        return []
    here = {row["id"]: path for row in live if (path := copr_results.source_package(call, row)).is_file()}
    packages = dict(zip(here, source_packages.read_all(list(here.values())), strict=True))
    if not len(live) == len(packages) == len({each.name for each in packages.values()}):
        return idle  # what is not here can't be read, and of two builds of one package neither waits
    first = _first(call, packages, fresh=len(idle) == len(members))
    return [build_id for build_id in idle if packages[build_id] in first]


def _first(call: Call, packages: dict[int, SourcePackage], fresh: bool) -> list[SourcePackage]:
    """Those of the packages that need none of the others. Only a FRESH batch is looked at for what is missing."""
    sources = list(packages.values())
    places = set(_repositories(call, list(packages))) if len(sources) > 1 else set()
    complete = fresh and None not in places
    try:
        return ordering.levels(sources, _known(places), complete)[0]
    except GenericError:
        if complete:
            raise
        return sources  # what is not known here may well break the cycle


def _known(places: set[Path | None]) -> Provided:
    found: Provided = {}
    for place in places - {None}:
        assert place is not None
        for name, versions in provided(place).items():
            found[name] = found.get(name, []) + versions
    return found


def _repositories(call: Call, build_ids: list[int]) -> Iterator[Path | None]:
    """Where the repositories of the builds' chroots are; None for each that is not on this disk."""
    for build in (copr_builds.get(call, each) for each in build_ids):
        project = projects.get(call, build["project_id"])
        for chroot in copr_builds.chroots_of(call, [build["id"]]):
            config = mock_chroots.config(call, chroot["name"]) or {"config": "unknown"}
            more = project_chroots.find(call, project, chroot["name"])["repos"] or project["repos"]
            yield from [None] if "config" in config or more else [_local(repo) for repo in config.get("repo", ())]
            own = call.paths.results / build["ownername"] / build["dirname"] / chroot["name"]
            yield from [own] if (own / INDEX).exists() else []


def _local(repo: Row) -> Path | None:
    url = repo.get("baseurl", "")
    found = urlsplit(url if isinstance(url, str) else "")
    return Path(found.path) if found.scheme == "file" and Path(found.path, INDEX).exists() else None

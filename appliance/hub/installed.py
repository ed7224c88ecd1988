"""What the local builder found installed in a buildroot: which RPMs these are, as its repository says."""

import logging
from pathlib import Path

import koji

from appliance.db.connection import Row
from appliance.db.models.tags import ExternalRepo
from appliance.hub import components, external_rpms, names, repo_content
from appliance.hub.hub import Call
from appliance.repodata.origins import origins

log = logging.getLogger(__name__)
# Stands for where a package came from that neither our builds nor the tag's external repositories have.
UNKNOWN = "UNKNOWN"


def identify(call: Call, buildroot: Row, packages: list[Row]) -> list[int]:
    """The ids of the packages in a buildroot.

    PACKAGES have `name, version, release, epoch, arch, payloadhash, size, buildtime`. None is lost: one whose
    origin can't be told stands as from UNKNOWN.
    """
    ours, others = _told_apart(call, buildroot, packages)
    return [rpm_id for _, rpm_id in ours] + external_rpms.note(call, others)


def located(call: Call, buildroot: Row, packages: list[Row]) -> list[Row]:
    """The same packages as hosts name them: those of external repositories with the `location` they are from."""
    ours, others = _told_apart(call, buildroot, packages)
    known = {repo_id: names.lookup(call, ExternalRepo, repo_id, strict=True) for _, repo_id in others}
    named = {repo_id: found["name"] for repo_id, found in known.items() if found}
    return [package for package, _ in ours] + [{**package, "location": named[repo_id]} for package, repo_id in others]


def _told_apart(
    call: Call, buildroot: Row, packages: list[Row]
) -> tuple[list[tuple[Row, int]], list[external_rpms.Placed]]:
    """(our packages with their ids, the others with their external repositories')."""
    arch = koji.canonArch(buildroot["container_arch"])
    said = origins(Path(call.paths.topdir.repo(buildroot["repo_id"], buildroot["tag_name"])) / arch)
    sources = _sources(call, buildroot, arch)
    ours: list[tuple[Row, int]] = []
    others: list[external_rpms.Placed] = []
    for package, rows in components.candidates(call, packages):
        origin = sources.get(said.get("{name}-{version}-{release}.{arch}".format(**package), "").rstrip("/"))
        mine = None if origin else _mine(package, rows)
        if mine is not None:
            ours.append((package, mine))
        else:
            others.append((package, origin or _seen(package, rows, sources) or _unknown(call, package)))
    return ours, others


def _sources(call: Call, buildroot: Row, arch: str) -> dict[str, int]:
    """The tag's external repositories as they were for the buildroot's repository: origin to id."""
    event = buildroot["repo_create_event_id"]
    wanted = repo_content.Wanted(buildroot["tag_id"], arch, event)
    found = repo_content.external(call, wanted)
    return {repo_content.origin(repo, arch).rstrip("/"): repo["external_repo_id"] for repo, _ in found}


def _mine(package: Row, rows: list[Row]) -> int | None:
    ours = (row for row in rows if not row["external_repo_id"])
    return next((int(row["id"]) for row in ours if row["payloadhash"] == package["payloadhash"]), None)


def _seen(package: Row, rows: list[Row], sources: dict[str, int]) -> int | None:
    """The external repository of the tag that had this very package before; any, if it has but one."""
    for row in rows:
        if row["external_repo_id"] in sources.values() and row["payloadhash"] == package["payloadhash"]:
            return int(row["external_repo_id"])
    return next(iter(sources.values())) if len(sources) == 1 else None


def _unknown(call: Call, package: Row) -> int:
    log.warning("where %(name)s-%(version)s-%(release)s.%(arch)s in a buildroot is from is unknown", package)
    found = names.lookup(call, ExternalRepo, UNKNOWN, create=True)
    assert found is not None
    return int(found["id"])

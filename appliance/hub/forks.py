"""Forks: a project made like another, with the last good build of each of its packages."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from appliance.db.connection import Row
from appliance.db.models.copr import (
    CoprBuild,
    CoprBuildChroot,
    CoprPackage,
    CoprRpm,
    Project,
    ProjectChroot,
    ProjectDir,
)
from appliance.db.queries import copr_builds as build_queries
from appliance.errors import BadRequest, Unprocessable
from appliance.hub import (
    copr_packages,
    copr_results,
    copr_twins,
    project_dirs,
    project_forms,
    project_history,
    project_owners,
    projects,
)
from appliance.hub.fields import Form, Given
from appliance.hub.hub import Call
from appliance.hub.project_owners import Owner
from appliance.paths import component

MAX_PACKAGES = 1000  # Copr's limit for those who are no admins

# What a fork does not take over from its project.
_OWN = (
    "id",
    "name",
    "user_id",
    "group_id",
    "contact",
    "created_on",
    "persistent",
    "auto_prune",
    "webhook_secret",
    "forked_from",
    "deleted",
    "ownername",
    "full_name",
)
_OWN_OF_PACKAGE = ("id", "project_id", "webhook_rebuild")
_TAKEN_OF_BUILD = (
    "user_id",
    "submitted_by",
    "pkg_version",
    "source_type",
    "source_json",
    "srpm_url",
    "submitted_on",
    "timeout",
    "memory_reqs",
    "enable_net",
    "is_background",
    "isolation",
    "bootstrap",
    "repos",
)

_CHROOTS = "SELECT * FROM project_chroot WHERE project_id = :project AND NOT deleted ORDER BY id"
_PACKAGES = "SELECT * FROM copr_package WHERE project_id = :project ORDER BY id"
_RPMS = "SELECT * FROM copr_rpm WHERE build_chroot_id IN (SELECT value FROM json_each(:chroots)) ORDER BY id"
_THESE = "b.id IN (SELECT value FROM json_each(:builds))"

# For each package and chroot the newest half of a build that went well.
_GOOD = """
SELECT b.package_id, c.mock_chroot_id, MAX(b.id) AS build_id
FROM copr_build_chroot c JOIN copr_build b ON b.id = c.build_id
WHERE b.project_id = :project AND b.package_id IS NOT NULL AND c.status IN ('succeeded', 'forked')
GROUP BY b.package_id, c.mock_chroot_id
"""


def fork(call: Call, source: Row, given: Given) -> Row:
    """Fork a project as GIVEN says (ownername, name, confirm); the fork as the API shows it."""
    groups = project_owners.groups_of(call, call.user_id)
    names = [call.session.user_name or "", *(f"@{group['name']}" for group in groups)]
    form = project_forms.forking(names, source["name"], given)
    _refuse_unconfirmed(call, form)
    _refuse_huge(call, source)
    owner = project_owners.named(call, form["owner"])
    found = projects.look(call, owner.name, form["name"])
    if found is not None and found["id"] == source["id"]:
        raise BadRequest("Source project should not be same as destination")
    target = found or projects.get(call, _make(call, source, owner, form["name"]))
    noun, told = "fork" if found else "project", {"forked_from": source["full_name"]}
    project_history.note(call, target["id"], noun, target["full_name"], None, told)
    came = _take_builds(call, source, target, _take_packages(call, source, target))
    if found:  # one that was just made has nothing that these could differ from
        copr_twins.refuse(call, copr_twins.told_apart(call, came))
    places = [copr_results.directory(call, each["ownername"], each["name"]) for each in (source, target)]
    copr_results.copy_keys(call, *places)
    copr_results.request(call, target["id"])
    return projects.shown(call, target)


def _refuse_unconfirmed(call: Call, form: Form) -> None:
    """As in Copr, a project of that name that the asking user made counts, whoever is to own the fork."""
    if form["confirm"] or not projects.has_made(call, call.user_id, form["name"]):
        return
    raise BadRequest(
        f"You are about to fork into existing project: {form['name']}\n"
        "Please use --confirm if you really want to do this"
    )


def _refuse_huge(call: Call, source: Row) -> None:
    count = call.tx.value("SELECT COUNT(*) FROM copr_package WHERE project_id = :id", {"id": source["id"]})
    if count > MAX_PACKAGES and not call.session.may("admin"):
        raise Unprocessable(
            f"This project is too large to be forked, it has {count} packages. Forking this such projects is"
            " restricted because it could cause unexpected performance or storage issues. If you would like"
            " to proceed with this action, please contact Copr maintainers."
        )


def _make(call: Call, source: Row, owner: Owner, name: str) -> int:
    values = {key: value for key, value in source.items() if key not in _OWN}
    values.update(
        name=name,
        user_id=call.user_id,
        group_id=owner.group_id,
        created_on=int(call.now()),
        forked_from=source["id"],
    )
    project_id = call.tx.insert(Project, **values)
    call.tx.insert(ProjectDir, project_id=project_id, name=name, main=True)
    for chroot in call.tx.rows(_CHROOTS, {"project": source["id"]}):
        call.tx.insert(ProjectChroot, **{**_without(chroot, ("id",)), "project_id": project_id})
    return project_id


def _without(row: Row, names: tuple[str, ...]) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _take_packages(call: Call, source: Row, target: Row) -> dict[str, int]:
    """Ids of the fork's packages by name, those that it had and those that it gets."""
    held = call.tx.rows(_PACKAGES, {"project": target["id"]})
    names = {row["name"] for row in held}
    fresh = [row for row in call.tx.rows(_PACKAGES, {"project": source["id"]}) if row["name"] not in names]
    own = {"project_id": target["id"]}
    call.tx.insert_many(CoprPackage, [{**_without(row, _OWN_OF_PACKAGE), **own} for row in fresh])
    return {row["name"]: row["id"] for row in call.tx.rows(_PACKAGES, {"project": target["id"]})}


@dataclass(frozen=True)
class _Half:
    """A half of a build that is forked: where its results are, and what they are called in the fork."""

    build: Row
    part: str  # a chroot, or where sources are
    old: str
    new: str


def _take_builds(call: Call, source: Row, target: Row, packages: dict[str, int]) -> dict[int, str]:
    """Copy the last good halves of each package's builds: their rows, and links to their files; words for the build
    that each half of the fork is from.
    """
    good = _last_good(call, source)
    ids = {"builds": json.dumps(list(good))}
    builds = {row["id"]: row for row in build_queries.builds().also(_THESE, **ids).rows(call.tx)}
    into = {"project_id": target["id"], "dir_id": project_dirs.main(call, target)["id"]}
    copies = {each: _take_build(call, builds[each], packages, into) for each in good}
    chroots = [
        chroot
        for chroot in call.tx.rows(build_queries.CHROOTS_OF, ids)
        if chroot["mock_chroot_id"] in good[chroot["build_id"]]
    ]
    for chroot in chroots:
        chroot["half"] = _half_of_chroot(builds[chroot["build_id"]], chroot, copies[chroot["build_id"]])
    taken = {each["id"]: _take_chroot(call, each, copies[each["build_id"]]) for each in chroots}
    _take_rpms(call, taken)
    sources = [_half_of_source(builds[each], copies[each]) for each in good]
    copr_results.copy(call, _places(call, target, [*sources, *(each["half"] for each in chroots)]))
    return {taken[each["id"]]: f"build {each['build_id']} of {source['full_name']}" for each in chroots}


def _take_rpms(call: Call, taken: dict[int, int]) -> None:
    """Copy what chroots of builds gave; TAKEN has the copy's id by each one's."""
    rows = call.tx.rows(_RPMS, {"chroots": json.dumps(list(taken))})
    own = {"create_event": call.tx.event()}
    fresh = [{**_without(row, ("id",)), **own, "build_chroot_id": taken[row["build_chroot_id"]]} for row in rows]
    call.tx.insert_many(CoprRpm, fresh)


def _last_good(call: Call, source: Row) -> dict[int, set[int]]:
    """{build: chroots for which it is the last good one of its package}, package by package."""
    last = {
        (row["package_id"], row["mock_chroot_id"]): row["build_id"]
        for row in call.tx.rows(_GOOD, {"project": source["id"]})
    }
    good: dict[int, set[int]] = {}
    for package_id, mock in _pairs(call, source):
        if (package_id, mock) in last:
            good.setdefault(last[package_id, mock], set()).add(mock)
    return good


def _pairs(call: Call, source: Row) -> Iterator[tuple[int, int]]:
    """(package, chroot) of all that the project builds, as it is set to now."""
    enabled = projects.chroots(call, source["id"])
    for package in call.tx.rows(_PACKAGES, {"project": source["id"]}):
        for chroot in copr_packages.chroots(package, enabled):
            yield package["id"], chroot["mock_chroot_id"]


def _take_build(call: Call, build: Row, packages: dict[str, int], into: Row) -> int:
    values = {name: build[name] for name in _TAKEN_OF_BUILD}
    package_id = packages[build["package_name"]]
    copy_id = call.tx.insert(CoprBuild, package_id=package_id, source_status="forked", **into, **values)
    call.tx.update(CoprBuild, {"result_dir": copr_results.source_dir(copy_id)}, id=copy_id)
    return copy_id


def _take_chroot(call: Call, chroot: Row, copy_id: int) -> int:
    return call.tx.insert(
        CoprBuildChroot,
        build_id=copy_id,
        mock_chroot_id=chroot["mock_chroot_id"],
        status="forked",
        started_on=chroot["started_on"],
        ended_on=chroot["ended_on"],
        result_dir=chroot["half"].new,
    )


def _half_of_source(build: Row, copy_id: int) -> _Half:
    return _Half(build, copr_results.SOURCES, build["result_dir"], copr_results.source_dir(copy_id))


def _half_of_chroot(build: Row, chroot: Row, copy_id: int) -> _Half:
    new = copr_results.chroot_dir(copy_id, build["package_name"])
    return _Half(build, chroot["name"], chroot["result_dir"], new)


def _places(call: Call, target: Row, halves: list[_Half]) -> Iterator[tuple[Path, Path]]:
    """(where results are, where the fork's are to be); directories of thousands are looked at once."""

    @cache
    def room(owner: str, dirname: str, part: str) -> Path:
        return copr_results.directory(call, owner, dirname, part)

    for half in halves:
        if half.old:
            source = room(half.build["ownername"], half.build["dirname"], half.part) / component(half.old)
            yield source, room(target["ownername"], target["name"], half.part) / half.new

"""The states of a Copr build's halves, its source and its chroots, and the verbs that move them on.

Builders call these as they go. What is reported of a build that was cancelled meanwhile changes nothing.
"""

import json
from typing import Any

from appliance.db.connection import Row
from appliance.db.models.copr import CoprBuild, CoprBuildChroot, CoprPackage, CoprRpm
from appliance.errors import GenericError
from appliance.hub import (
    batch_order,
    batches,
    copr_builds,
    copr_packages,
    copr_results,
    copr_submissions,
    copr_tasks,
    messages,
    projects,
)
from appliance.hub.hub import Call

Tags = dict[str, dict[str, list[str]]]

# What each half may become. One that has begun may begin again, on another builder.
SOURCE: dict[str, tuple[str, ...]] = {
    "pending": ("starting", "running", "failed"),
    "starting": ("starting", "running", "failed"),
    "running": ("starting", "running", "importing", "failed"),
    "importing": ("succeeded", "failed"),
    "succeeded": (),
    "failed": (),
    "forked": (),
}
CHROOT: dict[str, tuple[str, ...]] = {
    "waiting": ("waiting", "pending", "skipped", "failed"),
    "pending": ("starting", "skipped", "failed"),
    "starting": ("starting", "running", "skipped", "failed"),
    "running": ("starting", "running", "succeeded", "failed", "skipped"),
    "succeeded": (),
    "failed": (),
    "skipped": ("failed",),  # by an import that failed
    "canceled": (),
    "forked": (),
}

_PACKAGE = "SELECT id FROM copr_package WHERE project_id = :project AND name = :name"


# the source


def source_starting(call: Call, build_id: int) -> None:
    """A builder has taken the source half; its results have a place now."""
    _move_source(call, build_id, "starting", result_dir=copr_results.source_dir(build_id))


def source_running(call: Call, build_id: int) -> None:
    _move_source(call, build_id, "running")


def importing(call: Call, build_id: int, name: str, version: str, srpm_url: str, tags: Tags | None = None) -> None:
    """The source package is there: NAME, VERSION-RELEASE, its address (with a slash in front if it is here).

    The build gets its package, made if the project has none of that name, and its chroots. TAGS say for which
    architectures it can't build: {release: {exclusivearch: [...], excludearch: [...]}}, as in `results.json`.
    """
    build = _move_source(call, build_id, "importing", pkg_version=version, srpm_url=srpm_url)
    if build is None:
        return
    package_id = build["package_id"] or _package(call, build, name)
    call.tx.update(CoprBuild, {"package_id": package_id}, id=build_id)
    if not copr_builds.chroots_of(call, [build_id]):
        _assign(call, build, name)
    for chroot in copr_builds.chroots_of(call, [build_id]):
        reason = _unfit(chroot, tags or {})
        if reason is not None:
            now = int(call.now())
            _move_chroot(call, chroot, "skipped", status_reason=reason, started_on=now, ended_on=now)


def _package(call: Call, build: Row, name: str) -> int:
    found = call.tx.value(_PACKAGE, {"project": build["project_id"], "name": name})
    if found is not None:
        return int(found)
    return call.tx.insert(
        CoprPackage,
        project_id=build["project_id"],
        name=name,
        source_type=build["source_type"],
        source_json=build["source_json"],
    )


def _assign(call: Call, build: Row, name: str) -> None:
    project = projects.get(call, build["project_id"])
    enabled = copr_packages.chroots(copr_packages.find(call, project, name), projects.chroots(call, project["id"]))
    if not enabled:
        raise GenericError(f"{project['full_name']} has no active chroots")
    copr_submissions.assign(call, build["id"], enabled)


def candidates(call: Call, build: Row) -> list[Row]:
    """The chroots (`name`, `arch`, ...) that a build may come to be for, as far as it is known."""
    return copr_builds.chroots_of(call, [build["id"]]) or projects.chroots(call, build["project_id"])


def _unfit(chroot: Row, tags: Tags) -> str | None:
    """Why a package can't be built for a chroot; None if it can."""
    release, _, _ = chroot["name"].rpartition("-")
    wanted, unwanted = (tags.get(release, {}).get(name) or [] for name in ("exclusivearch", "excludearch"))
    if wanted and chroot["arch"] not in wanted:
        return "This chroot was skipped because of ExclusiveArch"
    return "This chroot was skipped because of ExcludeArch" if chroot["arch"] in unwanted else None


def imported(call: Call, build_id: int) -> None:
    """The source package can be built from: the chroots' halves may begin, as tasks of their own."""
    build = _move_source(call, build_id, "succeeded")
    if build is None:
        return
    for chroot in copr_builds.chroots_of(call, [build_id]):
        if chroot["status"] == "waiting":
            _move_chroot(call, chroot, "pending")
    if build["batch_id"] is None:
        copr_tasks.spread(call, build)
    _forget_upload(call, build)
    batches.settle(call, build["batch_id"])


def source_failed(call: Call, build_id: int, message: str = "") -> None:
    """The source half failed, and with it every chroot's; one that was skipped fails with the import alone."""
    build = _live(call, build_id)
    if build is None or not SOURCE[build["source_status"]]:
        return
    now = int(call.now())
    times = {} if build["source_status"] == "importing" else {"started_on": now, "ended_on": now}
    for chroot in copr_builds.chroots_of(call, [build_id]):
        if chroot["status"] != "skipped" or build["source_status"] == "importing":
            _move_chroot(call, chroot, "failed", **times)
    _move_source(call, build_id, "failed", fail_message=message or None)
    _forget_upload(call, build)
    batches.settle(call, build["batch_id"])


def _forget_upload(call: Call, build: Row) -> None:
    """Remove the file that was uploaded for the build; it has served."""
    room = json.loads(build["source_json"]).get("tmp")
    if room:
        copr_results.remove(call, [call.paths.submitted / room])


# the chroots


def chroot_starting(call: Call, build_id: int, name: str) -> None:
    """A builder has taken the chroot's half; its results have a place now."""
    build = copr_builds.get(call, build_id)
    place = copr_results.chroot_dir(build_id, build["package_name"])
    _move(call, build_id, name, "starting", started_on=int(call.now()), ended_on=None, result_dir=place)


def chroot_running(call: Call, build_id: int, name: str) -> None:
    _move(call, build_id, name, "running")


def chroot_succeeded(call: Call, build_id: int, name: str, packages: list[Row]) -> None:
    """The chroot's half went well and gave PACKAGES; their repository is to be composed again.

    A package has name, epoch, version, release, arch, and what else a CoprRpm row can have.
    """
    chroot = _move(call, build_id, name, "succeeded", ended_on=int(call.now()))
    if chroot is None:
        return
    for package in packages:
        call.tx.insert(CoprRpm, build_chroot_id=chroot["id"], **package)
    _publish(call, build_id, chroot)
    _ended(call, build_id)


def _publish(call: Call, build_id: int, chroot: Row) -> None:
    build = copr_builds.get(call, build_id)
    manual = not projects.get(call, build["project_id"])["auto_createrepo"]
    copr_results.request(call, build["project_id"], [chroot["mock_chroot_id"]], dir_id=build["dir_id"], devel=manual)


def chroot_failed(call: Call, build_id: int, name: str, reason: str = "") -> None:
    """The chroot's half failed; one that has ended stays as it is."""
    if not CHROOT[copr_builds.chroot(call, build_id, name)["status"]]:
        return
    if _move(call, build_id, name, "failed", ended_on=int(call.now()), status_reason=reason or None):
        _ended(call, build_id)


def _ended(call: Call, build_id: int) -> None:
    batches.settle(call, copr_builds.get(call, build_id)["batch_id"])


def _proceed(call: Call, batch_id: int) -> None:
    """Begin those chroots of a batch whose turn has come; what never can begin fails for that reason."""
    reason = batch_order.proceed(call, batch_id)
    for chroot in copr_builds.chroots_of(call, batch_order.waiting(call, batch_id)) if reason else ():
        if CHROOT[chroot["status"]]:
            _move_chroot(call, chroot, "failed", ended_on=int(call.now()), status_reason=reason)


batches.AFTER_CHANGE.append(_proceed)


# the only movers


def _live(call: Call, build_id: int) -> Row | None:
    """The build; None if it was cancelled."""
    build = copr_builds.get(call, build_id)
    return None if build["canceled"] else build


def _move_source(call: Call, build_id: int, to: str, **values: Any) -> Row | None:
    """Bring the source half to the state TO; the build as it is then, or None if it was cancelled."""
    build = _live(call, build_id)
    if build is None:
        return None
    old = build["source_status"]
    if to not in SOURCE[old]:
        raise GenericError(f"Invalid state transition for the source of build {build_id}: {old} -> {to}")
    call.tx.update(CoprBuild, {"source_status": to, **values}, id=build_id)
    call.ring("builds")
    moved = copr_builds.get(call, build_id)
    _tell(call, "copr.source", moved, to)
    return moved


def _move(call: Call, build_id: int, name: str, to: str, **values: Any) -> Row | None:
    """Bring a chroot's half to the state TO; the half as it was, or None if the build was cancelled."""
    if _live(call, build_id) is None:
        return None
    chroot = copr_builds.chroot(call, build_id, name)
    _move_chroot(call, chroot, to, **values)
    return chroot


def _move_chroot(call: Call, chroot: Row, to: str, **values: Any) -> None:
    if to not in CHROOT[chroot["status"]]:
        subject = f"{chroot['name']} of build {chroot['build_id']}"
        raise GenericError(f"Invalid state transition for {subject}: {chroot['status']} -> {to}")
    call.tx.update(CoprBuildChroot, {"status": to, **values}, id=chroot["id"])
    call.ring("builds")
    _tell(call, "copr.chroot", copr_builds.get(call, chroot["build_id"]), to, chroot=chroot["name"])


def _tell(call: Call, topic: str, build: Row, state: str, **more: str) -> None:
    """Let those who follow know of a half's new state, and of the build's, which it may be the end of."""
    names = {"project": build["full_name"], "package": build["package_name"], "version": build["pkg_version"]}
    known = {**names, "state": state, "build_state": build["state"], "ended": bool(build["ended"])}
    messages.send(call, topic, build=build["id"], **known, **more)

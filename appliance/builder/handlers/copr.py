"""The tasks of a Copr build: coprSource makes the source package, coprBuild builds it for a chroot."""

import gzip
import json
import shutil
from dataclasses import asdict
from pathlib import Path

import koji

from appliance import durable
from appliance.builder import coprconfig, local, sources
from appliance.builder.failing import JobFailed
from appliance.builder.outcome import Outcome
from appliance.builder.steps import UNFINISHED, Finished, Start, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import (
    batch_order,
    copr_builds,
    copr_repos,
    copr_results,
    copr_states,
    copr_twins,
    foreign,
    promotions,
    rpm_files,
    signing,
)
from appliance.hub.hub import Call

_LIVE_LOG = "builder-live.log"
# Chroots at work, and those that a batch's order lets wait.
_LEFT = """
SELECT 1 FROM task WHERE parent = :parent AND state IN :open
UNION ALL SELECT 1 FROM copr_build_chroot c JOIN copr_build b ON b.id = c.build_id
WHERE b.task_id = :parent AND NOT b.canceled AND c.status IN ('waiting', 'pending') AND c.task_id IS NULL LIMIT 1
"""


@handles("coprSource")
def copr_source(work: Work) -> Step:
    """Make the source package of a build, then wait for its chroots; nil."""
    build_id = int(work.argument(0, "build_id"))
    with work.reading() as call:
        build = copr_builds.get(call, build_id)
    if build["canceled"]:
        raise GenericError(f"Build {build_id} is canceled")
    if build["source_status"] == "succeeded":
        return _await_chroots(work)
    try:
        return _source_step(work, build)
    except Exception as error:
        with work.writing() as call:
            copr_states.source_failed(call, build_id, str(error))
        place = _source_place(work, build)
        _say(place, str(error))
        _finish_logs(place)
        raise


def _source_step(work: Work, build: Row) -> Step:
    if build["source_status"] in ("pending", "starting"):
        with work.writing() as call:
            copr_states.source_starting(call, build["id"])
            copr_states.source_running(call, build["id"])
        _key(work, build)
    place = _source_place(work, build)
    copr_results.describe(place, build["id"], local.NAME)
    found = sources.obtain(work, build, place)
    if isinstance(found, Start):
        _show_live(place, "checkout.log" if found.spec.kind == "reading" else "build.log")
        return found
    _take_source(work, build, found)
    return _await_chroots(work)


def _say(place: Path, words: str) -> None:
    """How a source ended is the last of its log."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / "build.log").open("a") as log:
        log.write(f"{words}\n")


def _source_place(work: Work, build: Row) -> Path:
    with work.reading() as call:
        return copr_results.directory(
            call,
            build["ownername"],
            build["dirname"],
            copr_results.SOURCES,
            copr_results.source_dir(build["id"]),
        )


def _take_source(work: Work, build: Row, given: Path) -> None:
    """Read the source package's header, say what it is, and let the chroots begin.

    A package that was uploaded ready to install stands in its place.
    """
    path = rpm_files.named(given)
    package = rpm_files.read(path)
    if package.is_source == _is_ready(build):
        raise GenericError(f"{path.name} is {'a' if package.is_source else 'not a'} source package")
    release = f"{package.version}-{package.release}"
    version = f"{package.epoch}:{release}" if package.epoch else release
    arches = _for_arches(package)
    facts = {
        "name": package.name,
        "epoch": package.epoch,
        "version": package.version,
        "release": package.release,
    }
    (path.parent / "results.json").write_text(json.dumps({**facts, "architecture_specific_tags": arches}))
    if package.is_source:
        copr_results.keep_spec(path.parent, path)
    (path.parent / "success").write_text("done\n")
    copr_results.settle(path.parent)
    _say(path.parent, f"The package is {path.name}, {package.size} bytes.")
    address = f"/results/{build['ownername']}/{build['dirname']}/{copr_results.SOURCES}/{path.parent.name}/{path.name}"
    with work.reading() as call:
        batch_order.look(call, build, path)
    with work.writing() as call:
        tags = {each["name"].rsplit("-", 1)[0]: arches for each in copr_states.candidates(call, build)}
        copr_states.importing(call, build["id"], package.name, version, address, tags)
        copr_states.imported(call, build["id"])
    if given != path:
        given.unlink(missing_ok=True)
    _finish_logs(path.parent)


def _is_ready(build: Row) -> bool:
    """Whether what was uploaded is built already."""
    return bool(build["source_type"] == "rpm_upload")


def _for_arches(package: rpm_files.RpmFile) -> dict[str, list[str]]:
    """What a package says of the arches that it is for; one that is built is for its own, and for those like it."""
    if package.is_source:
        return dict(koji.get_header_fields(str(package.path), ["exclusivearch", "excludearch"]))
    like = {package.arch, koji.canonArch(package.arch), "i686" if koji.canonArch(package.arch) == "i386" else ""}
    return {"exclusivearch": [] if package.arch == "noarch" else sorted(filter(None, like)), "excludearch": []}


def _await_chroots(work: Work) -> Step:
    with work.reading() as call:
        left = call.tx.value(_LEFT, {"parent": work.id, "open": UNFINISHED})
    return None if left else Finished()


@handles("coprBuild", weight=1.5)
def copr_build(work: Work) -> Step:
    """Build a source package for a chroot of its project; nil."""
    build_id, chroot = int(work.argument(0, "build_id")), str(work.argument(1, "chroot"))
    with work.reading() as call:
        build = copr_builds.get(call, build_id)
        done = copr_builds.chroot(call, build_id, chroot)["status"] == "succeeded"
    if build["canceled"]:
        raise GenericError(f"Build {build_id} is canceled")
    if done:  # by a process that died before it could say so
        return Finished()
    try:
        if _is_ready(build):
            return _publish(work, build, chroot)
        return _begin(work, build, chroot) if work.outcome is None else _end(work, build, chroot, work.outcome)
    except Exception as error:
        with work.writing() as call:
            copr_states.chroot_failed(call, build_id, chroot, str(error))
        raise


def _begin(work: Work, build: Row, chroot: str) -> Step:
    with work.writing() as call:
        _run(call, build, chroot)
        spec = coprconfig.job(call, work.id, build, chroot, copr_results.source_package(call, build))
        place = _place(call, build, chroot)
    copr_results.describe(place, build["id"], local.NAME)
    copr_results.keep_spec(place, Path(spec.source))
    _show_live(place)
    return Start(spec, place)


def _run(call: Call, build: Row, chroot: str) -> None:
    if copr_builds.chroot(call, build["id"], chroot)["status"] in ("pending", "starting"):
        copr_states.chroot_starting(call, build["id"], chroot)
        copr_states.chroot_running(call, build["id"], chroot)


def _publish(work: Work, build: Row, chroot: str) -> Step:
    """A package that was uploaded ready needs no more than its place in the repository."""
    with work.writing() as call:
        _run(call, build, chroot)
        place, package = _place(call, build, chroot), copr_results.source_package(call, build)
    copr_results.describe(place, build["id"], local.NAME)
    shutil.copyfile(package, place / package.name)
    _say(place, f"{package.name} was uploaded as it is.")
    _finish_logs(place)
    return _give(work, build, chroot, place, [package.name])


def _place(call: Call, build: Row, chroot: str) -> Path:
    name = copr_results.chroot_dir(build["id"], build["package_name"])
    return copr_results.directory(call, build["ownername"], build["dirname"], chroot, name)


def _show_live(place: Path, name: str = "build.log") -> None:
    """While a job runs, the log that Copr's clients follow is one of its own."""
    log = place / _LIVE_LOG
    if not log.exists() and not log.is_symlink():
        log.symlink_to(name)


def _end(work: Work, build: Row, chroot: str, outcome: Outcome) -> Step:
    with work.reading() as call:
        place = _place(call, build, chroot)
    _finish_logs(place)
    if not outcome.ok:
        raise JobFailed(outcome, f"build for {chroot}")
    names = [each.name for each in outcome.results if each.name.endswith(".rpm")]
    if not any(not name.endswith(".src.rpm") for name in names):
        raise GenericError("no packages came out of the build")
    _keep_buildroot(place, outcome)
    return _give(work, build, chroot, place, names)


def _give(work: Work, build: Row, chroot: str, place: Path, names: list[str]) -> Finished:
    """Sign the packages of these names, and put them into the repository."""
    _sign(work, build, [place / name for name in names])
    found = [copr_repos.read(place / name) for name in names]
    copr_results.settle(place)
    shown = [{key: row[key] for key in ("name", "epoch", "version", "release", "arch")} for row, _ in found]
    with work.writing() as call:
        foreign.store_fragments(call, [fragment for _, fragment in found])
        rows = [{**row, "create_event": call.tx.event()} for row, _ in found]
        copr_states.chroot_succeeded(call, build["id"], chroot, rows)
        _tell_apart(call, build, chroot, place)
        (place / "results.json").write_text(json.dumps({"packages": shown}))
        (place / "success").write_text("done\n")
        for name in ("results.json", "success"):
            durable.sync(place / name)
        copr_repos.compose_directory(call, build["dir_id"])
    return Finished()


def _tell_apart(call: Call, build: Row, chroot: str, place: Path) -> None:
    """Say at the end of the log which packages an earlier build of the project has with other content, and refuse them."""
    half = copr_builds.chroot(call, build["id"], chroot)
    twins = copr_twins.told_apart(call, {half["id"]: f"build {build['id']}"})
    if twins:
        with gzip.open(place / "backend.log.gz", "at") as log:
            log.writelines(f"{each}\n" for each in twins)
    copr_twins.refuse(call, twins)


def _keep_buildroot(place: Path, outcome: Outcome) -> None:
    """What the packages were built with, for their promotion, as the hub keeps it of buildroots."""
    packages = [asdict(each) for each in outcome.buildroot]
    for package in packages:
        package["payloadhash"] = package.pop("sigmd5")
    (place / promotions.BUILDROOT).write_text(json.dumps(packages))


def _sign(work: Work, build: Row, packages: list[Path]) -> None:
    """Sign what came out with the project's key."""
    signing.sign_packages(work.hub, _key(work, build), packages)


def _key(work: Work, build: Row) -> str:
    """The project's key, which is there and published where it is looked for as soon as the project builds."""
    project = {"id": build["project_id"], "ownername": build["ownername"], "name": build["projectname"]}
    key = signing.fingerprint(work.hub, project)
    signing.publish(work.hub, key, build["ownername"], build["dirname"])
    return key


def _finish_logs(place: Path) -> None:
    """What was followed is kept compressed: everything that the builder said, in the order of its stages."""
    live = place / _LIVE_LOG
    live.unlink(missing_ok=True)
    _pack(place, f"{_LIVE_LOG}.gz", ("checkout.log", "root.log", "build.log"))
    _pack(place, "backend.log.gz", ("state.log",))


def _pack(place: Path, name: str, logs: tuple[str, ...]) -> None:
    """Compress logs, those that there are, one after the other."""
    found = [path for path in (place / each for each in logs) if path.exists()]
    with gzip.open(place / name, "wb") as packed:
        for path in found:
            packed.write(path.read_bytes())

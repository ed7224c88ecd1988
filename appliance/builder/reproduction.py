"""Builds made again: from what a build recorded of its buildroot to the same root, and what came out otherwise."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import koji

from appliance.builder import buildconfig, job, mockconfig
from appliance.builder.spec import JobSpec
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import builds, repos, rpm_contents, tags, tasks
from appliance.hub.hub import Call

_PARTS = "SELECT id FROM task WHERE parent = :task AND method = 'buildArch' AND state = :closed ORDER BY id"
_ROOT = """
SELECT s.buildroot_id, s.repo_id, b.container_arch FROM standard_buildroot s
JOIN buildroot b ON b.id = s.buildroot_id WHERE s.task_id = :task ORDER BY s.buildroot_id DESC LIMIT 1
"""
_PACKAGES = """
SELECT r.name, r.epoch, r.version, r.release, r.arch FROM buildroot_listing l
JOIN rpminfo r ON r.id = l.rpm_id WHERE l.buildroot_id = :buildroot ORDER BY r.name, r.arch
"""
_BUILT = """
SELECT r.name, r.version, r.release, r.arch FROM rpminfo r
WHERE r.build_id = :build AND r.buildroot_id = :buildroot AND r.arch <> 'src' ORDER BY r.name, r.arch
"""
_SOURCE = "SELECT name, version, release, arch FROM rpminfo WHERE build_id = :build AND arch = 'src'"


@dataclass(frozen=True)
class Part:
    """One arch of a build: how its job is repeated, and the RPMs that it gave then."""

    arch: str
    spec: JobSpec
    rpms: tuple[Path, ...]


def parts(call: Call, info: Any) -> list[Part]:
    """What a build consists of, each part with exactly the packages that its buildroot had.

    GenericError for a build that was not made here.
    """
    build = builds.require(call, info)
    if not build["task_id"]:
        raise GenericError(f"{build['nvr']} was imported: nothing is recorded of how it was built")
    closed = koji.TASK_STATES["CLOSED"]
    found = call.tx.column(_PARTS, {"task": build["task_id"], "closed": closed})
    if not found:
        raise GenericError(f"{build['nvr']} has no finished build of any architecture")
    return [_part(call, build, task_id) for task_id in found]


def _part(call: Call, build: Row, task_id: int) -> Part:
    request = tasks.get(call, task_id, strict=True, request=True)
    root = call.tx.row(_ROOT, {"task": task_id})
    assert request is not None
    if root is None:
        raise GenericError(f"task {task_id} has recorded no buildroot")
    place = Path(call.paths.topdir.build(build))
    source = call.tx.row(_SOURCE, {"build": build["id"]})
    assert source is not None
    known = {"build": build["id"], "buildroot": root["buildroot_id"]}
    rpms = tuple(place / call.paths.topdir.rpm(each) for each in call.tx.rows(_BUILT, known))
    target = request["request"][2]
    config = tags.build_config(call, request["request"][1])
    spec = buildconfig.job(
        call.hub, task_id, "rebuild", _exact(call, config, root),
        source=str(place / call.paths.topdir.rpm(source)), arch=target, env=buildconfig.environment(config),
    )  # fmt: skip
    return Part(target, spec, rpms)


def _exact(call: Call, config: Row, root: Row) -> Any:
    """The tag's root with the packages that were in it, each in its version."""
    made = buildconfig.tag_root(call.hub, config, repos.require(call, root["repo_id"]), root["container_arch"])
    listed = call.tx.rows(_PACKAGES, {"buildroot": root["buildroot_id"]})
    if not listed:
        raise GenericError(f"of buildroot {root['buildroot_id']} no packages are recorded")
    return replace(made, name=f"{made.name}-again", install=tuple(_nevra(each) for each in listed))


def _nevra(package: Row) -> str:
    return "{name}-{0}:{version}-{release}.{arch}".format(package["epoch"] or 0, **package)


def configuration(part: Part) -> str:
    """The file with which anybody repeats a part: mock -r FILE --rebuild SRPM."""
    lines = [
        f"# mock -r THIS_FILE --rebuild {part.spec.source}",
        f"# for {part.spec.target}, with the {len(part.spec.root.install)} packages of its buildroot",
    ]
    own = {"basedir", "cache_topdir"}  # our places for mock's files are not another user's
    text = [
        line
        for line in mockconfig.configuration(part.spec, cached=True).splitlines()
        if not any(line.startswith(f"config_opts[{name!r}]") for name in own)
    ]
    return "\n".join([*lines, *text, ""])


def verify(call: Call, part: Part) -> str:
    """Build a part again in the same root; the first difference, "" if there is none."""
    room = Path(tempfile.mkdtemp(prefix="verify-", dir=call.paths.cache))
    try:
        job.start(room, part.spec)
        outcome = job.attach(room).wait(part.spec.timeout or None)
        if outcome is None or not outcome.ok:
            return f"it can't be built again: {outcome.message if outcome else 'it takes too long'}"
        return next(_differences(part, room / "result"), "")
    finally:
        if job.attach(room).alive:
            job.cancel(room)
        shutil.rmtree(room, ignore_errors=True)


def _differences(part: Part, results: Path) -> Iterator[str]:
    then = {path.name: path for path in part.rpms}
    now = {path.name: path for path in results.glob("*.rpm") if not path.name.endswith(".src.rpm")}
    for name in sorted(then.keys() ^ now.keys()):
        yield f"{name}: {'only the first build' if name in then else 'only this build'} gave it"
    for name in sorted(then.keys() & now.keys()):
        yield from (f"{name}: {text}" for text in rpm_contents.differences(then[name], now[name]))

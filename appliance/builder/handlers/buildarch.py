"""The tasks that run in a buildroot of a tag: buildArch, and rebuildSRPM before it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import koji

from appliance.builder import buildconfig, local
from appliance.builder.failing import JobFailed
from appliance.builder.outcome import Outcome
from appliance.builder.steps import Finished, Start, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import BuildError
from appliance.hub import buildroots, repos, tags

_BUILDING, _EXPIRED = koji.BR_STATES["BUILDING"], koji.BR_STATES["EXPIRED"]


@handles("buildArch", weight=1.5)
def build_arch(work: Work) -> Step:
    """Build a source package for one arch; `rpms`, `srpms`, `logs` (paths below work), `brootid`."""
    arch, keep_srpm = work.argument(2, "arch"), work.argument(3, "keep_srpm")
    if work.outcome is None:
        return _start(work, root_arch(work, arch), "build", target=arch)
    outcome = _ended(work, f"build for {arch}")
    return Finished({**_results(work, outcome, bool(keep_srpm)), "arch": arch})


@handles("rebuildSRPM", weight=1.0)
def rebuild_srpm(work: Work) -> Step:
    """Make a source package anew in the tag's buildroot; `srpm`, `logs`, `brootid`, `source`."""
    if work.outcome is None:
        return _start(work, root_arch(work, "noarch"), "srpm", source_only=True)
    outcome = _ended(work, "making the source package")
    found = _results(work, outcome, True)
    if not found["srpms"]:
        raise BuildError("no source package came out")
    name = Path(work.argument(0, "srpm")).name
    return Finished({
        "srpm": found["srpms"][0], "logs": found["logs"], "brootid": found["brootid"],
        "source": {"source": name, "url": name},
    })


def root_arch(work: Work, arch: str) -> str:
    """The arch of the buildroot that builds for ARCH: for noarch, the tag's first that this host runs."""
    if arch != "noarch":
        return str(koji.canonArch(arch)) if arch != "i686" else "i686"
    with work.reading() as call:
        config = tags.build_config(call, work.argument(1, "build_tag"))
    mine = local.arches()
    for each in (config["arches"] or "").split():
        if each in mine:
            return str(each)
    raise BuildError(f"this host runs none of the arches of tag {config['name']}: {config['arches']}")


def _start(work: Work, arch: str, purpose: str, target: str = "", source_only: bool = False) -> Step:
    options = work.arguments[-1] if isinstance(work.arguments[-1], dict) else {}
    with work.reading() as call:
        config = tags.build_config(call, work.argument(1, "build_tag"))
        repo = repos.get(call, options["repo_id"]) if options.get("repo_id") else repos.current(call, config["id"])
    if repo is None:
        raise BuildError(f"tag {config['name']} has no repository to build from")
    root = buildconfig.tag_root(work.hub, config, repo, arch, purpose)
    source = Path(work.hub.paths.topdir.work()) / str(work.argument(0, "srpm"))
    if not source.is_file():
        raise BuildError(f"no such source package: {work.argument(0, 'srpm')}")
    _open_buildroot(work, int(repo["id"]), arch)
    kind = "resrpm" if source_only else "rebuild"
    return Start(buildconfig.job(work.hub, work.id, kind, root, source=str(source), arch=target))


def _open_buildroot(work: Work, repo_id: int, arch: str) -> None:
    with work.writing() as call:
        if _buildroot(call.tx.value, work.id) is None:
            buildroots.new(call, repo_id, arch, work.id)


def _buildroot(value: Any, task_id: int) -> int | None:
    found = value(
        "SELECT buildroot_id FROM standard_buildroot WHERE task_id = :task ORDER BY buildroot_id DESC LIMIT 1",
        {"task": task_id},
    )
    return None if found is None else int(found)


def _ended(work: Work, what: str) -> Outcome:
    """The job's outcome with its buildroot recorded; JobFailed where it failed."""
    outcome = work.outcome
    assert outcome is not None
    with work.writing() as call:
        buildroot = _buildroot(call.tx.value, work.id)
        assert buildroot is not None
        if outcome.buildroot:
            buildroots.record(call, buildroot, [_installed(each) for each in outcome.buildroot])
            buildroots.set_state(call, buildroot, _BUILDING, work.id)
        buildroots.set_state(call, buildroot, _EXPIRED, work.id)
    if not outcome.ok:
        raise JobFailed(outcome, what)
    return outcome


def _installed(package: Any) -> Row:
    values = asdict(package)
    values["payloadhash"] = values.pop("sigmd5")
    return values


def _results(work: Work, outcome: Outcome, keep_srpm: bool) -> Row:
    """Paths below the work directory of what the job left, sorted by kind."""
    relative = work.relative()
    built = [each.name for each in outcome.results if not each.log]
    with work.reading() as call:
        buildroot = _buildroot(call.tx.value, work.id)
    return {
        "rpms": [f"{relative}/{name}" for name in built if not name.endswith(".src.rpm")],
        "srpms": [f"{relative}/{name}" for name in built if name.endswith(".src.rpm") and keep_srpm],
        "logs": [f"{relative}/{each.name}" for each in outcome.results if each.log],
        "brootid": buildroot,
    }

"""What tasks that work in a buildroot of a tag have in common: which root it is, its record, what came out."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import koji

from appliance.builder import arches, buildconfig
from appliance.builder.failing import JobFailed
from appliance.builder.outcome import Outcome
from appliance.builder.spec import JobSpec, RootSpec
from appliance.builder.steps import Work
from appliance.db.connection import Row
from appliance.errors import BuildError
from appliance.hub import buildroots, repos, tags

_INIT, _BUILDING, _EXPIRED = (koji.BR_STATES[each] for each in ("INIT", "BUILDING", "EXPIRED"))
_LATEST = "SELECT buildroot_id FROM standard_buildroot WHERE task_id = :task ORDER BY buildroot_id DESC LIMIT 1"


def repository(work: Work, tag: Any, repo_id: Any = None) -> tuple[Row, Row]:
    """(the tag as getBuildConfig shows it when its repository was made, the repository)."""
    with work.reading() as call:
        found = repos.require(call, repo_id) if repo_id else repos.current(call, tags.require(call, tag)["id"])
        if found is None:
            raise BuildError(f"tag {tag} has no repository to build from")
        tag_id = tags.require(call, tag, event=found["create_event"])["id"]
        return tags.build_config(call, tag_id, found["create_event"]), dict(found)


def current(work: Work, tag: Any, builds: Any = None) -> int | None:
    """The id of a tag's repository that is current, and holds BUILDS (NVRs); None while it is being made."""
    if work.child("waitrepo") is None:
        with work.reading() as call:
            repo = repos.current(call, tags.require(call, tag)["id"])
        if repo is not None and not builds:
            return int(repo["id"])
        work.spawn("waitrepo", "waitrepo", [tag, None, builds], arch="noarch")
    made = work.await_child("waitrepo")
    return None if made is None else int(made["id"])


def arch_for(work: Work, config: Row, arch: str) -> str:
    """The arch of the buildroot that builds for ARCH: for noarch, of the tag's the one that this host runs best.

    If the task itself is for an arch (because the package excludes others), it is that one.
    """
    if arch != "noarch":
        return arch
    mine = [koji.canonArch(each) for each in arches.mine()]
    wanted = (config["arches"] or "").split()
    if work.task["arch"] != "noarch":
        wanted = [each for each in wanted if koji.canonArch(each) == koji.canonArch(work.task["arch"])]
    able = [str(each) for each in wanted if koji.canonArch(each) in mine]
    if not able:
        raise BuildError(f"this host runs none of the arches of tag {config['name']}: {config['arches']}")
    return min(able, key=lambda each: mine.index(koji.canonArch(each)))


def job(work: Work, place: tuple[Row, Row], kind: Any, root_arch: str, group: str = "build", **options: Any) -> JobSpec:
    """A job in a buildroot of PLACE (see `repository`), which is on record from now on."""
    config, repo = place
    root = buildconfig.tag_root(work.hub, config, repo, root_arch, group)
    return record(work, repo, root, kind, env={**buildconfig.environment(config), **options.pop("env", {})}, **options)


def record(work: Work, repo: Row, root: RootSpec, kind: Any, **options: Any) -> JobSpec:
    """A job in a root, with the row of its buildroot."""
    with work.writing() as call:
        if call.tx.value(_LATEST, {"task": work.id}) is None:
            buildroots.new(call, repo["id"], root.arch, work.id)
    if not work.hub.settings.builder.failed_buildroot_lifetime:
        options.pop("keep_failed", None)
    return buildconfig.job(work.hub, work.id, kind, root, **options)


def number(work: Work) -> int:
    """The id of the task's buildroot."""
    with work.reading() as call:
        return int(call.tx.value(_LATEST, {"task": work.id}))


def ended(work: Work, what: str) -> Outcome:
    """The job's outcome, its buildroot recorded and expired; JobFailed, naming WHAT, where it failed."""
    outcome = settled(work)
    if not outcome.ok:
        raise JobFailed(outcome, what)
    return outcome


def settled(work: Work) -> Outcome:
    """As `ended`, for those who judge a failure themselves."""
    outcome = recorded(work)
    expire(work)
    return outcome


def recorded(work: Work) -> Outcome:
    """As `settled`, for those who have more to say of the buildroot before it expires."""
    outcome = work.outcome
    assert outcome is not None
    buildroot = number(work)
    with work.writing() as call:
        state = buildroots.require(call, buildroot)["state"]
        if outcome.buildroot and state == _INIT:
            buildroots.record(call, buildroot, [_installed(each) for each in outcome.buildroot])
            buildroots.set_state(call, buildroot, _BUILDING, work.id)
    return outcome


def expire(work: Work) -> None:
    """Say that the task's buildroot is no more."""
    buildroot = number(work)
    with work.writing() as call:
        buildroots.set_state(call, buildroot, _EXPIRED, work.id)


def _installed(package: Any) -> Row:
    values = asdict(package)
    values["payloadhash"] = values.pop("sigmd5")
    return values


def results(work: Work, outcome: Outcome) -> Row:
    """What the job left, as paths below the work directory: `rpms`, `srpms`, `logs`, `others`; and `brootid`."""
    found: dict[str, list[str]] = {"rpms": [], "srpms": [], "logs": [], "others": []}
    for each in outcome.results:
        found[_kind(each.name, each.log)].append(f"{work.relative()}/{each.name}")
    return {**found, "brootid": number(work)}


def _kind(name: str, log: bool) -> str:
    if log:
        return "logs"
    if name.endswith(".src.rpm"):
        return "srpms"
    return "rpms" if name.endswith(".rpm") else "others"


def source_package(work: Work, found: Row) -> str:
    """The one source package among a job's results, which must be named by its header; BuildError if not."""
    if len(found["srpms"]) != 1:
        names = ", ".join(Path(path).name for path in found["srpms"])
        raise BuildError(f"Multiple srpms found: {names}" if names else "No srpms found")
    path = Path(work.hub.paths.topdir.work()) / found["srpms"][0]
    header = koji.get_header_fields(str(path), ["name", "version", "release"])
    if path.name != f"{header['name']}-{header['version']}-{header['release']}.src.rpm":
        raise BuildError(f"srpm name mismatch: {header['name']}-{header['version']}-{header['release']} != {path.name}")
    return str(found["srpms"][0])


def uploaded(work: Work, relative: Any) -> Path:
    """A file below the work directory; BuildError if it is not there."""
    path = Path(work.hub.paths.topdir.work()) / str(relative)
    if not path.is_file():
        raise BuildError(f"SRPM file missing: {relative}")
    return path

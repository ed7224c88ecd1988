"""The task that wraps what another build made into RPMs: wrapperRPM, alone or below that build's own."""

import json
from pathlib import Path

import koji

from appliance.builder import checkout, rendering, scmjobs, subtasks, tagroots, tagview
from appliance.builder.spec import JobSpec
from appliance.builder.steps import Finished, Start, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import BuildError
from appliance.hub import builds, completion, packages, repos, rpms, wrapped_artifacts, wrapper_rpms
from appliance.hub.hub import Call

_PART = 30_000  # characters of one argument of a command
_NAMED = ("name", "version", "release", "epoch")


@handles("wrapperRPM", weight=1.5)
def wrapper_rpm(work: Work) -> Step:
    """Fill in a spec file for the artifacts of a build or task and build it; `srpm`, `rpms`, `logs`, `source`.

    Alone, the RPMs become part of that build, or with `create_build` a build of their own, which is tagged.
    """
    asked = work.named
    options = asked["opts"] or {}
    if work.outcome is None:
        repo_id = options.get("repo_id") or _repository(work, asked, options)
        return None if repo_id is None else Start(_job(work, asked, options, repo_id))
    made = _made(work, asked)
    if asked["task"] or _placed(work, asked, options, made):
        return Finished(made)
    return None


def _repository(work: Work, asked: Row, options: Row) -> int | None:
    return tagroots.current(work, asked["build_target"]["build_tag"], options.get("wait_builds"))


def _job(work: Work, asked: Row, options: Row, repo_id: int) -> JobSpec:
    sources = scmjobs.allowed(work, asked["spec_url"], options.get("scratch"))
    with work.reading() as call:
        found = wrapped_artifacts.find(call, asked["build"], asked["task"])
        tag_id = repos.require(call, repo_id)["tag_id"]
    told = json.dumps({"values": found.values, "files": found.files})
    parts = [told[start : start + _PART] for start in range(0, len(told), _PART)]
    place = tagroots.repository(work, tag_id, repo_id)
    return tagroots.job(
        work, place, "build", tagroots.arch_for(work, place[0], "noarch"), "wrapper-rpm-build",
        arrange=(checkout.python(rendering, f"{tagview.TOPDIR}/{found.place}", *parts),),
        fetch_shown=_shown(work, asked, found.place),
        **scmjobs.fetching(work, [sources.source], sources.command),
    )  # fmt: skip


def _shown(work: Work, asked: Row, place: str) -> dict[str, str]:
    """What the job has to see of the topdir to find the artifacts there."""
    if asked["task"]:
        return tagview.task(work, asked["task"]["id"])
    return {f"{tagview.TOPDIR}/{place}": str(Path(work.hub.paths.topdir.topdir) / place)}


def _made(work: Work, asked: Row) -> Row:
    """What the job has left, as hosts tell it: names in the task's output, and where the template was from."""
    outcome = tagroots.ended(work, "building the wrapper RPMs")
    found = tagroots.results(work, outcome)
    names = {kind: [Path(path).name for path in found[kind]] for kind in ("rpms", "logs", "others")}
    if not names["rpms"]:
        raise BuildError("no rpms found")
    source = scmjobs.parse(work, asked["spec_url"])
    return {
        "buildroot_id": found["brootid"], "srpm": Path(tagroots.source_package(work, found)).name,
        "rpms": names["rpms"], "logs": names["logs"] + names["others"],
        "source": {"url": source.url, "source": source.at(outcome.revision)},
    }  # fmt: skip


def _placed(work: Work, asked: Row, options: Row, made: Row) -> bool:
    """Whether the RPMs are where they belong: with the scratch builds, in the wrapped build, or in a new one."""
    if options.get("create_build") and not options.get("scratch"):
        return _new_build(work, asked, options, made)
    with work.writing() as call:
        if options.get("scratch"):
            srpm, names, logs = _below_work(work, made)
            completion.to_scratch(call, work.id, srpm, names, {"noarch": logs})
        elif not _imported(call, asked["build"]["id"], made):
            wrapper_rpms.complete(call, work.id, asked["build"]["id"], made)
    return True


def _imported(call: Call, build_id: int, made: Row) -> bool:
    """Whether the RPMs were imported already, before this program was started again."""
    return any(each["buildroot_id"] == made["buildroot_id"] for each in rpms.of_build(call, build_id))


def _below_work(work: Work, made: Row) -> tuple[str, list[str], list[str]]:
    """The results' names as they are below the work directory."""
    return (
        f"{work.relative()}/{made['srpm']}",
        [f"{work.relative()}/{name}" for name in made["rpms"]],
        [f"{work.relative()}/{name}" for name in made["logs"]],
    )


def _new_build(work: Work, asked: Row, options: Row, made: Row) -> bool:
    target = asked["build_target"]
    srpm, names, logs = _below_work(work, made)
    build = _announced(work, target, options, made, srpm)
    try:
        with work.writing() as call:
            if build["state"] == builds.BUILDING:
                roots = dict.fromkeys([srpm, *names], made["buildroot_id"])
                completion.complete(call, work.id, build["id"], srpm, names, roots, {"noarch": logs})
        return bool(options.get("skip_tag")) or subtasks.tagged(work, target["dest_tag"], build["id"])
    except Exception:
        subtasks.give_up(work, build)
        raise


def _announced(work: Work, target: Row, options: Row, made: Row, srpm: str) -> Row:
    """The build of the wrapper RPMs' own, begun if it is not yet."""
    header = koji.get_header_fields(str(Path(work.hub.paths.topdir.work()) / srpm), list(_NAMED))
    extra: Row = {"source": {"original_url": made["source"]["url"]}}
    if options.get("custom_user_metadata"):
        extra["custom_user_metadata"] = options["custom_user_metadata"]
    data = {**header, "task_id": work.id, "source": made["source"]["source"], "extra": extra}
    with work.writing() as call:
        known = builds.of_task(call, work.id)
        if known is not None:
            return known
        if not options.get("skip_tag"):
            packages.require_listed(call, target["dest_tag"], header["name"])
        draft = {"draft": True} if options.get("draft") else {}
        return builds.require(call, completion.init(call, {**data, **draft}))

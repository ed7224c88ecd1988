"""The tasks that govern an image's build: livemedia, livecd, appliance, kiwiBuild; one subtask makes each arch's."""

import json
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import koji

from appliance.builder import buildconfig, checkout, kiwidesc, scmjobs, subtasks, tagroots
from appliance.builder.failing import JobFailed
from appliance.builder.spec import JobSpec
from appliance.builder.steps import UNFINISHED, Finished, Start, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import BuildError, GenericError
from appliance.hub import archive_scratch, builds, image_builds, packages, repos, tags, targets, tasks
from appliance.hub.hub import Call

_BROKEN = (koji.TASK_STATES["FAILED"], koji.TASK_STATES["CANCELED"])
_REPO = ("id", "state", "create_event", "creation_time", "create_ts", "tag_id", "tag_name", "dist", "task_id")


@dataclass(frozen=True)
class Plan:
    """An image's build, resolved: METHOD is its subtasks', REST are their arguments after the repository.

    LABELS and WRAPPERS are those of the subtasks that make, and wrap, the image of each arch.
    """

    name: str
    version: str
    target: Row
    options: Row
    method: str
    rest: list[Any]
    labels: dict[str, str]
    wrappers: dict[str, str]
    title: str

    @property
    def scratch(self) -> bool:
        return bool(self.options.get("scratch"))


@handles("livemedia")
def live_media(work: Work) -> Step:
    """Make a live image for each of several arches; a sentence that says where they are."""
    asked = work.named
    arches = list(dict.fromkeys(asked["arches"]))
    labels = {arch: f"livemedia {arch}" for arch in arches}
    wrappers = {arch: f"wrapper {arch}" for arch in arches}
    return _proceed(work, _of_kickstart(work, asked, "createLiveMedia", labels, wrappers, "livecd"))


@handles("livecd")
def live_cd(work: Work) -> Step:
    """Make a live image for one arch."""
    return _of_one_arch(work, "createLiveCD", "livecd")


@handles("appliance")
def appliance(work: Work) -> Step:
    """Make a disk image for one arch."""
    return _of_one_arch(work, "createAppliance", "appliance")


def _of_one_arch(work: Work, method: str, label: str) -> Step:
    asked = work.named
    arch = str(asked["arch"])
    return _proceed(work, _of_kickstart(work, asked, method, {arch: label}, {arch: "rpm"}, label))


def _of_kickstart(
    work: Work, asked: Row, method: str, labels: dict[str, str], wrappers: dict[str, str], title: str
) -> Plan:
    options = asked["opts"] or {}
    with work.reading() as call:
        target = targets.require(call, asked["target"])
    rest = [asked["ksfile"], options]
    return Plan(asked["name"], asked["version"], target, options, method, rest, labels, wrappers, title)


@handles("kiwiBuild")
def kiwi_build(work: Work) -> Step:
    """Make an image of a kiwi description, which says its name and version, for each of several arches."""
    if work.outcome is None:
        return Start(_reading(work))
    if not work.outcome.ok:
        raise JobFailed(work.outcome, "reading the description")
    facts = json.loads((work.output_dir() / kiwidesc.FACTS).read_text())
    options: Row = {"scratch": False, "optional_arches": [], **(work.argument(4, "opts") or {})}
    profile = options.get("profile") or facts["profile"]
    with work.reading() as call:
        target = targets.require(call, work.argument(0, "target"))
        arches = work.argument(1, "arches") or _arches(call, target)
    rest = [work.argument(2, "desc_url"), work.argument(3, "desc_path"), options]
    name = f"{facts['name']}-{profile}" if profile else facts["name"]
    version = options.get("version") or facts["version"]
    labels = {arch: arch for arch in dict.fromkeys(arches)}
    return _proceed(work, Plan(name, version, target, options, "createKiwiImage", rest, labels, {}, "image"))


def _reading(work: Work) -> JobSpec:
    options = work.argument(4, "opts") or {}
    sources = scmjobs.allowed(work, work.argument(2, "desc_url"), options.get("scratch"))
    told = json.dumps({"path": posixpath.join(sources.directory, str(work.argument(3, "desc_path")))})
    return buildconfig.reading(
        work.hub, work.id, arrange=(checkout.python(kiwidesc, told),),
        **scmjobs.fetching(work, [sources.source], sources.command),
    )  # fmt: skip


def _arches(call: Call, target: Row) -> list[str]:
    """The arches of a target's build tag, as Koji calls them; BuildError if it has none."""
    config = tags.build_config(call, target["build_tag"])
    if not config["arches"]:
        raise BuildError(f"No arches for tag {config['name']} [{config['id']}]")
    return [koji.canonArch(each) for each in config["arches"].split()]


# the course of a build


def _proceed(work: Work, plan: Plan) -> Step:
    with work.reading() as call:
        known = {child["label"]: child for child in tasks.children(call, work.id)}
        build = None if plan.scratch else builds.of_task(call, work.id)
    children = {arch: known[label] for arch, label in plan.labels.items() if label in known}
    try:
        if not children:
            return _begin(work, plan)
        results = _results(work, plan, children)
        return None if results is None else _complete(work, plan, build, children, results)
    except Exception:
        subtasks.give_up(work, build)
        raise


def _begin(work: Work, plan: Plan) -> Step:
    with work.reading() as call:
        known = _arches(call, plan.target)
    for arch in plan.labels:
        if koji.canonArch(arch) not in known:
            raise BuildError(f"Invalid arch for build tag: {arch}")
    repo_id = tagroots.current(work, plan.target["build_tag"])
    if repo_id is None:
        return None
    with work.writing() as call:
        release = _announced(call, work, plan)
        repo = {name: value for name, value in repos.require(call, repo_id).items() if name in _REPO}
        for arch, label in plan.labels.items():
            made = [plan.name, plan.version, release, arch, plan.target, plan.target["build_tag"], repo, *plan.rest]
            work.make(call, label, plan.method, made, arch=arch)
    return None


def _announced(call: Call, work: Work, plan: Plan) -> str:
    """The image's release, with its build begun unless it is a scratch build."""
    asked = {"name": plan.name, "version": plan.version, "release": plan.options.get("release"), "epoch": 0}
    if plan.scratch:
        return str(asked["release"] or builds.next_release(call, asked))
    if not plan.options.get("skip_tag"):
        packages.require_listed(call, plan.target["dest_tag"], plan.name, "package (image)")
    return str(image_builds.init(call, work.id, asked)["release"])


def _results(work: Work, plan: Plan, children: dict[str, Row]) -> Row | None:
    """{arch: what its subtask made, or its fault}; None while one is at it.

    Only the arches that the options call optional may fail, and not all of them.
    """
    optional = plan.options.get("optional_arches") or []
    for arch, child in children.items():
        if child["state"] in _BROKEN and arch not in optional:
            work.await_child(plan.labels[arch])
    if any(child["state"] in UNFINISHED for child in children.values()):
        return None
    if all(child["state"] in _BROKEN for child in children.values()):
        raise GenericError("all subtasks failed")
    with work.reading() as call:
        return {arch: _result(call, child) for arch, child in children.items()}


def _result(call: Call, child: Row) -> Any:
    if child["state"] == koji.TASK_STATES["CANCELED"]:
        return {"faultCode": koji.GenericError.faultCode, "faultString": f"task {child['id']} was canceled"}
    return tasks.result(call, child["id"], raise_fault=False)


def _complete(work: Work, plan: Plan, build: Row | None, children: dict[str, Row], results: Row) -> Step:
    if plan.options.get("specfile") and not _wrap(work, plan, build, children, results):
        return None
    told = {str(children[arch]["id"]): result for arch, result in results.items()}
    if build is None:
        with work.writing() as call:
            archive_scratch.image(call, work.id, told)
    elif build["state"] == builds.BUILDING:
        with work.reading() as call:
            image_builds.prepare(call, work.id, build["id"], told)
        with work.writing() as call:
            image_builds.complete(call, work.id, build["id"], told)
    if build and not plan.options.get("skip_tag") and not subtasks.tagged(work, plan.target["dest_tag"], build["id"]):
        return None
    return Finished(_report(work, plan, build, children))


def _wrap(work: Work, plan: Plan, build: Row | None, children: dict[str, Row], results: Row) -> bool:
    """Whether the subtasks that wrap the images into RPMs have ended; RESULTS then tell of theirs, too."""
    made = [arch for arch, child in children.items() if child["state"] not in _BROKEN and arch in plan.wrappers]
    with work.reading() as call:
        repo_id = tasks.request(call, children[made[0]]["id"])[6]["id"] if made else 0
    for arch in made:
        asked = plan.wrappers[arch], plan.options["specfile"], children[arch]["id"], plan.target, build, repo_id
        results[arch]["rpmresults"] = subtasks.wrapped(work, *asked)
    return all(results[arch]["rpmresults"] for arch in made)


def _report(work: Work, plan: Plan, build: Row | None, children: dict[str, Row]) -> str:
    topdir = work.hub.paths.topdir
    if build:
        return f"{plan.title} build results in: {topdir.imagebuild(build)}"
    places = [str(Path(topdir.work(), topdir.taskrelpath(child["id"]))) for child in children.values()]
    return f"Scratch {plan.title} build results in: {', '.join(places)}"

"""The `build` task: source, one build an arch, import, tag; every step is read off the rows."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import koji

from appliance.builder import buildarches, subtasks, tagroots
from appliance.builder.buildarches import Package
from appliance.builder.steps import UNFINISHED, Finished, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import BuildError, GenericError
from appliance.hub import builds, completion, packages, policy, repos, scm, tags, targets, tasks
from appliance.hub.hub import Call

_STATE = koji.TASK_STATES
_READABLE = (koji.REPO_STATES["READY"], koji.REPO_STATES["EXPIRED"])
_FIELDS = (
    "name",
    "version",
    "release",
    "epoch",
    "sourcepackage",
    "buildarchs",
    "exclusivearch",
    "excludearch",
)
_BROKEN = (_STATE["FAILED"], _STATE["CANCELED"])


@dataclass(frozen=True)
class Plan:
    """What the build's request asks for, resolved. `event` is that of the repository it names, if it does."""

    source: str
    options: Row
    build_tag: int
    dest_tag: int
    target_name: str | None
    skip_tag: bool
    event: int | None = None

    @property
    def scratch(self) -> bool:
        return bool(self.options.get("scratch"))


@handles("build", weight=0.2)
def build(work: Work) -> Step:
    """One step of a build; the state of its children says which."""
    plan = _plan(work)
    children = _arch_children(work)
    if children:
        return _collect(work, plan, children)
    if not work.child("srpm") and not _takes_as_is(work, plan):
        return _begin(work, plan)
    source = _source(work, plan)
    return None if source is None else _spread(work, plan, source)


def _plan(work: Work) -> Plan:
    source, target = work.argument(0, "src"), work.argument(1, "target")
    options = work.argument(2, "opts") or {}
    _check_options(source, options)
    with work.reading() as call:
        repo = _named_repo(call, options["repo_id"]) if options.get("repo_id") is not None else None
        event = repo["create_event"] if repo else None
        found = targets.get(call, target, event=event) if target else None
        if found is None:
            return _plan_by_repo(call, source, target, options, repo)
    if repo and repo["tag_id"] != found["build_tag"]:
        raise BuildError(f"Repo/Target mismatch: {repo['tag_name']}/{found['build_tag_name']}")
    skip_tag = bool(options.get("skip_tag"))
    return Plan(source, options, found["build_tag"], found["dest_tag"], found["name"], skip_tag, event)


def _check_options(source: Any, options: Row) -> None:
    if options.get("arch_override") and not options.get("scratch"):
        raise BuildError("arch_override is only allowed for scratch builds")
    if not isinstance(source, str):
        raise BuildError(f"Invalid source specification: {source}")
    metadata = options.get("custom_user_metadata")
    if metadata and not isinstance(metadata, dict):
        raise BuildError("custom_user_metadata must be serializable to a JSON object")
    try:
        json.dumps(metadata)
    except TypeError:
        raise BuildError("custom_user_metadata is not JSON serializable") from None


def _plan_by_repo(call: Call, source: str, target: Any, options: Row, repo: Row | None) -> Plan:
    """Without a target the repository names the build tag, and TARGET, if given, the destination."""
    if repo is None:
        raise GenericError(f"unknown build target: {target}")
    tag_id, event = repo["tag_id"], repo["create_event"]
    if target is None:
        return Plan(source, options, tag_id, tag_id, None, True, event)
    tag = tags.get(call, target, event=event)
    if tag is None:
        raise GenericError(f"neither tag nor target: {target}")
    return Plan(source, options, tag_id, tag["id"], None, bool(options.get("skip_tag")), event)


def _named_repo(call: Call, repo_id: Any) -> Row:
    repo = repos.get(call, repo_id)
    if repo is None:
        raise BuildError(f"No such repo: {repo_id}")
    if repo["state"] not in _READABLE:
        raise BuildError(f"Bad repo: {repo['id']} ({koji.REPO_STATES[repo['state']]})")
    return dict(repo)


def _begin(work: Work, plan: Plan) -> Step:
    """Ask the policies, find the repository, and start with the source package."""
    with work.reading() as call:
        _ask_policies(call, work, plan)
    repo_id = _repository(work, plan)
    if repo_id is None:
        return None
    method = "buildSRPMFromSCM" if scm.is_url(plan.source) else "rebuildSRPM"
    options = {"repo_id": repo_id, "scratch": plan.options.get("scratch")}
    with work.reading() as call:
        arch = buildarches.of_task("noarch", tags.build_config(call, plan.build_tag, plan.event), Package())
    work.spawn("srpm", method, [plan.source, plan.build_tag, options], arch=arch)
    return None


def _takes_as_is(work: Work, plan: Plan) -> bool:
    """Whether the uploaded source package itself is built, as the tag's extra `rebuild_srpm` can say."""
    if scm.is_url(plan.source):
        return False
    with work.reading() as call:
        again = tags.build_config(call, plan.build_tag, plan.event)["extra"].get("rebuild_srpm", True)
    if plan.scratch and plan.options.get("rebuild_srpm") is not None:
        again = plan.options["rebuild_srpm"]
    return not again


def _source(work: Work, plan: Plan) -> Row | None:
    """The source package as its task gives it: `srpm`, `source`, `brootid`; with the `repo_id` to build from.

    None while it, or the repository, is being made.
    """
    child = work.child("srpm")
    if child is not None:
        made = work.await_child("srpm")
        with work.reading() as call:
            request = tasks.request(call, child["id"])
        return None if made is None else {**made, "repo_id": request[2]["repo_id"]}
    with work.reading() as call:
        _ask_policies(call, work, plan)
    repo_id = _repository(work, plan)
    return None if repo_id is None else {"srpm": plan.source, "repo_id": repo_id}


def _ask_policies(call: Call, work: Work, plan: Plan) -> None:
    from_scm = scm.is_url(plan.source)
    data: Row = {
        "user_id": work.task["owner"], "source": plan.source, "task_id": work.id, "build_tag": plan.build_tag,
        "skip_tag": plan.skip_tag, "scratch": plan.options.get("scratch"), "draft": plan.options.get("draft"),
        "from_scm": from_scm, "repo_id": plan.options.get("repo_id"),
    }  # fmt: skip
    if plan.target_name:
        data["target"] = plan.target_name
    if not plan.skip_tag:
        data["tag"] = plan.dest_tag
    if not from_scm and not plan.scratch:
        policy.enforce(call, "build_from_srpm", data)
    if plan.options.get("repo_id") is not None:
        policy.enforce(call, "build_from_repo_id", data)
    policy.enforce(call, "build_rpm", data)


def _repository(work: Work, plan: Plan) -> int | None:
    """The repository that the request names, or the tag's; None while that is being made."""
    return plan.options.get("repo_id") or tagroots.current(work, plan.build_tag, plan.options.get("wait_builds"))


def _arch_children(work: Work) -> list[Row]:
    with work.reading() as call:
        return call.tx.rows(
            "SELECT id, label, state FROM task WHERE parent = :parent AND method = 'buildArch' ORDER BY id",
            {"parent": work.id},
        )


def _spread(work: Work, plan: Plan, source: Row) -> Step:
    """With the source package at hand: the build's row and a child for each arch, all of them or none."""
    header = read_header(work, source["srpm"])
    package = Package.of(header)
    with work.writing() as call:
        extra = _check_listed(call, plan, header["name"])
        config = tags.build_config(call, plan.build_tag, plan.event)
        override = plan.options.get("arch_override") if plan.scratch else None
        arches = buildarches.wanted(config, package, extra, override)
        places = {arch: buildarches.of_task(arch, config, package) for arch in arches}
        if not plan.scratch:
            _announce(call, work, plan, source, header)
        options = {"repo_id": source["repo_id"]}
        for arch in arches:
            arguments = [source["srpm"], plan.build_tag, arch, arch == arches[0], options]
            work.make(call, arch, "buildArch", arguments, arch=places[arch])
    return None


def read_header(work: Work, relative: str) -> Row:
    """Name, version, release, epoch and arch lists of a source package in the work directory."""
    path = Path(work.hub.paths.topdir.work()) / relative
    header = koji.get_header_fields(str(path), list(_FIELDS))
    if not header.pop("sourcepackage"):
        raise BuildError(f"{relative} is not a source package")
    return dict(header)


def _check_listed(call: Call, plan: Plan, name: str) -> str | None:
    """The package's extra arches in the destination; BuildError if it is not on the tag's list."""
    if not plan.skip_tag and not plan.scratch:
        return packages.require_listed(call, plan.dest_tag, name)["extra_arches"]
    package_id = packages.id_of(call, name)
    config = packages.entry(call, plan.dest_tag, package_id) if package_id is not None else None
    return config["extra_arches"] if config else None


def _announce(call: Call, work: Work, plan: Plan, source: Row, header: Row) -> None:
    data: Row = {name: header[name] for name in ("name", "version", "release", "epoch")}
    data["task_id"] = work.id
    if source.get("source"):
        data["source"] = source["source"]["source"]
        data["extra"] = {"source": {"original_url": source["source"]["url"]}}
    if plan.options.get("custom_user_metadata"):
        data.setdefault("extra", {})["custom_user_metadata"] = plan.options["custom_user_metadata"]
    if plan.options.get("draft"):
        data["draft"] = True
    if call.settings.builder.kind == "simulated":
        data.setdefault("extra", {})["simulated"] = True
    completion.init(call, data)


def _collect(work: Work, plan: Plan, children: list[Row]) -> Step:
    if any(child["state"] in _BROKEN for child in children):
        return _give_up(work, children)
    if any(child["state"] in UNFINISHED for child in children):
        return None
    build_id = _build_id(work)
    if plan.scratch or _is_building(work, build_id):
        _import(work, plan, build_id, {child["label"]: work.await_child(child["label"]) for child in children})
    if plan.scratch or plan.skip_tag:
        return Finished()
    assert build_id is not None
    return Finished() if subtasks.tagged(work, plan.dest_tag, build_id) else None


def _give_up(work: Work, children: list[Row]) -> Step:
    """One arch failed: the others are ended, the build fails with the first one's fault."""
    build_id = _build_id(work)
    with work.writing() as call:
        for child in _unfinished(children):
            tasks.cancel(call, child["id"])
        if build_id is not None and _building(call, build_id):
            completion.fail(call, work.id, build_id)
    for child in children:
        if child["state"] == _STATE["FAILED"]:
            work.await_child(child["label"])
    raise BuildError("a build of one of the arches was canceled")


def _unfinished(children: list[Row]) -> list[Row]:
    return [child for child in children if child["state"] in UNFINISHED]


def _build_id(work: Work) -> int | None:
    with work.reading() as call:
        found = call.tx.value("SELECT id FROM build WHERE task_id = :task", {"task": work.id})
    return None if found is None else int(found)


def _is_building(work: Work, build_id: int | None) -> bool:
    with work.reading() as call:
        return _building(call, build_id)


def _building(call: Call, build_id: int | None) -> bool:
    return bool(builds.require(call, build_id)["state"] == koji.BUILD_STATES["BUILDING"])


def _import(work: Work, plan: Plan, build_id: int | None, results: dict[str, Row]) -> None:
    """Hand what the arches made to the hub: imported as the build, or laid out as scratch results."""
    rpms: list[str] = []
    buildroots: dict[str, int] = {}
    for result in results.values():
        rpms.extend(result["rpms"])
        buildroots.update(dict.fromkeys(result["rpms"] + result["srpms"], result["brootid"]))
    logs = {arch: list(result["logs"]) for arch, result in results.items()}
    srpms = [path for result in results.values() for path in result["srpms"]]
    if len(srpms) != 1:
        raise BuildError("multiple builds returned a srpm." if srpms else "could not find a built srpm")
    with work.reading() as call:
        completion.prepare(call, work.id, build_id, srpms[0], rpms)
    with work.writing() as call:
        if plan.scratch:
            completion.to_scratch(call, work.id, srpms[0], rpms, logs)
        else:
            assert build_id is not None
            completion.complete(call, work.id, build_id, srpms[0], rpms, buildroots, logs)

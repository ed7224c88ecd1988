"""The `build` task: source, one build an arch, import, tag; every step is read off the rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import koji

from appliance.builder.steps import UNFINISHED, Finished, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import BuildError, GenericError
from appliance.hub import builds, completion, packages, policy, repos, tags, targets, tasks
from appliance.hub.hub import Call

_STATE = koji.TASK_STATES
_READABLE = (koji.REPO_STATES["READY"], koji.REPO_STATES["EXPIRED"])


@dataclass(frozen=True)
class Plan:
    """What the build's request asks for, resolved."""

    source: str
    options: Row
    build_tag: int
    dest_tag: int
    target_name: str | None
    skip_tag: bool

    @property
    def scratch(self) -> bool:
        return bool(self.options.get("scratch"))


@handles("build")
def build(work: Work) -> Step:
    """One step of a build; the state of its children says which."""
    plan = _plan(work)
    source = work.child("srpm")
    if source is None:
        return _begin(work, plan)
    result = work.await_child("srpm")
    if result is None:
        return None
    children = _arch_children(work)
    if not children:
        return _spread(work, plan, result)
    return _collect(work, plan, result, children)


def _plan(work: Work) -> Plan:
    source, target = work.argument(0, "src"), work.argument(1, "target")
    options = work.argument(2, "opts") or {}
    if options.get("arch_override") and not options.get("scratch"):
        raise BuildError("arch_override is only allowed for scratch builds")
    if not isinstance(source, str):
        raise BuildError(f"Invalid source specification: {source}")
    with work.reading() as call:
        found = targets.get(call, target) if target else None
        if found is not None:
            _check_repo_matches(call, options, found)
            return Plan(source, options, found["build_tag"], found["dest_tag"], found["name"],
                        bool(options.get("skip_tag")))
        return _plan_by_repo(call, source, target, options)


def _check_repo_matches(call: Call, options: Row, target: Row) -> None:
    if options.get("repo_id") is not None:
        repo = _named_repo(call, options["repo_id"])
        if repo["tag_id"] != target["build_tag"]:
            raise BuildError(f"Repo/Target mismatch: {repo['tag_name']}/{target['build_tag_name']}")


def _plan_by_repo(call: Call, source: str, target: Any, options: Row) -> Plan:
    """Without a target the repository names the build tag, and TARGET, if given, the destination."""
    if options.get("repo_id") is None:
        raise GenericError(f"unknown build target: {target}")
    repo = _named_repo(call, options["repo_id"])
    if target is None:
        return Plan(source, options, repo["tag_id"], repo["tag_id"], None, True)
    tag = tags.get(call, target)
    if tag is None:
        raise GenericError(f"neither tag nor target: {target}")
    return Plan(source, options, repo["tag_id"], tag["id"], None, bool(options.get("skip_tag")))


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
    repo_id = plan.options.get("repo_id") or _repository(work, plan)
    if repo_id is None:
        return None
    method = "buildSRPMFromSCM" if _is_scm(plan.source) else "rebuildSRPM"
    options = {"repo_id": repo_id, "scratch": plan.options.get("scratch")}
    work.spawn("srpm", method, [plan.source, plan.build_tag, options], arch="noarch")
    return None


def _is_scm(source: str) -> bool:
    """Whether a source is a URL (the rest are uploaded source packages, named relative to the work directory)."""
    return "://" in source


def _ask_policies(call: Call, work: Work, plan: Plan) -> None:
    from_scm = _is_scm(plan.source)
    data: Row = {
        "user_id": work.task["owner"], "source": plan.source, "task_id": work.id, "build_tag": plan.build_tag,
        "skip_tag": plan.skip_tag, "scratch": plan.options.get("scratch"), "draft": plan.options.get("draft"),
        "from_scm": from_scm, "repo_id": plan.options.get("repo_id"),
    }
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
    """The id of a repository that is current; None while one is being made."""
    if work.child("waitrepo") is None:
        with work.reading() as call:
            repo = repos.current(call, plan.build_tag)
        if repo is not None and not plan.options.get("wait_builds"):
            return int(repo["id"])
        work.spawn("waitrepo", "waitrepo", [plan.build_tag, None, plan.options.get("wait_builds")], arch="noarch")
        return None
    repo = work.await_child("waitrepo")
    return None if repo is None else int(repo["id"])


def _arch_children(work: Work) -> list[Row]:
    with work.reading() as call:
        return call.tx.rows(
            "SELECT id, label, state FROM task WHERE parent = :parent AND method = 'buildArch' ORDER BY id",
            {"parent": work.id},
        )


def _spread(work: Work, plan: Plan, source: Row) -> Step:
    """With the source package at hand: the build's row, and a child for each arch."""
    header = read_header(work, source["srpm"])
    with work.writing() as call:
        extra_arches = _check_listed(call, plan, header["name"])
        arches = _arches(call, plan, header, extra_arches)
        if not plan.scratch:
            _announce(call, work, plan, source, header)
    repo_id = _repo_of_source(work)
    for arch in arches:
        work.spawn(arch, "buildArch", [source["srpm"], plan.build_tag, arch, arch == arches[0], {"repo_id": repo_id}],
                   arch=koji.canonArch(arch) if arch != "noarch" else "noarch")
    return None


def _repo_of_source(work: Work) -> int:
    child = work.child("srpm")
    assert child is not None
    with work.reading() as call:
        request = tasks.get(call, child["id"], strict=True, request=True)["request"]
    return int(request[2]["repo_id"])


def read_header(work: Work, relative: str) -> Row:
    """Name, version, release, epoch and arch lists of a source package in the work directory."""
    path = Path(work.hub.paths.topdir.work()) / relative
    names = ["name", "version", "release", "epoch", "sourcepackage", "buildarchs", "exclusivearch", "excludearch"]
    header = koji.get_header_fields(str(path), names)
    if not header.pop("sourcepackage"):
        raise BuildError(f"{relative} is not a source package")
    return dict(header)


def _check_listed(call: Call, plan: Plan, name: str) -> str | None:
    """The package's extra arches in the destination; BuildError if it is not on the tag's list."""
    package_id = packages.id_of(call, name)
    config = packages.entry(call, plan.dest_tag, package_id) if package_id is not None else None
    if not plan.skip_tag and not plan.scratch:
        tag_name = tags.get(call, plan.dest_tag, strict=True)["name"]
        if config is None:
            raise BuildError(f"package {name} not in list for tag {tag_name}")
        if config["blocked"]:
            raise BuildError(f"package {name} is blocked for tag {tag_name}")
    return config["extra_arches"] if config else None


def _arches(call: Call, plan: Plan, header: Row, extra: str | None) -> list[str]:
    config = tags.build_config(call, plan.build_tag)
    if not config["arches"]:
        raise BuildError(f"No arches for tag {config['name']} [{config['id']}]")
    known = {koji.canonArch(arch) for arch in config["arches"].split()}
    wanted = _wanted(header, f"{config['arches']} {extra or ''}".split())
    if plan.scratch and plan.options.get("arch_override"):
        wanted = plan.options["arch_override"].split()
    chosen = [arch for arch in dict.fromkeys(wanted) if arch == "noarch" or koji.canonArch(arch) in known]
    if not chosen:
        raise BuildError("No matching arches were found")
    return chosen


def _wanted(header: Row, arches: list[str]) -> list[str]:
    """ARCHES as the source package's BuildArch, ExclusiveArch and ExcludeArch narrow them."""
    only, never = header["exclusivearch"], header["excludearch"]
    wanted = list(header["buildarchs"] or arches)
    if only:
        wanted = [arch for arch in wanted if arch in only]
    wanted = [arch for arch in wanted if arch not in never]
    if "noarch" not in never and ("noarch" in header["buildarchs"] or "noarch" in only):
        wanted.append("noarch")
    return wanted


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
    completion.init(call, data)


def _collect(work: Work, plan: Plan, source: Row, children: list[Row]) -> Step:
    if any(child["state"] in (_STATE["FAILED"], _STATE["CANCELED"]) for child in children):
        return _give_up(work, children)
    if any(child["state"] in UNFINISHED for child in children):
        return None
    build_id = _build_id(work)
    if plan.scratch or _is_building(work, build_id):
        _import(work, plan, build_id, source, [work.await_child(child["label"]) for child in children])
    if plan.scratch or plan.skip_tag:
        return Finished()
    work.spawn("tag", "tagBuild", [plan.dest_tag, build_id, False, None, True], arch="noarch")
    child = work.child("tag")
    if child is None or child["state"] in UNFINISHED:
        return None
    work.await_child("tag")
    return Finished()


def _give_up(work: Work, children: list[Row]) -> Step:
    """One arch failed: the others are ended, the build fails with the first one's fault."""
    build_id = _build_id(work)
    with work.writing() as call:
        for child in children:
            if child["state"] in UNFINISHED:
                tasks.cancel(call, child["id"])
        if build_id is not None and builds.get(call, build_id, strict=True)["state"] == koji.BUILD_STATES["BUILDING"]:
            completion.fail(call, work.id, build_id)
    for child in children:
        if child["state"] == _STATE["FAILED"]:
            work.await_child(child["label"])
    raise BuildError("a build of one of the arches was canceled")


def _build_id(work: Work) -> int | None:
    with work.reading() as call:
        found = call.tx.value("SELECT id FROM build WHERE task_id = :task", {"task": work.id})
    return None if found is None else int(found)


def _is_building(work: Work, build_id: int | None) -> bool:
    with work.reading() as call:
        return bool(builds.get(call, build_id, strict=True)["state"] == koji.BUILD_STATES["BUILDING"])


def _import(work: Work, plan: Plan, build_id: int | None, source: Row, results: list[Row]) -> None:
    """Hand what the arches made to the hub: imported as the build, or laid out as scratch results."""
    rpms: list[str] = []
    buildroots: dict[str, int] = {}
    logs: dict[str, list[str]] = {}
    for result in results:
        rpms.extend(result["rpms"])
        buildroots.update(dict.fromkeys(result["rpms"] + result["srpms"], result["brootid"]))
        logs.setdefault(result["arch"], []).extend(result["logs"])
    srpms = [path for result in results for path in result["srpms"]]
    srpm = srpms[0] if srpms else source["srpm"]
    buildroots.setdefault(srpm, source.get("brootid"))
    with work.reading() as call:
        completion.prepare(call, work.id, build_id, srpm, rpms)
    with work.writing() as call:
        if plan.scratch:
            completion.to_scratch(call, work.id, srpm, rpms, logs)
        else:
            assert build_id is not None
            completion.complete(call, work.id, build_id, srpm, rpms, buildroots, logs)

"""The `chainmaven` task: Maven projects, and RPMs that wrap them, each built when what it requires has been."""

from dataclasses import dataclass, field
from typing import Any

import koji

from appliance.builder.steps import UNFINISHED, Finished, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import BuildError
from appliance.hub import builds, packages, tagged, targets, tasks

_OURS = ("scmurl", "buildrequires", "type")  # of a project's parameters; the rest are its task's options
_OF_THE_CHAIN = ("skip_tag", "scratch")
_TALK = ("-e", "--errors", "-q", "--quiet", "-V", "--show-version", "-X", "--debug")  # changes no result
_BROKEN = (koji.TASK_STATES["FAILED"], koji.TASK_STATES["CANCELED"])


@dataclass
class Chain:
    """The projects by name, with what has each that is built: a build's NVR, or (scratch) the task that left it."""

    work: Work
    projects: Row
    options: Row
    target: Row
    children: dict[str, Row]
    done: dict[str, str | int] = field(default_factory=dict)

    def may_begin(self, name: str) -> bool:
        return name not in self.done and set(self.needs(name)) <= self.done.keys()

    def needs(self, name: str) -> list[str]:
        return list(self.projects[name].get("buildrequires") or [])

    def kind(self, name: str) -> str:
        return str(self.projects[name].get("type", "maven"))

    def wraps(self, name: str) -> str | int:
        """What a wrapper is for."""
        return self.done[self.needs(name)[0]]

    def depends_on(self, name: str) -> set[str]:
        """All that a project needs, however indirectly."""
        direct = set(self.needs(name))
        return direct.union(*(self.depends_on(each) for each in direct))


@handles("chainmaven", weight=0.2, impatient=True)
def chain_maven(work: Work) -> Step:
    """Build projects, `{name: its parameters}`, as their `buildrequires` allow; a sentence about each.

    Unless forced to, it does not build again what the destination has from the same sources and options.
    """
    with work.reading() as call:
        target = targets.get(call, work.named["target"])
        if target is None:
            raise BuildError(f"unknown build target: {work.named['target']}")
        children = {child["label"]: child for child in tasks.children(call, work.id)}
        chain = Chain(work, work.named["builds"], work.named["opts"] or {}, target, children)
        if not (children or chain.options.get("scratch") or chain.options.get("skip_tag")):
            for name in chain.projects:
                packages.require_listed(call, target["dest_tag"], name)
    broken = [name for name, child in children.items() if child["state"] in _BROKEN]
    return _end(chain, broken[0]) if broken else _go_on(chain)


def _end(chain: Chain, broken: str) -> Step:
    """A project failed: the chain fails for the same reason, once what was begun has ended."""
    if not any(child["state"] in UNFINISHED for child in chain.children.values()):
        chain.work.await_child(broken)
    return None


def _go_on(chain: Chain) -> Step:
    told: list[str] = []
    running: set[str] = set()
    while ready := [name for name in chain.projects if chain.may_begin(name) and name not in running]:
        for name in ready:
            found = _built(chain, name)
            if found is None:
                running.add(name)
            else:
                chain.done[name], said = found
                told.append(said)
    if not running and len(chain.done) < len(chain.projects):
        raise BuildError("unable to run chain build, circular dependencies")
    return None if running else Finished(told)


def _built(chain: Chain, name: str) -> tuple[str | int, str] | None:
    """(what has the project, a sentence about it); None while it is being built."""
    child, url = chain.children.get(name), chain.projects[name]["scmurl"]
    if child is None:
        known = None if chain.options.get("force") else _duplicate(chain, name)
        if known:
            return known, f"{known} previously built from {url}"
        _begin(chain, name)
        return None
    if child["state"] in UNFINISHED:
        return None
    if not chain.options.get("scratch"):
        nvr = _build_of(chain.work, child["id"])
        return nvr, f"{nvr} built from {url}"
    left_by = child["id"] if chain.kind(name) == "wrapper" else _build_maven(chain.work, child["id"])
    return left_by, f"{name} built from {url} by task {child['id']}"


def _options(chain: Chain, name: str) -> Row:
    """The options that a project's parameters ask for, with all that it depends on."""
    found = {key: value for key, value in chain.projects[name].items() if key not in _OURS}
    deps = chain.depends_on(name) if chain.kind(name) == "maven" else set()
    return {**found, "deps": [chain.done[each] for each in sorted(deps)]} if deps else found


def _begin(chain: Chain, name: str) -> None:
    project, chosen = chain.projects[name], {key: chain.options[key] for key in _OF_THE_CHAIN if key in chain.options}
    wanted = {**_options(chain, name), **chosen}
    if chain.kind(name) == "maven":
        if chain.options.get("debug"):
            wanted["maven_options"] = [*(wanted.get("maven_options") or []), "--debug"]
        chain.work.spawn(name, "maven", [project["scmurl"], chain.target["name"], wanted])
    elif chain.kind(name) == "wrapper":
        build, task = _to_wrap(chain.work, chain.wraps(name))
        chain.work.spawn(name, "wrapperRPM", [project["scmurl"], chain.target, build, task, wanted])
    else:
        raise BuildError(f"unsupported build type: {chain.kind(name)}")


def _to_wrap(work: Work, made: str | int) -> tuple[Row | None, Row | None]:
    """(the build, the task) to be wrapped: the one or the other."""
    with work.reading() as call:
        if isinstance(made, str):
            return builds.as_argument(builds.require(call, made)), None
        task = tasks.require(call, made)
        return None, {key: task[key] for key in ("id", "method", "arch", "label")}


def _build_of(work: Work, task_id: int) -> str:
    with work.reading() as call:
        found = builds.of_task(call, task_id)
    if found is None:
        raise BuildError(f"could not find build for task {task_id}")
    return str(found["nvr"])


def _build_maven(work: Work, task_id: int) -> int:
    """The subtask of a scratch build whose output is a Maven repository."""
    with work.reading() as call:
        for child in tasks.children(call, task_id):
            if child["method"] == "buildMaven":
                return int(child["id"])
    raise BuildError(f"could not find buildMaven subtask of {task_id}")


# what was built before


def _duplicate(chain: Chain, name: str) -> str | None:
    """The destination's latest build of a project, if it was made of the same sources with the same options."""
    with chain.work.reading() as call:
        build = next(iter(tagged.latest(call, chain.target["dest_tag"], name)), None)
        same = build and build["task_id"] and _is_same(chain, name, tasks.request(call, build["task_id"]))
    return str(build["nvr"]) if build and same else None


def _is_same(chain: Chain, name: str, request: list[Any]) -> bool:
    """Whether a project would be built as the task with that request has built it."""
    before = request[2] if len(request) > 2 and isinstance(request[2], dict) else {}
    if request[0] != chain.projects[name]["scmurl"]:
        return False
    if chain.kind(name) == "wrapper":
        return bool(before.get("nvr") == chain.wraps(name))
    return _essence(before) == _essence(_options(chain, name))


def _essence(options: Row) -> Row:
    """Those of a build's options that decide what comes out, their lists in order."""
    found = {key: value for key, value in options.items() if key not in (*_OF_THE_CHAIN, "jvm_options")}
    words = [word for word in found.pop("maven_options", None) or [] if word not in _TALK]
    if words:
        found["maven_options"] = words
    return {key: sorted(value) if isinstance(value, list) else value for key, value in found.items()}

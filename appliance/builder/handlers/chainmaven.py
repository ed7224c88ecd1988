"""The `chainmaven` task: Maven projects, and RPMs that wrap them, each built when what it requires has been."""

import koji

from appliance.builder.steps import UNFINISHED, Finished, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import BuildError
from appliance.hub import builds, packages, tagged, targets, tasks
from appliance.hub.hub import Call

_OURS = ("scmurl", "buildrequires", "type")  # of a project's parameters; the rest are its task's options
_OF_THE_CHAIN = ("skip_tag", "scratch")
_TALK = ("-e", "--errors", "-q", "--quiet", "-V", "--show-version", "-X", "--debug")  # changes no result
_BROKEN = (koji.TASK_STATES["FAILED"], koji.TASK_STATES["CANCELED"])
_BUILDS_OF = """
SELECT p.name || '-' || b.version || '-' || b.release FROM build b JOIN package p ON p.id = b.pkg_id
WHERE b.task_id = :task ORDER BY b.id DESC
"""
Done = dict[str, str | int]  # a project: the build that has it, or the task that left it (of a scratch build)


@handles("chainmaven", weight=0.2, impatient=True)
def chain_maven(work: Work) -> Step:
    """Build projects, `{name: its parameters}`, as their `buildrequires` allow; a sentence about each.

    Unless forced to, it does not build again what the destination has from the same sources and options.
    """
    projects, options = work.named["builds"], work.named["opts"] or {}
    with work.reading() as call:
        target = targets.get(call, work.named["target"])
        if target is None:
            raise BuildError(f"unknown build target: {work.named['target']}")
        for name in [] if options.get("scratch") or options.get("skip_tag") else projects:
            packages.require_listed(call, target["dest_tag"], name)
        children = {child["label"]: child for child in tasks.children(call, work.id)}
    broken = [name for name, child in children.items() if child["state"] in _BROKEN]
    if broken:
        return _end(work, children, broken[0])
    return _go_on(work, projects, options, target)


def _end(work: Work, children: dict[str, Row], broken: str) -> Step:
    """A project failed: the chain fails for the same reason, once what was begun has ended."""
    if any(child["state"] in UNFINISHED for child in children.values()):
        return None
    work.await_child(broken)
    return None


def _go_on(work: Work, projects: Row, options: Row, target: Row) -> Step:
    done: Done = {}
    told: list[str] = []
    running: set[str] = set()
    while ready := [name for name in projects if _may_begin(projects, name, done) and name not in running]:
        for name in ready:
            found = _built(work, projects, name, options, target, done)
            if found is None:
                running.add(name)
            else:
                done[name], said = found
                told.append(said)
    if not running and len(done) < len(projects):
        raise BuildError("unable to run chain build, circular dependencies")
    return None if running else Finished(told)


def _may_begin(projects: Row, name: str, done: Done) -> bool:
    return name not in done and set(projects[name].get("buildrequires") or ()) <= done.keys()


def _built(work: Work, projects: Row, name: str, options: Row, target: Row, done: Done) -> tuple[str | int, str] | None:
    """(what has the project, a sentence about it); None while it is being built."""
    url, wanted = projects[name]["scmurl"], _options(projects, name, done)
    child = work.child(name)
    if child is None:
        if not options.get("force") and (known := _duplicate(work, target, name, projects[name], wanted, done)):
            return known, f"{known} previously built from {url}"
        _begin(work, projects[name], name, {**wanted, **_chosen(options)}, options, target, done)
        return None
    if child["state"] in UNFINISHED:
        return None
    if not options.get("scratch"):
        nvr = _build_of(work, child["id"])
        return nvr, f"{nvr} built from {url}"
    left_by = child["id"] if projects[name].get("type") == "wrapper" else _build_maven(work, child["id"])
    return left_by, f"{name} built from {url} by task {child['id']}"


def _options(projects: Row, name: str, done: Done) -> Row:
    """The options that a project's parameters ask for, with all that it depends on, however indirectly."""
    found = {key: value for key, value in projects[name].items() if key not in _OURS}
    deps = _depends_on(projects, name) if projects[name].get("type", "maven") == "maven" else set()
    return {**found, "deps": [done[each] for each in sorted(deps)]} if deps else found


def _depends_on(projects: Row, name: str) -> set[str]:
    direct = set(projects[name].get("buildrequires") or ())
    return direct.union(*(_depends_on(projects, each) for each in direct))


def _chosen(options: Row) -> Row:
    return {key: options[key] for key in _OF_THE_CHAIN if key in options}


def _begin(work: Work, project: Row, name: str, wanted: Row, options: Row, target: Row, done: Done) -> None:
    kind = project.get("type", "maven")
    if kind == "maven":
        if options.get("debug"):
            wanted["maven_options"] = [*(wanted.get("maven_options") or []), "--debug"]
        work.spawn(name, "maven", [project["scmurl"], target["name"], wanted])
    elif kind == "wrapper":
        build, task = _to_wrap(work, done[project["buildrequires"][0]])
        work.spawn(name, "wrapperRPM", [project["scmurl"], target, build, task, wanted])
    else:
        raise BuildError(f"unsupported build type: {kind}")


def _to_wrap(work: Work, made: str | int) -> tuple[Row | None, Row | None]:
    """(the build, the task) to be wrapped: the one or the other."""
    with work.reading() as call:
        if isinstance(made, str):
            return builds.as_argument(builds.require(call, made)), None
        task = tasks.require(call, made)
        return None, {key: task[key] for key in ("id", "method", "arch", "label")}


def _build_of(work: Work, task_id: int) -> str:
    with work.reading() as call:
        found = call.tx.value(_BUILDS_OF, {"task": task_id})
    if found is None:
        raise BuildError(f"could not find build for task {task_id}")
    return str(found)


def _build_maven(work: Work, task_id: int) -> int:
    """The subtask of a scratch build whose output is a Maven repository."""
    with work.reading() as call:
        for child in tasks.children(call, task_id):
            if child["method"] == "buildMaven":
                return int(child["id"])
    raise BuildError(f"could not find buildMaven subtask of {task_id}")


# what was built before


def _duplicate(work: Work, target: Row, name: str, project: Row, wanted: Row, done: Done) -> str | None:
    """The destination's latest build of a project, if it was made of the same sources with the same options."""
    with work.reading() as call:
        build = next(iter(tagged.latest(call, target["dest_tag"], name)), None)
        if build is None or not build["task_id"]:
            return None
        return str(build["nvr"]) if _is_same(call, build["task_id"], project, wanted, done) else None


def _is_same(call: Call, task_id: int, project: Row, wanted: Row, done: Done) -> bool:
    request = tasks.request(call, task_id)
    if request[0] != project["scmurl"]:
        return False
    if project.get("type") == "wrapper":
        wrapped = request[2] if len(request) > 2 and isinstance(request[2], dict) else {}
        return bool(wrapped.get("nvr") == done[project["buildrequires"][0]])
    before = request[2] if len(request) > 2 and isinstance(request[2], dict) else {}
    return _essence(before) == _essence(wanted)


def _essence(options: Row) -> Row:
    """Those of a build's options that decide what comes out, their lists in order."""
    found = {key: value for key, value in options.items() if key not in (*_OF_THE_CHAIN, "jvm_options")}
    words = [word for word in found.pop("maven_options", None) or [] if word not in _TALK]
    if words:
        found["maven_options"] = words
    return {key: sorted(value) if isinstance(value, list) else value for key, value in found.items()}

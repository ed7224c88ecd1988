"""The tasks that build Maven projects: maven, and buildMaven below it."""

import posixpath
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import koji

from appliance.builder import mavenjob, scmjobs, subtasks, tagroots
from appliance.builder.failing import JobFailed, explained
from appliance.builder.outcome import Outcome
from appliance.builder.spec import JobSpec
from appliance.builder.steps import Finished, Start, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import BuildError, BuildrootError
from appliance.hub import (
    archive_scratch,
    buildroot_archives,
    buildroots,
    builds,
    maven_builds,
    packages,
    poms,
    tags,
    targets,
    tasks,
)

_OPTIONS = (
    "goals", "profiles", "properties", "envs", "patches", "packages", "jvm_options", "maven_options", "deps", "scratch",
)  # fmt: skip
# What Maven itself writes into a repository, and nothing was built from.
_IGNORED = (
    "*.md5", "*.sha1", "maven-metadata*.xml", "_maven.repositories", "_remote.repositories",
    "resolver-status.properties", "*.lastUpdated",
)  # fmt: skip


# the build as a whole


@handles("maven")
def maven(work: Work) -> Step:
    """Build a Maven project, wrap it into RPMs if a spec file is named, import and tag it."""
    options = work.argument(2, "opts") or {}
    with work.reading() as call:
        target = targets.require(call, work.argument(1, "target"))
    child = work.child("build")
    if child is None:
        return _begin(work, options, target)
    made = work.await_child("build")
    if made is None:
        return None
    made["task_id"] = child["id"]
    build = _announced(work, options, target, made)
    try:
        return _completed(work, options, target, made, build)
    except Exception:
        subtasks.give_up(work, build)
        raise


def _begin(work: Work, options: Row, target: Row) -> Step:
    repo_id = options.get("repo_id") or tagroots.current(work, target["build_tag"])
    if repo_id is None:
        return None
    wanted = {name: options[name] for name in _OPTIONS if name in options}
    with work.reading() as call:
        build_tag = tags.require(call, target["build_tag"])
    arguments = [work.argument(0, "url"), build_tag, {**wanted, "repo_id": repo_id}]
    work.spawn("build", "buildMaven", arguments, arch="noarch")
    return None


def _announced(work: Work, options: Row, target: Row, made: Row) -> Row | None:
    """The build, begun if it is not yet; None for a scratch build."""
    if options.get("scratch"):
        return None
    with work.writing() as call:
        known = builds.of_task(call, work.id)
        if known is not None:
            return known
        info = made["maven_info"]
        if info["version"].endswith("-SNAPSHOT"):
            raise BuildError("-SNAPSHOT versions are only supported in scratch builds")
        nvr = koji.maven_info_to_nvr(info)
        if not options.get("skip_tag"):
            packages.require_listed(call, target["dest_tag"], nvr["name"])
        return maven_builds.init(call, work.id, nvr, info)


def _completed(work: Work, options: Row, target: Row, made: Row, build: Row | None) -> Step:
    rpms = None
    if options.get("specfile"):
        with work.reading() as call:
            repo_id = tasks.request(call, made["task_id"])[2]["repo_id"]
        rpms = subtasks.wrapped(work, "rpm", options["specfile"], made["task_id"], target, build, repo_id)
        if rpms is None:
            return None
    with work.writing() as call:
        if build is None:
            archive_scratch.maven(call, work.id, made, rpms)
            return Finished()
        if builds.require(call, build["id"])["state"] == builds.BUILDING:
            maven_builds.complete(call, work.id, build["id"], made, rpms)
    if options.get("skip_tag") or subtasks.tagged(work, target["dest_tag"], build["id"]):
        return Finished()
    return None


# the project in its buildroot


@handles("buildMaven", weight=1.5)
def build_maven(work: Work) -> Step:
    """Check a project out and build it; `maven_info`, `buildroot_id`, `logs`, `files` ({directory: names})."""
    options = work.argument(2, "opts") or {}
    if work.outcome is None:
        return Start(_job(work, options))
    outcome = tagroots.recorded(work)
    try:
        _note_artifacts(work, outcome, options)
    except BuildrootError:
        if outcome.ok:  # else what failed the build is what counts
            raise
    finally:
        tagroots.expire(work)
    if not outcome.ok:
        raise JobFailed(explained(outcome, _meanings(options)), "building the Maven project")
    place = work.output_dir()
    info = poms.coordinates(place / mavenjob.POM)
    for name in (mavenjob.SOURCES, mavenjob.PATCHES):
        if (place / name).exists():
            (place / name).rename(place / f"{info['artifact_id']}-{info['version']}-{name}")
    logs, files = _sorted(place)
    return Finished({"maven_info": info, "buildroot_id": tagroots.number(work), "logs": logs, "files": files})


def _job(work: Work, options: Row) -> JobSpec:
    if not options.get("repo_id"):
        raise BuildError("A repo_id must be provided")
    scratch = options.get("scratch")
    sources = scmjobs.allowed(work, work.argument(0, "url"), scratch)
    patches = scmjobs.allowed(work, options["patches"], scratch) if options.get("patches") else None
    tag = work.argument(1, "build_tag")
    place = tagroots.repository(work, tag["id"], options["repo_id"])
    spec = tagroots.job(
        work, place, "script", tagroots.arch_for(work, place[0], "noarch"), "maven-build",
        command=mavenjob.command(work, place[1], sources, options), env=mavenjob.environment(options),
        requires=tuple(options.get("packages") or ()), output=mavenjob.OUTPUT, tree=True,
        shown=mavenjob.shown(work, place[1], options),
        arrange=mavenjob.arranging(sources, patches),
        **scmjobs.fetching(
            work, [each.source for each in (sources, patches) if each], *mavenjob.fetching(sources, patches)
        ),
    )  # fmt: skip
    return replace(spec, network=work.hub.settings.koji.maven_network)


def _meanings(options: Row) -> dict[int, str]:
    return {
        mavenjob.NO_MAVEN: "/usr/bin/mvn was not found in the buildroot",
        mavenjob.NO_POM: f"{mavenjob.project_file(options)} does not exist",
    }


def _note_artifacts(work: Work, outcome: Outcome, options: Row) -> None:
    """Record what the project took from the repository; what came from nowhere fails a build that went well."""
    place = work.output_dir()
    number = tagroots.number(work)
    if not (place / mavenjob.LISTING).exists():
        return
    taken = buildroot_archives.Maven(
        _artifacts((place / mavenjob.LISTING).read_text()), _made(place), options.get("deps") or [], not outcome.ok
    )
    with work.writing() as call:
        if buildroots.require(call, number)["state"] == buildroots.BUILDING:
            buildroot_archives.update_maven(call, number, work.id, taken, project=True)


def _made(place: Path) -> list[Row]:
    """The artifacts that the build itself has left."""
    paths = [path for path in place.rglob("*") if path.is_file() and path.parent != place]
    return _artifacts("".join(f"{path.stat().st_size} {path.relative_to(place)}\n" for path in paths))


def _artifacts(listing: str) -> list[Row]:
    """Artifacts from lines of size and path in the layout of a Maven repository."""
    found: dict[str, list[Row]] = {}
    for line in listing.splitlines():
        size, _, path = line.partition(" ")
        place, name = posixpath.split(path)
        if not (size.isdecimal() and name):
            raise BuildrootError(f"a file in the local Maven repository has no usable name: {line[:200]!r}")
        if not any(fnmatchcase(name, pattern) for pattern in _IGNORED):
            found.setdefault(place, []).append({"path": place, "filename": name, "size": int(size)})
    return [{"maven_info": _coordinates(place, files), "files": files} for place, files in found.items()]


def _coordinates(place: str, files: list[Row]) -> Row:
    group, artifact, version = ("", "", "", *place.rsplit("/", 2))[-3:]
    if not group:
        names = ", ".join(file["filename"] for file in files)
        raise BuildrootError(f"files found in unexpected path in local Maven repo, directory: {place}, files: {names}")
    return {"group_id": group.replace("/", "."), "artifact_id": artifact, "version": version}


def _sorted(place: Path) -> tuple[list[str], dict[str, list[str]]]:
    """(logs, other files by directory) of the task's output, by paths from there."""
    logs: list[str] = []
    files: dict[str, list[str]] = {}
    for path in sorted(place.rglob("*")):
        if path.suffix == ".log":
            logs.append(str(path.relative_to(place)))
        elif path.is_file() and path.name != mavenjob.POM:
            below = "" if path.parent == place else str(path.parent.relative_to(place))
            files.setdefault(below, []).append(path.name)
    return logs, files

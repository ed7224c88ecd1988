"""The artifacts that wrapper RPMs are made of: those of a build, or what a task has left, and what templates see."""

import posixpath
from dataclasses import dataclass, field
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.errors import BuildError
from appliance.hub import archives, builds, image_builds, maven_builds, task_output, tasks, win_builds
from appliance.hub.hub import Call

_FIELDS = ("epoch", "name", "version", "release")
_IMAGES = ("createLiveCD", "createAppliance", "createImage", "createLiveMedia", "createKiwiImage")
_PLAIN = koji.PathInfo(topdir="")
_OF_TYPE = {"maven": maven_builds.get, "win": win_builds.get, "image": image_builds.get}


@dataclass
class Artifacts:
    """Files below PLACE, a path from the topdir.

    `values` are the template's; `files` ({path below PLACE: longer name}) are what it is to be given.
    """

    place: str
    values: Row
    files: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, shown: str) -> None:
        """Take a file; SHOWN is its path as templates see it."""
        name = posixpath.basename(path)
        by_kind = self.values.setdefault("artifacts", {})
        by_kind.setdefault(posixpath.splitext(name)[1], []).append(name)
        self.values.setdefault("all_artifacts", []).append(name)
        self.values.setdefault("all_artifacts_with_path", []).append(shown)
        self.files[path] = f"{self.place}/{path}".replace("/", "-")


def find(call: Call, build: Row | None, task: Row | None) -> Artifacts:
    """What a task has left, named as its BUILD if it is no scratch build; or else the archives of BUILD.

    BuildError if there are none, or they are of no kind that can be wrapped.
    """
    if task:
        return _of_task(call, task["id"], build)
    if build:
        return _of_build(call, build["id"])
    raise BuildError("build and/or task must be specified")


def _of_task(call: Call, task_id: int, build: Row | None) -> Artifacts:
    values = _described(call, builds.require(call, build["id"])) if build else _of_result(call, task_id)
    found = Artifacts(_PLAIN.task(task_id).lstrip("/"), values)
    for path in sorted(task_output.listed(call, task_id)):
        if not path.endswith(".log") and path != "project.pom":
            found.add(path, f"{found.place}/{path}")
    if not found.files:
        raise BuildError(f"no output found for {koji.taskLabel(tasks.require(call, task_id, request=True))}")
    return found


def _of_result(call: Call, task_id: int) -> Row:
    """The values of a scratch build, from what its task answered."""
    method, result = tasks.require(call, task_id)["method"], tasks.result(call, task_id)
    if method == "buildMaven":
        nvr = {**koji.maven_info_to_nvr(result["maven_info"]), "release": "0.scratch"}
        return {**_named(nvr), "maven_info": result["maven_info"]}
    if method == "vmExec":
        return {**_named(result), "win_info": {"platform": result["platform"]}}
    if method not in _IMAGES:
        raise BuildError(f"what {method} tasks make cannot be wrapped")
    return _named(result)


def _of_build(call: Call, build_id: int) -> Artifacts:
    build = builds.require(call, build_id)
    if build["state"] != builds.COMPLETE:
        raise BuildError("cannot call wrapperRPM on a build that did not complete successfully")
    values = _described(call, build)
    kind = next((name for name in _OF_TYPE if f"{name}_info" in values), None)
    if kind is None:
        raise BuildError("unsupported build type")
    found = Artifacts(getattr(_PLAIN, f"{kind}build")(build).lstrip("/"), values)
    for archive in archives.listed(call, {"build": build_id}, kind):
        path = _path(kind, archive)
        found.add(path, path)
    if not found.files:
        raise BuildError(f"no output found for {koji.buildLabel(build)}")
    return found


def _described(call: Call, build: Row) -> Row:
    infos = {name: get(call, build["id"]) for name, get in _OF_TYPE.items()}
    return {**_named(build), **{f"{name}_info": info for name, info in infos.items() if info}}


def _named(info: Row) -> Row:
    return {name: info.get(name) for name in _FIELDS}


def _path(kind: str, archive: Row) -> Any:
    """Where a build's archive is, from the build's own directory."""
    if kind == "maven":
        return _PLAIN.mavenfile(archive)
    return _PLAIN.winfile(archive) if kind == "win" else archive["filename"]

"""Imports of content generators: a build, its buildroots and its files, as the generator's metadata says."""

import json
from pathlib import Path
from typing import Any

import koji

from appliance.arguments import convert
from appliance.db import states
from appliance.db.connection import Row
from appliance.db.models.builds import BType, Buildroot, BuildrootTool, ContentGenerator
from appliance.errors import GenericError
from appliance.hub import (
    arrivals,
    buildroot_archives,
    buildroots,
    builds,
    cg_components,
    cg_metadata,
    cg_outputs,
    content_generators,
    files,
    image_builds,
    imports,
    maven_builds,
    names,
    policy,
    reservations,
    users,
    volumes,
    win_builds,
)
from appliance.hub.cg_metadata import Metadata
from appliance.hub.hub import Call

_BUILDING = int(koji.BUILD_STATES["BUILDING"])
_EXTERNAL = int(koji.BR_TYPES["EXTERNAL"])
_OPEN = ("FAILED", "CANCELED")
_LABEL = (int, str, type(None))  # what tells the buildroots of a metadata apart


def run(call: Call, metadata: Any, directory: Any, token: Any = None) -> Row:
    """Import a build from uploaded files; the build. TOKEN is that of its reservation, if it has one.

    METADATA is a struct, its JSON text, or a file's name in DIRECTORY (None: metadata.json). Everything is
    checked before anything is done; nothing is left of an import that fails.
    """
    said = cg_metadata.read(call, metadata, directory)
    cg_id = _generator(call, said)
    wanted = _wanted(call, said, cg_id, token)
    types = wanted["extra"]["typeinfo"]
    roots = _prepare_roots(call, said)
    outputs = [_prepare_output(call, directory, each, types, roots) for each in said.output]
    _ask_policies(call, wanted, cg_id, any(each.metadata_only for each in outputs))
    build = _filled(call, wanted) if token else builds.require(call, imports.new_build(call, wanted))
    _check_unused(call, build)
    _note_types(call, build, types, outputs)
    made = {number: _add_root(call, cg_id, root, found) for number, (root, found) in roots.items()}
    for output in outputs:
        cg_outputs.add(call, build, output, made[output.said["buildroot_id"]])
    _keep_words(call, build, said, [found.notes for _, found in roots.values()], outputs)
    volumes.link_default(call, build)
    call.ring("builds")
    return builds.require(call, build["id"])


def prepare(call: Call, metadata: Any, directory: Any, token: Any = None) -> None:
    """Do what takes time before `run` is called with the same arguments."""
    said = cg_metadata.read(call, metadata, directory)
    _generator(call, said)
    for each in filter(lambda each: isinstance(each, dict), said.output):
        parts = [str(directory), *(str(each.get(key) or ".") for key in ("relpath", "filename"))]
        kinds = {"sha256", str(each.get("checksum_type"))}
        arrivals.ready(call, ["/".join(parts)], kinds & set(koji.CHECKSUM_TYPES))


def _generator(call: Call, said: Metadata) -> int:
    """The one content generator of all buildroots, which the asking user may import for."""
    found = set()
    for root in said.buildroots:
        about = cg_metadata.field(root, "content_generator", dict)
        found.add(names.identify(call, ContentGenerator, cg_metadata.field(about, "name", str)))
    if len(found) > 1:
        raise GenericError("Koji now support only one content-generator per import")
    cg_id = next(iter(found), None)
    content_generators.require_access(call, cg_id)
    assert cg_id is not None
    return cg_id


# the build


def _wanted(call: Call, said: Metadata, cg_id: int, token: Any) -> Row:
    """The build that is to be, as `imports.new_build` takes it, with its `build_id` if it is reserved."""
    about = said.build
    if about.get("build_id"):
        _check_reserved(call, said, cg_id, token)
    elif token is not None:
        raise GenericError("Reservation token given, but no build_id in metadata")
    else:
        _check_free(call, about)
    extra = dict(cg_metadata.field(about, "extra", dict))
    extra["typeinfo"] = cg_metadata.build_types(about)
    found: Row = {
        **{key: cg_metadata.field(about, key, (str, type(None))) for key in ("name", "version", "release")},
        "extra": extra,
        "source": cg_metadata.field(about, "source", (str, type(None))),
        "epoch": about.get("epoch"),
        "draft": bool(about.get("draft", False)),
        "start_time": _moment(about, "start_time"),
        "completion_time": _moment(about, "end_time"),
        "task_id": said.task_id,
        "cg_id": cg_id,
        "build_id": about.get("build_id"),
    }
    if about.get("owner"):
        found["owner"] = _owner(call, about["owner"])
    reservations.check_nvr(found)
    for kind in extra["typeinfo"]:
        names.identify(call, BType, kind)
    return found


def _moment(about: Row, key: str) -> float:
    return float(convert(cg_metadata.field(about, key, (int, float, str)), float))


def _owner(call: Call, owner: Any) -> int:
    if not isinstance(owner, str):
        raise GenericError(f"Invalid owner format (expected username): {owner}")
    return users.identify(call, owner)


def _check_free(call: Call, about: Row) -> None:
    known = builds.get(call, about)
    if known is not None and koji.BUILD_STATES[known["state"]] not in _OPEN:
        raise GenericError(f"Build already exists: {known['nvr']} (id={known['id']})")


def _check_reserved(call: Call, said: Metadata, cg_id: int, token: Any) -> None:
    build = builds.require(call, said.build["build_id"])
    reservations.check_token(call, build, token)
    if build["cg_id"] != cg_id:
        raise GenericError(f"Build ID {build['id']} is not reserved by this CG")
    if build["task_id"] and build["task_id"] != said.task_id:
        raise GenericError(f"Build is owned by task {build['task_id']}")
    if build["state"] != _BUILDING:
        raise GenericError(f"Build ID {build['id']} is not in BUILDING state")
    _check_same(build, said.build)


def _check_same(build: Row, about: Row) -> None:
    """Refuse metadata of another build than the reserved one."""
    if build["draft"] != about.get("draft", False):
        raise GenericError(f"Draft field does not match reservation (build id = {build['id']})")
    release = about.get("release")
    if build["draft"]:
        release = koji.gen_draft_release(release, build["id"])
    if (build["name"], build["version"], build["release"]) != (
        about.get("name"),
        about.get("version"),
        release,
    ):
        raise GenericError(f"Build ({build['id']}) NVR is different")
    if "epoch" in about and about["epoch"] != build["epoch"]:
        raise GenericError(f"Build ({build['id']}) epoch is different")


def _ask_policies(call: Call, wanted: Row, cg_id: int, metadata_only: bool) -> None:
    """Whether the import may be, and where its files are to lie."""
    about = {key: wanted[key] for key in ("version", "release", "source")}
    about.update(package=wanted["name"], cg_list=[cg_id])
    asked = {
        "btypes": list(wanted["extra"]["typeinfo"]),
        "draft": wanted["draft"],
        "metadata_only": metadata_only,
    }
    policy.enforce(call, "cg_import", {**about, **asked})
    volume = volumes.chosen(call, {**about, "import": True, "import_type": "cg"})
    if volume is not None:
        wanted["volume_id"] = volume["id"]


def _filled(call: Call, wanted: Row) -> Row:
    """A reserved build that is complete now, of what the metadata says of it; its times are the hub's."""
    values = {
        "extra": json.dumps(wanted["extra"]),
        "owner": wanted.get("owner", call.user_id),
        **{key: wanted[key] for key in ("source", "task_id")},
        **({"volume_id": wanted["volume_id"]} if "volume_id" in wanted else {}),
    }
    build_id = wanted["build_id"]
    states.move(call.tx, states.BUILD, build_id, "COMPLETE", completion_time=call.now(), **values)
    reservations.clear(call, build_id)
    return builds.require(call, build_id)


def _check_unused(call: Call, build: Row) -> None:
    directory = Path(call.paths.topdir.build(build))
    if directory.is_symlink() or directory.exists():
        raise GenericError(f"Destination directory already exists: {directory}")


def _note_types(call: Call, build: Row, types: Row, outputs: list[cg_outputs.Output]) -> None:
    for kind, info in types.items():
        if kind == "maven":
            maven_builds.note(call, build["id"], info)
        elif kind == "win":
            win_builds.note(call, build["id"], info)
        elif kind == "image":
            image_builds.note(call, build["id"])
        else:
            builds.add_type(call, build["id"], kind)
    if any(output.kind == "rpm" for output in outputs):
        builds.add_type(call, build["id"], "rpm")


# buildroots and files


def _prepare_roots(call: Call, said: Metadata) -> dict[Any, tuple[Row, cg_components.Components]]:
    """The buildroots of the metadata by the ids that it gives them, each with its components."""
    used = {cg_metadata.field(each, "buildroot_id", _LABEL) for each in said.output}
    found: dict[Any, tuple[Row, cg_components.Components]] = {}
    for root in said.buildroots:
        number = cg_metadata.field(root, "id", _LABEL)
        if number not in used:
            raise GenericError(f"Buildroot id not used in output: {number!r}")
        if number in found:
            raise GenericError(f"Duplicate buildroot id in metadata: {number!r}")
        found[number] = (root, cg_components.match(call, cg_metadata.several(root, "components")))
    return found


def _prepare_output(call: Call, directory: str, said: Row, types: Row, roots: Any) -> cg_outputs.Output:
    output = cg_outputs.prepare(call, directory, said, types)
    if said["buildroot_id"] not in roots:
        raise GenericError(f"Missing buildroot metadata for id {said['buildroot_id']!r}")
    return output


def _add_root(call: Call, cg_id: int, root: Row, found: cg_components.Components) -> int:
    """A buildroot of the metadata, as the hub knows it; its id."""
    about = {name: cg_metadata.field(root, name, dict) for name in ("content_generator", "container", "host")}
    extra = root.get("extra")
    buildroot_id = call.tx.insert(
        Buildroot,
        br_type=_EXTERNAL,
        cg_id=cg_id,
        cg_version=cg_metadata.field(about["content_generator"], "version", str),
        container_type=cg_metadata.field(about["container"], "type", str),
        container_arch=cg_metadata.field(about["container"], "arch", str),
        host_os=cg_metadata.field(about["host"], "os", str),
        host_arch=cg_metadata.field(about["host"], "arch", str),
        extra=None if extra is None else json.dumps(extra),
    )
    buildroots.keep_list(call, buildroot_id, found.rpms)
    buildroot_archives.keep(call, buildroot_id, found.archives)
    tools = {each["name"]: each["version"] for each in cg_metadata.field(root, "tools", object) or []}
    call.tx.insert_many(
        BuildrootTool,
        [{"buildroot_id": buildroot_id, "tool": name, "version": version} for name, version in tools.items()],
    )
    return buildroot_id


def _keep_words(
    call: Call, build: Row, said: Metadata, notes: list[list[str]], outputs: list[cg_outputs.Output]
) -> None:
    """Keep the metadata with the build; and a log, if there is something to say."""
    files.write(call, Path(call.paths.topdir.build(build)) / "metadata.json", [said.text.encode()])
    notes += [output.components.notes for output in outputs if output.components]
    lines = [line for part in notes for line in part]
    if lines:
        text = "".join(f"{line}\n" for line in [*lines, "CG import was SUCCESSFUL."])
        files.write(call, Path(call.paths.topdir.build_logs(build)) / "cg_import.log", [text.encode()])

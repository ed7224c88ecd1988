"""Image builds: their course from announcement to images in place, with the RPMs that are in them."""

from pathlib import Path
from typing import Any

from appliance import paths
from appliance.arguments import check, integer
from appliance.db.connection import Row
from appliance.db.models.archives import ArchiveRpmComponent, ImageBuild
from appliance.errors import GenericError
from appliance.hub import (
    archive_builds,
    archive_imports,
    arrivals,
    authority,
    builds,
    components,
    files,
    task_output,
    tasks,
    wrapper_rpms,
)
from appliance.hub.hub import Call

_GET = "SELECT build_id FROM image_builds WHERE build_id = :id"
# Tasks of these kinds make images of one arch; the logs of all others lie in a directory for the arch.
_ONE_ARCH = ("appliance", "image", "indirectionimage", "livecd")
_DRAFTS = "SELECT 1 FROM rpminfo WHERE id IN :ids AND draft IS TRUE LIMIT 1"


def get(call: Call, info: Any, strict: bool = False) -> Row | None:
    """`build_id` of an image build; None for another, with STRICT a GenericError."""
    build_id = builds.find(call, info, strict)
    found = call.tx.row(_GET, {"id": build_id}) if build_id else None
    if found is None and strict:
        raise GenericError(f"no such image build: {info}")
    return found


def note(call: Call, build_id: int) -> None:
    """Make a build an image build."""
    if get(call, build_id) is None:
        call.tx.insert(ImageBuild, build_id=build_id)
        builds.add_type(call, build_id, "image")


def create(call: Call, build: Any) -> None:
    """Make a build (which is made if there is none) an image build."""
    note(call, archive_builds.found_or_made(call, build))


def init(call: Call, task_id: Any, build: Any) -> Row:
    """Announce the image build of an open task of the asking host, by default the next release; its data."""
    data = archive_builds.begin(call, task_id, build)
    note(call, data["id"])
    return data


def complete(call: Call, task_id: Any, build_id: Any, results: Any) -> None:
    """Import what subtasks made (see `add`) as the image build of a task, which is then complete."""
    tasks.assert_own(call, integer(task_id))
    build = archive_builds.on_volume(call, builds.require(call, build_id), "image", task_id)
    add(call, task_id, build, results)
    archive_builds.finish(call, build, task_id)


def prepare(call: Call, task_id: Any, build_id: Any, results: Any) -> None:
    """Do what takes time before `complete` is called with the same arguments."""
    tasks.assert_own(call, integer(task_id))
    for result in results.values() if isinstance(results, dict) else ():
        if "task_id" in check(result, dict):
            directory = call.paths.topdir.taskrelpath(integer(result["task_id"]))
            arrivals.ready(call, [f"{directory}/{name}" for name in result["files"]])


def add(call: Call, task_id: Any, build: Any, results: Any) -> None:
    """Import images into a build. RESULTS maps subtasks to what each made; failed ones are passed over.

    A result has `task_id, arch, files, rpmlist` (RPMs as hosts name them); `rpmresults` are wrapper RPMs.
    """
    for result in check(results, dict).values():
        if "task_id" in check(result, dict):
            _add_one(call, task_id, build, result)


def _add_one(call: Call, task_id: Any, build: Any, result: Row) -> None:
    authority.HOST.check(call.session)
    tasks.assert_own(call, integer(task_id))
    task = tasks.get(call, task_id, strict=True)
    assert task is not None
    build = builds.require(call, check(build, dict).get("id"))
    made = [_image(call, build, result, name) for name in result["files"]]
    _keep_logs(call, build, result, task["method"] not in _ONE_ARCH)
    _note_components(call, [each for each in made if not each["filename"].endswith("xml")], result["rpmlist"])
    if "rpmresults" in result:
        wrapper_rpms.add(call, result["rpmresults"]["task_id"], build, result["rpmresults"])


def _image(call: Call, build: Row, result: Row, name: str) -> Row:
    archive_builds.check_type(call, name, "Unsupported file type")
    incoming = archive_imports.arrived(arrivals.of_task(call, result["task_id"], name))
    return archive_imports.add(call, incoming, build, "image", {"arch": result["arch"]})


def _keep_logs(call: Call, build: Row, result: Row, by_arch: bool) -> None:
    """Keep every log at the top of the subtask's output."""
    root = Path(call.paths.topdir.build_logs(build)) / "image"
    below = paths.inside(root, paths.component(result["arch"]))
    for path in sorted(task_output.directory(call, integer(result["task_id"])).glob("*.log")):
        target = root / path.name
        if by_arch or target.exists():
            target = below / path.name
        if target.exists():
            raise GenericError(f"Error importing build log. {target} already exists.")
        if path.is_symlink() or not path.is_file():
            raise GenericError(f"Error importing build log. {path} is not a regular file.")
        files.place(call, path, target, ())


def _note_components(call: Call, images: list[Row], packages: Any) -> None:
    rpm_ids = sorted(set(components.identify(call, check(packages, list))))
    if call.tx.value(_DRAFTS, {"ids": rpm_ids}):
        raise GenericError("Draft rpm not supported")
    call.tx.insert_many(
        ArchiveRpmComponent,
        [{"archive_id": image["id"], "rpm_id": rpm_id} for image in images for rpm_id in rpm_ids],
    )

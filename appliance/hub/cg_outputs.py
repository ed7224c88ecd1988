"""Files that a content generator brings: checked against what it says of them, and imported."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import koji

from appliance.arguments import check
from appliance.db.connection import Row
from appliance.db.models.archives import ArchiveComponent, ArchiveRpmComponent
from appliance.errors import GenericError
from appliance.hub import archive_imports, arrivals, cg_components, cg_metadata, imports, rpm_files, uploads
from appliance.hub.archive_imports import Incoming
from appliance.hub.cg_components import Components
from appliance.hub.hub import Call


@dataclass(frozen=True)
class Output:
    """One file: KIND is rpm, log, or archive (then of the build type BTYPE, which says INFO of it)."""

    kind: str
    said: Row
    path: Path
    shown: str
    btype: str = ""
    info: Any = None
    components: Components | None = None

    @property
    def metadata_only(self) -> bool:
        """Whether the hub is only told of the file."""
        return bool(self.said.get("metadata_only"))


def prepare(call: Call, directory: str, said: Any, btypes: Any) -> Output:
    """An output of the metadata, whose file must be what is said of it; BTYPES are the types of the build."""
    name = cg_metadata.field(said, "filename", str)
    below = cg_metadata.field(said, "relpath", str, "")
    path = arrivals.located(call, check(directory, str), below, name)
    parts = (os.path.normpath(directory), os.path.normpath(below), name)
    shown = os.path.join(call.paths.topdir.work(), *parts)
    if path.exists() or not said.get("metadata_only"):
        _check(call, path, said)
    kind = cg_metadata.field(said, "type", object)
    if kind == "log":
        return Output(kind, said, path, shown)
    if kind == "rpm":
        if said.get("subdir"):
            raise GenericError("subdir field not allowed for rpm outputs")
        koji.check_NVRA(name, strict=True)
        return Output(kind, said, path, shown)
    return _archive(call, said, path, shown, btypes)


def _check(call: Call, path: Path, said: Row) -> None:
    name, expected = said["filename"], cg_metadata.field(said, "filesize", object)
    if not path.is_file():
        raise GenericError(f"No such file: {path}")
    size = path.stat().st_size
    if size != expected:
        raise GenericError(f"File size {size} for {name} (expected {expected}) doesn't match. Corrupted upload?")
    kind = cg_metadata.field(said, "checksum_type", object)
    if uploads.digest(kind) is None:
        raise GenericError(f"No checksum type for {name}")
    taken = call.hub.digests.take(path, [kind])[kind]
    checksum = cg_metadata.field(said, "checksum", object)
    if checksum != taken:
        raise GenericError(f"File checksum mismatch for {name}: {checksum} != {taken}")


def _archive(call: Call, said: Row, path: Path, shown: str, btypes: Any) -> Output:
    btype, info = cg_metadata.output_type(said)
    if btype not in btypes:
        raise GenericError(f"Output type {btype} not listed in build types")
    found = None
    if "components" in said:
        if btype in ("maven", "win"):
            raise GenericError(f"Component list not allowed for archives of type {btype}")
        found = cg_components.match(call, cg_metadata.several(said, "components"))
    return Output("archive", said, path, shown, btype, info, found)


def add(call: Call, build: Row, output: Output, buildroot_id: int) -> None:
    """Import an output into its build."""
    if output.kind == "rpm":
        if output.metadata_only:
            raise GenericError("Metadata-only imports are not supported for rpms")
        found = rpm_files.read(output.path)
        imports.check_origin(found, build, output.shown)
        imports.rpm(call, output.path, build, buildroot_id, found=found, extra=output.said.get("extra"))
    elif output.kind == "log":
        if not output.metadata_only:
            imports.log(call, output.path, build, output.said.get("subdir"))
    else:
        _add_archive(call, build, output, buildroot_id)


def _add_archive(call: Call, build: Row, output: Output, buildroot_id: int) -> None:
    said = output.said
    kind = said["checksum_type"]
    cg_components.checksum_type(kind)
    incoming = Incoming(
        None if output.metadata_only else output.path,
        said["filename"],
        said["filesize"],
        (kind, said["checksum"]),
        buildroot_id,
        said.get("extra"),
        said.get("subdir") or "",
        output.shown,
    )
    archive = archive_imports.add(call, incoming, build, output.btype, output.info)
    if output.components is None:
        return
    call.tx.insert_many(
        ArchiveRpmComponent,
        [{"archive_id": archive["id"], "rpm_id": each} for each in output.components.rpms],
    )
    call.tx.insert_many(
        ArchiveComponent,
        [{"archive_id": archive["id"], "component_id": each} for each in output.components.archives],
    )

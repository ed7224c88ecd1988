"""Methods of archives: the files of builds that are no RPMs, their types, and what is in them."""

from typing import Any

from appliance.errors import GenericError
from appliance.hub import archive_files, archive_types, archives, build_types
from appliance.hub.authority import ADMIN, ANYONE
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ANYONE)
def getArchive(call: Call, archive_id: Any, strict: Any = False) -> Any:
    """An archive by id, with what its build type says of it; nil if there is none, with `strict` a fault."""
    return archives.get(call, archive_id, strict)


@method(ANYONE)
def getMavenArchive(call: Call, archive_id: Any, strict: Any = False) -> Any:
    """`archive_id, group_id, artifact_id, version` of a Maven archive; nil for another."""
    return archives.facts(call, "maven", archive_id, strict)


@method(ANYONE)
def getWinArchive(call: Call, archive_id: Any, strict: Any = False) -> Any:
    """`archive_id, relpath, platforms, flags` of a Windows archive; nil for another."""
    return archives.facts(call, "win", archive_id, strict)


@method(ANYONE)
def getImageArchive(call: Call, archive_id: Any, strict: Any = False) -> Any:
    """`archive_id, arch, rootid` (whether its RPMs are known) of an image; nil for another archive."""
    return archives.facts(call, "image", archive_id, strict)


@method(ANYONE)
def listArchives(
    call: Call,
    buildID: Any = None,
    buildrootID: Any = None,
    componentBuildrootID: Any = None,
    hostID: Any = None,
    type: Any = None,
    filename: Any = None,
    size: Any = None,
    checksum: Any = None,
    checksum_type: Any = None,
    typeInfo: Any = None,
    queryOpts: Any = None,
    imageID: Any = None,
    archiveID: Any = None,
    strict: Any = False,
) -> Any:
    """Archives: `id, build_id, filename, size, checksum, type_name, btype, ...`.

    `buildrootID`: made there; `componentBuildrootID`: used there; `imageID`: components of that archive.
    With a build `type` its own columns are shown, and `typeInfo` narrows by these: `group_id, artifact_id,
    version` of maven, `relpath, platforms, flags` of win, `arch` of image. `strict`: none is a fault.
    """
    wanted = {
        "build": buildID,
        "buildroot": buildrootID,
        "component_buildroot": componentBuildrootID,
        "host": hostID,
        "filename": filename,
        "size": size,
        "checksum": checksum,
        "checksum_type": checksum_type,
        "image": imageID,
        "archive": archiveID,
    }
    found = archives.listed(call, wanted, type, typeInfo, queryOpts)
    if strict and not found:
        raise GenericError("No archives found.")
    return found


@method(ANYONE)
def listArchiveFiles(call: Call, archive_id: Any, queryOpts: Any = None, strict: Any = False) -> Any:
    """The members of a zip or tar archive: `archive_id, name, size, mtime`, of tar also `mode, user, group`.

    Other types have none; with `strict` that is a fault.
    """
    return archive_files.listed(call, archive_id, queryOpts, strict)


@method(ANYONE)
def getArchiveFile(call: Call, archive_id: Any, filename: Any, strict: Any = False) -> Any:
    """One member of a zip or tar archive; nil if there is none such, with `strict` a fault."""
    return archive_files.find(call, archive_id, filename, strict)


@method(ANYONE)
def getArchiveTypes(call: Call) -> Any:
    """All archive types: `id, name, description, extensions, compression_type`."""
    return archive_types.listed(call)


@method(ANYONE)
def getArchiveType(
    call: Call, filename: Any = None, type_name: Any = None, type_id: Any = None, strict: Any = False
) -> Any:
    """The archive type of that id, that name, or of files called so; nil if there is none."""
    return archive_types.get(call, filename, type_name, type_id, strict)


@method(ADMIN, writes=True)
def addArchiveType(call: Call, name: Any, description: Any, extensions: Any, compression_type: Any = None) -> None:
    """A new archive type; `extensions` with blanks between them, `compression_type` is zip, tar or nil."""
    archive_types.add(call, name, description, extensions, compression_type)


@method(ANYONE)
def listBTypes(call: Call, query: Any = None, queryOpts: Any = None) -> Any:
    """Build types: `id, name`; `query` may have an `id` or a `name`."""
    return build_types.listed(call, query, queryOpts)


@method(ADMIN, writes=True)
def addBType(call: Call, name: Any) -> None:
    """A new build type."""
    build_types.add(call, name)

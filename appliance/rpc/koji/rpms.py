"""Methods of RPMs: records, headers, dependencies, files, changelogs, checksums."""

from typing import Any

from appliance.errors import GenericError
from appliance.hub import checksums, rpms
from appliance.hub import headers as rpm_headers
from appliance.hub.authority import ANYONE
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

_DEPENDENCY = ("name", "version", "flags", "type")
_FILE = ("name", "digest", "size", "flags", "digest_algo", "user", "group", "mtime", "mode")
_ENTRY = ("date", "author", "text")


@method(ANYONE)
def getRPM(call: Call, rpminfo: Any, strict: bool = False, multi: bool = False) -> Any:
    """An RPM by id, NVRA with or without `@repository`, or struct (`id`, or NVRA with or without `location`).

    Answers `id`, `name`, `version`, `release`, `epoch`, `arch`, `draft`, `payloadhash` (MD5 of header and
    payload; where a package has none, `sha256::` or `sha3-256::` and that of its header), `size` (bytes),
    `buildtime` (seconds), `build_id`, `buildroot_id`, `external_repo_id`, `external_repo_name`,
    `metadata_only`, `extra`; nil (with `strict` an error) for none. With `multi` a list of all that it may
    mean; else of several the one that is no draft, then drafts, then external ones.
    """
    return rpms.all_of(call, rpminfo) if multi else rpms.get(call, rpminfo, strict)


@method(ANYONE)
def listRPMs(
    call: Call,
    buildID: Any = None,
    buildrootID: Any = None,
    imageID: Any = None,
    componentBuildrootID: Any = None,
    hostID: Any = None,
    arches: Any = None,
    queryOpts: Any = None,
    draft: Any = None,
) -> Any:
    """RPMs of a build, made in a buildroot, in an image, or made on a host, with the keys of `getRPM` and
    `nvr`.

    `componentBuildrootID` means what was installed in a buildroot and adds `component_buildroot_id` and
    `is_update`. All are ids. `arches` is a name or a list.
    """
    wanted = rpms.Filter(
        build=buildID,
        buildroot=buildrootID,
        image=imageID,
        component_buildroot=componentBuildrootID,
        host=hostID,
        arches=arches,
        draft=draft,
    )
    return rpms.listed(call, wanted, queryOpts)


@method(ANYONE)
def listBuildRPMs(call: Call, build: Any) -> Any:
    """The RPMs of a build (id, NVR or struct), as `listRPMs` shows them."""
    return rpms.of_build(call, build)


@method(ANYONE)
def getRPMDeps(call: Call, rpmID: Any, depType: Any = None, queryOpts: Any = None, strict: bool = False) -> Any:
    """What an RPM requires, provides and so on: `name`, `version`, `flags`, `type`; of one type for
    `depType`.

    Types are koji.DEP_*. An empty list for an RPM that is not ours, with `strict` an error.
    """
    return rpm_headers.shown(rpm_headers.dependencies(call, rpmID, depType, strict), queryOpts, _DEPENDENCY)


@method(ANYONE)
def listRPMFiles(call: Call, rpmID: Any, queryOpts: Any = None) -> Any:
    """The files in an RPM: `name`, `digest`, `md5` (the same), `digest_algo`, `size`, `flags`, `user`,
    `group`, `mtime`, `mode`.
    """
    return rpm_headers.shown(rpm_headers.files(call, rpmID), queryOpts, _FILE)


@method(ANYONE)
def getRPMFile(call: Call, rpmID: Any, filename: Any, strict: bool = False) -> Any:
    """One file of an RPM, as in `listRPMFiles` with `rpm_id`; an empty struct, with `strict` an error, for
    none.
    """
    return rpm_headers.file(call, rpmID, filename, strict)


@method(ANYONE, later=("sigkey",))
def getRPMHeaders(
    call: Call,
    rpmID: Any = None,
    taskID: Any = None,
    filepath: Any = None,
    headers: Any = None,
    strict: bool = False,
    sigkey: Any = None,
) -> Any:
    """Header tags by name, of an RPM (with `sigkey` of its signed copy) or of a file that a task has uploaded; all
    tags if `headers` is not given.

    An empty struct, with `strict` an error, where there is no such RPM; an unknown tag is an error in any
    case.
    """
    if rpmID:
        return rpm_headers.fields(call, rpmID, headers, strict, sigkey)
    if taskID and sigkey is not None:
        raise GenericError("The sigkey option cannot be used with a task id")
    if taskID:
        return rpm_headers.task_fields(call, taskID, filepath, headers, strict)
    raise GenericError("either rpmID or taskID and filepath must be specified")


@method(ANYONE)
def getChangelogEntries(
    call: Call,
    buildID: Any = None,
    taskID: Any = None,
    filepath: Any = None,
    author: Any = None,
    before: Any = None,
    after: Any = None,
    queryOpts: Any = None,
    strict: bool = False,
) -> Any:
    """The changelog of a build's source package, or of one that a task has uploaded, newest first.

    Entries are `date` (text, UTC), `date_ts`, `author`, `text`; `author` must be the same to the letter,
    `before` and `after` are seconds or text in UTC.
    """
    if buildID:
        found = rpm_headers.changelog(call, buildID, strict)
    elif taskID:
        found = rpm_headers.task_changelog(call, taskID, filepath, strict)
    else:
        raise GenericError("either buildID or taskID and filepath must be specified")
    return rpm_headers.shown(rpm_headers.narrowed(found, author, before, after), queryOpts, _ENTRY)


@method(ANYONE, writes=True)
def getRPMChecksums(call: Call, rpm_id: Any, checksum_types: Any = None, cacheonly: bool = False) -> Any:
    """Checksums of an RPM by signature key ('' is the unsigned copy): a struct of structs, type to checksum.

    Types default to md5 and sha256. One that is not known yet is taken, or with `cacheonly` is nil.
    """
    return checksums.of(call, rpm_id, checksum_types, cacheonly)

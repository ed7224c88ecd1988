"""Dist repositories: a tag's signed packages laid out for the world, from the request to the files."""

import json
import os
from pathlib import Path
from typing import Any

import koji

from appliance import paths
from appliance.arguments import check, integer
from appliance.db.connection import Row
from appliance.db.models.builds import Repo, Volume
from appliance.errors import GenericError, ParameterError
from appliance.hub import builds, events, files, names, policy, repos, rpms, tags, tasks
from appliance.hub.hub import Call

_LIVE = "SELECT id, request FROM task WHERE method = 'distRepo' AND state IN :live"
_SAME = ("name", "version", "release", "arch", "epoch", "size", "payloadhash", "build_id")


def request(call: Call, tag: Any, keys: Any, opts: Row) -> int:
    """Begin a dist repository of TAG with packages signed by KEYS, and make its task; the task's id.

    Who has no permission `dist-repo` needs the hub policy `dist_repo`. Where the tag's extra
    `distrepo.cancel_others` says so, tasks that make others of the tag are cancelled.
    """
    if not call.session.may("dist-repo"):
        policy.enforce(call, "dist_repo", {"tag": tag})
    repo_id, event = init(call, tag, keys, opts)
    if tags.build_config(call, tag)["extra"].get("distrepo.cancel_others", False):
        _cancel_others(call, tag)
    arglist = [tag, repo_id, keys, {**opts, "event": event}]
    return tasks.make(call, "distRepo", arglist, priority=15, channel="createrepo")


def _cancel_others(call: Call, tag: Any) -> None:
    for row in call.tx.rows(_LIVE, {"live": tasks.LIVE}):
        if tasks.decode(row["request"])[0] == tag:
            tasks.cancel(call, row["id"])


def init(call: Call, tag: Any, keys: Any, opts: Row) -> tuple[int, int]:
    """Begin a dist repository with its directories, comps and description; (its id, the event it shows)."""
    check(keys, list)
    found = tags.require(call, tag)
    event = integer(opts.get("event"), optional=True)
    if event:
        events.get(call, event, strict=True)
    volume = _volume(call, opts.get("volume"))
    arches = _arches(opts)
    shown = event or call.tx.event()
    repo_id = call.tx.insert(
        Repo,
        create_event=shown,
        tag_id=found["id"],
        state=repos.INIT,
        dist=True,
        creation_time=call.now(),
        state_time=call.now(),
    )
    directory = Path(call.paths.topdir.distrepo(repo_id, found["name"], volume=volume))
    for arch in arches:
        files.make_directory(call, paths.inside(directory, arch))
    if volume not in (None, "DEFAULT"):
        basic = Path(call.paths.topdir.distrepo(repo_id, found["name"]))
        files.link(call, basic, os.path.relpath(directory, basic.parent))
    if opts.get("comps"):
        source = paths.inside(call.paths.topdir.work(), check(opts["comps"], str))
        files.write(call, directory / "groups" / "comps.xml", [_uploaded(source)])
    files.write(call, directory / "repo.json", [_description(repo_id, found, keys, volume, opts)])
    return repo_id, shown


def _volume(call: Call, info: Any) -> str | None:
    found = None if info is None else names.lookup(call, Volume, info, strict=True)
    return None if found is None else str(found["name"])


def _arches(opts: Row) -> list[str]:
    if not isinstance(opts.get("arch"), list) or not opts["arch"]:
        raise ParameterError("a dist repo needs the option arch, a list of architectures")
    return sorted({koji.canonArch(check(arch, str)) for arch in opts["arch"]})


def _uploaded(source: Path) -> bytes:
    if not source.is_file():
        raise GenericError(f"uploaded file missing: {source}")
    return source.read_bytes()


def _description(repo_id: int, tag: Row, keys: list[Any], volume: str | None, opts: Row) -> bytes:
    told = {
        "id": repo_id,
        "tag": tag["name"],
        "tag_id": tag["id"],
        "keys": keys,
        "volume": volume,
        "task_opts": opts,
    }
    return json.dumps(told, indent=2, sort_keys=True).encode()


# the files of one architecture


def move_in(call: Call, repo_id: Any, upload: Any, arch: Any) -> None:
    """Put one architecture into place: the uploaded metadata that `repo_manifest` lists, and the packages.

    `kojipkgs` names the packages by file name, each with what is known of it and the `sigkey` of the copy
    that is wanted ("" or None: the unsigned one); one that differs from the database's is a GenericError.
    """
    repo = repos.require(call, repo_id)
    directory = repos.directory_of(call, repo) / koji.canonArch(check(arch, str))
    if not directory.is_dir():
        raise GenericError(f"Repo arch directory missing: {directory}")
    if repo["state"] != repos.INIT:
        raise GenericError(f"Repo is in state: {koji.REPO_STATES[repo['state']]}")
    uploads = paths.inside(call.paths.topdir.work(), str(upload))
    manifest = _document(uploads / "repo_manifest", list, "Missing repo manifest")
    wanted = _document(uploads / "kojipkgs", dict, "Missing kojipkgs file")
    moves = [_move(uploads, directory, name) for name in manifest]
    copies = [(_place(directory, name), _copy(call, name, info)) for name, info in wanted.items()]
    for source, target in moves:
        files.move(call, source, target)
    for target, source in copies:
        _put(call, source, target)


def _document(path: Path, kind: type, missing: str) -> Any:
    if not path.is_file():
        raise GenericError(missing)
    try:
        return check(json.loads(path.read_bytes()), kind)
    except ValueError as error:
        raise GenericError(f"{path.name} is no JSON document: {error}") from None


def _move(uploads: Path, directory: Path, name: Any) -> tuple[Path, Path]:
    source = paths.inside(uploads, check(name, str))
    if not source.exists():
        raise GenericError(f"uploaded file missing: {source}")
    return source, paths.inside(directory, name)


def _place(directory: Path, name: str) -> Path:
    return paths.inside(directory, "Packages", paths.component(name)[0].lower(), name)


def _copy(call: Call, name: str, info: Row) -> Path:
    """The file of the package that KOJIPKGS names so."""
    known = rpms.require(call, check(info, dict).get("id"))
    for key in _SAME:
        if key not in info or info[key] != known[key]:
            raise GenericError(f"kojipkgs entry does not match db: file {name}, key {key}")
    build = builds.require(call, known["build_id"])
    topdir = call.paths.topdir
    below = topdir.signed(known, info["sigkey"]) if info.get("sigkey") else topdir.rpm(known)
    return paths.inside(topdir.build(build), below)


def _put(call: Call, source: Path, target: Path) -> None:
    if target.exists():
        raise GenericError(f"File already in repo: {target}")
    files.hard_link(call, source, target)

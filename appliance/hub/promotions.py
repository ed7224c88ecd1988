"""Promotion: a Copr build that went well becomes a build of Koji's, and goes into a tag under that tag's rules."""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import koji

from appliance import __version__
from appliance.db.connection import Row
from appliance.db.models.builds import Buildroot, ContentGenerator
from appliance.db.models.tags import ExternalRepo
from appliance.errors import BadRequest, GenericError
from appliance.hub import (
    buildroots,
    builds,
    completion,
    copr_builds,
    copr_results,
    external_rpms,
    imports,
    names,
    project_permissions,
    rpm_files,
    tagging,
    volumes,
)
from appliance.hub.hub import Call

BUILDROOT = "buildroot.json"  # in a chroot's results: what was installed when it was built
_GENERATOR = "copr"
_LOGS = (".log", ".log.gz")
_RPMS = """
SELECT build_chroot_id, arch, filename, sourcerpm FROM copr_rpm
WHERE build_chroot_id IN :chroots AND filename IS NOT NULL ORDER BY id
"""


def promote(call: Call, build_id: Any, tag: Any, chroots: Any = None) -> Row:
    """Import a Copr build's packages, logs and buildroots as a build of the asking user, and ask for its tagging.

    CHROOTS (all that succeeded, if left out) must agree on the source package. The answer has `build_id`, `nvr`
    and the `task_id` of the tagging; policy, package list and access to the tag decide as they do for Koji's
    clients, at once. GenericError where they refuse, or where there is such a build already.
    """
    found = copr_builds.get(call, build_id)
    project = copr_builds.project_of(found)
    refusal = f"User {call.session.user_name} is not allowed to promote builds of {project['full_name']}"
    project_permissions.require_build(call, project, refusal)
    chosen = _chosen(call, found, chroots)
    source = _source(call, found, chosen)
    build = _announce(call, found, source, [chroot["name"] for chroot in chosen])
    taken: set[str] = set()
    for chroot in chosen:
        _take(call, build, found, chroot, taken)
    volumes.link_default(call, build)
    task_id = tagging.request(call, tag, build["id"])
    return {"build_id": build["id"], "nvr": build["nvr"], "task_id": task_id}


def _chosen(call: Call, found: Row, wanted: Any) -> list[Row]:
    """The chroots to take, each with its `rpms`."""
    if wanted is not None and not (isinstance(wanted, list) and all(isinstance(each, str) for each in wanted)):
        raise BadRequest("chroots must be a list of names")
    good = [each for each in copr_builds.chroots_of(call, [found["id"]]) if each["status"] == "succeeded"]
    missing = set(wanted or ()) - {each["name"] for each in good}
    chosen = [each for each in good if wanted is None or each["name"] in wanted]
    if missing or not chosen:
        raise BadRequest(f"build {found['id']} has not succeeded for {', '.join(sorted(missing)) or 'any chroot'}")
    rows = call.tx.rows(_RPMS, {"chroots": [each["id"] for each in chosen]})
    return [{**each, "rpms": [row for row in rows if row["build_chroot_id"] == each["id"]]} for each in chosen]


def _source(call: Call, found: Row, chosen: list[Row]) -> Path:
    """The one source package of all chroots."""
    names_ = {row["filename"] for each in chosen for row in each["rpms"] if row["arch"] == "src"}
    if len(names_) != 1:
        text = ", ".join(sorted(names_)) or "none"
        raise BadRequest(f"the chroots do not have one source package in common ({text}); name the chroots to take")
    return _place(call, found, chosen[0]) / str(names_.pop())


def _place(call: Call, found: Row, chroot: Row) -> Path:
    return copr_results.directory(call, found["ownername"], found["dirname"], chroot["name"], chroot["result_dir"])


def _announce(call: Call, found: Row, source: Path, chroots: list[str]) -> Row:
    package = rpm_files.read(source)
    origin = {"build_id": found["id"], "project": found["full_name"], "chroots": chroots}
    data = {key: getattr(package, key) for key in ("name", "version", "release", "epoch")}
    build_id = imports.new_build(call, {**data, "extra": {"copr": origin}}, strict=True)
    build = builds.require(call, build_id)
    return completion.on_volume(call, build, "rpm", {})


def _take(call: Call, build: Row, found: Row, chroot: Row, taken: set[str]) -> None:
    """Import what a chroot gave and the chroots before it did not."""
    place, staged = _place(call, found, chroot), _stage(call)
    root_id = _buildroot(call, chroot, place)
    for row in chroot["rpms"]:
        if row["filename"] not in taken:
            imports.rpm(call, _link(place / row["filename"], staged), build, root_id)
            taken.add(row["filename"])
    for path in _logs(place):
        imports.log(call, _link(path, staged), build, chroot["name"])


def _stage(call: Call) -> Path:
    """A directory of the work area, from which files can be moved into place; gone afterwards, either way."""
    staged = Path(call.paths.topdir.work()) / "promoted" / secrets.token_hex(8)
    staged.mkdir(parents=True)
    call.tx.on_rollback(lambda: shutil.rmtree(staged, ignore_errors=True))
    call.tx.after_commit(lambda: shutil.rmtree(staged, ignore_errors=True))
    return staged


def _link(path: Path, staged: Path) -> Path:
    """A name in STAGED for a file that stays where it is; nobody writes to either from now on."""
    if path.is_symlink() or not path.is_file():
        raise GenericError(f"{path.name} is not among the results any more")
    os.link(path, staged / path.name)
    return staged / path.name


def _logs(place: Path) -> Iterator[Path]:
    for path in sorted(place.iterdir()):
        if path.name.endswith(_LOGS) and path.is_file() and not path.is_symlink():
            yield path


def _buildroot(call: Call, chroot: Row, place: Path) -> int:
    """The buildroot of a chroot's half as Koji keeps those that it did not make itself; its id."""
    generator = names.lookup(call, ContentGenerator, _GENERATOR, create=True)
    origin = names.lookup(call, ExternalRepo, f"copr-{chroot['name']}", create=True)
    assert generator is not None
    assert origin is not None
    root_id = call.tx.insert(
        Buildroot,
        br_type=int(koji.BR_TYPES["EXTERNAL"]),
        cg_id=generator["id"],
        cg_version=__version__,
        container_type="chroot",
        container_arch=chroot["arch"],
        host_os=chroot["name"],
        host_arch=os.uname().machine,
    )
    path = place / BUILDROOT
    packages = json.loads(path.read_text()) if path.is_file() and not path.is_symlink() else []
    held = external_rpms.note(call, [(package, origin["id"]) for package in packages])
    buildroots.keep_list(call, root_id, held)
    return root_id

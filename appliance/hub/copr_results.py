"""Copr's result directories on disk: where they are, when they are made again, and how they go away.

results/OWNER/DIR/CHROOT/%08d-PACKAGE/   what a build gave for a chroot
results/OWNER/DIR/CHROOT/repodata/       the repository of all of them
results/OWNER/DIR/srpm-builds/%08d/      what a build's source half gave
"""

import os
import shutil
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from appliance import durable
from appliance.db.connection import Params, Row
from appliance.hub import file_journal, spec_files
from appliance.hub.hub import Call
from appliance.paths import component, inside, plain

SOURCES = "srpm-builds"
KEYS = "pubkey.gpg"
INFO = "build.info"

# Ask for the repositories of a project's directories and chroots that are not on the list yet.
_REQUEST = """
INSERT INTO copr_repo (dir_id, mock_chroot_id, requested_on, devel)
SELECT d.id, pc.mock_chroot_id, :now, :devel FROM project_dir d
JOIN project_chroot pc ON pc.project_id = d.project_id AND NOT pc.deleted
WHERE d.project_id = :project AND {narrow}
      AND NOT EXISTS (SELECT 1 FROM copr_repo r WHERE r.dir_id = d.id AND r.mock_chroot_id = pc.mock_chroot_id
                      AND r.devel = :devel)
"""


def directory(call: Call, ownername: str, dirname: str, *parts: str) -> Path:
    """Where the results of a project's directory lie, or a part of them."""
    return inside(call.paths.results, ownername, dirname, *parts)


def source_dir(build_id: int) -> str:
    """The name of a build's directory among the sources."""
    return f"{build_id:08d}"


def chroot_dir(build_id: int, package: str) -> str:
    """The name of a build's directory in a chroot."""
    return component(f"{build_id:08d}-{package}")


def settle(place: Path) -> None:
    """See a half's results to the disk, before rows say that they are there."""
    for path in place.iterdir():
        if path.is_file():
            durable.sync(path)
    durable.sync(place)


def describe(place: Path, build_id: int, host: str) -> None:
    """Make a half's directory, and say in it whose it is and which host builds."""
    place.mkdir(parents=True, exist_ok=True)
    (place / INFO).write_text(f"build_id={build_id}\nbuilder_ip={host}\n")


def source_package(call: Call, build: Row) -> Path:
    """Where the source package of a build lies, or what was uploaded ready; it may be gone."""
    return inside(call.paths.results, str(build["srpm_url"]).removeprefix("/results/").lstrip("/"))


def keep_spec(place: Path, source: Path) -> None:
    """Put the spec file of a source package among a half's results, if there is none yet."""
    if any(place.glob("*.spec")):
        return
    found = spec_files.find(source)
    if found is not None and plain(found[0]) == found[0]:
        (place / found[0]).write_bytes(found[1])


# repositories


def request(
    call: Call,
    project_id: int,
    mock_ids: Iterable[int] | None = None,
    dir_id: int | None = None,
    devel: bool = False,
) -> None:
    """Have repositories composed again: the project's, or those of some chroots, or of one directory."""
    narrow = ["1 = 1"]
    params: Params = {"project": project_id, "now": call.now(), "devel": devel}
    if mock_ids is not None:
        narrow.append("pc.mock_chroot_id IN :mocks")
        params["mocks"] = list(mock_ids) or [0]
    if dir_id is not None:
        narrow.append("d.id = :dir")
        params["dir"] = dir_id
    call.tx.execute(_REQUEST.format(narrow=" AND ".join(narrow)), params)
    call.ring("copr-repos")


def publish_comps(call: Call, project: Row, chroot: str, comps: bytes | None) -> None:
    """Put a chroot's comps.xml where its repository is composed, or take it away."""
    path = directory(call, project["ownername"], project["name"], chroot, "comps.xml")
    call.tx.after_commit(partial(_replace, path, comps))
    request(call, project["id"])


def _replace(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write_whole(path, content)


# going away


def remove(call: Call, paths: Iterable[Path]) -> None:
    """Remove directories once it is certain that nothing names them any more."""
    call.tx.after_commit(partial(_remove_trees, list(paths)))


def _remove_trees(paths: list[Path]) -> None:
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)


# copies


def copy(call: Call, pairs: Iterable[tuple[Path, Path]]) -> None:
    """Have each second directory, which is not there yet, hold what the first one does, as links to its files."""
    rooms: set[Path] = set()
    for old, new in pairs:
        if new.parent not in rooms:
            new.parent.mkdir(parents=True, exist_ok=True)
            rooms.add(new.parent)
        if old.is_dir():
            make(call, new)
            _link_tree(str(old), str(new))


def make(call: Call, place: Path) -> None:
    """A directory, which is not there yet, is about to be made: it goes again if the unit of work comes to nothing."""
    file_journal.made(call, place)
    call.tx.on_rollback(partial(shutil.rmtree, place, ignore_errors=True))


def copy_keys(call: Call, source: Path, target: Path) -> None:
    """Have a fork's directory offer the keys of what it was made from, as long as it has none of its own."""
    call.tx.after_commit(partial(_copy_file, source / KEYS, target / KEYS))


def _copy_file(source: Path, target: Path) -> None:
    if source.exists() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _link_tree(old: str, new: str) -> None:
    os.mkdir(new)
    with os.scandir(old) as entries:
        for entry in entries:
            target = f"{new}/{entry.name}"
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), target)
            elif entry.is_dir():
                _link_tree(entry.path, target)
            else:
                _link(entry.path, target)


def _link(old: str, new: str) -> None:
    try:
        os.link(old, new)
    except OSError:
        shutil.copy2(old, new)

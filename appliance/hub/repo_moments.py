"""Repositories as they were: of a tag or a project's chroot at an event, composed when somebody asks.

A moment is an event's number, a date in ISO form (UTC unless it says otherwise), the name of a pin, or `latest`.
What is composed is kept in the cache for those who ask again; the same moment always gives the same bytes.
"""

import fcntl
import glob
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import koji

from appliance.db.connection import Row
from appliance.errors import NotFound, ParameterError
from appliance.hub import (
    copr_repos,
    copr_results,
    events,
    mock_chroots,
    moments,
    project_dirs,
    projects,
    repo_content,
    repo_opts,
    tag_changes,
    tags,
)
from appliance.hub.hub import Call, Hub
from appliance.hub.repo_content import Wanted
from appliance.repodata import Repository, publish

LATEST = "latest"
_EVENT = re.compile(r"[0-9]{1,18}\Z")
_DATE = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}")
_STALE = 3600  # seconds: how fine the last use of what is kept is noted
_PIN = "SELECT event_id FROM repo_pin WHERE {column} = :id AND name = :name"


@dataclass(frozen=True)
class Shown:
    """A composed repository in DIRECTORY; its packages are below PACKAGES. A FIXED one never changes."""

    directory: Path
    packages: Path
    fixed: bool

    def holding(self, path: str) -> Path:
        """Where the metadata at PATH is: the same repository at another moment, for who began with that one."""
        if not (self.directory / path).exists():
            for other in self.directory.parent.glob(f"*/{glob.escape(path)}"):
                return other.parents[path.count("/")]
        return self.directory


# which moment


def event_of(call: Call, moment: str, column: str, owner_id: int) -> int:
    """The event that was the last one at a moment; COLUMN and OWNER_ID say whose pins count. Raises NotFound."""
    if moment == LATEST:
        return _number(events.last(call), moment)
    if _DATE.match(moment) and not _EVENT.match(moment):
        return _number(events.last(call, before=_seconds(call, moment)), moment)
    if _EVENT.match(moment):
        return _number(events.get(call, int(moment)), moment)
    found = call.tx.value(_PIN.format(column=column), {"id": owner_id, "name": moment})
    if found is None:
        raise NotFound(f"{moment} is no event, no date, and no snapshot of this repository")
    return int(found)


def _number(event: Row | None, moment: str) -> int:
    if event is None:
        raise NotFound(f"there was no event {moment}")
    return int(event["id"])


def _seconds(call: Call, moment: str) -> float:
    try:
        found = moments.seconds(moment)
    except ParameterError as error:
        raise NotFound(str(error)) from None
    if found > call.now():
        raise NotFound(f"{moment} has not come yet")
    return found


# whose repository


def of_tag(hub: Hub, tag: str, moment: str, arch: str) -> Shown:
    """The repository of a tag for an architecture at a moment. Raises NotFound where there was none."""
    with hub.read() as call:
        tag_id = tags.identify(call, tag, strict=False)
        if tag_id is None:
            raise NotFound(f"there is no tag {tag}")
        event = event_of(call, moment, "tag_id", tag_id)
        changed = tag_changes.last(call, tag_id, before=event + 1)
        found = tags.get(call, tag, event=event)
        if found is None or changed is None:
            raise NotFound(f"there was no tag {tag} at event {event}")
        wanted = _wanted(call, found, changed, arch)
        place = _kept(call.hub) / f"tag-{tag_id}-{wanted.arch}" / str(changed)
        _make(place, _time(call, changed), lambda: repo_content.compose_tag(call, wanted))
    return Shown(place, hub.paths.koji, moment != LATEST)


def _wanted(call: Call, tag: Row, event: int, arch: str) -> Wanted:
    opts, _ = repo_opts.of_tag(call, tag)
    canonical = arch if arch == "src" else koji.canonArch(arch)
    offered = repo_content.arches(call, tag["id"], event) + (["src"] if opts["separate_src"] else [])
    if canonical not in offered:
        raise NotFound(f"tag {tag['name']} had no repository for {arch}, but for {' '.join(offered) or 'none'}")
    return Wanted(tag["id"], canonical, event, opts["src"], opts["debuginfo"])


def of_project(hub: Hub, ownername: str, dirname: str, moment: str, chroot: str) -> Shown:
    """The repository of a project's directory for a chroot at a moment. Raises NotFound where there was none."""
    with hub.read() as call:
        _, dir_id = directory(call, ownername, dirname)
        found = mock_chroots.find(call, chroot)
        if found is None:
            raise NotFound(f"there is no chroot {chroot}")
        event = event_of(call, moment, "dir_id", dir_id)
        state = copr_repos.state_at(call, dir_id, found["id"], event)
        results = copr_results.directory(call, ownername, dirname, chroot)
        place = _kept(call.hub) / f"dir-{dir_id}-{found['id']}" / "-".join(map(str, state))
        _make(place, _time(call, state[1]), lambda: _project(call, dir_id, found["id"], event, results))
    return Shown(place, results, moment != LATEST)


def _project(call: Call, dir_id: int, mock_chroot_id: int, event: int, results: Path) -> Repository:
    entries = copr_repos.entries(call, dir_id, mock_chroot_id, event=event)
    return copr_repos.composed(call, entries, copr_repos.groups_in(results), _time(call, event))


def directory(call: Call, ownername: str, dirname: str) -> tuple[Row, int]:
    """(the project, the id of its directory) that a pair of names means. Raises NotFound."""
    project = projects.find(call, ownername, dirname.partition(":")[0])
    return project, int(project_dirs.find(call, project, dirname)["id"])


def _time(call: Call, event: int) -> float:
    return float(call.tx.value("SELECT time FROM events WHERE id = :id", {"id": event}) or 0)


# what is kept


def _make(place: Path, moment: float, compose: Callable[[], Repository]) -> None:
    """See to it that PLACE holds the repository; who comes second waits for the first."""
    index = place / "repodata" / "repomd.xml"
    if _touched(index):
        return
    with _alone(place):
        if not index.exists():
            publish(compose(), place)
            _date(place / "repodata", moment)


def _date(metadata: Path, moment: float) -> None:
    """Files of a moment say that they are of that moment."""
    for path in metadata.iterdir():
        os.utime(path, (time.time(), moment))


def _touched(index: Path) -> bool:
    """Whether the repository is there; that it is used now is noted as its last access."""
    try:
        status = index.stat()
    except FileNotFoundError:
        return False
    now = time.time()
    if status.st_atime < now - _STALE:
        os.utime(index, ns=(int(now * 1e9), status.st_mtime_ns))
    return True


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """One at a time for a repository, across threads and processes."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place.with_name(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prune(hub: Hub) -> int:
    """Drop what was asked for least lately, until no more is kept than the settings say; how many went."""
    found = sorted(_uses(_kept(hub)), reverse=True)[hub.settings.repositories.kept_moments :]
    for _, place in found:
        shutil.rmtree(place, ignore_errors=True)
    return len(found)


def forget(hub: Hub) -> None:
    """Drop all that is kept: builds have gone for good, and nothing may name their files any more."""
    shutil.rmtree(_kept(hub), ignore_errors=True)


def _kept(hub: Hub) -> Path:
    return hub.paths.cache / "moments"


def _uses(kept: Path) -> Iterator[tuple[float, Path]]:
    for place in kept.glob("*/[!.]*"):
        with suppress(FileNotFoundError):
            yield (place / "repodata" / "repomd.xml").stat().st_atime, place

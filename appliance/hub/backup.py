"""Backups: a directory each, consistent though others work meanwhile, which `restore` turns into a state.

Everything but what can be made anew is in it: the database, keys and settings, Koji's topdir, Copr's results
and uploads. Files that are done growing are links: to the state's own where both are on one file system, else
to the backup before. Caches and jobs are not in it; after a restore, builds that ran are begun again.
"""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance import durable
from appliance.errors import ConfigurationError
from appliance.hub.hub import Hub
from appliance.paths import Paths

SETTLED = 3600.0  # seconds since the last change after which a file is taken not to grow any more
TREES = ("koji", "copr", "keys")
_NAME = "%Y%m%d-%H%M%S"
_HALF = ".part"
DATABASE = "backup.db"  # no state directory has one: none is taken for a backup


def make(hub: Hub, place: Path, keep: int = 7) -> Path:
    """Make a backup in a directory of PLACE, and remove all but the KEEP newest; its directory.

    Files are taken twice: first while others write, then what has changed since, and the database, while they
    wait. So rows and files are of one moment.
    """
    place.mkdir(parents=True, exist_ok=True)
    done = finished(place)
    target = place / time.strftime(_NAME)
    if target.exists():
        raise ConfigurationError(f"{target} is there already")
    half = place / f".{target.name}{_HALF}"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    trees = [_Tree(hub.paths.state / name, half / name, done[-1] / name if done else None) for name in TREES]
    for tree in trees:
        tree.take()
    with hub.write():
        for tree in trees:
            tree.take()
            tree.forget()
        hub.database.copy(half / DATABASE)
    if hub.paths.settings.exists():
        shutil.copy2(hub.paths.settings, half / hub.paths.settings.name)
    half.rename(target)
    durable.sync(place)
    for old in finished(place)[:-keep]:
        shutil.rmtree(old)
    return target


def finished(place: Path) -> list[Path]:
    """The whole backups in a directory, the oldest first."""
    return sorted(path for path in place.glob("[0-9]*") if (path / DATABASE).exists())


def restore(source: Path, state: Path) -> None:
    """Make STATE, which must not exist or be empty, what it was when the backup was made.

    SOURCE is a backup, or a directory of backups, whose newest is taken.
    """
    if source.is_dir() and not (source / DATABASE).exists():
        source = ([source, *finished(source)])[-1]
    if not (source / DATABASE).exists():
        raise ConfigurationError(f"there is no backup in {source}")
    if state.is_dir() and any(state.iterdir()):
        raise ConfigurationError(f"{state} is not empty: a backup is restored into a new directory")
    state.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        if path.is_dir():
            shutil.copytree(path, state / path.name, symlinks=True)
        elif path.name != DATABASE:
            shutil.copy2(path, state / path.name)
    Paths(state).make()
    shutil.copyfile(source / DATABASE, Paths(state).database)
    hub = Hub(state)
    hub.migrate()
    hub.close()


@dataclass
class _Tree:
    """One directory of the state, where it goes, and where the backup before has it."""

    source: Path
    target: Path
    before: Path | None

    def take(self) -> None:
        """Bring to the target what it has not got, or has as it was."""
        for relative, names, files in self._walk():
            there = self.target / relative
            there.mkdir(parents=True, exist_ok=True)
            for name in (*names, *files):
                before = self.before and self.before / relative / name
                _take(self.source / relative / name, there / name, before)

    def _walk(self) -> Iterator[tuple[str, list[str], list[str]]]:
        """(directory, links to directories in it, everything else in it)."""
        for directory, names, files in os.walk(self.source):
            linked = [name for name in names if os.path.islink(os.path.join(directory, name))]
            yield os.path.relpath(directory, self.source), linked, files

    def forget(self) -> None:
        """Remove from the target what the source has no more."""
        for directory, names, files in os.walk(self.target, topdown=False):
            origin = self.source / os.path.relpath(directory, self.target)
            for name in _gone(origin, files):
                Path(directory, name).unlink()
            for name in _gone(origin, names):
                shutil.rmtree(Path(directory, name))


def _gone(origin: Path, names: list[str]) -> list[str]:
    return [name for name in names if not os.path.lexists(origin / name)]


def _take(source: Path, target: Path, before: Path | None) -> None:
    """Have TARGET say what SOURCE does; one that is gone meanwhile is none of ours."""
    try:
        facts = source.lstat()
        if _same(facts, target):
            return
        target.unlink(missing_ok=True)
        if source.is_symlink():
            target.symlink_to(os.readlink(source))
        elif time.time() - facts.st_mtime < SETTLED:
            _copy(source, target)
        else:
            _link(source, target, facts, before)
    except FileNotFoundError:
        return


def _link(source: Path, target: Path, facts: os.stat_result, before: Path | None) -> None:
    try:
        os.link(source, target)
    except OSError:
        if before is not None and _same(facts, before):
            os.link(before, target)
        else:
            _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    shutil.copy2(source, target)
    durable.sync(target)


def _same(facts: os.stat_result, other: Path) -> bool:
    try:
        found = other.lstat()
    except FileNotFoundError:
        return False
    return (found.st_size, found.st_mtime_ns) == (facts.st_size, facts.st_mtime_ns)

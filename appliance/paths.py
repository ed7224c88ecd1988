"""The only maker of paths: Koji's topdir, Copr's results and the appliance's own state, and where traversal
ends.
"""

import os
import re
import unicodedata
from pathlib import Path

from koji import PathInfo

from appliance.errors import GenericError


class Paths:
    """Where things lie below the state directory DIR."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.database = state / "appliance.db"
        self.settings = state / "appliance.toml"
        self.koji = state / "koji"
        self.copr = state / "copr"
        self.results = self.copr / "results"
        self.submitted = self.copr / "tmp"
        self.jobs = state / "jobs"
        self.failed = state / "failed"
        self.pending = state / "pending"
        self.bundles = state / "bundles"
        self.cache = state / "cache"
        self.keys = state / "keys"
        self.lock = state / "lock"
        self.topdir = PathInfo(topdir=str(self.koji))

    def make(self) -> None:
        """Make the directories of a new state, readable by their owner alone where secrets lie."""
        for name in ("work", "packages", "repos", "repos-dist", "scratch", "vol"):
            (self.koji / name).mkdir(parents=True, exist_ok=True)
        for path in (self.results, self.submitted, self.jobs, self.cache):
            path.mkdir(parents=True, exist_ok=True)
        self.keys.mkdir(mode=0o700, exist_ok=True)
        self.database.touch(mode=0o600)  # it holds the keys of sessions; what SQLite lays beside it is like it

    def holds(self, path: Path) -> bool:
        """Whether PATH, with every link followed, lies below Koji's topdir or one of its volumes (which may
        be links).
        """
        roots = [self.koji, *(self.koji / "vol").glob("*")]
        real = os.path.realpath(path)
        return any(real.startswith(os.path.realpath(root) + os.sep) for root in roots)


def inside(root: Path | str, *parts: str) -> Path:
    """ROOT/PARTS, or a GenericError if that would lie outside ROOT (absolute parts, `..`, NUL, links that
    lead out).
    """
    base = os.path.realpath(root)
    for part in parts:
        if "\0" in part or os.path.isabs(part):
            raise GenericError(f"Invalid path: {part!r}")
    joined = os.path.normpath(os.path.join(base, *parts))
    if joined != base and not joined.startswith(base + os.sep):
        raise GenericError(f"Path is outside of {os.path.basename(base)}: {os.path.join(*parts)!r}")
    real = os.path.realpath(joined)
    if real != base and not real.startswith(base + os.sep):
        raise GenericError(f"Path leads out of {os.path.basename(base)}: {os.path.join(*parts)!r}")
    return Path(joined)


MAX_NAME = 255  # bytes, as file systems have it
_SAFE = re.compile(r"[A-Za-z0-9_+~^.-]+\Z")


def component(name: str) -> str:
    """NAME if it can be one component of a path and nothing else."""
    if not _SAFE.match(name) or name in (".", ".."):
        raise GenericError(f"Invalid file name: {name!r}")
    return name


def file_name(name: str) -> str:
    """NAME, in whatever characters, if it can be one file in a directory and nothing else."""
    if not name or name in (".", "..") or "/" in name or not name.isprintable() or len(name.encode()) > MAX_NAME:
        raise GenericError(f"Invalid file name: {name!r}")
    return name


def plain(name: str) -> str:
    """A file name that a stranger sent as one safe component: ASCII letters, digits, `_`, `.` and `-`.

    A GenericError where nothing is left of it.
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    words = "_".join(ascii_name.replace("/", " ").split())
    return component(re.sub(r"[^A-Za-z0-9_.-]", "", words).strip("._"))

"""Puts a composed repository on disk so that a reader at any moment finds a whole one."""

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .compose import Parts, Repository

INDEX = "repomd.xml"
SIGNATURE = "repomd.xml.asc"
METADATA = re.compile(r"[0-9a-f]{64}-[\w.+-]+")
BESIDE = ".beside-"


@dataclass(frozen=True)
class Retention:
    """How long files stay that the index no longer names: a client may be in the middle of fetching them.

    A file goes when it is out of use for SECONDS and is not of the last GENERATIONS publications.
    """

    seconds: float = 600
    generations: int = 3


def publish(
    repository: Repository,
    root: str | Path,
    *,
    signer: Callable[[bytes], bytes] | None = None,
    retention: Retention | None = None,
    clock: Callable[[], float] = time.time,
) -> None:
    """Make ROOT/repodata the given repository. SIGNER gives the armoured signature of repomd.xml.

    Everything is synced before the index is renamed into place: a crash leaves the old repository or the new.
    """
    directory = Path(root) / "repodata"
    directory.mkdir(parents=True, exist_ok=True)
    with locked(directory) as handle:
        drop_leftovers(directory)
        before = named_by_index(directory)
        index = signed(repository.repomd, signer)
        put(directory, {**missing(directory, repository.files), **index})
        os.fsync(handle)
        if not signer:
            (directory / SIGNATURE).unlink(missing_ok=True)
        retire(directory, before - set(repository.files), clock())
        prune(directory, set(repository.files), retention or Retention(), clock())


def signed(repomd: bytes, signer: Callable[[bytes], bytes] | None) -> dict[str, Parts]:
    """The files that change in place, the index last; in between a strict client must try again."""
    signature = {SIGNATURE: (signer(repomd),)} if signer else {}
    return {**signature, INDEX: (repomd,)}


def missing(directory: Path, files: dict[str, Parts]) -> dict[str, Parts]:
    return {name: parts for name, parts in files.items() if not is_there(directory / name, parts)}


def is_there(path: Path, parts: Parts) -> bool:
    """The name holds the content's checksum and appears only when it is synced, so the size is enough."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size == sum(map(len, parts))
    return False


def put(directory: Path, files: dict[str, Parts]) -> None:
    """All files written and synced beside, then renamed: one directory keeps its renames in order."""
    with ThreadPoolExecutor(len(files), "publish") as pool:  # syncs that wait together wait once
        list(pool.map(write, [directory / (BESIDE + name) for name in files], files.values()))
    for name in files:
        (directory / (BESIDE + name)).replace(directory / name)


def write(path: Path, parts: Parts) -> None:
    with open(path, "wb") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def locked(directory: Path) -> Iterator[int]:
    """One writer a directory, across threads and processes; the lock goes with the process that holds it."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def drop_leftovers(directory: Path) -> None:
    """What a writer that died left: nobody else writes while we hold the lock."""
    for path in directory.glob(BESIDE + "*"):
        path.unlink()


def named_by_index(directory: Path) -> set[str]:
    """The files that the index in place refers to; none if there is no index."""
    try:
        text = (directory / INDEX).read_text()
    except FileNotFoundError:
        return set()
    return set(re.findall(r'<location href="repodata/([^"/]+)"', text))


def retire(directory: Path, names: Iterable[str], now: float) -> None:
    """Note when files went out of use, as their time of change."""
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            os.utime(directory / name, ns=(nanoseconds(now), nanoseconds(now)))


def prune(directory: Path, current: set[str], retention: Retention, now: float) -> None:
    """Drop the files out of use whose time is over."""
    former = {path: path.stat().st_mtime_ns for path in out_of_use(directory, current)}
    latest = set(sorted(set(former.values()), reverse=True)[: retention.generations])
    for path, since in former.items():
        if since not in latest and since <= nanoseconds(now - retention.seconds):
            path.unlink()


def nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)


def out_of_use(directory: Path, current: set[str]) -> Iterator[Path]:
    for path in directory.iterdir():
        if path.name not in current and METADATA.fullmatch(path.name):
            yield path

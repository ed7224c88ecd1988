"""Repositories of twenty thousand packages: ours against the createrepo_c command, on the same RPM files."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from appliance.repodata import BlockCache, Entry, compose, from_rpm, publish
from appliance.testing.rpmfile import Spec, write

COUNT = 20_000
COMMAND = str(Path(sys.executable).with_name("createrepo_c"))
NOW = 1_700_000_000
ADDED = Spec("mmm-added", version="9", files=("/usr/bin/mmm-added",))


def spec(number: int) -> Spec:
    """Packages of a handful of builds each, with the few files that small packages have."""
    name = f"pkg{number:05d}"
    files = tuple(f"/usr/share/{name}/part-{number * 31 % 997}-{part}" for part in range(8))
    return Spec(name, version=f"{number % 9}.{number % 7}", source=f"src{number // 4}", files=files)


@contextmanager
def packages(count: int = COUNT) -> Iterator[tuple[Path, dict[str, bytes], list[Entry]]]:
    """A directory of RPMs, and what a database has of them: packed fragments by digest, and entries."""
    directory = Path(tempfile.mkdtemp(prefix="bench-repodata-"))
    try:
        paths = write(directory / "repo", *map(spec, range(count)))
        fragments = [from_rpm(path) for path in paths]
        rows = {fragment.digest: fragment.pack() for fragment in fragments}
        entries = [fragment.entry(path.name) for fragment, path in zip(fragments, paths, strict=True)]
        yield directory, rows, entries
    finally:
        shutil.rmtree(directory)


def loader(rows: dict[str, bytes]) -> Callable[[list[str]], dict[str, bytes]]:
    return lambda digests: {digest: rows[digest] for digest in digests}


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def createrepo(repo: Path, *options: str) -> None:
    subprocess.run([COMMAND, "--quiet", *options, str(repo)], check=True, stderr=subprocess.DEVNULL)


def repo_add_one(count: int = COUNT, rounds: int = 5) -> tuple[float, float]:
    """One RPM into COUNT: from the file on disk to the published repository; median seconds of both."""
    with packages(count) as (directory, rows, entries):
        repo, target, cache = directory / "repo", directory / "ours", BlockCache(directory / "cache")
        publish(compose(entries, loader(rows), cache=cache, timestamp=NOW), target)
        createrepo(repo)
        ours, theirs = [], []
        for number in range(rounds):
            (path,) = write(repo, replace(ADDED, version=str(number)))
            ours.append(seconds(partial(add, path, rows, entries, cache, target)))
            theirs.append(seconds(partial(createrepo, repo, "--update", "--skip-stat")))
        return median(ours), median(theirs)


def add(path: Path, rows: dict[str, bytes], entries: list[Entry], cache: BlockCache, target: Path) -> None:
    """What the hub does: one fragment made and stored, then the set composed anew, the package amid it."""
    fragment = from_rpm(path)
    rows[fragment.digest] = fragment.pack()
    entries.insert(len(entries) // 2, fragment.entry(path.name))
    publish(compose(entries, loader(rows), cache=cache, timestamp=NOW + 1), target)


def repo_from_rows(count: int = COUNT, rounds: int = 3) -> tuple[float, float]:
    """COUNT packages from stored rows, nothing cached, against reading every RPM; median seconds of both."""
    with packages(count) as (directory, rows, entries):
        ours = [seconds(partial(from_rows, rows, entries, directory / f"ours-{at}")) for at in range(rounds)]
        theirs = [seconds(partial(createrepo, directory / "repo")) for _ in range(rounds)]
        return median(ours), median(theirs)


def from_rows(rows: dict[str, bytes], entries: list[Entry], target: Path) -> None:
    publish(compose(entries, loader(rows), cache=BlockCache(target / "cache"), timestamp=NOW), target)

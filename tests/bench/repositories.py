"""A tag's repository of twenty thousand packages: composed by the hub, against createrepo_c on the same files."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

from appliance.db.models.builds import Rpm, RpmFragment
from appliance.hub import bootstrap, builds, foreign, imports, packages, repo_content, state, tagging, tags
from appliance.hub.hub import Call, Hub
from appliance.hub.kept import Kept
from appliance.hub.repo_content import Wanted
from appliance.repodata import Fragment, Listing, compose, from_rpm, publish
from appliance.testing.rpmfile import Spec, write
from tests.bench.registry import Result, benchmark

T = TypeVar("T")

COUNT, PER_BUILD, ROUNDS, ADDITIONS = 20_000, 4, 3, 5
SIZE = 250_000  # bytes of a file, half of what distributions' packages have; zeros, which cost no disk
ARCH = "x86_64"
COMMAND = str(Path(sys.executable).with_name("createrepo_c"))
# The form that createrepo_c writes unless it is told otherwise, and the one that the hub does; like is put to like.
FORMS = {"zstd": "--general-compress-type=zstd", "gz": "--general-compress-type=gz"}


def spec(number: int, version: int) -> Spec:
    """Packages of a handful of builds each, with the few files that small packages have."""
    name = f"pkg{number:05d}"
    files = tuple(f"/usr/share/{name}/part-{number * 31 % 997}-{part}" for part in range(8))
    return Spec(name, version=f"{version}.{number % 7}", source=f"src{number // PER_BUILD:05d}", files=files)


@dataclass
class Site:
    """A hub with a tag of COUNT packages, whose files are in FILES.

    Every second build replaced one that there was at the event THEN.
    """

    hub: Hub
    tag_id: int
    files: Path
    then: int = 0

    def put(self, numbers: Iterable[int], version: int) -> None:
        """Builds of that version of each package, the newest in the tag; of a package one file stays."""
        wanted = [spec(number, version) for number in numbers]
        paths = write(self.files, *wanted)
        for path, each in zip(paths, wanted, strict=True):
            os.truncate(path, SIZE)
            (self.files / each.filename.replace(f"-{version}.", f"-{version - 1}.", 1)).unlink(missing_ok=True)
        with self.hub.write() as call:
            call.session = bootstrap.operator(call)
            for start in range(0, len(paths), PER_BUILD):
                self.take(call, wanted[start].source, paths[start : start + PER_BUILD])

    def take(self, call: Call, source: str, paths: Sequence[Path]) -> None:
        """A build of these files, in the tag."""
        found = [from_rpm(path) for path in paths]
        data = {"name": source, "version": found[0].version, "release": found[0].release, "epoch": None}
        build = builds.require(call, imports.new_build(call, data))
        foreign.store_fragments(call, found)
        for fragment in found:
            _insert(call, build["id"], fragment)
        packages.put(call, self.tag_id, source, call.user_id)
        tagging.tag(call, {"id": self.tag_id, "name": "big"}, build)

    def compose(self, target: Path, event: int | None = None) -> None:
        """The repository as it is, or was at an event, composed and put into TARGET."""
        with self.hub.read() as call:
            publish(repo_content.compose_tag(call, Wanted(self.tag_id, ARCH, event)), target)

    @property
    def form(self) -> str:
        """How repositories are compressed; one of FORMS."""
        return self.hub.settings.repositories.compression

    def use(self, form: str) -> None:
        self.hub.settings.repositories.compression = form

    def forget(self) -> None:
        """Drop all that is remembered of what was composed before."""
        self.hub.kept = Kept(COUNT * 3)
        shutil.rmtree(self.hub.paths.cache / "blocks", ignore_errors=True)


def _insert(call: Call, build_id: int, fragment: Fragment) -> None:
    rpm_id = call.tx.insert(
        Rpm, build_id=build_id, name=fragment.name, version=fragment.version, release=fragment.release,
        arch=fragment.arch, external_repo_id=0, payloadhash=fragment.pkgid[:32], size=fragment.size,
        buildtime=fragment.built,
    )  # fmt: skip
    call.tx.insert(
        RpmFragment, rpm_id=rpm_id, pkgid=fragment.pkgid, digest=fragment.digest, sourcerpm=fragment.sourcerpm
    )


def made(room: Path, count: int = COUNT) -> Site:
    state.init(room / "state")
    hub = state.open_hub(room / "state")
    with hub.write() as call:
        call.session = bootstrap.operator(call)
        site = Site(hub, tags.create(call, "big", arches=ARCH), room / "packages")
    site.put(range(count), 1)
    with hub.read() as call:
        site.then = call.tx.value("SELECT MAX(id) FROM events")
    site.put([number for number in range(count) if number // PER_BUILD % 2], 2)
    return site


@benchmark("repo_from_rows", "repo_at_event", "repo_add_one", "repo_after_tagging", "repo_add_one_gz")
def repositories(room: Path) -> Iterator[Result]:
    """Whole from the rows with nothing cached, now and as it was before half the packages changed; then one more."""
    site = made(room)
    site.use("zstd")
    now = _in_a_row(ROUNDS, partial(_emptied, site, room / "now"), site.compose)
    then = _in_a_row(ROUNDS, partial(_emptied, site, room / "then"), partial(site.compose, event=site.then))
    theirs = _in_a_row(ROUNDS, lambda _: FORMS[site.form], partial(_createrepo, site.files))
    yield Result("repo_from_rows", now, theirs, "s", 0.2, "20,000 packages against createrepo_c")
    yield Result("repo_at_event", then, now, "s", 1.5, "10,000 of 20,000 differ from now")
    yield from _one_more(site, room / "added")
    site.use("gz")
    theirs, composed, _ = _one_more_times(site, room / "added-gz")
    yield Result("repo_add_one_gz", composed, theirs, "s", 0.1, "the same in gz on both sides", limit=0.5)
    site.hub.close()


def _one_more(site: Site, target: Path) -> Iterator[Result]:
    theirs, composed, tagged = _one_more_times(site, target)
    note = "one RPM into 20,000, against createrepo_c --update --skip-stat"
    yield Result("repo_add_one", composed, theirs, "s", 0.05, note, limit=0.5)
    yield Result("repo_after_tagging", tagged, theirs, "s", 0.33, "the same through the hub", limit=0.5)


def _one_more_times(site: Site, target: Path) -> tuple[float, float, float]:
    """Seconds from one more file to the published repository: theirs, ours with the tag's entries at hand, the hub's."""
    site.compose(target)
    with site.hub.read() as call:
        listing = repo_content.own(call, Wanted(site.tag_id, ARCH))
    options = FORMS[site.form], "--update", "--skip-stat"
    _createrepo(site.files, FORMS[site.form])
    theirs = _additions(site, "theirs", lambda _: _createrepo(site.files, *options))
    composed = _additions(site, "composed", lambda path: _added(site, path, listing, target))
    return theirs, composed, _additions(site, "tagged", lambda path: _tagged(site, path, target))


def _additions(site: Site, what: str, action: Callable[[Path], None]) -> float:
    """Seconds of one more file, which is written before."""

    def one_more(number: int) -> Path:
        return write(site.files, Spec(f"mmm-{what}-{site.form}-{number}", files=("/usr/bin/mmm",)))[0]

    return _in_a_row(ADDITIONS, one_more, action)


def _emptied(site: Site, room: Path, number: int) -> Path:
    """A place for one more repository, of which nothing is remembered."""
    site.forget()
    return room / str(number)


def _added(site: Site, path: Path, listed: Listing, target: Path) -> None:
    """The file's metadata taken and kept, the set composed with it amid, and published."""
    fragment, middle = from_rpm(path), len(listed) // 2
    listing = listed.edited(middle, middle, [fragment.entry(path.name)])
    with site.hub.write() as call:
        foreign.store_fragments(call, [fragment])
        load, cache = partial(foreign.load_fragments, call), repo_content.cache(call)
        form = repo_content.compression(call)
        publish(compose(listing, load, cache=cache, timestamp=int(call.now()), compression=form), target)


def _tagged(site: Site, path: Path, target: Path) -> None:
    """The build made, tagged and committed, what the tag holds asked for, composed and published."""
    with site.hub.write() as call:
        call.session = bootstrap.operator(call)
        site.take(call, path.stem.rsplit("-", 2)[0], [path])
    site.compose(target)


def _createrepo(directory: Path, *options: str) -> None:
    words = [COMMAND, "--quiet", *options, str(directory)]
    subprocess.run(words, check=True, stderr=subprocess.DEVNULL)


def _in_a_row(times: int, prepared: Callable[[int], T], action: Callable[[T], object]) -> float:
    """The median of an action's seconds, each on what was PREPARED: none pays for caches that somebody else emptied."""
    return median([_seconds(partial(action, prepared(number))) for number in range(times)])


def _seconds(action: Callable[[], object]) -> float:
    os.sync()  # what was written before is not to be paid for by what is measured
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun

"""Builds: what the appliance adds to the bare builder command, in time, at each step.

The bare command is the job's own process, started by hand on the same source, buildroot and cache of roots:
no hub, no tasks, no import. Of a chain, createrepo_c runs between the jobs.
"""

import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import koji

from appliance.builder import job
from appliance.builder.process import Identity
from appliance.builder.spec import JobSpec, RepoSpec, RootSpec
from tests.bench.registry import Result, benchmark
from tests.clients.site import Site, distribution, group, sample

TIMES, CHAINS = 5, 5
CHAIN = ("chain-a", "chain-b", "tiny-noarch")


class Workplace:
    """A served site with a warm buildroot, and the bare command beside it."""

    def __init__(self, room: Path) -> None:
        self.room, self.made = room, 0
        self.site = Site(room / "site", "gcc")
        self.site.prepare()
        self.site.start()
        self.site.koji("add-pkg", "--owner", "kojiadmin", "demo", "slow", *CHAIN)
        self.session = koji.ClientSession(f"{self.site.url}/kojihub", {"user": "kojiadmin", "password": "adminpw"})
        self.session.login()

    def upload(self, name: str) -> str:
        """The path below the work directory of a sample that was uploaded anew."""
        self.made += 1
        place = f"cli-build/bench-{self.made}"
        self.session.uploadWrapper(str(sample(name)), place)
        return f"{place}/{sample(name).name}"

    def build(self, name: str, **options: object) -> int:
        return int(self.session.build(self.upload(name), "demo", {"scratch": True, **options}))

    def seconds(self, task_id: int) -> float:
        """From a task's creation to its end, by the hub's clock; to ask often would take time from what is measured."""
        while not self.session.taskFinished(task_id):
            time.sleep(0.5)
        task = self.session.getTaskInfo(task_id)
        if task["state"] != koji.TASK_STATES["CLOSED"]:
            raise RuntimeError(f"task {task_id}: {self.session.getTaskResult(task_id, raise_fault=False)}")
        return float(task["completion_ts"] - task["create_ts"])

    def jobs(self) -> set[Path]:
        return {path.parent for path in (self.site.state / "jobs").glob("*/pid")}

    def started(self, before: set[Path], seconds: float = 30) -> Path:
        """The directory of the first job whose process is there and was not before."""
        end = time.monotonic() + seconds
        while not (new := self.jobs() - before):
            if time.monotonic() > end:
                raise RuntimeError("no job began")
            time.sleep(0.001)
        return new.pop()

    def bare(self, name: str, *repos: Path) -> tuple[float, Path]:
        """Seconds of the bare command, its start as a process among them, and where its results are."""
        self.made += 1
        jobdir = self.room / "bare" / str(self.made)
        jobdir.mkdir(parents=True)
        spec = JobSpec(
            id=str(self.made), kind="rebuild", root=self._root(*repos),
            cache_dir=str(self.site.state / "cache"), source=str(sample(name)), builder="overlay",
        )  # fmt: skip
        begun = time.perf_counter()
        job.start(jobdir, spec)
        outcome = job.attach(jobdir).wait(300)
        if outcome is None or not outcome.ok:
            raise RuntimeError(f"the bare command failed: {outcome}")
        return time.perf_counter() - begun, jobdir / "result"

    def _root(self, *repos: Path) -> RootSpec:
        base = distribution("gcc")
        places = (base, *repos)
        all_repos = tuple(RepoSpec(f"r{n}", (f"file://{path}",)) for n, path in enumerate(places))
        return RootSpec("bare-x86_64-build", "x86_64", tuple(group(base, "build")), all_repos)

    def stop(self) -> None:
        self.session.logout()
        self.site.stop()


def _settled(room: Path) -> Workplace:
    """A workplace whose roots and downloads are there for both sides."""
    place = Workplace(room)
    place.seconds(place.build("tiny-noarch"))
    place.bare("tiny-noarch")
    return place


@benchmark("submit_to_start", "cancel", "build_overhead")
def single(room: Path) -> Iterator[Result]:
    """One package: how soon its job runs, how soon it is gone, and what all around it takes."""
    place = _settled(room)
    try:
        note = "from the hub's answer to the job's process"
        yield Result("submit_to_start", _to_start(place), 0.1, "s", 1.0, note)
        yield Result("cancel", _cancel(place), 1.0, "s", 1.0, "from the call to the end of every process")
        ours = statistics.median(place.seconds(place.build("tiny-noarch")) for _ in range(TIMES))
        bare = statistics.median(place.bare("tiny-noarch")[0] for _ in range(TIMES))
        bound = max(1.03, (bare + 1.0) / bare)
        yield Result("build_overhead", ours, bare, "s", bound, "a whole build over the bare command")
    finally:
        place.stop()


def _to_start(place: Workplace) -> float:
    taken = []
    for _ in range(TIMES):
        source, before = place.upload("tiny-noarch"), place.jobs()
        task = place.session.build(source, "demo", {"scratch": True})
        begun = time.perf_counter()
        place.started(before)
        taken.append(time.perf_counter() - begun)
        place.seconds(task)
    return statistics.median(taken)


def _cancel(place: Workplace) -> float:
    taken = []
    for _ in range(3):
        task, before = place.build("slow"), place.jobs()
        jobdir = place.started(before)
        _until_compiling(place, task)
        jobdir = place.jobs().pop()
        inner = Identity.read(jobdir / "work" / "init")
        begun = time.perf_counter()
        place.session.cancelTask(task)
        while jobdir.exists() or (inner and inner.alive()):
            time.sleep(0.002)
        taken.append(time.perf_counter() - begun)
    return max(taken)


def _until_compiling(place: Workplace, task: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        children = [each for each in place.session.getTaskChildren(task) if each["method"] == "buildArch"]
        if children and _compiles(place, children[0]["id"]):
            return
        time.sleep(0.05)
    raise RuntimeError("the slow package is not being compiled")


def _compiles(place: Workplace, task: int) -> bool:
    log = place.site.state / "koji" / "work" / koji.pathinfo.taskrelpath(task) / "build.log"
    return log.exists() and b"Executing(%build)" in log.read_bytes()


@benchmark("chain_vs_bare")
def chain(room: Path) -> Iterator[Result]:
    """Three small packages, each from a repository with those before: against the bare commands' sum.

    The bare command has no step that makes the source package anew first; the tag's `rebuild_srpm` (Koji's
    own setting) leaves it out of ours, too.
    """
    place = _settled(room)
    try:
        place.session.editTag2("demo-build", extra={"rebuild_srpm": False, "rpm.macro.dist": "%{nil}"})
        ours, bare = [], []
        for number in range(CHAINS):
            ours.append(_chain(place))
            repo = room / f"chain-repo-{number}"
            repo.mkdir()
            bare.append(sum(_link(place, name, repo) for name in CHAIN))
        note = f"{len(CHAIN)} packages"
        yield Result("chain_vs_bare", statistics.median(ours), statistics.median(bare), "s", 1.15, note)
    finally:
        place.stop()


def _chain(place: Workplace) -> float:
    """Seconds of the chain; what it built is undone, so that it can be built again."""
    sources = [[place.upload(name)] for name in CHAIN]
    taken = place.seconds(place.session.chainBuild(sources, "demo"))
    for build in place.session.listTagged("demo", latest=True):
        if build["name"] in CHAIN:
            place.session.untagBuildBypass("demo", build["id"])
            place.session.resetBuild(build["id"])
    return taken


def _link(place: Workplace, name: str, repo: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(["createrepo_c", "--quiet", repo], check=True)
    _, results = place.bare(name, repo)
    for path in results.glob("*.rpm"):
        os.link(path, repo / path.name)
    return time.perf_counter() - begun

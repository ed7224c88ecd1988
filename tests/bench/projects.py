"""Copr's projects at size: a fork of five thousand packages."""

import hashlib
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from appliance.db.models.copr import (
    CoprBuild,
    CoprBuildChroot,
    CoprPackage,
    CoprRpm,
    Project,
    ProjectChroot,
    ProjectDir,
)
from appliance.hub import bootstrap, forks, mock_chroots, projects, state
from appliance.hub.hub import Call, Hub
from tests.bench.registry import Result, benchmark

COUNT = 5_000
CHROOT = "fedora-40-x86_64"
FILES = ("build.log.gz", "root.log.gz", "results.json", "success", "backend.log.gz")


@benchmark("fork_5000")
def fork_5000(room: Path) -> Iterator[Result]:
    """A project of 5,000 packages, each with a build of seven files: its fork, rows and files, against a second."""
    hub = _hub(room)
    with hub.write() as call:
        call.session = bootstrap.operator(call)
        _project(call)
    ours = statistics.median(_fork(hub, f"copy{number}") for number in range(3))
    hub.close()
    yield Result("fork_5000", ours, 1.0, "s", 1.0, "5,000 packages against a stated second")


def _fork(hub: Hub, name: str) -> float:
    os.sync()  # what was written before is not to be paid for by what is measured
    begun = time.perf_counter()
    with hub.write() as call:
        call.session = bootstrap.operator(call)
        forks.fork(call, projects.find(call, "admin", "big"), {"name": name, "ownername": "admin"})
    return time.perf_counter() - begun


def _hub(room: Path) -> Hub:
    state.init(room / "state")
    hub = state.open_hub(room / "state")
    with hub.write() as call:
        call.session = bootstrap.operator(call)
        mock_chroots.bring_about(call, {"name": CHROOT})
    return hub


def _project(call: Call) -> None:
    chroot = mock_chroots.find(call, CHROOT)
    user = call.user_id
    project = call.tx.insert(Project, name="big", user_id=user, created_on=0)
    directory = call.tx.insert(ProjectDir, project_id=project, name="big", main=True)
    call.tx.insert(ProjectChroot, project_id=project, mock_chroot_id=chroot["id"])
    for number in range(COUNT):
        _package(call, project, directory, chroot["id"], f"package{number:04d}")


def _package(call: Call, project: int, directory: int, chroot: int, name: str) -> None:
    package = call.tx.insert(CoprPackage, project_id=project, name=name)
    build = call.tx.insert(
        CoprBuild, project_id=project, dir_id=directory, package_id=package, user_id=call.user_id, submitted_on=0,
        timeout=1, source_status="succeeded", pkg_version="1-1",
    )  # fmt: skip
    place = f"{build:08d}-{name}"
    half = call.tx.insert(CoprBuildChroot, build_id=build, mock_chroot_id=chroot, status="succeeded", result_dir=place)
    root = call.paths.results / "admin" / "big" / CHROOT / place
    root.mkdir(parents=True)
    for file in (*FILES, f"{name}-1-1.noarch.rpm", f"{name}-1-1.src.rpm"):
        (root / file).write_bytes(b"content")
    digest = hashlib.sha256(name.encode()).hexdigest()
    call.tx.insert(
        CoprRpm, build_chroot_id=half, name=name, version="1", release="1", arch="noarch", checksum=digest, digest=digest,
        filename=f"{name}-1-1.noarch.rpm", size=7, sourcerpm=f"{name}-1-1.src.rpm", create_event=call.tx.event(),
    )  # fmt: skip

"""How heavy builds count: by what their packages took before, so that hosts are neither crowded nor idle."""

import shutil
from pathlib import Path

import pytest

from appliance.builder import handlers, local, sizing
from appliance.builder.outcome import Outcome
from appliance.builder.spec import JobSpec, RootSpec
from appliance.hub import usage
from appliance.hub.hub import Hub

handlers.load()
REQUEST = ["tasks/1/1/kernel-6.1-1.src.rpm", "f40-build", "x86_64", True, {"repo_id": 1}]


def took(seconds: float, **resources: float) -> Outcome:
    return Outcome(True, "overlay", started=100.0, ended=100.0 + seconds, resources=resources)


def job() -> JobSpec:
    return JobSpec("1", "rebuild", RootSpec("f40", "x86_64"), "/cache", source=f"/work/{REQUEST[0]}", arch="x86_64")


def test_a_package_that_was_never_built_has_the_weight_of_its_kind(hub: Hub) -> None:
    with hub.read() as call:
        assert sizing.weight(call, "buildArch", REQUEST) == 1.5


def test_a_build_weighs_what_the_package_took_before(hub: Hub) -> None:
    with hub.write() as call:
        sizing.learn(call, job(), took(100, cpu_seconds=100, memory_mb=10, disk_mb=300))
        light = sizing.weight(call, "buildArch", REQUEST)
        sizing.learn(call, job(), took(100, cpu_seconds=100, memory_mb=local.memory_mb() * 0.75, disk_mb=300))
        heavy = sizing.weight(call, "buildArch", REQUEST)
    assert light < heavy == pytest.approx(0.75 * local.capacity())


@pytest.mark.parametrize(
    ("cpu_seconds", "memory_mb", "share"), [(100, 10, 1 / 4), (300, 10, 3 / 4), (100, 4000, 1 / 2), (9000, 9000, 1.0)]
)
def test_the_scarcer_of_processors_and_memory_decides(cpu_seconds: float, memory_mb: float, share: float) -> None:
    used = {"cpu_seconds": cpu_seconds, "memory_mb": memory_mb, "seconds": 100.0}
    assert sizing.weight_of(used, cpus=4, memory_mb=8000) == pytest.approx(share * local.capacity())


def test_expectations_rise_at_once_and_fall_slowly(hub: Hub) -> None:
    with hub.write() as call:
        for memory in (100.0, 1000.0, 100.0):
            usage.learn(call, "bash", "x86_64", {"memory_mb": memory})
        found = usage.expected(call, "bash", "x86_64")
    assert found and 700 < found["memory_mb"] < 1000


def test_a_build_that_failed_teaches_nothing(hub: Hub) -> None:
    with hub.write() as call:
        sizing.learn(call, job(), Outcome(False, "overlay", failure="build-failed", resources={"memory_mb": 1}))
        assert usage.expected(call, "kernel", "x86_64") is None


def test_a_build_is_not_begun_where_its_files_had_no_room(hub: Hub, tmp_path: Path) -> None:
    with hub.write() as call:
        assert sizing.lacks(call, tmp_path, "buildArch", REQUEST) == ""
        free = shutil.disk_usage(tmp_path).free >> 20
        usage.learn(call, "kernel", "x86_64", {"disk_mb": float(free)})
        assert "MiB of disk" in sizing.lacks(call, tmp_path, "buildArch", REQUEST)
        assert sizing.lacks(call, tmp_path, "waitrepo", ["tag"]) == ""

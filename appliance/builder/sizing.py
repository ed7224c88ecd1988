"""How heavy a task is for this machine: by its kind, and for a build by what its package took before."""

import os
import shutil
from pathlib import Path
from typing import Any

import koji

from appliance.builder import local
from appliance.builder.outcome import Outcome
from appliance.builder.spec import JobSpec
from appliance.builder.steps import SIZED, WEIGHTS
from appliance.db.connection import Row
from appliance.hub import usage
from appliance.hub.hub import Call

_LEAST = 0.25  # of a build: it holds a buildroot at least
_MIB = 1 << 20


def weight(call: Call, method: str, request: list[Any]) -> float:
    """The part of a host's capacity that a task of METHOD with these arguments takes while it is open."""
    known = _expected(call, method, request)
    return WEIGHTS.get(method, 1.0) if known is None else weight_of(known)


def weight_of(used: Row, cpus: int | None = None, memory_mb: float | None = None) -> float:
    """The weight of a build that used so much, on this machine or one of CPUS and MEMORY_MB.

    It is the larger of its share of the processors while it ran, and of the memory at its greatest.
    """
    cores = used["cpu_seconds"] / used["seconds"] if used["seconds"] else 1.0
    share = max(cores / (cpus or os.cpu_count() or 1), used["memory_mb"] / (memory_mb or local.memory_mb()))
    return min(max(share, _LEAST / local.capacity()), 1.0) * local.capacity()


def lacks(call: Call, place: Path, method: str, request: list[Any]) -> str:
    """What a task would not find here now, in words: disk for a build that took more than is left."""
    known = _expected(call, method, request)
    wanted = call.settings.builder.min_disk_mb + (known["disk_mb"] if known else 0)
    free = shutil.disk_usage(place).free // _MIB
    if SIZED.get(method) is None or free >= wanted:
        return ""
    return f"it needs {wanted:.0f} MiB of disk, and {free} MiB are free"


def _expected(call: Call, method: str, request: list[Any]) -> Row | None:
    subject = SIZED.get(method)
    found = subject(call, request) if subject else None
    return usage.expected(call, *found) if found else None


def learn(call: Call, spec: JobSpec, outcome: Outcome) -> None:
    """Remember what a build that succeeded took."""
    if outcome.ok and spec.kind == "rebuild":
        used = {**outcome.resources, "seconds": outcome.ended - outcome.started}
        usage.learn(call, package_of(spec.source), spec.target, used)


def package_of(srpm: str) -> str:
    """The package that a source package's file name names."""
    return str(koji.parse_NVRA(Path(srpm).name)["name"])

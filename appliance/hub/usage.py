"""What builds of a package took before: learned from each that succeeds, to fill hosts and not to crowd them."""

from appliance.db.connection import Row
from appliance.db.models.tasks import PackageUsage
from appliance.hub.hub import Call

MEASURES = ("memory_mb", "cpu_seconds", "disk_mb", "seconds")
_FALL = 0.3  # how far one cheaper build brings the expectation down; a dearer one lifts it at once
_GET = f"SELECT {', '.join(MEASURES)} FROM package_usage WHERE package = :package AND arch = :arch"


def expected(call: Call, package: str, arch: str) -> Row | None:
    """`memory_mb, cpu_seconds, disk_mb, seconds` of a build to come; None for a package never built here."""
    return call.tx.row(_GET, {"package": package, "arch": arch})


def learn(call: Call, package: str, arch: str, used: dict[str, float]) -> None:
    """Take note of what a build used; a measure that is missing stays as it was."""
    known = expected(call, package, arch)
    if known is None:
        values = {name: used.get(name, 0.0) for name in MEASURES}
        call.tx.insert(PackageUsage, package=package, arch=arch, **values)
        return
    values = {name: _closer(known[name], used[name]) for name in MEASURES if name in used}
    call.tx.update(PackageUsage, values, package=package, arch=arch)


def _closer(known: float, seen: float) -> float:
    return max(seen, known + _FALL * (seen - known))

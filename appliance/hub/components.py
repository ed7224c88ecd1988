"""Which RPMs a list of packages means: those of our builds, and those of external repositories."""

from collections.abc import Iterator
from typing import Any

from appliance.db.connection import Row
from appliance.db.models.tags import ExternalRepo
from appliance.db.queries import buildroots as queries
from appliance.errors import GenericError
from appliance.hub import external_rpms, names
from appliance.hub.hub import Call

NVRA = ("name", "version", "release", "arch")
_AT_ONCE = 500  # packages in one question


def identify(call: Call, packages: list[Any]) -> list[int]:
    """The ids of packages as hosts name them: `name, version, release, arch`, and `location` if external.

    An external one is made known when it is first met; one of ours that there isn't is a GenericError.
    """
    for package in packages:
        _check(package)
    ours = [each for each in packages if not each.get("location")]
    others = [each for each in packages if each.get("location")]
    places = {each["location"] for each in others}
    located = {each: names.identify(call, ExternalRepo, each) for each in places}
    wanted = [(each, located[each["location"]]) for each in others]
    return _ours(call, ours) + external_rpms.know(call, wanted)


def _check(package: Any) -> None:
    if not isinstance(package, dict) or not all(isinstance(package.get(key), str) for key in NVRA):
        raise GenericError(f"Invalid rpminfo: {package!r}")


def _ours(call: Call, packages: list[Row]) -> list[int]:
    found = []
    for package, rows in candidates(call, packages):
        if not rows:
            raise GenericError(f"No such rpm: {package!r}")
        found.append(rows[0]["id"])
    return found


def candidates(call: Call, packages: list[Row]) -> Iterator[tuple[Row, list[Row]]]:
    """Each package with all RPMs of its name, version, release and arch, the likeliest first."""
    for start in range(0, len(packages), _AT_ONCE):
        part = packages[start : start + _AT_ONCE]
        rows: list[list[Row]] = [[] for _ in part]
        for row in call.tx.rows(*queries.matching(part)):
            rows[row["n"]].append(row)
        yield from zip(part, rows, strict=True)

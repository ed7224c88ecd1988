"""Noarch packages that several arches built: one is kept, and all must be alike."""

from pathlib import Path

import rpm
from koji.rpmdiff import Rpmdiff

from appliance.errors import BuildError, GenericError
from appliance.hub import arrivals, rpm_files
from appliance.hub.hub import Call

# Sizes, times, checksums and link counts of files may differ: programs put dates into what they generate.
_MAY_DIFFER = "S5TN"


def distinct(call: Call, names: list[str]) -> list[str]:
    """NAMES (of RPMs below the work directory) with each noarch package once.

    Raises BuildError where its copies differ in more than when and where they were built.
    """
    copies: dict[str, list[str]] = {}
    for name in names:
        copies.setdefault(Path(name).name if name.endswith(".noarch.rpm") else name, []).append(name)
    for same in copies.values():
        for other in same[1:]:
            _check_alike(arrivals.found(call, same[0]), arrivals.found(call, other))
    return [same[0] for same in copies.values()]


def _check_alike(one: Path, other: Path) -> None:
    for path in (one, other):
        rpm_files.header(path)
    try:
        compared = Rpmdiff(str(one), str(other), ignore=_MAY_DIFFER)
    except (rpm.error, KeyError) as error:
        raise GenericError(f"{other.name}: can't be compared: {error}") from None
    if compared.differs():
        raise BuildError(
            f"The following noarch package built differently on different architectures: {one.name}\n"
            f"rpmdiff output was:\n{compared.textdiff()}"
        )

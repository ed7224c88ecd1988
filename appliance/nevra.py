"""Names, versions and releases of packages: parsing, printing, and rpm's own order."""

from typing import Any

import rpm
from koji import parse_NVR, parse_NVRA

EVR = tuple[Any, Any, Any]


def compare(one: EVR, other: EVR) -> int:
    """-1, 0 or 1 as (epoch, version, release) ONE is older than, equal to or newer than OTHER."""
    return int(rpm.labelCompare(_labels(one), _labels(other)))


def _labels(evr: EVR) -> tuple[str, str, str]:
    epoch, version, release = evr
    return (str(epoch or 0), str(version), str(release))


__all__ = ["compare", "parse_NVR", "parse_NVRA"]

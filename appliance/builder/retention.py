"""Forgetting the buildroots that nobody builds in any more."""

import fcntl
import os
import time
from collections.abc import Iterable
from pathlib import Path

from appliance.builder import claims

DAY = 86400


def expire(cache_dir: Path, days: float, now: float | None = None) -> list[Path]:
    """Remove what no job has used for so many days, and what cancelled jobs have left; what was removed."""
    limit = (time.time() if now is None else now) - days * DAY
    claims.empty(cache_dir / "trash")
    old = [kind for kind in _entries(cache_dir / "roots") if _last_use(kind) < limit]
    removed = [kind for kind in old if _remove(kind)]
    for path in _mocks(cache_dir / "mock", limit):
        claims.remove(path)
        removed.append(path)
    return removed


def _mocks(place: Path, limit: float) -> list[Path]:
    """mock's caches and configurations made before then; none while a job works with mock, which locks nothing."""
    if any((place / "lib").glob("order-*")):
        return []
    found = [*_entries(place / "cache"), *_entries(place / "lib" / "configurations")]
    return [path for path in found if path.stat().st_mtime < limit]


def _entries(place: Path) -> list[Path]:
    return sorted(place.iterdir()) if place.is_dir() else []


def _last_use(kind: Path) -> float:
    """When a kind of root was used last: each of its sets notes it; one that has none yet is new."""
    noted = [path.stat().st_mtime for path in kind.glob("sets/*/used")]
    return max([*noted, kind.stat().st_mtime])


def _remove(kind: Path) -> bool:
    """Remove a kind of root; False if a job uses it or just makes it."""
    held = _lock([kind / "lock", *kind.glob("sets/*/used")])
    if held is None:
        return False
    gone = kind.with_name(f".{kind.name}.gone")
    kind.rename(gone)
    claims.remove(gone)
    for number in held:
        os.close(number)
    return True


def _lock(paths: Iterable[Path]) -> list[int] | None:
    """Locks on all of these files, or None and no lock where another holds one."""
    held: list[int] = []
    for path in paths:
        held.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644))
        try:
            fcntl.flock(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            for number in held:
                os.close(number)
            return None
    return held

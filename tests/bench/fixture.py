"""What a hub of a test's own costs, against a pytest run that does nothing."""

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from appliance import testing
from tests.bench.registry import Result, benchmark

_HUBS, _RUNS = 11, 3


@benchmark("test_hub_start")
def hub_start(room: Path) -> Iterable[Result]:
    """Until a further hub answers its first call; the process's first has paid for imports and the template."""
    _hub_seconds()
    ours = median(_hub_seconds() for _ in range(_HUBS))
    (room / "test_empty.py").write_text("def test_nothing(): pass\n")
    theirs = median(_pytest_seconds(room) for _ in range(_RUNS))
    yield Result("test_hub_start", ours, theirs, "s", 1.0, "a hub's start, against an empty pytest run", limit=0.3)


def _hub_seconds() -> float:
    begun = time.monotonic()
    with testing.hub() as hub:
        hub.user.getLoggedInUser()
        return time.monotonic() - begun


def _pytest_seconds(directory: Path) -> float:
    begun = time.monotonic()
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    subprocess.run(words, cwd=directory, check=True, capture_output=True)
    return time.monotonic() - begun

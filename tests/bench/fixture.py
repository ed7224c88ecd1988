"""What a hub of a test's own costs, against a pytest run that does nothing."""

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from tests.bench.registry import Result, benchmark

_MANY, _RUNS = 11, 3
_EMPTY = "def test_nothing(): pass\n"
_TESTS = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_it(appliance_hub, number):
    assert appliance_hub.user.getLoggedInUser()["name"] == "user"
"""


@benchmark("test_hub_start")
def hub_start(room: Path) -> Iterable[Result]:
    """One more test with a hub of its own, start, one call and stop; the first has paid for the imports."""
    one, many = (_file(room, f"test_{count}.py", _TESTS.format(count=count)) for count in (1, _MANY))
    empty = _file(room, "test_empty.py", _EMPTY)
    _seconds(one)  # makes the template
    ours = median((_seconds(many) - _seconds(one)) / (_MANY - 1) for _ in range(_RUNS))
    theirs = median(_seconds(empty) for _ in range(_RUNS))
    yield Result("test_hub_start", ours, theirs, "s", 1.0, "a further hub, against an empty pytest run", limit=0.3)


def _file(room: Path, name: str, text: str) -> Path:
    path = room / name
    path.write_text(text)
    return path


def _seconds(path: Path) -> float:
    """How long pytest takes for the tests of one file."""
    begun = time.monotonic()
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", path.name]
    subprocess.run(words, cwd=path.parent, check=True, capture_output=True)
    return time.monotonic() - begun

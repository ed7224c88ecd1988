"""Regular expressions in SQL, within a budget of time: a client's pattern must not hold the process up."""

import time
from functools import lru_cache
from typing import Any

import regex

TOO_LONG = 0.05  # seconds for one name, of which a sane pattern needs microseconds
BUDGET = 3.0  # seconds for all names that one unit of work looks at


class Matcher:
    """PostgreSQL's `regexp_like(value, pattern, flags)`; of the flags there is `i`, any case of letters."""

    def __init__(self) -> None:
        self.left = BUDGET

    def begin(self) -> None:
        """A unit of work begins, with the whole budget."""
        self.left = BUDGET

    def like(self, value: Any, pattern: str, flags: str = "") -> bool:
        """Whether PATTERN matches somewhere in VALUE. Raises TimeoutError when that takes too long."""
        if value is None:
            return False
        began = time.perf_counter()
        found = _compiled(pattern, flags).search(str(value), timeout=TOO_LONG)
        self.left -= time.perf_counter() - began
        if self.left < 0:
            raise TimeoutError
        return found is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str, flags: str) -> Any:
    return regex.compile(pattern, regex.IGNORECASE if "i" in flags else 0)


def problem(pattern: str) -> str | None:
    """What is wrong with PATTERN, in words; None if it can be matched."""
    try:
        _compiled(pattern, "")
    except regex.error as error:
        return str(error)
    except RecursionError:
        return "it is nested too deeply"
    return None

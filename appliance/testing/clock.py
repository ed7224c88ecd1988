"""Clocks that tests hold: standing still, or a step further each time they are looked at."""

import threading
from datetime import UTC, datetime


class Clock:
    """Call it for seconds since the epoch. It stands at START until `forward` or `set`.

    With STEP each look is so many seconds after the one before: a test tells its events apart by their times.
    """

    def __init__(self, start: float | str = "2024-01-01", step: float = 0.0) -> None:
        self._now = _seconds(start) - step
        self._step = step
        self._guard = threading.Lock()

    def __call__(self) -> float:
        with self._guard:
            self._now += self._step
            return self._now

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        with self._guard:
            self._now += seconds

    def set(self, moment: float | str) -> None:
        """Go to a moment: seconds since the epoch, or ISO text in UTC."""
        with self._guard:
            self._now = _seconds(moment)


def _seconds(moment: float | str) -> float:
    if not isinstance(moment, str):
        return float(moment)
    parsed = datetime.fromisoformat(moment)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()

"""When sessions were last used, remembered without a write for each call that only reads."""

import threading


class Activity:
    """Last use of sessions, in seconds since the epoch, until `take()` hands it over to be written down."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._used: dict[int, float] = {}
        self._taken = 0.0
        self._lock = threading.Lock()

    def note(self, session_id: int, now: float) -> None:
        with self._lock:
            self._used[session_id] = now

    def last(self, session_id: int, written: float) -> float:
        """The last use of a session whose row says WRITTEN."""
        with self._lock:
            return max(self._used.get(session_id, written), written)

    def due(self, now: float) -> bool:
        """Whether what is remembered has not been taken for a while."""
        with self._lock:
            return bool(self._used) and not 0 <= now - self._taken < self._seconds

    def take(self, now: float = 0.0) -> dict[int, float]:
        """All that is remembered, which is then forgotten."""
        with self._lock:
            taken, self._used, self._taken = self._used, {}, now
            return taken

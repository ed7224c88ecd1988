"""The bell: a committed change wakes whoever waits for it, so that nothing polls."""

import threading
from collections import defaultdict


class Bell:
    """Counts what happened by topic; waiters sleep until a count they know has grown.

    Topics in use: `tasks`, `task:ID`, `repos`, `builds`, `log:TASK`.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._counts: dict[str, int] = defaultdict(int)
        self._closed = False

    def ring(self, *topics: str) -> None:
        with self._condition:
            for topic in topics:
                self._counts[topic] += 1
            self._condition.notify_all()

    def heard(self, *topics: str) -> int:
        """How often these topics have been rung so far."""
        with self._condition:
            return self._heard(topics)

    def wait(self, topics: tuple[str, ...], since: int, timeout: float | None) -> int:
        """Sleep until the topics' count is above SINCE, TIMEOUT seconds passed or the bell is closed; the
        count.
        """
        with self._condition:
            self._condition.wait_for(lambda: self._closed or self._heard(topics) > since, timeout)
            return self._heard(topics)

    @property
    def closed(self) -> bool:
        """Whether the hub is about to stop."""
        return self._closed

    def close(self) -> None:
        """Wake everybody for the last time."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def _heard(self, topics: tuple[str, ...]) -> int:
        return sum(self._counts.get(topic, 0) for topic in topics)

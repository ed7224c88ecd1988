"""The process of a next job, begun while nobody waits for it: to load what jobs need takes most of a job's start."""

import contextlib
import threading
import time

from appliance.builder import job

PAUSE = 0.5  # seconds after a job began: the first of its life are its own
IDLE = 600  # seconds without a job after which none is kept ready for the next


class Spare:
    """One process at most that waits for a job."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: job.Waiting | None = None
        self._due: threading.Timer | None = None
        self._used = 0.0  # when a process was last asked for, by the monotonic clock

    def take(self) -> job.Waiting | None:
        """The process that waits, if one does; another will, soon."""
        with self._guard:
            waiting, self._waiting = self._waiting, None
            self._used = time.monotonic()
            self._prepare_later()
        return waiting

    def rest(self) -> None:
        """Let go what waits if nothing has been built for a while."""
        if time.monotonic() - self._used > IDLE:
            self.dismiss()

    def dismiss(self) -> None:
        """End the process that waits. It ends by itself when nobody is left to ask it."""
        with self._guard:
            if self._due:
                self._due.cancel()
            waiting, self._waiting, self._due = self._waiting, None, None
        if waiting:
            waiting.dismiss()

    def _prepare_later(self) -> None:
        if self._due is None:
            self._due = threading.Timer(PAUSE, self._prepare)
            self._due.daemon = True
            self._due.start()

    def _prepare(self) -> None:
        with self._guard:
            if self._due is None:  # dismissed meanwhile
                return
            self._due = None
            with contextlib.suppress(OSError):  # memory is short, say: a job then begins its own
                self._waiting = job.wait_for_one()

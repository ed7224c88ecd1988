"""What stops a job that does not stop by itself: its time, its silence, the space it takes."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from appliance.builder import claims
from appliance.builder.outcome import BuildFailure


class Guard(Protocol):
    """`check` raises BuildFailure to stop the job, else says in how many seconds to ask again."""

    def check(self) -> float: ...


class Deadline:
    """The job's time, in seconds, from when the guard is set."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self.clock, self.until = seconds, clock, clock() + seconds

    def check(self) -> float:
        left = self.until - self.clock()
        if left <= 0:
            raise BuildFailure("timeout", "", f"The build took longer than {self.seconds:g} seconds.")
        return left


class Silence:
    """A job that has written nothing to these logs for so many seconds hangs.

    Changes are counted on the guard's own clock, so that setting the machine's clock ends no build.
    """

    def __init__(self, seconds: float, logs: Sequence[Path], clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self.logs, self.clock = seconds, logs, clock
        self.seen, self.since = self._signs(), clock()

    def check(self) -> float:
        now, signs = self.clock(), self._signs()
        if signs != self.seen:
            self.seen, self.since = signs, now
        left = self.since + self.seconds - now
        if left <= 0:
            raise BuildFailure("hung", "", f"The build has written nothing for {self.seconds:g} seconds.")
        return min(left, max(self.seconds / 10, 0.05))

    def _signs(self) -> list[tuple[int, int]]:
        found = [path.stat() for path in self.logs if path.exists()]
        return [(sign.st_size, sign.st_mtime_ns) for sign in found]


class LogSize:
    """Keeps the logs that a builder's own programs write at their limit; it stops no job."""

    def __init__(self, limit_mb: int, logs: Sequence[Path]) -> None:
        self.limit_mb, self.logs = limit_mb, logs

    def check(self) -> float:
        from appliance.builder.logs import trim

        for path in self.logs:
            trim(path, self.limit_mb)
        return 1.0


class Space:
    """A job may take so many MiB below a directory and in what it noted there as taken elsewhere (0: any).

    It must leave so many MiB on each filesystem of these.
    """

    def __init__(self, place: Path, most_mb: int, leave_mb: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.place, self.most_mb, self.leave_mb, self.clock = place, most_mb, leave_mb, clock
        self.greatest_mb = 0.0

    def check(self) -> float:
        if self._left() < self.leave_mb:
            raise BuildFailure("disk-full", "", f"Less than {self.leave_mb} MiB are left on the builder's disk.")
        return 1.0 if not self.most_mb else self._check_use()

    def wanting(self) -> BuildFailure | None:
        """The verdict if there is nothing left; a builder could not even write its own."""
        return BuildFailure("disk-full", "", "The builder's disk is full.") if self._left() < 1 else None

    def measure(self) -> float:
        """What the job takes now, in MiB, and the greatest that was ever measured with it."""
        import subprocess  # a job's first process starts without it

        command = ["du", "-s", "-k", "-x", "-c", "--", *map(str, self._places())]
        counted = subprocess.run(command, capture_output=True, check=False)
        total = counted.stdout.splitlines()[-1:] or [b"0"]
        self.greatest_mb = max(self.greatest_mb, round(int(total[0].split()[0]) / 1024, 1))
        return self.greatest_mb

    def _places(self) -> list[Path]:
        taken = claims.read(self.place / claims.TAKEN)
        return [self.place, *(path for path in taken if path.exists())]

    def _left(self) -> float:
        return min(free_mb(path) for path in self._places())

    def _check_use(self) -> float:
        """Counting takes time in a large tree: it is done so seldom that it takes a twentieth at most."""
        before = self.clock()
        if self.measure() > self.most_mb:
            raise BuildFailure("disk-full", "", f"The build took more than {self.most_mb} MiB of disk.")
        return max(0.5, (self.clock() - before) * 20)


def free_mb(place: Path) -> float:
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize / (1 << 20)

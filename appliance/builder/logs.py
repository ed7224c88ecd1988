"""Logs of what a job runs: they grow while it runs, and stop growing at their limit, but for their end.

The end of a log says why a job failed; so of what is cut out the last lines stay.
"""

import os
import select
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CHUNK = 1 << 16
MARK = b"\n[log cut here: it reached its limit of %d MiB]\n"
END = 1 << 15  # bytes of the end of what was cut out


class Log:
    """A file that takes at most LIMIT_MB MiB (0: any), then says so; of what a command says more, the end."""

    def __init__(self, path: Path, limit_mb: int) -> None:
        self.path, self.limit_mb = path, limit_mb
        self._left = (limit_mb << 20) - (path.stat().st_size if path.exists() else 0)
        self._cut, self._touched, self._end = False, 0.0, b""
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def write(self, data: bytes) -> None:
        if self._cut:
            self._end = (self._end + data)[-END:]
            self._show_life()
            return
        taken = data[: max(self._left, 0)] if self.limit_mb else data
        os.write(self._file, taken)
        self._left -= len(taken)
        if len(taken) < len(data):
            os.write(self._file, MARK % self.limit_mb)
            self._cut, self._end = True, data[len(taken) :][-END:]

    def say(self, text: str) -> None:
        self.write(f"{text}\n".encode())

    def run(self, command: Sequence[str], **options: Any) -> int:
        """Run a command with its output in this log; its exit code, -N where signal N ended it."""
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
        ) as child:
            self._follow(child)
        os.write(self._file, _lines(self._end))
        self._end = b""
        return child.returncode

    def _follow(self, child: "subprocess.Popen[bytes]") -> None:
        """Copy until the command has ended; a process that it left holding the pipe is not waited for."""
        assert child.stdout
        ended = os.pidfd_open(child.pid)
        try:
            while _copy(child.stdout.fileno(), ended, self):
                pass
        finally:
            os.close(ended)

    def _show_life(self) -> None:
        """A log that was cut still shows by its time that something is written."""
        now = time.monotonic()
        if now - self._touched > 1:
            os.utime(self._file)
            self._touched = now


def trim(path: Path, limit_mb: int) -> None:
    """Cut a log that another program writes, which goes on behind the mark and the end of what was cut out."""
    limit, mark = limit_mb << 20, MARK % limit_mb
    if not path.exists() or path.stat().st_size <= limit + len(mark) + 2 * END:
        return
    with path.open("r+b") as log:
        log.seek(-END, os.SEEK_END)
        end = _lines(log.read(END))
        log.truncate(limit)
        log.seek(limit)
        log.write(mark + end)


def _lines(end: bytes) -> bytes:
    """The end of a log from where a line begins; all of it where most of it is one line."""
    return end if len(end) < END else end[end.find(b"\n", 0, END // 2) + 1 :]


def _copy(pipe: int, ended: int, log: Log) -> bool:
    """Move one chunk; False at the end of the pipe, or once it is empty and the command has ended."""
    ready = select.select([pipe, ended], [], [])[0]
    if pipe not in ready:
        return False
    data = os.read(pipe, CHUNK)
    log.write(data)
    return bool(data)

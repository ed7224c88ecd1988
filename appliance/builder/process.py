"""A process told from a later one of the same number, that others than its parent can wait for."""

import contextlib
import json
import os
import select
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Identity:
    """A process of one boot: its number, its start in clock ticks since that boot, and the boot's id."""

    pid: int
    start: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> "Identity":
        """Who has this number now; ProcessLookupError if nobody has."""
        found = _stat(pid)
        if not found:
            raise ProcessLookupError(pid)
        return cls(pid, found[1], boot_id())

    @classmethod
    def read(cls, path: Path) -> "Identity | None":
        """What `write` left, or None if there is no such file yet."""
        try:
            return cls(**json.loads(path.read_text()))
        except FileNotFoundError:
            return None

    def to_json(self) -> str:
        return json.dumps({"pid": self.pid, "start": self.start, "boot": self.boot})

    @property
    def token(self) -> str:
        """A word for names of files: no two processes of one machine share it."""
        return f"{self.boot[:8]}-{self.pid}-{self.start}"

    def alive(self) -> bool:
        """True while the process runs; a zombie has ended."""
        found = _stat(self.pid)
        if found is None or found[0] == "Z":
            return False
        return found[1] == self.start and self.boot == boot_id()

    def open(self) -> int | None:
        """A pidfd of the process, readable once it has ended; None if it has ended already."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return None
        if self.alive():
            return handle
        os.close(handle)
        return None


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _stat(pid: int) -> tuple[str, int] | None:
    """State and start time of a process; the name before them may hold blanks and brackets."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    after = text.rpartition(")")[2].split()
    return after[0], int(after[19])


def wait(pidfd: int, seconds: float | None) -> bool:
    """True if the process has ended within so many seconds (None: however long it takes)."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(None if seconds is None else max(0, int(seconds * 1000))))


def kill(pidfd: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to exactly this process; nothing happens if it has ended."""
    try:
        signal.pidfd_send_signal(pidfd, number)
    except ProcessLookupError:
        return


def collect(pid: int) -> None:
    """Collect a child that has ended, so that it is no zombie; not an error where it is not ours."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def answer(words: Sequence[str], seconds: float, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    """(exit status, all that it printed) of a command that may hang, or leave processes behind: all of it ends.

    `unshare`, where it may not, leaves one that waits for ever and holds whatever pipe it was given. Raises OSError
    where the command cannot be started; the status of one that takes longer is that of its death.
    """
    import subprocess  # the process of a job starts without it
    import tempfile

    with tempfile.TemporaryFile() as printed:
        head = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT, env=env, start_new_session=True
        )  # fmt: skip
        try:
            head.wait(seconds)
        except subprocess.TimeoutExpired:
            printed.write(f"{words[0]} takes longer than {seconds:g} seconds\n".encode())
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(head.pid, signal.SIGKILL)
        status = head.wait()
        printed.seek(0)
        return status, printed.read().decode("utf-8", "replace")


def as_root() -> list[str]:
    """What a command line begins with to be root's: for others, of a namespace of their subordinate ids.

    /etc/subuid and /etc/subgid grant those; nothing outside them and the user's own files is in its power.
    """
    return [] if os.geteuid() == 0 else ["unshare", "--user", "--map-auto", "--map-root-user", "--"]

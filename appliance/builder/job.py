"""Jobs as directories: starting one, finding it after a restart, cancelling it, clearing up after dead ones.

As a program, this module is the process of a job: of the one that is named, or else of the one that standard input
names. A job outlives whoever started it. JOBDIR holds `job.json` (the order), `pid` (who does it), `job.log` (what
it said), `result/` (logs as they grow, then packages) and at the very end `outcome.json`.
"""

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.builder import process, supervisor
from appliance.builder.outcome import BuildFailure, Outcome
from appliance.builder.process import Identity, as_root
from appliance.builder.spec import JobSpec
from appliance.durable import write_whole

LOG = "job.log"  # in the job's directory
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND
CANCEL_SECONDS = 0.7  # that a job has for its own end; then it is killed, and its remains are cleared for it


@dataclass(frozen=True)
class Handle:
    """A job on disk, running or not."""

    jobdir: Path
    identity: Identity | None

    @property
    def pid(self) -> int:
        """The number of the process that does the job; 0 if none was ever started."""
        return self.identity.pid if self.identity else 0

    @property
    def alive(self) -> bool:
        return bool(self.identity and self.identity.alive())

    @property
    def pidfd(self) -> int | None:
        """A new descriptor, readable once the job's process has ended; None if it has already."""
        return self.identity.open() if self.identity else None

    @property
    def outcome(self) -> Outcome | None:
        """How the job ended; None while it runs, and for a job that died without a word (see `reap`)."""
        path = self.jobdir / "outcome.json"
        return Outcome.from_json(path.read_text()) if path.exists() else None

    def wait(self, seconds: float | None = None) -> Outcome | None:
        """The outcome as soon as there is one; None if there is none after so many seconds."""
        pidfd = self.pidfd
        if pidfd is not None:
            ended = process.wait(pidfd, seconds)
            os.close(pidfd)
            if not ended:
                return None
        return reap(self.jobdir)


@dataclass(frozen=True)
class Waiting:
    """A process that waits for a job: its number, and the pipe that names one to it. It ends with that pipe."""

    pid: int
    pipe: int

    def give(self, jobdir: Path) -> bool:
        """Have it do this job; False if it has ended, and cannot."""
        try:
            os.write(self.pipe, os.fsencode(jobdir))
        except BrokenPipeError:
            os.waitpid(self.pid, 0)
            return False
        finally:
            os.close(self.pipe)
        return True

    def dismiss(self) -> None:
        os.close(self.pipe)
        os.kill(self.pid, signal.SIGKILL)  # our child: the number is its own until it is collected
        os.waitpid(self.pid, 0)


def start(jobdir: Path, spec: JobSpec | None = None, waiting: Waiting | None = None) -> int:
    """Start the job of a directory, after writing its job.json if SPEC is given; the PID of its process.

    The process leads a session of its own, has every signal at its default and its output in job.log; one that
    was WAITING is up sooner. Who started it should `reap` it, or it stays a zombie until they end. A directory
    serves one job once: FileExistsError if it was started before.
    """
    if (jobdir / "pid").exists():
        raise FileExistsError(f"the job in {jobdir} was started before")
    if spec is not None:
        write_whole(jobdir / "job.json", spec.to_json())
    pid = waiting.pid if waiting and waiting.give(jobdir) else _begin(jobdir, spec)
    write_whole(jobdir / "pid", Identity.of(pid).to_json())
    return pid


def wait_for_one() -> Waiting:
    """A new process that is ready for a job before there is one."""
    asked, pipe = os.pipe()
    try:
        pid = _spawn(_worker(), [(os.POSIX_SPAWN_DUP2, asked, 0)])
    except OSError:
        os.close(pipe)
        raise
    finally:
        os.close(asked)
    return Waiting(pid, pipe)


def _begin(jobdir: Path, spec: JobSpec | None) -> int:
    simulated = spec is not None and spec.builder == "simulated"  # needs no power over anything
    worker = [sys.executable, "-m", "appliance.testing.simulated"] if simulated else _worker()
    nothing = (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)
    said = (os.POSIX_SPAWN_OPEN, 1, str(jobdir / LOG), _APPEND, 0o644)
    return _spawn([*worker, str(jobdir)], [nothing, said, (os.POSIX_SPAWN_DUP2, 1, 2)])


def _worker() -> list[str]:
    return [*as_root(), sys.executable, "-m", "appliance.builder.job"]


def attach(jobdir: Path) -> Handle:
    """The job of a directory, whoever started it and whenever."""
    return Handle(jobdir, Identity.read(jobdir / "pid"))


def cancel(jobdir: Path) -> Outcome:
    """End a job: within a second nothing of it runs, is mounted or lies about but logs and outcome."""
    pidfd = attach(jobdir).pidfd
    if pidfd is not None:
        process.kill(pidfd, supervisor.CANCEL)
        if not process.wait(pidfd, CANCEL_SECONDS):
            process.kill(pidfd)
            process.wait(pidfd, None)
        os.close(pidfd)
    return reap(jobdir, BuildFailure("killed", "", "The job was cancelled."))


def reap(jobdir: Path, verdict: BuildFailure | None = None) -> Outcome:
    """The outcome of a job whose process has ended; written now, its remains cleared, if it died without.

    The process is collected, too, if it is a child of ours.
    """
    handle = attach(jobdir)
    if handle.alive:
        raise RuntimeError(f"the job in {jobdir} still runs")
    if handle.identity:
        process.collect(handle.pid)
    from appliance.builder import ending  # the process of a job starts without it

    return handle.outcome or ending.bury(jobdir, verdict or _died(handle))


def sweep(jobs_dir: Path) -> list[Path]:
    """Reap each job below a directory that is dead without an outcome; the directories of those."""
    dead = [
        path.parent
        for path in sorted(jobs_dir.glob("*/pid"))
        if not (path.parent / "outcome.json").exists() and not attach(path.parent).alive
    ]
    for jobdir in dead:
        reap(jobdir)
    return dead


def main(jobdir: Path) -> None:
    """Be the process of a job."""
    identity = Identity.of(os.getpid())
    write_whole(jobdir / "pid", identity.to_json())
    supervisor.supervise(jobdir, identity.token)


def environment() -> dict[str, str]:
    """What a process of a job finds in its environment: this very appliance, wherever it lies."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"}


def _spawn(command: list[str], files: Sequence[tuple[int, ...] | tuple[int, int, str, int, int]]) -> int:
    return os.posix_spawnp(
        command[0],
        command,
        environment(),
        file_actions=files,
        setsid=True,
        setsigmask=[],
        setsigdef=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP},
    )


def _died(handle: Handle) -> BuildFailure:
    """The verdict on a job whose process is gone and left none of its own."""
    interrupted = (handle.jobdir / supervisor.INTERRUPTED).exists()
    if interrupted or (handle.identity and handle.identity.boot != process.boot_id()):
        return BuildFailure("rebooted", "", "The builder was restarted during the job.")
    return BuildFailure("builder-crash", "", "The process of the job was killed.")


def _asked() -> Path:
    """The directory that standard input names, once there is a job; ends the process if there will be none."""
    from appliance.builder import backend, ending, mock, overlay  # noqa: F401  what jobs load is there before them

    said = sys.stdin.buffer.read()
    if not said:
        os._exit(0)
    jobdir = Path(os.fsdecode(said))
    for number, place, flags in ((0, Path("/dev/null"), os.O_RDONLY), (1, jobdir / LOG, _APPEND)):
        opened = os.open(place, flags, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    os.dup2(1, 2)
    return jobdir


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else _asked())

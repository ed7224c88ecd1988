"""The job processes of this hub: started, watched through their pidfds, ended with their tasks."""

import logging
import os
import selectors
import shutil
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import koji

from appliance.builder import claims, job, kept
from appliance.builder.outcome import Outcome
from appliance.builder.spare import Spare
from appliance.builder.spec import JobSpec, result_dir
from appliance.hub import buildroots
from appliance.hub.hub import Hub, Session

log = logging.getLogger(__name__)

_OPEN = koji.TASK_STATES["OPEN"]
_SECOND = "second-chance"  # marks the directory of a job that is run again


class Jobs:
    """One job directory for each task that has a job: `jobs/TASK`. `ended(task_id)` is called when one has ended."""

    def __init__(self, hub: Hub, ended: Callable[[int], None]) -> None:
        self.hub = hub
        self._ended = ended
        self._running: dict[int, int] = {}  # task id: pidfd
        self._ending: set[int] = set()  # tasks whose jobs are being cancelled
        self._guard = threading.Lock()
        self._burying: dict[Path, threading.Lock] = defaultdict(threading.Lock)  # one at a time ends a job
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._spare = Spare()
        self._stopping = False
        self._thread = threading.Thread(target=self._watch, name="jobs", daemon=True)

    def __contains__(self, task_id: int) -> bool:
        return task_id in self._running

    def start(self, session: Session) -> None:
        """Take up the jobs of open tasks, clear away what the others left, and begin to watch."""
        open_tasks = self._open_tasks(session)
        for jobdir in sorted(self.hub.paths.jobs.iterdir()):
            if not jobdir.name.isdigit():
                self._clear(jobdir)
            elif int(jobdir.name) in open_tasks:
                self._take_up(jobdir)
            else:
                self._end(int(jobdir.name))
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._spare.dismiss()
        os.write(self._wake_write, b"x")
        if self._thread.is_alive():
            self._thread.join(2)

    def begin(self, task_id: int, spec: JobSpec, output: Path) -> None:
        """Start a job for a task; its logs grow, and its results appear, in OUTPUT."""
        jobdir = self._dir(task_id)
        if jobdir.exists():
            self._clear(jobdir)
        jobdir.mkdir(parents=True)
        output.mkdir(parents=True, exist_ok=True)
        result_dir(jobdir).symlink_to(output)
        job.start(jobdir, spec, None if spec.builder == "simulated" else self._spare.take())
        self._follow(task_id, jobdir)

    def again(self, task_id: int) -> bool:
        """Start a job that the machine interrupted once more; False if it had its second chance already."""
        jobdir = self._dir(task_id)
        if (jobdir / _SECOND).exists():
            return False
        spec = JobSpec.from_json((jobdir / "job.json").read_text())
        self.begin(task_id, spec, result_dir(jobdir).resolve())
        (jobdir / _SECOND).touch()
        return True

    def outcome(self, task_id: int) -> Outcome | None:
        """How the task's job ended; None if it has none or it is still running."""
        jobdir = self._dir(task_id)
        if task_id in self._running or not jobdir.exists():
            return None
        return job.attach(jobdir).outcome

    def spec(self, task_id: int) -> JobSpec | None:
        """The order of the task's job; None if it has none."""
        order = self._dir(task_id) / "job.json"
        return JobSpec.from_json(order.read_text()) if order.exists() else None

    def forget(self, task_id: int) -> None:
        """Remove the directory of a task's job; the root that a failed one keeps goes where it is found."""
        jobdir = self._dir(task_id)
        kept.take(jobdir, self.hub.paths.failed / str(task_id))
        if jobdir.exists():
            self._clear(jobdir)

    def end_all_but_open(self) -> None:
        """Cancel the jobs whose tasks are not open any more."""
        with self._guard:
            running = [task_id for task_id in self._running if task_id not in self._ending]
        if not running:
            return
        with self.hub.read() as call:
            still = call.tx.column(
                "SELECT id FROM task WHERE id IN :ids AND state = :open", {"ids": running, "open": _OPEN}
            )
        for task_id in set(running) - set(still):
            self._ending.add(task_id)
            threading.Thread(target=self._end, args=(task_id,), daemon=True).start()

    def rest(self) -> None:
        """Keep nothing ready for a next job where none has come for a while."""
        self._spare.rest()

    def _end(self, task_id: int) -> None:
        """End the job of a task that is over; its buildroot is no more."""
        self._clear(self._dir(task_id))
        with self.hub.write() as call:
            buildroots.retire(call, task_id)
        self._ending.discard(task_id)

    def _open_tasks(self, session: Session) -> set[int]:
        with self.hub.read() as call:
            return set(
                call.tx.column(
                    "SELECT id FROM task WHERE host_id = :host AND state = :open",
                    {"host": session.host_id, "open": _OPEN},
                )
            )

    def _take_up(self, jobdir: Path) -> None:
        """Watch a job that runs; see to the remains of one that died; forget one that was never started."""
        log.info("taking up the job of task %s", jobdir.name)
        handle = job.attach(jobdir)
        if handle.alive:
            self._follow(int(jobdir.name), jobdir)
        elif handle.identity is not None:
            job.reap(jobdir)
        else:
            shutil.rmtree(jobdir)

    def _clear(self, jobdir: Path) -> None:
        """End a job and take its directory away."""
        with self._burying[jobdir]:
            if (jobdir / "job.json").exists():
                job.cancel(jobdir)
            shutil.rmtree(jobdir, ignore_errors=True)
            claims.remove(jobdir)  # what an interrupted end has left may be of users whose it is not to remove

    def _bury(self, jobdir: Path) -> None:
        """See to the remains of a job that ended by itself; those of a cancelled one are seen to already."""
        with self._burying[jobdir]:
            if (jobdir / "job.json").exists():
                job.reap(jobdir)

    def _follow(self, task_id: int, jobdir: Path) -> None:
        pidfd = job.attach(jobdir).pidfd
        if pidfd is None:
            self._bury(jobdir)
            self._ended(task_id)
            return
        with self._guard:
            self._running[task_id] = pidfd
        self._selector.register(pidfd, selectors.EVENT_READ, task_id)
        os.write(self._wake_write, b"x")

    def _watch(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select():
                self._see(key)

    def _see(self, key: selectors.SelectorKey) -> None:
        if key.data is None:
            os.read(self._wake_read, 4096)
        else:
            self._over(key.data, key.fd)

    def _over(self, task_id: int, pidfd: int) -> None:
        self._selector.unregister(pidfd)
        os.close(pidfd)
        try:
            self._bury(self._dir(task_id))
        except Exception:  # what is left is cleared at the next start; the other jobs are watched on
            log.exception("the remains of the job of task %d", task_id)
        with self._guard:
            self._running.pop(task_id, None)
        self._ended(task_id)

    def _dir(self, task_id: int) -> Path:
        return self.hub.paths.jobs / str(task_id)

"""The loop: woken by the bell it assigns tasks, opens those of the local host, steps them on, and watches their jobs.

What is true stands in the rows and in the job directories, so that a loop which starts over takes up what the
one before it left.
"""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import koji

from appliance.builder import failing, handlers, kept, local, sizing
from appliance.builder.jobs import Jobs
from appliance.builder.steps import HANDLERS, IMPATIENT, UNFINISHED, Finished, Later, Start, Work
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import copr_repos, regeneration, scheduler, standstill, tasks
from appliance.hub.hub import Call, Hub, Session

log = logging.getLogger(__name__)

_NEWS = ("tasks", "repos", "copr-repos")  # what may give a host something to do
_TOPICS = (*_NEWS, "jobs")
_STEPPERS = 8
_PAST = 0.001  # seconds beyond a moment at which it has come for everybody
_OPEN, _ASSIGNED = koji.TASK_STATES["OPEN"], koji.TASK_STATES["ASSIGNED"]

_READY = f"""
SELECT t.id FROM task t WHERE t.host_id = :host AND t.state = {_OPEN}
AND (t.method IN :impatient
     OR NOT EXISTS (SELECT 1 FROM task c WHERE c.parent = t.id AND c.state IN :unfinished)
     OR EXISTS (SELECT 1 FROM task c WHERE c.parent = t.id AND c.state IN :broken))
"""
_INTERRUPTED = ("rebooted", "busy")  # no fault of the build's: it is tried once more
_BROKEN = (koji.TASK_STATES["FAILED"], koji.TASK_STATES["CANCELED"])


class Loop:
    """The local builder. `turn()` is one look at the rows; `start()` runs it whenever the bell rings."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.session = Session()
        self.jobs = Jobs(hub, self._job_ended)
        self._busy: set[int] = set()
        self._heard = -1  # of news; so that the first turn hands out
        self._repos_seen = -1  # so that the first turn looks after repositories
        self._looked_at: int | None = None  # the event up to which it did; None: after all of them
        self._told = 0  # the newest task that was looked at for why it waits
        self._moments: list[float] = []  # when tasks want to be looked at again
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(_STEPPERS, thread_name_prefix="step")
        self._thread = threading.Thread(target=self._run, name="builder", daemon=True)
        handlers.load()

    def start(self) -> None:
        """Announce the local host, take up the jobs that an earlier process left, and begin."""
        with self.hub.write() as call:
            self.session = local.ensure(call)
        self.jobs.start(self.session)
        self._thread.start()

    def state(self) -> str:
        """`ok` while the loop looks for work."""
        return "ok" if self._thread.is_alive() else "the loop has stopped"

    def check_in(self) -> None:
        """Say that the local host is alive, and make room: failed buildroots are kept for a while only."""
        limits, failed = self.hub.settings.builder, self.hub.paths.failed
        kept.expire(failed, limits.failed_buildroot_lifetime)
        kept.free(failed, limits.min_disk_mb)
        self.jobs.rest()
        with self.hub.write() as call:
            local.ensure(call)

    def stop(self) -> None:
        """Stop looking; running jobs go on by themselves and are taken up by the next start."""
        self._stopping.set()
        self.hub.bell.ring("jobs")
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._leave()
        self.jobs.stop()
        if self._thread.is_alive():
            self._thread.join(2)

    def _leave(self) -> None:
        try:
            with self.hub.write() as call:
                local.leave(call)
        except GenericError as error:  # a full disk, say: that is no reason not to stop
            log.warning("the local host is not signed off: %s", error)

    def _run(self) -> None:
        while not self._stopping.is_set():
            heard = self.hub.bell.heard(*_TOPICS)
            try:
                self.turn()
            except Exception:  # one bad turn must not end the loop; the next ring tries again
                log.exception("the builder's loop stumbled")
            if not self._stopping.is_set():
                self.hub.bell.wait(_TOPICS, heard, self._rest())

    def _close(self, work: Work, result: Any) -> None:
        spec = self.jobs.spec(work.id)
        with work.writing() as call:
            if spec is not None and work.outcome is not None:
                sizing.learn(call, spec, work.outcome)
            tasks.close(call, work.id, tasks.encode_result(result))

    def _look_again(self, moment: float) -> None:
        if moment not in self._moments:
            self._moments.append(moment)
            self.hub.bell.ring("jobs")

    def _rest(self) -> float | None:
        """Seconds until a task wants to be looked at again; the moments that have come are forgotten."""
        now = time.time()
        self._moments = [moment for moment in self._moments if moment > now]
        return min(self._moments) - now + _PAST if self._moments else None

    def turn(self) -> None:
        """Assign what is free, open what is ours, step what can go on, end the jobs of tasks that are over."""
        news = self.hub.bell.heard(*_NEWS)
        if news != self._heard:
            self._hand_out()
        self._heard = news
        with self.hub.read(self.session) as call:
            assigned = self._assigned(call)
            ready = self._ready(call)
        self.jobs.end_all_but_open()
        for task_id in assigned:
            self._step_later(task_id, opening=True)
        for task_id in ready:
            self._step_later(task_id)

    def _hand_out(self) -> None:
        """See that what is to be done are tasks, and that free ones have hosts. Steps wait for this: it writes."""
        changes = self.hub.bell.heard("repos")
        looked_at = self._looked_at
        with self.hub.write(self.session) as call:
            if changes != self._repos_seen:
                looked_at = regeneration.look_after(call, looked_at)
            copr_repos.compose_pending(call)
            scheduler.assign(call)
            self._told = standstill.tell(call, self._told)
        self._repos_seen, self._looked_at = changes, looked_at

    def _assigned(self, call: Call) -> list[int]:
        return call.tx.column(
            "SELECT id FROM task WHERE host_id = :host AND state = :state ORDER BY priority, id",
            {"host": self.session.host_id, "state": _ASSIGNED},
        )

    def _ready(self, call: Call) -> list[int]:
        wanted = {"unfinished": UNFINISHED, "broken": _BROKEN, "impatient": sorted(IMPATIENT)}
        found = call.tx.column(_READY, {"host": self.session.host_id, **wanted})
        return [task_id for task_id in found if task_id not in self.jobs]

    def _job_ended(self, task_id: int) -> None:
        self.hub.bell.ring("jobs")

    def _step_later(self, task_id: int, opening: bool = False) -> None:
        with self._guard:
            if task_id in self._busy or self._stopping.is_set():
                return
            self._busy.add(task_id)
        self._pool.submit(self._step, task_id, opening)

    def _step(self, task_id: int, opening: bool) -> None:
        heard = self.hub.bell.heard(*_TOPICS)
        try:
            if opening:
                self._open(task_id)
            self._advance(task_id)
        except Exception:  # recorded on the task by _advance; this is the last resort
            log.exception("task %d could not be stepped", task_id)
        finally:
            with self._guard:
                self._busy.discard(task_id)
            if self.hub.bell.heard(*_TOPICS) > heard:
                self.hub.bell.ring("jobs")

    def _open(self, task_id: int) -> None:
        with self.hub.write(self.session) as call:
            task = tasks.require(call, task_id, request=True)
            if self._refused(call, task) or tasks.open(call, task_id) is None:
                return
            tasks.set_weight(call, task_id, sizing.weight(call, task["method"], task["request"]))

    def _refused(self, call: Call, task: Row) -> bool:
        """Whether the task is for other hosts, or for another time; it has been given back then."""
        if task["method"] not in HANDLERS:
            standstill.refuse_unable(call, task)
            return True
        lacking = sizing.lacks(call, self.hub.paths.jobs, task["method"], task["request"])
        if lacking:
            scheduler.refuse(call, task["id"], True, lacking)
        return bool(lacking)

    def _advance(self, task_id: int) -> None:
        with self.hub.read(self.session) as call:
            task = tasks.require(call, task_id, request=True)
        if task["state"] != _OPEN or task["host_id"] != self.session.host_id:
            return
        outcome = self.jobs.outcome(task_id)
        if outcome is not None and outcome.failure in _INTERRUPTED and self.jobs.again(task_id):
            return
        work = Work(self.hub, self.session, task, outcome)
        try:
            self._obey(work)
        except Exception as error:
            log.info("task %d (%s) failed: %s", task_id, task["method"], error)
            failing.fail(work, error)
            self.jobs.forget(task_id)

    def _obey(self, work: Work) -> None:
        handler = HANDLERS.get(work.task["method"])
        if handler is None:
            raise koji.GenericError(f"this host has no handler for {work.task['method']} tasks")
        step = handler(work)
        if isinstance(step, Finished):
            self._close(work, step.result)
            self.jobs.forget(work.id)
        elif isinstance(step, Later):
            self._look_again(step.moment)
        elif isinstance(step, Start):
            self.jobs.begin(work.id, step.spec, step.output or work.output_dir())

"""The clocks: what has to happen because time passed, and nothing else. Work is woken by the bell, never by these."""

import logging

from apscheduler.schedulers.background import BackgroundScheduler

from appliance.builder import keeping, outside
from appliance.builder.loop import Loop
from appliance.errors import GenericError
from appliance.hub import copr_upkeep, messages, scheduler, sessions, spec_texts
from appliance.hub.hub import Hub

log = logging.getLogger(__name__)

_SESSION_SECONDS = 600  # how much of a session's last use a crash may forget
# How late a task of a host that is gone may be given to another; the local host checks in that often.
_TASK_SECONDS = 60
_TIDY_SECONDS = 3600  # how late a project that has a last day may end
_WASTE_SECONDS = 3600  # how late what has outlived its period may go


class Clocks:
    """APScheduler with the appliance's few clocks; `start` and `stop` with the process."""

    def __init__(self, hub: Hub, loop: Loop | None) -> None:
        self.hub = hub
        self._loop = loop
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._scheduler = BackgroundScheduler(job_defaults={"coalesce": True, "misfire_grace_time": None})
        self._scheduler.add_job(self._sweep_sessions, "interval", seconds=_SESSION_SECONDS)
        self._scheduler.add_job(self._tend_tasks, "interval", seconds=_TASK_SECONDS)
        self._scheduler.add_job(self._tidy_projects, "interval", seconds=_TIDY_SECONDS)
        self._scheduler.add_job(self._take_waste, "interval", seconds=_WASTE_SECONDS)
        if loop is not None:
            minutes = hub.settings.repositories.external_minutes
            self._scheduler.add_job(lambda: outside.look_around(hub), "interval", minutes=minutes)

    def _sweep_sessions(self) -> None:
        with self.hub.write() as call:
            sessions.sweep(call)
            messages.sweep(call)

    def _tidy_projects(self) -> None:
        copr_upkeep.tidy(self.hub)

    def _take_waste(self) -> None:
        keeping.sweep(self.hub)

    def _tend_tasks(self) -> None:
        """The local host checks in first: a clock that was set must not make it look gone.

        Then everything is looked at again: what could not go on for want of disk, say, may be able to by now.
        """
        if self._loop is not None:
            self._loop.check_in()
            spec_texts.get_ready()
        with self.hub.write() as call:
            scheduler.tend(call)
            call.ring("tasks")

    def start(self) -> None:
        if self._loop is not None:
            spec_texts.get_ready()
        self._scheduler.start()

    def stop(self) -> None:
        spec_texts.dismiss()
        self._scheduler.shutdown(wait=False)
        try:
            self._sweep_sessions()
        except GenericError as error:  # a full disk, say: that is no reason not to stop
            log.warning("the last use of sessions is not recorded: %s", error)

"""The overview: what runs, what waits, what ended last, what is free."""

from appliance.builder import stages
from appliance.db.connection import Row
from appliance.hub import overview, scheduler, task_output
from appliance.hub.authority import ANYONE
from appliance.ui import results, wording
from appliance.ui.site import page
from appliance.ui.visit import Visit

_QUEUE, _RECENT = 12, 20


@page("/", need=ANYONE, live=("tasks", "builds"))
def home(visit: Visit) -> str:
    call = visit.call
    waiting, queued = overview.queue(call, _QUEUE)
    return visit.render(
        "home.html",
        running=[_job(visit, row) for row in overview.running(call)],
        queue=_queue(visit, waiting),
        queued=queued,
        recent=results.shown(visit, overview.recent(call, _RECENT)),
        hosts=overview.capacity(call),
        disk=overview.disk(call),
    )


def _job(visit: Visit, row: Row) -> Row:
    working = row["parts"] or ([row] if row["method"] not in ("build", "chainbuild") else [])
    deepest = max((part.get("depth", 0) for part in working), default=0)
    phases = [
        _phase(visit, part) for part in working if part.get("depth", 0) == deepest or part["method"] == "buildArch"
    ]
    return {**row, **wording.subject(row), "phases": phases}


def _phase(visit: Visit, part: Row) -> Row:
    """A part that runs, with the stage that its builder is in, and the log that grows."""
    log = task_output.directory(visit.call, part["id"]) / "state.log"
    stage = (
        stages.current(stages.read(log)) if part["method"] in ("buildArch", "rebuildSRPM", "buildSRPMFromSCM") else ""
    )
    return {"name": wording.phase(part), "stage": stage, "address": f"/tasks/{part['id']}"}


def _queue(visit: Visit, waiting: list[Row]) -> list[Row]:
    """What waits, and what the scheduler last said about it."""
    ids = [row["id"] for row in waiting]
    said = scheduler.messages(visit.call, [["task_id", "IN", ids]], ["task_id", "msg"], {"order": "id"}) if ids else []
    why = {each["task_id"]: each["msg"] for each in said}
    return [{**row, **wording.subject(row), "why": why.get(row["id"], "")} for row in waiting]

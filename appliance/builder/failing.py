"""How a task fails: with a fault as builders encode it, and its reason for people."""

import errno
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import koji

from appliance.builder import stages
from appliance.builder.outcome import Outcome
from appliance.builder.steps import Work
from appliance.db.models.tasks import TaskFailure
from appliance.errors import BuildError, GenericError
from appliance.hub import buildroots, tasks

log = logging.getLogger(__name__)

# What the hub's own disk does to a task, by the names that jobs' failures of the kind have.
_STORAGE = {errno.ENOSPC: "disk-full", errno.EDQUOT: "disk-full", errno.EROFS: "read-only", errno.EIO: "disk-error"}


class JobFailed(BuildError):
    """A job's failure; what Koji's clients show is its text."""

    def __init__(self, outcome: Outcome, what: str) -> None:
        first = f": {outcome.message}" if outcome.message else ""
        super().__init__(f"{what} failed ({outcome.failure}, {outcome.stage or 'before it began'}){first}")
        self.outcome = outcome


def explained(outcome: Outcome, meanings: Mapping[int, str]) -> Outcome:
    """OUTCOME, with what the exit code of a job's script means where MEANINGS has it."""
    meaning = meanings.get(outcome.exit_code or 0) if outcome.stage == stages.SCRIPT else None
    return replace(outcome, message=meaning) if meaning else outcome


def fail(work: Work, error: Exception) -> None:
    """Fail the task with ERROR's fault, and keep the reason where the API and the pages find it."""
    if not isinstance(error, GenericError):
        log.error("task %d: unexpected error", work.id, exc_info=error)
    text = str(error) or type(error).__name__
    code = getattr(error, "faultCode", koji.GenericError.faultCode)
    with work.writing() as call:
        tasks.cancel_children(call, work.id)
        buildroots.retire(call, work.id)
        tasks.fail(call, work.id, tasks.encode_fault(code, text))
        call.tx.delete(TaskFailure, task_id=work.id)
        call.tx.insert(TaskFailure, task_id=work.id, **_reason(error, text))


def _reason(error: Exception, text: str) -> dict[str, Any]:
    outcome = getattr(error, "outcome", None)
    if outcome is None:
        number = error.errno if isinstance(error, OSError) else None
        return {"class": _STORAGE.get(number or 0, type(error).__name__), "message": text}
    found = outcome.first_error or {}
    return {
        "class": outcome.failure,
        "stage": outcome.stage,
        "message": outcome.message or text,
        "log": found.get("log"),
        "line": found.get("line"),
        "subject": found.get("subject"),
        "lines": json.dumps(found.get("lines", [])),
    }

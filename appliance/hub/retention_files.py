"""Files that may go: results of scratch builds, and what was uploaded and never used."""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from appliance.db.queries import retention as queries
from appliance.hub import files
from appliance.hub.hub import Call
from appliance.hub.retention import DAY, Waste, days
from appliance.hub.retention_repos import mentioned

_TASK_DIRECTORY = re.compile(r"task_(\d+)\Z")


def scratch(call: Call) -> Iterator[Waste]:
    """Results of scratch builds whose task ended as long ago as the settings say."""
    there = {int(found[1]): path for path in _scratch_directories(call) if (found := _TASK_DIRECTORY.match(path.name))}
    limit = call.settings.retention.scratch_days * DAY
    params = {"ids": json.dumps(list(there)), "before": call.now() - limit}
    busy = mentioned(call)
    for task_id, ended in call.tx.tuples(queries.ENDED, params):
        path = there[task_id]
        if task_id not in busy and f"/{path.name}/" not in _requests(call):
            why = f"the scratch build ended {days(call.now() - ended)} ago"
            name = f"{path.parent.name}/{path.name}"
            yield Waste("scratch build", name, why, partial(_discard_scratch, task_id, path), (path,))


def _scratch_directories(call: Call) -> list[Path]:
    return list(Path(call.paths.topdir.scratch()).glob("*/task_*"))


def _requests(call: Call) -> str:
    return "\n".join(call.tx.column(queries.REQUESTS))


def _discard_scratch(task_id: int, path: Path, call: Call) -> None:
    if task_id not in mentioned(call) and f"/{path.name}/" not in _requests(call):
        files.discard(call, path)


def uploads(call: Call) -> Iterator[Waste]:
    """What clients uploaded as long ago as the settings say, unless something waits for it.

    Koji's uploads that became packages are links by now; Copr's go with the build that took them.
    """
    before = call.now() - call.settings.retention.upload_days * DAY
    for path in [*_koji_uploads(call), *_copr_uploads(call)]:
        newest = max((each.lstat().st_mtime for each in [path, *path.rglob("*")]), default=before)
        if newest < before and not _is_awaited(call, path):
            why = f"nothing has come or been asked for {days(call.now() - newest)}"
            yield Waste("upload", path.name, why, partial(_discard_upload, path), (path,))


def _koji_uploads(call: Call) -> Iterator[Path]:
    """Directories below work/, but the tasks' own; clients name theirs CLIENT/TIME.RANDOM."""
    for path in Path(call.paths.topdir.work()).glob("*/*"):
        if path.parent.name != "tasks":
            yield path


def _copr_uploads(call: Call) -> Iterator[Path]:
    return call.paths.submitted.glob("*")


def _is_awaited(call: Call, path: Path) -> bool:
    return path.name in _requests(call) or any(path.name in text for text in call.tx.column(queries.AWAITED_UPLOADS))


def _discard_upload(path: Path, call: Call) -> None:
    if not _is_awaited(call, path):
        files.discard(call, path)

"""Files as they arrive in the work directory: found by the names that builders and clients give them."""

import os
from pathlib import Path

from appliance import paths
from appliance.errors import GenericError
from appliance.hub.hub import Call


def located(call: Call, *parts: str) -> Path:
    """Where a file of the work directory lies, whether it is there or not.

    The directory may not lead out of it. The file itself may be a link: that is what is left of one that was
    taken into its place.
    """
    directory, name = os.path.split(os.path.join(*map(os.path.normpath, parts)))
    return paths.inside(call.paths.topdir.work(), directory) / paths.file_name(name)


def found(call: Call, *parts: str) -> Path:
    """As `located`, for a file that must be there."""
    return present(located(call, *parts))


def present(path: Path) -> Path:
    """PATH, if there is such a file."""
    if not path.exists():
        raise GenericError(f"No such file: {path}")
    return path


def of_task(call: Call, task_id: int, *parts: str) -> Path:
    """As `located`, for what a task has uploaded."""
    return located(call, call.paths.topdir.taskrelpath(task_id), *parts)

"""Files as they arrive in the work directory: found by the names that builders and clients give them."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from appliance import paths
from appliance.errors import GenericError
from appliance.hub import files
from appliance.hub.hub import Call


def located(call: Call, *parts: str) -> Path:
    """Where a file of the work directory lies, whether it is there or not.

    The directory may not lead out of it. The file itself may be a link: that is what is left of one that was
    taken into its place.
    """
    directory, name = os.path.split(os.path.join(*map(os.path.normpath, parts)))
    return paths.inside(call.paths.topdir.work(), directory) / paths.file_name(name)


def found(call: Call, *parts: Any) -> Path:
    """As `located`, for a file that must be there; PARTS that name none are told as they came."""
    with suppress(GenericError, TypeError):
        path = located(call, *parts)
        if path.exists():
            return path
    raise GenericError(f"No such file: {'/'.join(map(str, (call.paths.topdir.work(), *parts)))}")


def present(path: Path) -> Path:
    """PATH, if there is such a file."""
    if not os.path.exists(path):
        raise GenericError(f"No such file: {path}")
    return path


def of_task(call: Call, task_id: int, *parts: str) -> Path:
    """As `located`, for what a task has uploaded."""
    return located(call, call.paths.topdir.taskrelpath(task_id), *parts)


def ready(call: Call, names: Iterable[Any], checksums: Iterable[str] = ("sha256",)) -> None:
    """Read files that are about to be imported, before the transaction that will name them is begun.

    What is wrong with them, or with their names, is for the import to say.
    """
    for name in names:
        with suppress(GenericError, OSError):
            path = located(call, name) if isinstance(name, str) else None
            if path is not None and path.is_file() and not path.is_symlink():
                files.ready(call, path, checksums)

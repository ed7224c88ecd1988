"""Methods that upload files and read what tasks left."""

import base64
import binascii
from typing import Any

import koji

from appliance.errors import GenericError
from appliance.hub import task_output, uploads
from appliance.hub.authority import ANYONE, LOGIN, ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ruled("a logged-in user; below tasks/ the host that has the task open", LOGIN))
def uploadFile(
    call: Call,
    path: Any,
    name: Any,
    size: Any,
    md5sum: Any,
    offset: Any,
    data: Any,
    volume: Any = None,
    checksum: Any = None,
) -> bool:
    """Write a base64 chunk of a file into the work directory; false if `size` or the checksum does not agree.

    `path` is relative, `offset` where the chunk belongs: -1 for the last, with size and checksum of the
    whole file.
    `checksum` (or `md5sum`) is an MD5 digest or [kind, digest]; kinds are md5, adler32 and sha256.
    """
    content = _decoded(data)
    place, length = _number(offset), _number(size)
    expected = _checksum(checksum if checksum is not None else md5sum)
    if not uploads.agrees(place, content, length, expected):
        return False
    return uploads.store(uploads.claim(call, path, name, volume), place, content, length, expected)


def _decoded(data: Any) -> bytes:
    try:
        return base64.b64decode(data)
    except (binascii.Error, TypeError, ValueError) as error:
        raise GenericError(f"Invalid base64 data: {error}") from error


def _number(value: Any) -> Any:
    """Sizes may come as text, for clients whose integers are too small."""
    try:
        return koji.decode_int(value)
    except (TypeError, ValueError) as error:
        raise GenericError(f"Invalid number: {value!r}") from error


def _checksum(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, str):
        return "md5", value
    if not isinstance(value, list) or len(value) != 2:
        raise GenericError(f"Invalid checksum: {value!r}")
    uploads.digest(value[0])
    return value


@method(ANYONE)
def checkUpload(call: Call, path: Any, name: Any, verify: Any = None, tail: Any = None, volume: Any = None) -> Any:
    """`size` and `mtime` of an uploaded file, nil if there is none.

    With `verify` (md5, adler32, sha256) also `hexdigest` of the last `tail` bytes and their number,
    `sumlength`.
    """
    return uploads.look(uploads.target(call, path, name, volume), verify, tail)


@method(ANYONE)
def listTaskOutput(call: Call, taskID: Any, stat: bool = False, all_volumes: bool = False, strict: bool = False) -> Any:
    """The files that a task left: names, or with `stat` name to sizes and times.

    With `all_volumes` by volume: name to a list of volumes, or to {volume: stat}. An unknown task has none,
    but is
    an error if `strict`.
    """
    return task_output.listed(call, taskID, stat, all_volumes, strict)


@method(ANYONE)
def downloadTaskOutput(
    call: Call, taskID: Any, fileName: Any, offset: Any = 0, size: Any = -1, volume: Any = None
) -> str:
    """`size` bytes (-1: the rest) of a task's file from `offset` (below 0: from the end), as base64."""
    content = task_output.read(call, taskID, fileName, offset, size, volume)
    return base64.b64encode(content).decode()

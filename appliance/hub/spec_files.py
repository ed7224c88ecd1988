"""The spec file in a source package, found by unpacking the package in memory; nothing of it is run."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

LIMIT = 2 << 20  # bytes; whatever is larger is no spec file
_ARCHIVE_LIMIT = 4 << 30

Take = Callable[[int], bytes]


def find(path: Path) -> tuple[str, bytes] | None:
    """(name, content) of the spec file in the source package at PATH; None where none is found."""
    with subprocess.Popen(["rpm2cpio", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as unpacking:
        assert unpacking.stdout is not None
        specs = (each for each in _members(unpacking.stdout.read) if each[0].endswith(".spec"))
        found = next(specs, None)
        unpacking.kill()
    return found


def _members(take: Take) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the small files in a cpio archive of the new ASCII form."""
    taken = 0
    while len(head := take(110)) == 110 and head.startswith(b"07070") and taken < _ARCHIVE_LIMIT:
        size, length = int(head[54:62], 16), int(head[94:102], 16)
        name = take(length + -(110 + length) % 4)[: length - 1].decode("utf-8", "replace")
        if name == "TRAILER!!!":
            return
        taken += size
        content = _bounded(take, size)
        take(-size % 4)
        yield name, content


def _bounded(take: Take, size: int) -> bytes:
    """Read SIZE bytes on; those of a file too large for a spec file are passed over."""
    if size <= LIMIT:
        return take(size)
    while size:
        size -= len(take(min(size, 1 << 20))) or size
    return b""

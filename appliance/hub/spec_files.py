"""The spec file in a source package, found by unpacking the package in memory; nothing of it is run."""

import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO

LIMIT = 2 << 20  # bytes; whatever is larger is no spec file
_ARCHIVE_LIMIT = 4 << 30


def find(path: Path) -> tuple[str, bytes] | None:
    """(name, content) of the spec file in the source package at PATH; None where none is found."""
    # not rpm2cpio: where a package is of format 6, its archives are rpm's own
    command = ["rpm2archive", "--nocompression", "-"]
    with (
        path.open("rb") as package,
        subprocess.Popen(command, stdin=package, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as unpacking,
    ):
        assert unpacking.stdout is not None
        found = None
        with suppress(tarfile.TarError):
            found = next(_specs(unpacking.stdout), None)
        unpacking.kill()
    return found


def _specs(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the spec files in a tar archive."""
    taken = 0
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            taken += member.size
            if taken > _ARCHIVE_LIMIT:
                return
            if member.name.endswith(".spec") and member.size <= LIMIT and (file := archive.extractfile(member)):
                yield PurePosixPath(member.name).name, file.read()

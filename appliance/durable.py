"""What is on the disk: a machine that loses its power loses what was only written, also of files that have names."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Make what PATH (a file, or a directory's entries) says durable; of a link there is nothing to do."""
    if path.is_symlink():
        return
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write beside, sync, rename: a reader finds the former content or the new one, never a part."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    with beside.open("wb") as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)

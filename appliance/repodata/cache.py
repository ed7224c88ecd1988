"""Compressed blocks on disk by the name of their content, shared by all repositories and processes."""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator, MutableMapping
from pathlib import Path

DEFAULT_LIMIT = 2 << 30
# Seconds: how fine the time of a block's last use is kept, so that reading does not keep the disk busy.
STALE = 3600


class BlockCache(MutableMapping[str, bytes]):
    """A mapping of block names to bytes; what is lost or damaged is made anew by whoever misses it.

    LIMIT is in bytes and is kept by `prune`, which whoever owns the cache calls now and then.
    """

    def __init__(self, directory: str | Path, limit: int = DEFAULT_LIMIT) -> None:
        self.directory = Path(directory)
        self.limit = limit

    def path(self, key: str) -> Path:
        return self.directory / key[:1] / key

    def __getitem__(self, key: str) -> bytes:
        """The block, marked as used now; KeyError if it is not kept."""
        try:
            handle = os.open(f"{self.directory}/{key[:1]}/{key}", os.O_RDONLY)
        except FileNotFoundError:
            raise KeyError(key) from None
        try:
            status = os.fstat(handle)
            if status.st_mtime < time.time() - STALE:
                os.utime(handle)
            return os.read(handle, status.st_size)
        finally:
            os.close(handle)

    def __setitem__(self, key: str, stored: bytes) -> None:
        """Not synced: a block that a crash cuts short is noticed by its checksum."""
        path = self.path(key)
        try:
            handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        with open(handle, "wb") as file:
            file.write(stored)
        os.replace(beside, path)

    def __delitem__(self, key: str) -> None:
        try:
            self.path(key).unlink()
        except FileNotFoundError:
            raise KeyError(key) from None

    def __iter__(self) -> Iterator[str]:
        return (path.name for path in self.directory.glob("?/[0-9a-f]*"))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def prune(self, now: float | None = None) -> int:
        """Drop the blocks that were used least lately until the rest fits LIMIT; gives the bytes dropped."""
        self.drop_leftovers(time.time() if now is None else now)
        blocks = sorted(self.sizes(), reverse=True)
        kept = dropped = 0
        for _, size, path in blocks:
            if kept + size > self.limit:
                path.unlink(missing_ok=True)
                dropped += size
            else:
                kept += size
        return dropped

    def sizes(self) -> Iterator[tuple[float, int, Path]]:
        for path in self.directory.glob("?/[0-9a-f]*"):
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                yield status.st_mtime, status.st_size, path

    def drop_leftovers(self, now: float) -> None:
        """Half-written blocks of processes that died an hour ago or more."""
        for path in self.directory.glob("?/.new-*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < now - STALE:
                    path.unlink()

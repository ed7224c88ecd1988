"""Checksums of files on disk, each taken once: best before the writing transaction, which others wait for."""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from koji.util import adler32_constructor

_CHUNK = 1 << 20
_KEPT = 4096  # files; a few hundred bytes each
_Identity = tuple[int, int, int, int]


class Digests:
    """What is known of files, as long as device, inode, size and time of change of contents stay the same."""

    def __init__(self) -> None:
        self._known: OrderedDict[_Identity, dict[str, str]] = OrderedDict()
        self._guard = threading.Lock()

    def take(self, path: Path, kinds: Iterable[str]) -> dict[str, str]:
        """The checksums of a file, by their KINDS: adler32, or what hashlib knows by name."""
        wanted = list(kinds)
        with path.open("rb") as stream:
            identity = _identity(stream.fileno())
            known = self._recall(identity)
            missing = [kind for kind in wanted if kind not in known]
            taken = _read(stream, missing) if missing else {}
            unchanged = _identity(stream.fileno()) == identity
        known.update(taken)
        if unchanged:
            self._keep(identity, known)
        return {kind: known[kind] for kind in wanted}

    def _recall(self, identity: _Identity) -> dict[str, str]:
        with self._guard:
            return dict(self._known.get(identity, {}))

    def _keep(self, identity: _Identity, known: dict[str, str]) -> None:
        with self._guard:
            self._known[identity] = known
            self._known.move_to_end(identity)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)


def _identity(descriptor: int) -> _Identity:
    facts = os.fstat(descriptor)
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns


def _read(stream: Any, kinds: list[str]) -> dict[str, str]:
    sums = {kind: fresh(kind) for kind in kinds}
    while part := stream.read(_CHUNK):
        for each in sums.values():
            each.update(part)
    return {kind: each.hexdigest() for kind, each in sums.items()}


def fresh(kind: str) -> Any:
    """An empty checksum of a kind."""
    return adler32_constructor() if kind == "adler32" else hashlib.new(kind, usedforsecurity=False)

"""What a unit of work is about to do on disk, noted so that a process that dies amid it leaves no half of it.

Each unit of work that touches files has one journal below `pending`, held locked while its process lives. A
row of the same token is part of the transaction: where the row is, what was taken away may go for good; where
it is not, everything is put back.
"""

import fcntl
import json
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from weakref import WeakKeyDictionary

from appliance.db.connection import Transaction
from appliance.db.models.core import FileWork
from appliance.hub.hub import Call, Hub

_open: WeakKeyDictionary[Transaction, "Journal"] = WeakKeyDictionary()


class Journal:
    """The notes of one unit of work."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asides: list[Path] = []
        path.parent.mkdir(exist_ok=True)
        self._stream = path.open("x")
        fcntl.flock(self._stream, fcntl.LOCK_EX)

    def note(self, *words: str) -> None:
        self._stream.write(json.dumps(words) + "\n")
        self._stream.flush()

    def secure(self) -> None:
        """See to it that the notes so far survive a loss of power."""
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        self.path.unlink(missing_ok=True)
        self._stream.close()


def made(call: Call, path: Path) -> None:
    """PATH, where nothing is, is about to be made."""
    _of(call).note("made", str(path))


def moved(call: Call, source: Path, target: Path) -> None:
    """SOURCE is about to become TARGET."""
    _of(call).note("moved", str(source), str(target))


def gone(call: Call, path: Path, aside: Path) -> None:
    """PATH is about to be taken away: it becomes ASIDE, and goes for good once that is durable."""
    journal = _of(call)
    journal.note("gone", str(path), str(aside))
    journal.secure()
    journal.asides.append(aside)


def _of(call: Call) -> Journal:
    journal = _open.get(call.tx)
    if journal is None:
        token = secrets.token_hex(16)
        journal = _open[call.tx] = Journal(call.paths.pending / token)
        call.tx.on_rollback(lambda: _close(call.tx))
        call.tx.after_commit(lambda: _settled(call.tx))
        call.tx.insert(FileWork, token=token)
    return journal


def _settled(transaction: Transaction) -> None:
    for aside in _open[transaction].asides:
        _destroy(aside)
    _close(transaction)


def _close(transaction: Transaction) -> None:
    journal = _open.pop(transaction, None)
    if journal is not None:
        journal.close()


def recover(hub: Hub) -> list[str]:
    """Finish or put back what processes that died have left; a line for each."""
    ended: list[str] = []
    if hub.paths.pending.is_dir():
        for path in sorted(hub.paths.pending.iterdir()):
            ended += _recover(hub, path)
    with hub.write() as call:
        live = [path.name for path in hub.paths.pending.glob("*")] or [""]
        call.tx.execute("DELETE FROM file_work WHERE token NOT IN :live", {"live": live})
    return ended


def _recover(hub: Hub, path: Path) -> list[str]:
    with path.open() as stream:
        if not _is_left(stream):
            return []
        notes = [json.loads(line) for line in stream if line.endswith("\n")]
        with hub.read() as call:
            durable = call.tx.value("SELECT 1 FROM file_work WHERE token = :token", {"token": path.name})
        for note in notes if durable else reversed(notes):
            _settle(bool(durable), *note)
        path.unlink()
    return [f"{'finished' if durable else 'undone'}: {' '.join(note)}" for note in notes]


def _is_left(stream: IO[Any]) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _settle(durable: bool, what: str, path: str, other: str = "") -> None:
    """Finish what a note says if its unit of work is durable, else put it back. Twice does no harm."""
    if durable:
        if what == "gone":
            _destroy(Path(other))
    elif what == "made":
        _destroy(Path(path))
    elif os.path.lexists(other) and not os.path.lexists(path):
        os.rename(other, path)


def _destroy(path: Path) -> None:
    """Take a file, a link or a directory away for good, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(FileNotFoundError):
        path.unlink()

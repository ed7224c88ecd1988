"""Strangers' spec files, their macros expanded: in a process that may take so much time and memory and no more.

A few lines can nest to terabytes, and norpm follows them. As a program, this module is that process: it reads spec
files as JSON, and writes a line of JSON for each.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_SECONDS, _SECONDS_FOR_ALL = 1.0, 5.0  # a large honest spec file takes a tenth of one
_MEGABYTES = 512

_lock = threading.Lock()
_ready: list["subprocess.Popen[bytes]"] = []  # one at most

Spec = tuple[str, Mapping[str, str]]  # a text, and the macros that are known


class _Enough(BaseException):
    """A spec file asks for more than any honest one does. Not an Exception: norpm goes on after some of those."""


def expanded(specs: Iterable[Spec]) -> list[str]:
    """The texts of spec files with their macros expanded; as they are, where that cannot be done.

    SPECS may take its time: the process gets ready meanwhile, if none is.
    """
    with _taken() as process:
        asked = list(specs)
        lines = _answers(process, json.dumps(asked)).splitlines()
    done = [text for line in lines if (text := _read(line)) is not None]
    return done + [text for text, _ in asked[len(done) :]]


def get_ready() -> None:
    """Have a process that waits for the next question: to load norpm takes longer than to answer most."""
    with _lock:
        if not _waits():
            _dismiss()
            _ready.append(_begun())


def dismiss() -> None:
    """End the process that waits. It ends by itself when nobody is left to ask it."""
    with _lock:
        _dismiss()


def _waits() -> bool:
    return bool(_ready) and _ready[0].poll() is None


def _dismiss() -> None:
    for process in _ready:
        with process:
            process.kill()
    _ready.clear()


@contextmanager
def _taken() -> Iterator["subprocess.Popen[bytes]"]:
    """The process that waits, or a new one; it answers once."""
    with _lock:
        ready = _ready.pop() if _waits() else _begun()
    with ready as process:
        try:
            yield process
        finally:
            process.kill()


def _begun() -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", __spec__.name]
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=here, start_new_session=True)


def _answers(process: "subprocess.Popen[bytes]", question: str) -> str:
    """What the process answers, or has answered when its time was over."""
    try:
        said = process.communicate(question.encode(), _SECONDS_FOR_ALL)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        said = process.communicate()[0]
    return said.decode("utf-8", "replace")


def _read(line: str) -> str | None:
    """The text in a line; None for one that was cut short."""
    try:
        return str(json.loads(line))
    except ValueError:
        return None


def main() -> None:
    """Answer what stands in standard input, within the limits."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEGABYTES << 20, _MEGABYTES << 20))
    seconds = int(_SECONDS_FOR_ALL) + 1  # for what holds on to the interpreter, and is not reached by a signal
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    signal.signal(signal.SIGALRM, _stop)
    _expanded("Name: any", {})  # what takes longest is done before the question is there
    for text, macros in json.loads(sys.stdin.read() or "[]"):
        print(json.dumps(_expanded(text, macros)), flush=True)
    os._exit(0)  # to put away all that norpm has loaded takes longer than to answer


def _stop(*_: object) -> None:
    raise _Enough


def _expanded(text: str, known: Mapping[str, str]) -> str:
    from norpm.macro import MacroRegistry  # the hub itself does without
    from norpm.specfile import ParserHooks, specfile_expand

    macros = MacroRegistry()
    for name, value in known.items():
        macros[name] = (value, None)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        return str(specfile_expand(text, macros, ParserHooks()))
    except (Exception, _Enough):  # a spec file may be anything; what it gives is then less than it could be
        return text
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main()

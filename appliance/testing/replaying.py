"""A file of recorded calls being served: each call is answered as it was then, in the order it came."""

import json
import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xmlrpc.client import Binary, DateTime

from waitress import wasyncore
from waitress.server import create_server

from appliance.errors import GenericError
from appliance.rpc.koji import encoding
from appliance.testing import calls
from appliance.testing.calls import Environ
from appliance.testing.recording import asked

Line = dict[str, Any]


class Replay:
    """Answers from a recording. A call that was made once more than recorded gets its last answer again; one
    that was not recorded is refused, and listed in `missed`.
    """

    def __init__(self, path: Path | str) -> None:
        self.url = ""
        self.missed: list[Line] = []
        self._guard = threading.Lock()
        self._lines: dict[str, deque[Line]] = defaultdict(deque)
        for text in Path(path).read_text().splitlines():
            line = json.loads(text, object_hook=_restored)
            self._lines[_key(line)].append(line)

    def __call__(self, environ: Environ, respond: Any) -> Iterable[bytes]:
        called = calls.read(environ)
        question = asked(called) if called else {"api": "", "call": environ.get("PATH_INFO", "")}
        line = self._next(_key(json.loads(json.dumps(question), object_hook=_restored)))
        if line is None:
            self.missed.append(question)
        return _told(respond, question, line)

    def _next(self, key: str) -> Line | None:
        with self._guard:
            lines = self._lines.get(key)
            if not lines:
                return None
            return lines.popleft() if len(lines) > 1 else lines[0]


def _key(line: Line) -> str:
    question = {name: line.get(name) for name in ("api", "call", "params", "query", "body")}
    return json.dumps(question, sort_keys=True, default=str)


def _restored(value: Line) -> Any:
    if value.keys() == {"$time"}:
        return DateTime(value["$time"])
    if value.keys() == {"$bytes"}:
        return Binary(value["$bytes"].encode("latin-1"))
    return value


def _told(respond: Any, question: Line, line: Line | None) -> Iterable[bytes]:
    status, kind, body = _answer(question, line)
    respond(f"{status} Replayed", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def _answer(question: Line, line: Line | None) -> tuple[int, str, bytes]:
    if line is None:
        return _unknown(question)
    if "status" in line:
        return line["status"], "application/json", line["answer"].encode()
    if "fault" in line:
        return 200, "text/xml", encoding.fault(line["fault"]["code"], line["fault"]["string"])
    return 200, "text/xml", encoding.answer(line["result"])


def _unknown(question: Line) -> tuple[int, str, bytes]:
    text = f"not in the recording: {question['call']}"
    if question["api"] == "koji":
        return 200, "text/xml", encoding.fault(GenericError.faultCode, text)
    return 404, "application/json", json.dumps({"error": text}).encode()


@contextmanager
def serving(path: Path | str) -> Iterator[Replay]:
    """Serve a recording on a free port for as long as the block lasts."""
    replay = Replay(path)
    server = create_server(replay, host="127.0.0.1", port=0, threads=4, ident=None)
    replay.url = f"http://127.0.0.1:{server.effective_port}"
    thread = threading.Thread(target=server.run, name="replay", daemon=True)
    thread.start()
    try:
        yield replay
    finally:
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(5)
        server.task_dispatcher.shutdown(timeout=1)

"""All calls of a hub with their answers, as JSON lines; no password, token or key of a session among them."""

import gzip
import json
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xmlrpc.client import Binary, DateTime, Fault

from koji import xmlrpcplus

from appliance.testing import calls
from appliance.testing.calls import Called, Environ
from appliance.testing.faults import Wsgi

LOGINS = ("login", "sslLogin", "subsession")
_HIDDEN = "hidden"


class Recorder:
    """Stands between the server and the hub, and writes down what passes once `start` names a file."""

    def __init__(self, served: Wsgi) -> None:
        self.served = served
        self._path: Path | None = None
        self._guard = threading.Lock()

    def start(self, path: Path | str) -> None:
        """Append to the file from now on."""
        self._path = Path(path)

    def stop(self) -> None:
        self._path = None

    def __call__(self, environ: Environ, respond: Any) -> Iterable[bytes]:
        called = calls.read(environ) if self._path else None
        if called is None:
            return self.served(environ, respond)
        begun, said = time.monotonic(), _Said(respond)
        body = calls.whole(self.served(environ, said))
        line = {**asked(called), **_answer(called, said, body), "seconds": round(time.monotonic() - begun, 4)}
        self._write(line)
        return [body]

    def _write(self, line: dict[str, Any]) -> None:
        path = self._path
        if path is not None:
            with self._guard, path.open("a") as stream:
                stream.write(json.dumps(line, default=_plain) + "\n")


class _Said:
    """A start_response that remembers status and headers."""

    def __init__(self, respond: Any) -> None:
        self.respond = respond
        self.status = 0
        self.headers: dict[str, str] = {}

    def __call__(self, status: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
        self.status = int(status.split()[0])
        self.headers = {name.lower(): value for name, value in headers}
        return self.respond(status, headers, *failure)


def asked(called: Called) -> dict[str, Any]:
    """The part of a line that says what was asked; equal calls have equal ones."""
    if called.api == "copr":
        return {"api": "copr", "call": called.name, "query": called.query, "body": called.body}
    params = [_HIDDEN] if called.name in LOGINS else called.params
    return {"api": "koji", "call": called.name, "params": json.loads(json.dumps(params, default=_plain))}


def _answer(called: Called, said: _Said, body: bytes) -> dict[str, Any]:
    if said.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    if called.api == "copr":
        return {"status": said.status, "answer": body.decode(errors="replace")}
    if said.status != 200:
        return {"status": said.status, "answer": body.decode(errors="replace")}
    try:
        ((result,), _) = xmlrpcplus.loads(body)
    except Fault as fault:
        return {"fault": {"code": fault.faultCode, "string": fault.faultString}}
    if called.name in LOGINS and isinstance(result, dict):
        result = {**result, "session-key": _HIDDEN}
    return {"result": result}


def _plain(value: Any) -> Any:
    """What JSON has no type for, as an object with one key that says what it is."""
    if isinstance(value, DateTime):
        return {"$time": value.value}
    if isinstance(value, Binary):
        value = value.data
    if isinstance(value, bytes):
        return {"$bytes": value.decode("latin-1")}
    return str(value)

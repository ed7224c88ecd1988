"""What a request asks for, read off the WSGI environment and put back for whoever serves it."""

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

from appliance.rpc.koji import wire

_LIMIT = 1 << 24
Environ = dict[str, Any]


@dataclass(frozen=True)
class Called:
    """One call: `koji` with a method and its parameters, or `copr` with `VERB /api_3/...` and a body.

    INNER are the methods within a multiCall.
    """

    api: str
    name: str
    params: list[Any] = field(default_factory=list)
    inner: tuple[str, ...] = ()
    query: str = ""
    body: str | None = None

    def fits(self, pattern: str) -> bool:
        """Whether PATTERN (`*` and `?` as in file names) means this call, or one within it."""
        return any(fnmatch.fnmatchcase(name, pattern) for name in (self.name, *self.inner))


def read(environ: Environ) -> Called | None:
    """The call that a request is; None for pages, files and what is no call at all."""
    path = environ.get("PATH_INFO", "")
    if path.rstrip("/") in ("/kojihub", "/kojihub/ssllogin"):
        return _koji(environ)
    if path.startswith("/api_3/"):
        return _copr(environ, path)
    return None


def session_id(environ: Environ) -> int | None:
    """The number of the Koji session that a request names."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    text = environ.get("HTTP_KOJI_SESSION_ID") or query.get("session-id", [""])[0]
    return int(text) if text.isdecimal() else None


def _koji(environ: Environ) -> Called | None:
    if environ.get("CONTENT_TYPE", "").startswith("application/octet-stream"):
        return Called("koji", "rawUpload")
    body = _body(environ)
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
        body = wire.inflate(body, _LIMIT)
    try:
        name, params = wire.parse(body)
    except wire.BadRequest:
        return None
    return Called("koji", str(name), params, _inner(name, params))


def _inner(name: Any, params: list[Any]) -> tuple[str, ...]:
    if name not in ("multiCall", "system.multicall") or not params or not isinstance(params[0], list):
        return ()
    return tuple(str(each.get("methodName")) for each in params[0] if isinstance(each, dict))


def _copr(environ: Environ, path: str) -> Called:
    name = f"{environ['REQUEST_METHOD']} {path.rstrip('/')}"
    text = None
    if environ.get("CONTENT_TYPE", "").partition(";")[0] != "multipart/form-data":
        text = _body(environ).decode(errors="replace") or None
    return Called("copr", name, query=environ.get("QUERY_STRING", ""), body=text)


def _body(environ: Environ) -> bytes:
    """The request's body, which stays there to be read again."""
    body = bytes(environ["wsgi.input"].read(_LIMIT))
    environ["wsgi.input"] = BytesIO(body)
    return body


def whole(answer: Iterable[bytes]) -> bytes:
    """The body of an answer, which is closed as WSGI wants it."""
    try:
        return b"".join(answer)
    finally:
        getattr(answer, "close", lambda: None)()

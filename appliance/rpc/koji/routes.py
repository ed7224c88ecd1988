"""Where Koji's clients knock: /kojihub for XML-RPC and raw uploads, /kojihub/json for JSON."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import bottle

from appliance.errors import GenericError
from appliance.hub import policy
from appliance.hub.hub import Hub, Origin
from appliance.rpc import files
from appliance.rpc.koji import encoding, load_methods, wire
from appliance.rpc.koji.dispatch import Dispatcher, Request, fault_of
from appliance.rpc.koji.registry import KOJI_VERSION
from appliance.rpc.negotiate import Negotiator
from appliance.rpc.origin import Proxies

_ONLY_POST = "Method Not Allowed\nThis is an XML-RPC server. Only POST requests are accepted.\n"
_SMALLEST_PACKED = 4096
_CHUNK = 1 << 16
# What clients say of their session, as HTTP and as WSGI call it; the number has had two names.
_KOJI_HEADERS = [
    (name, f"HTTP_{name.upper().replace('-', '_')}")
    for name in ("koji-session-id", "koji-session-key", "koji-callnum", "koji-session-callnum")
]
_UPLOAD = "application/octet-stream"


def mount(app: bottle.Bottle, hub: Hub) -> None:
    """Serve Koji's API and its files on APP."""
    policy.verify(hub.settings)
    files.mount(app, hub)
    door = Door(hub)
    for path in ("/kojihub", "/kojihub/"):
        app.route(path, method="ANY", callback=door.xml)
    for path in ("/kojihub/ssllogin", "/kojihub/ssllogin/"):
        app.route(path, method="ANY", callback=door.ssl_login)
    for path in ("/kojihub/json", "/kojihub/json/"):
        app.route(path, method="ANY", callback=door.json)


class Door:
    """Takes HTTP requests in and gives answers out; what happens between is the Dispatcher's."""

    def __init__(self, hub: Hub) -> None:
        self.limit = hub.settings.koji.max_request_length
        self.dispatcher = Dispatcher(hub, load_methods())
        self.proxies = Proxies(hub.settings.koji.trusted_proxies)
        keytab = hub.settings.koji.keytab
        self.negotiator = Negotiator(keytab) if keytab else None

    def xml(self) -> bytes | str:
        """XML-RPC calls, and raw uploads by their content type."""
        return self._serve(self.proxies.origin(bottle.request.environ))

    def ssl_login(self) -> bytes | str:
        """The same for those who prove who they are: to a proxy that is trusted, or with a Kerberos
        ticket.
        """
        origin = self.proxies.origin(bottle.request.environ)
        if self.negotiator is None or origin.principal or origin.verified == "SUCCESS":
            return self._serve(origin)
        verdict = self.negotiator.accept(bottle.request.get_header("Authorization"))
        bottle.response.set_header("WWW-Authenticate", verdict.reply)
        if verdict.principal is None:
            return _plain(401, "A Kerberos ticket is required\n")
        return self._serve(replace(origin, principal=verdict.principal))

    def _serve(self, origin: Origin) -> bytes | str:
        bottle.response.set_header("Koji-Version", KOJI_VERSION)
        if bottle.request.method != "POST":
            return _plain(405, _ONLY_POST)
        if bottle.request.content_type.partition(";")[0].strip() == _UPLOAD:
            return _xml(self._upload(origin))
        try:
            name, params = wire.parse(_body(self.limit))
        except wire.BadRequest as error:
            return _plain(400, f"Invalid request: {error}\n")
        return _xml(self._answer(name, params, origin))

    def _answer(self, name: Any, params: list[Any], origin: Origin) -> bytes:
        try:
            return encoding.answer(self.dispatcher.handle(name, params, _request(origin)))
        except Exception as error:  # the edge: every error becomes a fault
            return encoding.fault(*fault_of(error))

    def _upload(self, origin: Origin) -> bytes:
        try:
            request = _request(origin, upload=True)
            return encoding.answer(self.dispatcher.upload(_upload_args(), _chunks(), request))
        except Exception as error:  # the edge: every error becomes a fault
            return encoding.fault(*fault_of(error))

    def json(self) -> bytes | str:
        """JSON calls: one object, or a list of them that is a multiCall."""
        bottle.response.set_header("Koji-Version", KOJI_VERSION)
        if bottle.request.method != "POST":
            return _plain(405, _ONLY_POST)
        try:
            calls = wire.parse_json(_body(self.limit))
        except wire.BadRequest as error:
            bottle.response.status = 400
            return _json({"fault": {"code": 1000, "string": f"Invalid request: {error}"}})
        return _json(self._many(calls) if isinstance(calls, list) else self._one(*calls))

    def _one(self, name: Any, params: list[Any]) -> dict[str, Any]:
        try:
            origin = self.proxies.origin(bottle.request.environ)
            return {"result": self.dispatcher.handle(name, params, _request(origin))}
        except Exception as error:  # the edge: every error becomes a fault
            code, text = fault_of(error)
            return {"fault": {"code": code, "string": text}}

    def _many(self, calls: list[wire.Parsed]) -> Any:
        inner = [{"methodName": name, "params": params} for name, params in calls]
        answer = self._one("multiCall", [inner])
        if "fault" in answer:
            return answer
        return [_told(each) for each in answer["result"]]


def _request(origin: Origin, upload: bool = False) -> Request:
    """Who calls. An upload's query string is about the file, unless it carries a session of the old kind."""
    environ = bottle.request.environ
    headers = {name: environ[key] for name, key in _KOJI_HEADERS if key in environ}
    query = "" if upload and "koji-session-id" in headers else environ.get("QUERY_STRING", "")
    return Request(origin, query, headers)


def _told(each: Any) -> dict[str, Any]:
    if isinstance(each, list):
        return {"result": each[0]}
    return {"fault": {"code": each["faultCode"], "string": each["faultString"]}}


def _upload_args() -> dict[str, str]:
    """What the query string says of an upload; anything at all may stand there."""
    try:
        args = parse_qs(bottle.request.query_string, keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise GenericError(f"Invalid upload request: {error}") from None
    return {name: values[0] for name, values in args.items()}


def _chunks() -> Iterator[bytes]:
    stream = bottle.request.environ["wsgi.input"]
    return iter(lambda: stream.read(_CHUNK), b"")


def _body(limit: int) -> bytes:
    if (bottle.request.content_length or 0) > limit:
        raise wire.BadRequest("Request too long")
    body: bytes = bottle.request.environ["wsgi.input"].read(limit + 1)
    if not body:
        raise wire.BadRequest("Empty request")
    if len(body) > limit:
        raise wire.BadRequest("Request too long")
    if bottle.request.get_header("Content-Encoding", "").lower() == "gzip":
        return wire.inflate(body, limit)
    return body


def _xml(document: bytes) -> bytes:
    bottle.response.content_type = "text/xml"
    return _packed(document)


def _json(document: Any) -> bytes:
    bottle.response.content_type = "application/json"
    return _packed(json.dumps(document, default=_as_text).encode())


def _as_text(value: Any) -> str:
    """What JSON has no type for: XML-RPC's times and binaries."""
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)


def _packed(document: bytes) -> bytes:
    """Compressed, where that pays and the client takes it."""
    bottle.response.set_header("Vary", "Accept-Encoding")
    if len(document) < _SMALLEST_PACKED or "gzip" not in bottle.request.get_header("Accept-Encoding", ""):
        return document
    bottle.response.set_header("Content-Encoding", "gzip")
    return gzip.compress(document, 1)


def _plain(status: int, text: str) -> str:
    bottle.response.status = status
    bottle.response.content_type = "text/plain"
    return text

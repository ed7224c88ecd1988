"""Where Koji's clients knock: /kojihub, and nothing but POST."""

import bottle

from appliance.hub.hub import Hub
from appliance.rpc.koji import load_methods, wire
from appliance.rpc.koji.dispatch import Dispatcher, Request, fault_of

_VERSION = "1.35.3"
_ONLY_POST = "Method Not Allowed\nThis is an XML-RPC server. Only POST requests are accepted.\n"


def mount(app: bottle.Bottle, hub: Hub) -> None:
    """Serve Koji's API on APP."""
    dispatcher = Dispatcher(hub, load_methods())

    def serve() -> bytes | str:
        bottle.response.set_header("Koji-Version", _VERSION)
        if bottle.request.method != "POST":
            return _plain(405, _ONLY_POST)
        try:
            name, params = wire.parse(_body(hub))
        except wire.BadRequest as error:
            return _plain(400, f"Invalid request: {error}\n")
        bottle.response.content_type = "text/xml"
        return _answer(dispatcher, name, params)

    for path in ("/kojihub", "/kojihub/", "/kojihub/ssllogin", "/kojihub/ssllogin/"):
        app.route(path, method="ANY", callback=serve)


def _answer(dispatcher: Dispatcher, name: str | None, params: list[object]) -> bytes:
    try:
        return wire.answer(dispatcher.handle(name, params, _request()))
    except Exception as error:  # the edge: every error becomes a fault
        return wire.fault(*fault_of(error))


def _request() -> Request:
    request = bottle.request
    headers = {name.lower(): value for name, value in request.headers.items() if name.lower().startswith("koji-")}
    return Request(hostip=request.environ.get("REMOTE_ADDR", "-"), query=request.query_string, headers=headers)


def _body(hub: Hub) -> bytes:
    limit = hub.settings.koji.max_request_length
    if (bottle.request.content_length or 0) > limit:
        raise wire.BadRequest("Request too long")
    body: bytes = bottle.request.body.read(limit + 1)
    if not body:
        raise wire.BadRequest("Empty request")
    if len(body) > limit:
        raise wire.BadRequest("Request too long")
    return body


def _plain(status: int, text: str) -> str:
    bottle.response.status = status
    bottle.response.content_type = "text/plain"
    return text

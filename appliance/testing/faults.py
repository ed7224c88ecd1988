"""Things that go wrong for clients, on order: late answers, lost ones, a server that is offline or fails."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from appliance.errors import ServerOffline
from appliance.hub import sessions
from appliance.hub.hub import Hub
from appliance.rpc.koji import encoding
from appliance.testing import calls
from appliance.testing.calls import Called, Environ

Wsgi = Callable[[Environ, Any], Iterable[bytes]]
Happening = Callable[[Environ, Any], Iterable[bytes]]


@dataclass
class _Order:
    kind: str
    pattern: str
    times: int
    happen: Happening = field(repr=False)


class Faults:
    """Stands between the server and the hub. METHOD is a method of Koji's (also of one in a multiCall), or
    `VERB /api_3/...` of Copr's, with `*` and `?`; a fault happens to the next TIMES calls that fit, and is then
    over. `happened` tells which did, as (kind, call).
    """

    def __init__(self, hub: Hub, served: Wsgi) -> None:
        self.hub = hub
        self.served = served
        self.happened: list[tuple[str, str]] = []
        self._orders: list[_Order] = []
        self._guard = threading.Lock()

    def late(self, method: str, seconds: float, times: int = 1) -> None:
        """Do what was asked, but wait before."""
        self._order("late", method, times, lambda *request: self._late(seconds, *request))

    def drop(self, method: str, times: int = 1) -> None:
        """Do what was asked, then drop the connection without an answer: a client that tries again repeats
        its call's number.
        """
        self._order("drop", method, times, self._drop)

    def offline(self, method: str = "*", times: int = 1, message: str = "server is offline") -> None:
        """Answer with Koji's ServerOffline, and do nothing."""
        self._order("offline", method, times, lambda _, respond: _offline(respond, message))

    def expire(self, method: str = "*", times: int = 1) -> None:
        """Expire the session that calls; the hub then says so."""
        self._order("expire", method, times, self._expire)

    def fail(self, method: str = "*", status: int = 503, times: int = 1) -> None:
        """Answer with an HTTP error, as Copr's server or what stands before it does, and do nothing."""
        self._order("fail", method, times, lambda _, respond: _fail(respond, status))

    def clear(self) -> None:
        """Order nothing any more."""
        with self._guard:
            self._orders.clear()

    def _order(self, kind: str, pattern: str, times: int, happen: Happening) -> None:
        with self._guard:
            self._orders.append(_Order(kind, pattern, times, happen))

    def __call__(self, environ: Environ, respond: Any) -> Iterable[bytes]:
        called = calls.read(environ) if self._orders else None
        order = self._due(called) if called else None
        return (order.happen if order else self.served)(environ, respond)

    def _due(self, called: Called) -> _Order | None:
        """The first order that fits, which happens once more now."""
        with self._guard:
            order = next((each for each in self._orders if called.fits(each.pattern)), None)
            if order is not None:
                self.happened.append((order.kind, called.name))
                order.times -= 1
            self._orders = [each for each in self._orders if each.times > 0]
        return order

    def _late(self, seconds: float, environ: Environ, respond: Any) -> Iterable[bytes]:
        time.sleep(seconds)
        return self.served(environ, respond)

    def _drop(self, environ: Environ, respond: Any) -> Iterable[bytes]:
        answer = self.served(environ, lambda *_: lambda _: None)
        calls.whole(answer)
        _channel(environ).socket.shutdown(socket.SHUT_RDWR)
        return _respond(respond, "200 OK", "text/plain", b"")

    def _expire(self, environ: Environ, respond: Any) -> Iterable[bytes]:
        number = calls.session_id(environ)
        if number is not None:
            with self.hub.write() as call:
                sessions.expire(call, number)
        return self.served(environ, respond)


def _channel(environ: Environ) -> Any:
    """The server's side of the connection that a request came by."""
    return environ["waitress.client_disconnected"].__self__


def _offline(respond: Any, message: str) -> Iterable[bytes]:
    return _respond(respond, "200 OK", "text/xml", encoding.fault(ServerOffline.faultCode, message))


def _fail(respond: Any, status: int) -> Iterable[bytes]:
    body = json.dumps({"error": "The test has ordered this failure."}).encode()
    return _respond(respond, f"{status} Ordered", "application/json", body)


def _respond(respond: Any, status: str, kind: str, body: bytes) -> Iterable[bytes]:
    respond(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]

"""From a decoded call to its answer: session, lock, transaction, multiCall, and the fault for each error."""

import logging
import os
import re
import sys
import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from appliance.errors import AuthError, GenericError, ServerOffline
from appliance.hub import sessions, uploads
from appliance.hub.hub import Call, Hub, Origin, Session
from appliance.rpc.koji import wire
from appliance.rpc.koji.registry import Method, Registry

log = logging.getLogger(__name__)

MULTICALL = frozenset({"multiCall", "system.multicall"})
# Methods whose first argument is the name of another, which they call.
INDIRECT = frozenset({"count", "filterResults", "countAndFilterResults"})
_LOCK_FREE = frozenset({"exclusiveSession", "login", "sslLogin", "logout"})
# A password costs time on purpose; many of them must not be tried in one request.
_ALONE = frozenset({"login", "sslLogin"})
_MULTICALL_SECONDS = 120
_LONGEST_LOGGED = 8000
_NUMBER = re.compile(r"[0-9]{1,18}\Z")


@dataclass
class Request:
    """What a client's HTTP request says about who calls."""

    origin: Origin = field(default_factory=Origin)
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def credentials(self) -> tuple[int, str, int | None] | None:
        """(session id, key, call number) from the headers, else the query string; None for an anonymous
        call.
        """
        if "koji-session-id" in self.headers:
            number = self.headers.get("koji-session-callnum", self.headers.get("koji-callnum"))
            return _credentials(self.headers["koji-session-id"], self.headers.get("koji-session-key"), number)
        if not self.query:
            return None
        args = _query(self.query)
        for name in ("session-id", "session-key"):
            if name not in args:
                raise AuthError(f"'{name}' not specified in session args")
        return _credentials(args["session-id"], args["session-key"], args.get("callnum"))


def _query(text: str) -> dict[str, str]:
    try:
        return {name: values[0] for name, values in parse_qs(text, strict_parsing=True, max_num_fields=50).items()}
    except ValueError as error:
        raise AuthError(f"bad session args: {error}") from None


def _credentials(session_id: str, key: str | None, number: str | None) -> tuple[int, str, int | None]:
    if key is None:
        raise AuthError("no session key")
    if not _NUMBER.match(session_id):
        raise AuthError(f"Invalid session id: {session_id!r}")
    if number is not None and not _NUMBER.match(number.removeprefix("-")):
        raise AuthError(f"Invalid callnum: {number!r}")
    return int(session_id), key, None if number is None else int(number)


class Dispatcher:
    """Runs calls of the API against one hub."""

    def __init__(self, hub: Hub, registry: Registry) -> None:
        self.hub = hub
        self.registry = registry

    def handle(self, name: Any, params: list[Any], request: Request) -> Any:
        """The answer to one call. Whatever it raises is for `fault_of`."""
        wire.check(params)
        if self._writes(name, params):
            self._screen(name, params, request)
            return self._change(name, params, request)
        with self.hub.read() as call:
            self._enter(call, name, request)
            if call.session.id is not None:
                self.hub.activity.note(call.session.id, call.now())
            return self._run(call, name, params)

    def _screen(self, name: Any, params: list[Any], request: Request) -> None:
        """What is refused, or takes its time, must not keep the one writer from its work."""
        with self.hub.read() as call:
            self._enter(call, name, request)
            method = self.registry.methods.get(name)
            if method is not None:
                method.screen(call, *wire.split(params))

    def _change(self, name: Any, params: list[Any], request: Request) -> Any:
        with self.hub.write() as call:
            self._enter(call, name, request)
            result = self._run(call, name, params)
            if (call.tx.wrote or name in MULTICALL) and call.session.logged_in:
                sessions.touch(call, call.session)
            if self.hub.activity.due(call.now()):
                sessions.flush(call)
            return result

    def upload(self, args: dict[str, str], chunks: Iterable[bytes], request: Request) -> Any:
        """The answer to a raw upload. No transaction is open while bytes arrive."""
        with self.hub.read() as call:
            self._enter(call, None, request)
            uploads.require_login(call)
            volume = args.get("volume", "DEFAULT")
            target = uploads.claim(call, args.get("filepath", ""), args.get("filename"), volume)
        offset = _offset(args.get("offset", "0"))
        wanted = uploads.Upload(target, offset, args.get("fileverify", ""), bool(args.get("overwrite")))
        return uploads.receive(wanted, chunks)

    def _enter(self, call: Call, name: Any, request: Request) -> None:
        """Who asks, and whether that one is served now."""
        self._check_open()
        call.session = self._session(call, str(name), request)
        call.session.origin = request.origin
        if name not in _LOCK_FREE:
            sessions.check_lock(call.session)
            if self.hub.settings.koji.lock_out and not call.session.may("admin"):
                raise ServerOffline("Server disabled for maintenance")

    def _check_open(self) -> None:
        if self.hub.bell.closed:
            raise ServerOffline("the server is stopping")
        if self.hub.settings.koji.offline:
            raise ServerOffline(self.hub.settings.koji.offline_message)

    def _session(self, call: Call, name: str, request: Request) -> Session:
        hostip = request.origin.address if self.hub.settings.koji.check_client_ip else "-"
        credentials = request.credentials()
        if credentials is None:
            return Session(hostip=hostip)
        session_id, key, callnum = credentials
        return sessions.resolve(call, session_id, key, hostip, callnum, name)

    def _writes(self, name: Any, params: Any) -> bool:
        """Whether the call, or one that it makes, may change rows."""
        if not isinstance(name, str) or not isinstance(params, list):
            return False
        if name in MULTICALL:
            inner = params[0] if params and isinstance(params[0], list) else []
            return any(
                self._writes(each.get("methodName"), each.get("params")) for each in inner if isinstance(each, dict)
            )
        if name in INDIRECT and params:
            return self._writes(params[0], params[1:])
        method = self.registry.methods.get(name)
        return method is not None and method.may_write(*wire.split(params))

    def _run(self, call: Call, name: Any, params: list[Any]) -> Any:
        args, kwargs = wire.split(params)
        if name not in MULTICALL:
            return self.registry.find(name).run(call, args, kwargs)
        if len(args) != 1 or kwargs:
            raise wire.ParameterError(f"{name}() takes one list of calls")
        return self._multicall(call, args[0])

    def _multicall(self, call: Call, calls: Any) -> list[Any]:
        if not isinstance(calls, (list, str)):
            raise wire.ParameterError("multiCall takes a list of calls")
        deadline = time.monotonic() + _MULTICALL_SECONDS
        return [self._one_of_many(call, each, deadline) for each in calls]

    def _one_of_many(self, call: Call, each: Any, deadline: float) -> Any:
        try:
            with call.tx.savepoint():
                return [self._run(call, *_inner(each, deadline))]
        except Exception as error:  # one failing call must not undo its neighbours
            code, text = fault_of(error, bare=True)
            return {"faultCode": code, "faultString": text, "traceback": _traceback()}

    def method(self, name: str) -> Method:
        return self.registry.find(name)


def _inner(each: Any, deadline: float) -> tuple[Any, list[Any]]:
    """Name and parameters of one call in a multiCall, if there is time for it."""
    if time.monotonic() > deadline:
        raise GenericError("this multiCall takes too long; ask in smaller parts")
    if not isinstance(each, dict) or "methodName" not in each or not isinstance(each.get("params"), list):
        raise wire.ParameterError("each call in a multiCall is a struct with methodName and params")
    if each["methodName"] in _ALONE:
        raise GenericError(f"{each['methodName']} can't be a part of a multiCall")
    return each["methodName"], each["params"]


def _offset(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise GenericError(f"Invalid offset: {text}") from None


def fault_of(error: Exception, bare: bool = False) -> tuple[int, str]:
    """(code, text) for an error; one that is not of the family is logged and gets code 1."""
    code = getattr(error, "faultCode", None)
    if isinstance(error, GenericError) and code is not None:
        return code, str(error)
    log.error("a call failed unexpectedly\n%s", traceback.format_exc()[-_LONGEST_LOGGED:])
    if isinstance(error, OSError) and error.errno:
        return GenericError.faultCode, f"{os.strerror(error.errno)}: {error.filename or 'the hub'}"
    return 1, str(error).strip("'") if bare else f"{type(error)}: {error}"


def _traceback() -> list[str]:
    """The last lines of what happened, for clients that show it."""
    return traceback.format_exception(*sys.exc_info(), limit=-5)

"""From a decoded call to its answer: session, call number, lock, transaction, multiCall, and the fault for each error."""

import logging
import sys
import traceback
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from appliance.errors import AuthError, GenericError
from appliance.hub import sessions
from appliance.hub.hub import Call, Hub, Session
from appliance.rpc.koji.registry import Method, Registry
from appliance.rpc.koji.wire import split

log = logging.getLogger(__name__)

MULTICALL = frozenset({"multiCall", "system.multicall"})
_LOCK_FREE = frozenset({"exclusiveSession", "login", "sslLogin", "logout"})


@dataclass
class Request:
    """What a client's HTTP request says about who calls."""

    hostip: str = "-"
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def credentials(self) -> tuple[int, str, int | None] | None:
        """(session id, key, call number) from the headers, else the query string; None for an anonymous call."""
        if "koji-session-id" in self.headers:
            number = self.headers.get("koji-session-callnum", self.headers.get("koji-callnum"))
            return (int(self.headers["koji-session-id"]), self.headers["koji-session-key"],
                    None if number is None else int(number))
        if not self.query:
            return None
        args = parse_qs(self.query, strict_parsing=True)
        for name in ("session-id", "session-key"):
            if name not in args:
                raise AuthError(f"'{name}' not specified in session args")
        number = args.get("callnum", [None])[0]
        return int(args["session-id"][0]), args["session-key"][0], None if number is None else int(number)


class Dispatcher:
    """Runs calls of the API against one hub."""

    def __init__(self, hub: Hub, registry: Registry) -> None:
        self.hub = hub
        self.registry = registry

    def handle(self, name: Any, params: list[Any], request: Request) -> Any:
        """The answer to one call. Whatever it raises is for `fault_of`."""
        if not self._writes(name, params):
            with self.hub.read() as call:
                self._enter(call, name, request)
                return self._run(call, name, params)
        with self.hub.write() as call:
            self._enter(call, name, request)
            result = self._run(call, name, params)
            if call.tx.wrote and call.session.id is not None:
                sessions.touch(call, call.session)
            return result

    def session(self, call: Call, name: str, request: Request) -> Session:
        """Who makes this request."""
        credentials = request.credentials()
        if credentials is None:
            return Session(hostip=request.hostip)
        session_id, key, callnum = credentials
        return sessions.resolve(call, session_id, key, request.hostip, callnum, name)

    def _enter(self, call: Call, name: Any, request: Request) -> None:
        call.session = self.session(call, str(name), request)
        if name not in _LOCK_FREE:
            sessions.check_lock(call.session)

    def _writes(self, name: Any, params: list[Any]) -> bool:
        if name in MULTICALL:
            inner = params[0] if params and isinstance(params[0], list) else []
            return any(
                self._writes(each.get("methodName"), each.get("params") or [])
                for each in inner if isinstance(each, dict)
            )
        method = self.registry.methods.get(name) if isinstance(name, str) else None
        return method is not None and isinstance(params, list) and method.may_write(*split(params))

    def _run(self, call: Call, name: Any, params: list[Any]) -> Any:
        args, kwargs = split(params)
        if name in MULTICALL:
            return self._multicall(call, *args, **kwargs)
        return self.registry.find(name).run(call, args, kwargs)

    def _multicall(self, call: Call, calls: Any) -> list[Any]:
        return [self._one_of_many(call, each) for each in calls]

    def _one_of_many(self, call: Call, each: Any) -> Any:
        try:
            with call.tx.savepoint():
                return [self._run(call, each["methodName"], each["params"])]
        except Exception as error:  # one failing call must not undo its neighbours
            code, text = fault_of(error, bare=True)
            return {"faultCode": code, "faultString": text, "traceback": _traceback()}

    def method(self, name: str) -> Method:
        return self.registry.find(name)


def fault_of(error: Exception, bare: bool = False) -> tuple[int, str]:
    """(code, text) for an error; one that is not of the family is logged and gets code 1."""
    code = getattr(error, "faultCode", None)
    if isinstance(error, GenericError) and code is not None:
        return code, str(error)
    log.exception("a call failed unexpectedly")
    return 1, str(error).strip("'") if bare else f"{type(error)}: {error}"


def _traceback() -> list[str]:
    return traceback.format_exception(*sys.exc_info())

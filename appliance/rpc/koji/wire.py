"""XML-RPC as Koji speaks it: requests are parsed with limits, answers and faults encoded with nil and i8."""

import datetime
import xmlrpc.client
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.xmlrpc import DefusedExpatParser
from koji import xmlrpcplus
from koji.util import encode_datetime

MAX_DEPTH = 64


class BadRequest(Exception):
    """A request that is no XML-RPC call; answered with HTTP 400 in plain text."""


class _Unmarshaller(xmlrpc.client.Unmarshaller):
    """Refuses nesting that would exhaust the stack of whoever prints the value."""

    _depth = 0

    def start(self, tag: str, attrs: Any) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH * 4:
            raise BadRequest("nested too deeply")
        super().start(tag, attrs)

    def end(self, tag: str) -> None:
        self._depth -= 1
        super().end(tag)


def parse(body: bytes) -> tuple[str | None, list[Any]]:
    """(method name, parameters) of a request. Raises BadRequest with the reason."""
    unmarshaller = _Unmarshaller()
    try:
        parser = DefusedExpatParser(unmarshaller)
        parser.feed(body)
        parser.close()
        params = list(unmarshaller.close())
    except BadRequest:
        raise
    except xmlrpc.client.ResponseError as error:
        raise BadRequest(repr(error)) from None
    except DefusedXmlException as error:
        raise BadRequest(str(error)) from None
    except Exception as error:  # expat and the value decoders raise all sorts for what strangers send
        raise BadRequest(str(error)) from None
    return unmarshaller.getmethodname(), params


def split(params: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Positional and keyword arguments: the latter travel as a last struct with a true `__starstar`."""
    if params and isinstance(params[-1], dict) and params[-1].get("__starstar"):
        keywords = {name: value for name, value in params[-1].items() if name != "__starstar"}
        return params[:-1], keywords
    return list(params), {}


def answer(value: Any) -> bytes:
    """A methodResponse with one value."""
    return xmlrpcplus.dumps((_plain(value),), methodresponse=1, allow_none=1).encode("utf-8", "surrogateescape")


def fault(code: int, text: str) -> bytes:
    """A methodResponse that says what went wrong."""
    return xmlrpcplus.dumps(xmlrpc.client.Fault(code, text)).encode("utf-8", "surrogateescape")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return encode_datetime(value)
    return value

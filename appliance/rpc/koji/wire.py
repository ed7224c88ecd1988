"""XML-RPC and its JSON twin as they arrive: parsed with limits on size, depth and numbers."""

import json
import xmlrpc.client
import zlib
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.xmlrpc import DefusedExpatParser

from appliance.errors import ParameterError

MAX_DEPTH = 64
# What one level of nesting costs in tags, and what stands around the outermost value.
_TAGS_A_LEVEL, _TAGS_AROUND = 3, 5
_MAX_I8, _MIN_I8 = 2**63 - 1, -(2**63)

Parsed = tuple[Any, list[Any]]


class BadRequest(Exception):
    """A request that is no call; answered with HTTP 400 in plain text."""


class _Unmarshaller(xmlrpc.client.Unmarshaller):
    """Refuses nesting that would exhaust the stack of whoever prints the value."""

    _depth = 0

    def start(self, tag: str, attrs: Any) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH * _TAGS_A_LEVEL + _TAGS_AROUND:
            raise BadRequest("nested too deeply")
        super().start(tag, attrs)

    def end(self, tag: str) -> None:
        self._depth -= 1
        super().end(tag)


def parse(body: bytes) -> Parsed:
    """(method name, parameters) of an XML-RPC request. Raises BadRequest with the reason."""
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


def parse_json(body: bytes) -> Parsed | list[Parsed]:
    """The call, or the list of calls, of a JSON request: `{"method", "params": [], "kwargs": {}}`."""
    try:
        document = json.loads(body)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadRequest(str(error)) from None
    if isinstance(document, list):
        return [_json_call(each) for each in document]
    return _json_call(document)


def _json_call(document: Any) -> Parsed:
    if not isinstance(document, dict) or "method" not in document:
        raise BadRequest('a call is an object with "method", and with "params" and "kwargs" where it has arguments')
    params, kwargs = document.get("params") or [], document.get("kwargs") or {}
    if not isinstance(params, list) or not isinstance(kwargs, dict):
        raise BadRequest('"params" must be a list and "kwargs" an object')
    return document["method"], [*params, {**kwargs, "__starstar": True}] if kwargs else params


def check(value: Any, depth: int = 0) -> None:
    """Refuse what cannot be stored or shown again: integers beyond 64 bits, values nested too deeply."""
    if isinstance(value, int):
        if not _MIN_I8 <= value <= _MAX_I8:
            raise ParameterError("an integer exceeds 64 bits")
        return
    if depth > MAX_DEPTH + 1:
        raise ParameterError("nested too deeply")
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return
    for each in value:
        check(each, depth + 1)


def inflate(body: bytes, limit: int) -> bytes:
    """A gzip-compressed body, unpacked; a BadRequest if it is none or grows beyond LIMIT bytes."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise BadRequest(f"bad gzip body: {error}") from None
    if len(plain) > limit:
        raise BadRequest("Request too long")
    if not unpacker.eof:
        raise BadRequest("bad gzip body: it ends too early")
    return plain


def split(params: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Positional and keyword arguments: the latter travel as a last struct with a true `__starstar`."""
    if params and isinstance(params[-1], dict) and params[-1].get("__starstar"):
        keywords = {name: value for name, value in params[-1].items() if name != "__starstar"}
        return params[:-1], keywords
    return list(params), {}

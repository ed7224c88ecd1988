"""Values as XML-RPC text: what Koji's marshaller writes, three times as fast, which large listings need."""

import base64
import datetime
import re
from typing import Any
from xmlrpc.client import Binary, DateTime

from koji.util import encode_datetime

_MAX_INT, _MIN_INT = 2**31 - 1, -(2**31)
_MAX_I8, _MIN_I8 = 2**63 - 1, -(2**63)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HEAD = "<?xml version='1.0'?>\n<methodResponse>\n"


def answer(value: Any) -> bytes:
    """A methodResponse with one value."""
    return _document(f"<params>\n<param>\n{encode(value)}</param>\n</params>\n")


def fault(code: int, text: str) -> bytes:
    """A methodResponse that says what went wrong."""
    return _document(f"<fault>\n{encode({'faultCode': code, 'faultString': text})}</fault>\n")


def _document(body: str) -> bytes:
    """Characters that XML cannot hold become `?`: one odd byte in a log must not make an answer
    unreadable.
    """
    if _NOT_XML.search(body):
        body = _NOT_XML.sub("?", body)
    return f"{_HEAD}{body}</methodResponse>\n".encode("utf-8", "replace")


def encode(value: Any) -> str:
    """One `<value>`. Raises TypeError for what XML-RPC has no type for, OverflowError beyond 64 bits."""
    kind = type(value)
    if kind is str:
        return f"<value><string>{_escape(value)}</string></value>\n"
    if value is None:
        return "<value><nil/></value>\n"
    encoder = _ENCODERS.get(kind) or _inherited(value)
    return encoder(value)


def _escape(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def _int(value: int) -> str:
    if _MIN_INT <= value <= _MAX_INT:
        return f"<value><int>{value}</int></value>\n"
    if _MIN_I8 <= value <= _MAX_I8:
        return f"<value><i8>{value}</i8></value>\n"
    raise OverflowError("long int exceeds XML-RPC limits")


def _bool(value: bool) -> str:
    return f"<value><boolean>{int(value)}</boolean></value>\n"


def _float(value: float) -> str:
    return f"<value><double>{value!r}</double></value>\n"


def _dict(value: dict[Any, Any]) -> str:
    members = [
        f"<member>\n<name>{_key(name)}</name>\n{encode(each)}</member>\n" for name, each in value.items()
    ]
    return f"<value><struct>\n{''.join(members)}</struct></value>\n"


def _key(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError("dictionary key must be string")
    return _escape(name)


def _list(value: Any) -> str:
    return f"<value><array><data>\n{''.join([encode(each) for each in value])}</data></array></value>\n"


def _bytes(value: bytes) -> str:
    return f"<value><base64>\n{base64.encodebytes(value).decode()}</base64></value>\n"


def _moment(value: datetime.datetime) -> str:
    return encode(encode_datetime(value))


def _inherited(value: Any) -> Any:
    """Subclasses of the known types travel as these."""
    for kind, encoder in _ENCODERS.items():
        if isinstance(value, kind):
            return encoder
    raise TypeError(f"cannot marshal {type(value)} objects")


_ENCODERS: dict[type, Any] = {
    bool: _bool,
    int: _int,
    float: _float,
    dict: _dict,
    list: _list,
    tuple: _list,
    bytes: _bytes,
    str: lambda value: encode(str(value)),
    datetime.datetime: _moment,
    DateTime: lambda value: f"<value><dateTime.iso8601>{value.value}</dateTime.iso8601></value>\n",
    Binary: lambda value: _bytes(value.data),
}

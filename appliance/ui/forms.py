"""What a form sent: its fields, and its files, which go to disk as they come."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from appliance.errors import GenericError
from appliance.hub.fields import Received

_CHUNK = 1 << 16
_MAX_TEXT = 4 << 20
_MAX_FIELDS = 500
_BROKEN = "The form did not arrive whole. Please send it again."


class Form:
    """The fields of a form by name; where a name has several values, `all` gives them."""

    def __init__(self) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files: dict[str, list[Received]] = {}

    def text(self, name: str, default: str = "") -> str:
        """The last value of a field, without white space around it."""
        return self.raw(name, default).strip()

    def raw(self, name: str, default: str = "") -> str:
        return next((value for key, value in reversed(self.fields) if key == name), default)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return any(self.all(name))

    def number(self, name: str) -> int | None:
        """A whole number; None where nothing was typed."""
        text = self.text(name)
        try:
            return int(text) if text else None
        except ValueError:
            raise GenericError(f"{name} is to be a whole number, not {text!r}") from None

    def words(self, name: str) -> list[str]:
        """What stands in a field, apart by blanks, commas or line ends."""
        return self.raw(name).replace(",", " ").split()

    def typed(self) -> dict[str, str]:
        """What is shown again where the form is refused."""
        return {name: value for name, value in self.fields if "password" not in name}

    def discard(self) -> None:
        """Remove the files that nobody took."""
        for received in (each for several in self.files.values() for each in several):
            Path(received.path).unlink(missing_ok=True)


def read(environ: Mapping[str, Any], room: Path | None = None, max_file: int = 0) -> Form:
    """The form in a request. Files, which only come where there is a ROOM for them, have MAX_FILE bytes at
    most.
    """
    form = Form()
    kind, options = parse_options_header(environ.get("CONTENT_TYPE", ""))
    length = _length(environ)
    if kind == "multipart/form-data":
        try:
            _read_parts(form, environ["wsgi.input"], options.get("boundary", ""), length, room, max_file)
        except (MultipartError, GenericError) as error:
            form.discard()
            raise GenericError(str(error) or _BROKEN) from None
    elif kind == "application/x-www-form-urlencoded":
        form.fields = _decoded(environ["wsgi.input"], length)
    return form


def _length(environ: Mapping[str, Any]) -> int:
    text = str(environ.get("CONTENT_LENGTH") or "0")
    if not text.isdecimal():
        raise GenericError(_BROKEN)
    return int(text)


def _decoded(stream: Any, length: int) -> list[tuple[str, str]]:
    if length > _MAX_TEXT:
        raise GenericError(f"A form can have {_MAX_TEXT} bytes at most, besides its files.")
    text = stream.read(length).decode("utf-8", "replace")
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise GenericError(_BROKEN) from None


def _read_parts(form: Form, stream: Any, boundary: str, length: int, room: Path | None, max_file: int) -> None:
    limits = {"max_segment_size": max(max_file, _MAX_TEXT), "max_segment_count": _MAX_FIELDS}
    with PushMultipartParser(boundary, content_length=length, **limits) as parser:
        events = parser.parse_blocking(stream.read, _CHUNK)
        for segment in (event for event in events if isinstance(event, MultipartSegment)):
            _take(form, segment, _content(events), room)


def _content(events: Iterator[Any]) -> Iterator[bytes]:
    for event in events:
        if not event:
            return
        yield bytes(event)


def _take(form: Form, segment: MultipartSegment, chunks: Iterator[bytes], room: Path | None) -> None:
    if segment.filename is None:
        form.fields.append((segment.name, _joined(chunks).decode("utf-8", "replace")))
    elif room is None:
        raise GenericError("This form takes no files.")
    else:
        _keep(form, segment, chunks, room)


def _joined(chunks: Iterator[bytes]) -> bytes:
    text = b""
    for chunk in chunks:
        text += chunk
        if len(text) > _MAX_TEXT:
            raise GenericError(f"A field can have {_MAX_TEXT} bytes at most.")
    return text


def _keep(form: Form, segment: MultipartSegment, chunks: Iterator[bytes], room: Path) -> None:
    """A file field that was left empty has neither a name nor content."""
    handle, path = tempfile.mkstemp(prefix=".form-", dir=room)
    form.files.setdefault(segment.name, []).append(Received(segment.filename or "", path))
    with os.fdopen(handle, "wb") as target:
        for chunk in chunks:
            target.write(chunk)
        empty = not target.tell()
        target.flush()
        os.fsync(target.fileno())
    if empty and not segment.filename:
        form.files[segment.name].pop()
        Path(path).unlink()
    if not form.files[segment.name]:
        del form.files[segment.name]

"""What a client of Copr's API sends: query, JSON, forms, and files, which go to disk as they come."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from appliance.errors import BadRequest, CoprError
from appliance.hub.fields import Given, Received

_CHUNK = 1 << 16
MAX_TEXT = 8 << 20  # bytes of JSON, or of a form without its files
_MAX_PARTS = 200

_NOT_JSON = "Did not attempt to load JSON data because the request Content-Type was not 'application/json'."
_BROKEN = "The browser (or proxy) sent a request that this server could not understand."


class UnsupportedMediaType(CoprError):
    status = 415


class TooLarge(CoprError):
    status = 413


class Request:
    """A request whose body has been read; files lie in ROOM until somebody moves them away, or `discard`.

    All files together may have MAX_FILES bytes; with none, a body that has parts is not read at all. With
    JSON_PART a part called `json` stands for the form.
    """

    def __init__(self, environ: Mapping[str, Any], room: Path, max_files: int, json_part: bool = False) -> None:
        self.query = parse_qs(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
        self.form: dict[str, Any] = {}
        self.files: dict[str, Received] = {}
        self._room = room
        self._max_files = max_files
        self._json: bytes | None = None
        self._paths: list[str] = []
        self._read(environ)
        if json_part and "json" in self.files:
            self._take_json(self.files.pop("json"))

    def discard(self) -> None:
        """Remove the files that nobody took."""
        for path in self._paths:
            Path(path).unlink(missing_ok=True)

    # what was sent

    def argument(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return self.query.get(name, [None])[0]

    def arguments(self, *required: str) -> list[str]:
        """The first values of query parameters. Raises BadRequest for the first that is missing."""
        for name in required:
            if name not in self.query:
                raise BadRequest(f"Missing argument {name}")
        return [self.query[name][0] for name in required]

    def addressed(self, *others: str) -> list[str]:
        """Owner and name of the project that the query means, and its OTHERS; all are required.

        What it leaves empty of the first two is looked for in the body, as in Copr.
        """
        ownername, projectname, *rest = self.arguments("ownername", "projectname", *others)
        return [ownername or self.named("ownername"), projectname or self.named("projectname"), *rest]

    def json(self) -> Any:
        """The body as JSON. Raises UnsupportedMediaType, BadRequest."""
        if self._json is None:
            raise UnsupportedMediaType(_NOT_JSON)
        try:
            return json.loads(self._json)
        except (ValueError, RecursionError):
            raise BadRequest(_BROKEN) from None

    def given(self) -> Given:
        """What was sent as JSON, or else as a form, with the files; what is null counts as not sent."""
        sent = self._sent()
        if not isinstance(sent, dict):
            raise BadRequest(_BROKEN)
        return {**{name: value for name, value in sent.items() if value is not None}, **self.files}

    def _sent(self) -> Any:
        try:
            return (self.json() if self._json is not None else None) or self.form
        except BadRequest:
            return self.form

    def project(self) -> tuple[str, str]:
        """(owner, name) of the project that the body names."""
        return self.named("ownername"), self.named("projectname")

    def named(self, name: str) -> str:
        """A text that the body must have.

        Raises BadRequest, or UnsupportedMediaType where there is neither form nor JSON.
        """
        value = self.form.get(name) or self._of_json(name)
        if not isinstance(value, str) or not value:
            raise BadRequest(f"{name} is missing")
        return value

    def _of_json(self, name: str) -> Any:
        found = self.json()
        return found.get(name) if isinstance(found, dict) else None

    # reading it

    def _read(self, environ: Mapping[str, Any]) -> None:
        kind, options = parse_options_header(environ.get("CONTENT_TYPE", ""))
        length = _length(environ)
        if kind == "multipart/form-data" and self._max_files:
            self._read_parts(environ["wsgi.input"], options.get("boundary", ""), length)
        elif kind == "application/x-www-form-urlencoded":
            text = _text(environ, length).decode("utf-8", "replace")
            fields = parse_qs(text, keep_blank_values=True, max_num_fields=_MAX_PARTS)
            self.form = {name: values[0] for name, values in fields.items()}
        elif kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
            self._json = _text(environ, length)

    def _read_parts(self, stream: Any, boundary: str, length: int) -> None:
        if length > self._max_files + MAX_TEXT:
            raise TooLarge(f"Files can have {self._max_files} bytes at most")
        try:
            for segment, chunks in _segments(stream, boundary, length):
                self._take(segment, chunks)
        except MultipartError as error:
            self.discard()
            raise BadRequest(f"Bad multipart request: {error}") from None

    def _take(self, segment: MultipartSegment, chunks: Iterator[bytes]) -> None:
        if segment.filename is None:
            text = b"".join(_limited(chunks)).decode("utf-8", "replace")
            self.form.setdefault(segment.name, text)
            return
        handle, path = tempfile.mkstemp(prefix=".incoming-", dir=self._room)
        self._paths.append(path)
        with os.fdopen(handle, "wb") as target:
            for chunk in chunks:
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        self.files.setdefault(segment.name, Received(segment.filename, path))

    def _take_json(self, received: Received) -> None:
        content = Path(received.path).read_bytes()
        try:
            sent = json.loads(content) or {}
        except (ValueError, RecursionError):
            raise BadRequest(_BROKEN) from None
        if not isinstance(sent, dict):
            raise BadRequest(_BROKEN)
        self.form = sent


def _length(environ: Mapping[str, Any]) -> int:
    try:
        return int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise BadRequest(_BROKEN) from None


def _text(environ: Mapping[str, Any], length: int) -> bytes:
    if length > MAX_TEXT:
        raise TooLarge(f"A request can have {MAX_TEXT} bytes at most, besides files")
    body: bytes = environ["wsgi.input"].read(length)
    return body


def _limited(chunks: Iterator[bytes]) -> Iterator[bytes]:
    left = MAX_TEXT
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise TooLarge(f"A field can have {MAX_TEXT} bytes at most")
        yield chunk


def _segments(stream: Any, boundary: str, length: int) -> Iterator[tuple[MultipartSegment, Iterator[bytes]]]:
    """Each part with its content, which must be read before the next."""
    with PushMultipartParser(boundary, content_length=length, max_segment_count=_MAX_PARTS) as parser:
        events = parser.parse_blocking(stream.read, _CHUNK)
        for segment in (event for event in events if isinstance(event, MultipartSegment)):
            yield segment, _content(events)


def _content(events: Iterator[Any]) -> Iterator[bytes]:
    for event in events:
        if not event:
            return
        yield bytes(event)

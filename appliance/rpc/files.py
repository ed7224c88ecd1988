"""Files over HTTP: whole or in parts, with listings of directories, and nothing from outside their root.

What builds made is foreign: it is shown as plain text or handed out as a download, and its page may do
nothing in the name of the site (sandbox).
"""

import email.utils
import html
import os
import re
import stat
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from urllib.parse import quote

import bottle

from appliance.hub.hub import Hub

_SAFETY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
_TYPES = {
    ".rpm": "application/x-rpm",
    ".gz": "application/gzip",
    ".zst": "application/zstd",
    ".xz": "application/x-xz",
    ".bz2": "application/x-bzip2",
}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")
_SNIFFED = 1024
_CHUNK = 1 << 16


def mount(app: bottle.Bottle, hub: Hub) -> None:
    """Serve Koji's topdir below /kojifiles/."""

    def topdir(path: str = "") -> bottle.HTTPResponse:
        return serve(hub.paths.koji, path, volumes(hub.paths.koji))

    app.route("/kojifiles", method=["GET", "HEAD"], callback=topdir)
    app.route("/kojifiles/", method=["GET", "HEAD"], callback=topdir)
    app.route("/kojifiles/<path:path>", method=["GET", "HEAD"], callback=topdir)


def volumes(topdir: Path) -> list[Path]:
    """Koji's volumes, which may be links to other file systems."""
    return sorted((topdir / "vol").glob("*"))


def serve(root: Path, path: str, others: Iterable[Path] = ()) -> bottle.HTTPResponse:
    """The answer to a request for PATH below ROOT: a file, a listing, or 404.

    Links are followed as long as they stay below ROOT or one of the OTHERS. Names that begin with a dot
    do not exist for the outside. A log that was compressed when it was whole is found under its old name.
    """
    found = resolve(root, path, others)
    if found is None:
        packed = path.endswith(".log") and resolve(root, f"{path}.gz", others)
        return _elsewhere(302, ".gz") if packed else refusal(404, "Not found")
    if found.is_dir():
        return _listing(found, path) if bottle.request.path.endswith("/") else _elsewhere(301, "/")
    return _file(found)


def _elsewhere(status: int, end: str) -> bottle.HTTPResponse:
    """Send the client to the same address with END behind it."""
    name = bottle.request.path.rsplit("/", 1)[-1]
    return bottle.HTTPResponse(status=status, headers={"Location": f"{quote(name)}{end}", **_SAFETY})


def resolve(root: Path, path: str, others: Iterable[Path] = ()) -> Path | None:
    """The real path of what PATH below ROOT means; None where there is nothing that may be shown."""
    parts = [part for part in path.split("/") if part]
    if "\0" in path or any(part.startswith(".") for part in parts):
        return None
    try:
        real = os.path.realpath(os.path.join(root, *parts), strict=True)
    except OSError:
        return None
    bases = [os.path.realpath(each) for each in (root, *others)]
    held = any(real == base or real.startswith(base + os.sep) for base in bases)
    return Path(real) if held else None


def refusal(status: int, text: str, **headers: str) -> bottle.HTTPResponse:
    """An answer that says in plain text why there is no file."""
    plain = {"Content-Type": "text/plain; charset=utf-8", **_SAFETY, **headers}
    return bottle.HTTPResponse(f"{text}\n", status=status, headers=plain)


def _file(path: Path) -> bottle.HTTPResponse:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return refusal(404, "Not found")
    stream = os.fdopen(fd, "rb")
    known = os.fstat(fd)
    if not stat.S_ISREG(known.st_mode):
        stream.close()
        return refusal(404, "Not found")
    return _answer(stream, known, path.name)


def _answer(stream: IO[bytes], known: os.stat_result, name: str) -> bottle.HTTPResponse:
    headers = {**_SAFETY, **_kind(stream, name), **_validators(known), "Accept-Ranges": "bytes"}
    if name == "repomd.xml":
        headers["Cache-Control"] = "no-cache"
    if _is_known(headers, known):
        stream.close()
        return bottle.HTTPResponse(status=304, headers=headers)
    part = _part(known, headers)
    if part is None:
        stream.close()
        return refusal(416, "Range not satisfiable", **{"Content-Range": f"bytes */{known.st_size}"})
    return _body(stream, part, known.st_size, headers)


def _body(stream: IO[bytes], part: tuple[int, int], size: int, headers: dict[str, str]) -> bottle.HTTPResponse:
    start, end = part
    headers["Content-Length"] = str(end - start)
    partial = (start, end) != (0, size)
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    if bottle.request.method == "HEAD":
        stream.close()
        return bottle.HTTPResponse(status=206 if partial else 200, headers=headers)
    stream.seek(start)
    return bottle.HTTPResponse(_sent(stream, end - start), status=206 if partial else 200, headers=headers)


def _sent(stream: IO[bytes], length: int) -> IO[bytes] | Iterator[bytes]:
    """What the server sends by itself, if it can: then no thread of ours waits for a slow reader."""
    return stream if "wsgi.file_wrapper" in bottle.request.environ else _chunks(stream, length)


def _chunks(stream: IO[bytes], length: int) -> Iterator[bytes]:
    with stream:
        while length > 0 and (chunk := stream.read(min(_CHUNK, length))):
            length -= len(chunk)
            yield chunk


def _kind(stream: IO[bytes], name: str) -> dict[str, str]:
    """Text is shown as such, all else is a download, whatever its name promises."""
    known = _TYPES.get(os.path.splitext(name)[1])
    if known is None and _is_text(stream):
        return {"Content-Type": "text/plain; charset=utf-8"}
    shown = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return {"Content-Type": known or "application/octet-stream", "Content-Disposition": shown}


def _is_text(stream: IO[bytes]) -> bool:
    head = stream.read(_SNIFFED)
    try:
        head[: max(len(head) - 3, 0)].decode() if len(head) == _SNIFFED else head.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and b"\0" not in head
    return b"\0" not in head


def _validators(known: os.stat_result) -> dict[str, str]:
    return {
        "ETag": f'"{known.st_mtime_ns:x}-{known.st_size:x}"',
        "Last-Modified": email.utils.formatdate(known.st_mtime, usegmt=True),
    }


def _is_known(headers: dict[str, str], known: os.stat_result) -> bool:
    """Whether the client has this very version."""
    tags = bottle.request.get_header("If-None-Match")
    if tags is not None:
        return headers["ETag"] in tags or tags.strip() == "*"
    since = _moment(bottle.request.get_header("If-Modified-Since"))
    return since is not None and int(known.st_mtime) <= since


def _moment(text: str | None) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp() if text else None
    except (TypeError, ValueError):
        return None


def _part(known: os.stat_result, headers: dict[str, str]) -> tuple[int, int] | None:
    """(start, end) of the bytes to send; None for a range beyond the file. Several ranges get the whole."""
    size = known.st_size
    wanted = _RANGE.match(bottle.request.get_header("Range", ""))
    condition = bottle.request.get_header("If-Range")
    if wanted is None or wanted.group(0) == "bytes=-":
        return 0, size
    if condition is not None and condition not in (headers["ETag"], headers["Last-Modified"]):
        return 0, size
    first, last = wanted.groups()
    if not first:
        return (max(size - int(last), 0), size) if int(last) and size else None
    end = min(int(last) + 1, size) if last else size
    return (int(first), end) if int(first) < end else None


def _listing(directory: Path, path: str) -> bottle.HTTPResponse:
    """Links are relative, so that `wget -r` can walk them under any prefix."""
    rows = [_row(entry) for entry in sorted(os.scandir(directory), key=lambda each: each.name)]
    title = html.escape(f"Index of /{path.strip('/')}")
    page = (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>\n<h1>{title}</h1>\n<pre>\n"
        f'<a href="../">../</a>\n{"".join(rows)}</pre>\n</body></html>\n'
    )
    headers = {"Content-Type": "text/html; charset=utf-8", **_SAFETY}
    return bottle.HTTPResponse("" if bottle.request.method == "HEAD" else page, headers=headers)


def _row(entry: os.DirEntry[str]) -> str:
    """A line about an entry; none about one that is hidden or a link to nowhere."""
    if entry.name.startswith("."):
        return ""
    try:
        known = entry.stat()
    except OSError:
        return ""
    folder = stat.S_ISDIR(known.st_mode)
    name = entry.name + ("/" if folder else "")
    link = ("./" if ":" in name else "") + quote(name.encode("utf-8", "surrogateescape"))
    time = datetime.fromtimestamp(known.st_mtime, UTC).strftime("%Y-%m-%d %H:%M")
    size = "-" if folder else str(known.st_size)
    shown = html.escape(name.encode("utf-8", "replace").decode())
    return f'<a href="{html.escape(link)}">{shown}</a>  {time}  {size}\n'

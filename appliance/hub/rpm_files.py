"""RPM files as they arrive: read once, checked before anything of theirs is believed."""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

import koji
import rpm

from appliance import paths
from appliance.errors import GenericError

_LEAD = 96
_LEAD_MAGIC = b"\xed\xab\xee\xdb"
_HEADER_MAGIC = b"\x8e\xad\xe8\x01"
MAX_HEADER = 64 << 20  # bytes; the largest packages of real distributions stay below a third of it
_PAYLOADSIZE = 5112  # a tag that rpm before 6 has no name for
_FIELDS = ("name", "version", "release", "epoch", "arch", "buildtime", "sourcepackage", "sourcerpm")


@dataclass(frozen=True)
class RpmFile:
    """What an RPM's headers say. PAYLOADHASH is what Koji tells packages apart by: the MD5 of header and payload, or
    where there is none (rpm 6 makes packages without) the best digest of the header by its name: `sha256::...`.
    """

    path: Path
    name: str
    version: str
    release: str
    epoch: int | None
    arch: str
    buildtime: int
    sourcepackage: int | None
    sourcerpm: str | None
    payloadhash: str
    size: int
    header: Any
    signature: bytes

    @property
    def is_source(self) -> bool:
        return self.sourcepackage == 1

    @property
    def filename(self) -> str:
        return f"{self.name}-{self.version}-{self.release}.{self.arch}.rpm"


def read(path: Path) -> RpmFile:
    """Read an RPM's headers. A GenericError that names the file if it is not a whole, sane RPM of its own
    name.
    """
    with _opened(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        signature, main, payload = _frame(stream, size)
        header = _parse(stream)
    _check_whole(path, header, size - main, size - payload)
    found = _described(path, header, signature, size)
    _check_names(found)
    return found


def named(path: Path) -> Path:
    """A package under the name that its header gives it, linked beside the one that it came under."""
    facts = koji.get_header_fields(header(path), ["name", "version", "release", "arch", "sourcepackage"])
    arch = "src" if facts["sourcepackage"] == 1 else facts["arch"]
    target = path.with_name(paths.component(f"{facts['name']}-{facts['version']}-{facts['release']}.{arch}.rpm"))
    if not target.exists():
        os.link(path, target)
    return target


def header(path: Path) -> Any:
    """The header alone of an RPM file, whatever that is called."""
    with _opened(path) as stream:
        _frame(stream, os.fstat(stream.fileno()).st_size)
        return _parse(stream)


@contextmanager
def _opened(path: Path) -> Iterator[FileIO]:
    """The file, to be read; a disk that cannot is told of with its name."""
    try:
        with path.open("rb", buffering=0) as stream:
            yield stream
    except OSError as error:
        raise GenericError(f"{path.name} cannot be read: {error.strerror or error}") from error


def _frame(stream: FileIO, size: int) -> tuple[bytes, int, int]:
    """The signature header with its padding, and where main header and payload begin; both must lie in the file."""
    if not stream.read(_LEAD).startswith(_LEAD_MAGIC):
        raise GenericError(f"{_short(stream)}: not an RPM package")
    end = _header_end(stream, _LEAD, size)
    main = end + -end % 8
    stream.seek(_LEAD)
    signature = stream.read(main - _LEAD)
    payload = _header_end(stream, main, size)
    stream.seek(0)
    return signature, main, payload


def _header_end(stream: FileIO, start: int, size: int) -> int:
    stream.seek(start)
    intro = stream.read(16)
    if len(intro) < 16 or not intro.startswith(_HEADER_MAGIC):
        raise GenericError(f"{_short(stream)}: error reading package header")
    entries, store = struct.unpack(">II", intro[8:])
    length = int(16 + 16 * entries + store)
    if length > MAX_HEADER:
        raise GenericError(f"{_short(stream)}: its header is too large ({length} bytes)")
    if start + length > size:
        raise GenericError(f"{_short(stream)}: the file is cut short")
    return start + length


def _parse(stream: FileIO) -> Any:
    """The header, whose own digest must fit, with every tag readable from the form in which it is kept."""
    reader = rpm.TransactionSet()
    reader.setVSFlags(rpm._RPMVSF_NOSIGNATURES)  # signatures are for those who have the keys
    try:
        header = koji.get_rpm_header(stream, reader)
        koji.get_header_fields(rpm.hdr(header.unload()))
    except rpm.error as error:
        raise GenericError(f"{_short(stream)}: {error}") from None
    return header


def _check_whole(path: Path, header: Any, signed: int, payload: int) -> None:
    """SIGNED is the length of all that follows the signature header, PAYLOAD of what follows the main one."""
    expected = koji.get_header_field(header, "sigsize")
    if isinstance(expected, int) and expected != signed:
        raise GenericError(f"{path.name}: the file has {signed} bytes after its signature, it should have {expected}")
    expected = header[_PAYLOADSIZE]
    if isinstance(expected, int) and expected != payload:
        raise GenericError(f"{path.name}: the file has {payload} bytes after its headers, it should have {expected}")


def _described(path: Path, header: Any, signature: bytes, size: int) -> RpmFile:
    facts = koji.get_header_fields(header, list(_FIELDS))
    if facts["sourcepackage"] == 1:
        facts["arch"] = "src"
    elif facts["arch"] in ("src", "nosrc"):
        raise GenericError(f"{path.name}: a binary package can't be of arch {facts['arch']}")
    try:
        ident = koji.get_rpm_ident(header)
    except KeyError:
        raise GenericError(f"{path.name}: the package has no digest to be known by") from None
    return RpmFile(path=path, payloadhash=ident, size=size, header=header, signature=signature, **facts)


def _check_names(found: RpmFile) -> None:
    """Names become parts of paths: Koji's rule is that the file is called as its header says."""
    if found.path.name != found.filename:
        raise GenericError(f"bad filename: {found.path.name} (expected {found.filename})")
    for part in (found.name, found.version, found.release, found.arch):
        try:
            paths.component(part)
        except GenericError as error:
            raise GenericError(f"{found.path.name}: {error}") from None


def _short(stream: FileIO) -> str:
    return os.path.basename(str(stream.name))

"""Writes RPM files without rpmbuild: whole small ones that rpm installs, and bare headers by the ten thousand."""

import gzip
import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Tags = list[tuple[int, int, Any]]

# Tag numbers and types of the RPM file format (rpm's own "tag format" page).
STRING, INT32, BINARY, STRINGS, I18N = 6, 4, 7, 8, 9
SIG_SIZE, SIG_MD5, SIG_PAYLOAD, SIG_SHA1, SIG_SHA256, SIG_SHA3 = 1000, 1004, 1007, 269, 273, 279
NAME, VERSION, RELEASE, EPOCH, SUMMARY, DESCRIPTION, BUILDTIME = 1000, 1001, 1002, 1003, 1004, 1005, 1006
BUILDHOST, SIZE, LICENSE, GROUP, OS, ARCH, SOURCERPM = 1007, 1009, 1014, 1016, 1021, 1022, 1044
PROVIDENAME, PROVIDEFLAGS, PROVIDEVERSION = 1047, 1112, 1113
PAYLOADFORMAT, PAYLOADCOMPRESSOR, SOURCEPACKAGE = 1124, 1125, 1106
FILESIZES, FILEMODES, FILEDIGESTS, FILEFLAGS, LOCALE = 1028, 1030, 1035, 1037, 100
DIRINDEXES, BASENAMES, DIRNAMES = 1116, 1117, 1118
REQUIREFLAGS, REQUIRENAME, REQUIREVERSION, PAYLOADFLAGS, RPMVERSION = 1048, 1049, 1050, 1126, 1064
FILEMTIMES, FILERDEVS, FILELINKTOS, FILEUSERS, FILEGROUPS = 1034, 1033, 1036, 1039, 1040
FILEVERIFY, FILEDEVICES, FILEINODES, FILELANGS = 1045, 1095, 1096, 1097
FILEDIGESTALGO, PAYLOADDIGEST, PAYLOADDIGESTALGO = 5011, 5092, 5093
PAYLOADSIZE, PAYLOADSIZEALT = 5112, 5113
OF_SIGNATURES, OF_HEADER = 62, 63  # the tags that say which part of a header its digests are of
SHA256, RPMLIB = 8, 1 << 24 | 2 | 8
INT16, INT64, EQUAL, REGULAR = 3, 5, 8, 0o100644


@dataclass(frozen=True)
class Spec:
    """What tells packages apart. SOURCE is the source package's name, whose version and release are the same
    unless it ends in `.src.rpm` and says its own. Without MD5 a package has what format 6 has in its place.
    """

    name: str
    version: str = "1.0"
    release: str = "1"
    arch: str = "noarch"
    epoch: int | None = None
    source: str = ""
    summary: str = "A package for tests"
    files: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    buildhost: str = "builder.example.com"
    buildtime: int = 1700000000
    md5: bool = True

    @property
    def filename(self) -> str:
        return f"{self.name}-{self.version}-{self.release}.{self.arch}.rpm"

    @property
    def sourcerpm(self) -> str:
        if self.source.endswith(".src.rpm"):
            return self.source
        return f"{self.source or self.name}-{self.version}-{self.release}.src.rpm"


def tag_bytes(kind: int, value: Any) -> tuple[bytes, int]:
    """The stored form and the count of one tag's value."""
    if kind == INT32:
        return struct.pack(f">{len(value)}I", *value), len(value)
    if kind == INT64:
        return struct.pack(f">{len(value)}Q", *value), len(value)
    if kind == INT16:
        return struct.pack(f">{len(value)}H", *value), len(value)
    if kind == BINARY:
        return value, len(value)
    texts = [value] if isinstance(value, str) else value
    return b"".join(text.encode() + b"\0" for text in texts), len(texts)


def header(tags: Tags, region: int | None = None) -> bytes:
    """One header structure: its magic, the sorted index and the store, numbers aligned to their size.

    REGION is the tag that encloses all others, which rpm wants of what has digests.
    """
    index, store = b"", b""
    for tag, kind, value in sorted(tags, key=lambda row: row[0]):
        data, count = tag_bytes(kind, value)
        store += b"\0" * (-len(store) % {INT64: 8, INT32: 4, INT16: 2}.get(kind, 1))
        index += struct.pack(">IIII", tag, kind, len(store), count)
        store += data
    if region is not None:
        index = struct.pack(">IIII", region, BINARY, len(store), 16) + index
        store += struct.pack(">IIiI", region, BINARY, -len(index), 16)
    return b"\x8e\xad\xe8\x01" + b"\0" * 4 + struct.pack(">II", len(index) // 16, len(store)) + index + store


def _evr(spec: Spec) -> str:
    return f"{'' if spec.epoch is None else f'{spec.epoch}:'}{spec.version}-{spec.release}"


def main_tags(spec: Spec) -> Tags:
    tags: Tags = [
        (LOCALE, STRINGS, ["C"]),
        (NAME, STRING, spec.name),
        (VERSION, STRING, spec.version),
        (RELEASE, STRING, spec.release),
        (ARCH, STRING, spec.arch),
        (OS, STRING, "linux"),
        (SUMMARY, I18N, [spec.summary]),
        (DESCRIPTION, I18N, [spec.summary + ", at length"]),
        (GROUP, I18N, ["Testing"]),
        (LICENSE, STRING, "MIT"),
        (BUILDTIME, INT32, [spec.buildtime]),
        (BUILDHOST, STRING, spec.buildhost),
        (SIZE, INT32, [20]),
        (PAYLOADFORMAT, STRING, "cpio"),
        (PAYLOADCOMPRESSOR, STRING, "gzip"),
        (PROVIDENAME, STRINGS, [spec.name, *spec.provides]),
        (PROVIDEFLAGS, INT32, [EQUAL, *[0] * len(spec.provides)]),
        (PROVIDEVERSION, STRINGS, [_evr(spec), *[""] * len(spec.provides)]),
    ]
    if spec.epoch is not None:
        tags.append((EPOCH, INT32, [spec.epoch]))
    if spec.arch == "src":
        return [*tags, (SOURCEPACKAGE, INT32, [1])]
    return [*tags, (SOURCERPM, STRING, spec.sourcerpm), *file_tags(spec)]


def file_tags(spec: Spec) -> Tags:
    files = spec.files
    if not files:
        return []
    contents = [_content(spec, name) for name in files]
    parts = [name.rpartition("/") for name in files]
    folders = sorted({folder + "/" for folder, _, _ in parts})
    return [
        (BASENAMES, STRINGS, [base for _, _, base in parts]),
        (DIRNAMES, STRINGS, folders),
        (DIRINDEXES, INT32, [folders.index(folder + "/") for folder, _, _ in parts]),
        (FILEDIGESTS, STRINGS, [hashlib.sha256(each).hexdigest() for each in contents]),
        (FILEMODES, INT16, [REGULAR] * len(files)),
        (FILEDIGESTALGO, INT32, [SHA256]),
        (FILEFLAGS, INT32, [0] * len(files)),
        (FILESIZES, INT32, [len(each) for each in contents]),
    ]


def rpm_bytes(spec: Spec) -> bytes:
    """A bare file: lead, signature header, main header, no payload, no digests. Enough for who reads headers."""
    tags = main_tags(spec)
    if spec.requires:
        tags += _requires(spec.requires, [0] * len(spec.requires), [""] * len(spec.requires))
    body = header(tags)
    signature = header([(SIG_SIZE, INT32, [len(body)]), (SIG_PAYLOAD, INT32, [124])])
    return _lead(spec) + signature + b"\0" * (-len(signature) % 8) + body


def whole_bytes(spec: Spec) -> bytes:
    """A whole file, with a payload and digests that rpm verifies: what `rpm -i` and dnf take."""
    payload = _cpio({name: _content(spec, name) for name in spec.files})
    packed = gzip.compress(payload, 9, mtime=0)
    sizes: Tags = [] if spec.md5 else [(PAYLOADSIZE, INT64, [len(packed)]), (PAYLOADSIZEALT, INT64, [len(payload)])]
    body = header([*main_tags(spec), *_whole_tags(spec), *_payload_tags(packed), *sizes], OF_HEADER)
    digests: Tags = [(SIG_SHA256, STRING, hashlib.sha256(body).hexdigest())]
    if spec.md5:
        digests += [
            (SIG_SIZE, INT32, [len(body) + len(packed)]),
            (SIG_MD5, BINARY, hashlib.md5(body + packed, usedforsecurity=False).digest()),
            (SIG_PAYLOAD, INT32, [len(payload)]),
            (SIG_SHA1, STRING, hashlib.sha1(body, usedforsecurity=False).hexdigest()),
        ]
    else:
        digests.append((SIG_SHA3, STRING, hashlib.sha3_256(body).hexdigest()))
    signature = header(digests, OF_SIGNATURES)
    return _lead(spec) + signature + b"\0" * (-len(signature) % 8) + body + packed


def _lead(spec: Spec) -> bytes:
    kind = 1 if spec.arch == "src" else 0
    label = f"{spec.name}-{spec.version}-{spec.release}".encode()[:65]
    return struct.pack(">IBBHH66sHH16x", 0xEDABEEDB, 3, 0, kind, 1, label, 1, 5)


def _requires(names: tuple[str, ...], flags: list[int], versions: list[str]) -> Tags:
    return [
        (REQUIRENAME, STRINGS, list(names)),
        (REQUIREFLAGS, INT32, flags),
        (REQUIREVERSION, STRINGS, versions),
    ]


_FEATURES = {"CompressedFileNames": "3.0.4-1", "FileDigests": "4.6.0-1", "PayloadFilesHavePrefix": "4.0-1"}


def _whole_tags(spec: Spec) -> Tags:
    """What a package has besides that can be installed: what it needs of rpm, and more of its files."""
    features = tuple(f"rpmlib({name})" for name in _FEATURES)
    count, own = len(features), len(spec.requires)
    tags = _requires((*spec.requires, *features), [0] * own + [RPMLIB] * count, [""] * own + list(_FEATURES.values()))
    tags += [(PAYLOADFLAGS, STRING, "9"), (RPMVERSION, STRING, "4.18.0")]
    if not spec.files or spec.arch == "src":
        return tags
    return [*tags, *_whole_file_tags(spec)]


def _whole_file_tags(spec: Spec) -> Tags:
    many = len(spec.files)
    return [
        (FILEMTIMES, INT32, [spec.buildtime] * many),
        (FILERDEVS, INT16, [0] * many),
        (FILELINKTOS, STRINGS, [""] * many),
        (FILEUSERS, STRINGS, ["root"] * many),
        (FILEGROUPS, STRINGS, ["root"] * many),
        (FILEVERIFY, INT32, [0xFFFFFFFF] * many),
        (FILEDEVICES, INT32, [1] * many),
        (FILEINODES, INT32, list(range(1, many + 1))),
        (FILELANGS, STRINGS, [""] * many),
    ]


def _payload_tags(packed: bytes) -> Tags:
    digest = hashlib.sha256(packed).hexdigest()
    return [(PAYLOADDIGEST, STRINGS, [digest]), (PAYLOADDIGESTALGO, INT32, [SHA256])]


def _content(spec: Spec, name: str) -> bytes:
    return f"{name} of {spec.filename}\n".encode()


def _cpio(files: dict[str, bytes]) -> bytes:
    """An archive in cpio's "new ASCII" format."""
    archive = b""
    for number, (name, content) in enumerate([*files.items(), ("TRAILER!!!", b"")], 1):
        stored = (f".{name}" if name.startswith("/") else name).encode() + b"\0"
        mode = REGULAR if content else 0
        numbers = (number, mode, 0, 0, 1, 0, len(content), 0, 1, 0, 0, len(stored), 0)
        head = b"070701" + b"".join(b"%08x" % each for each in numbers) + stored
        archive += head + b"\0" * (-len(head) % 4) + content + b"\0" * (-len(content) % 4)
    return archive


def write(directory: Path, *specs: Spec, whole: bool = False) -> list[Path]:
    """Write the packages of SPECS into DIRECTORY; their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = [directory / spec.filename for spec in specs]
    for path, spec in zip(paths, specs, strict=True):
        path.write_bytes(whole_bytes(spec) if whole else rpm_bytes(spec))
    return paths

"""Writes header-only RPM files fast, so that a test can have twenty thousand of them in seconds."""

import struct
from dataclasses import dataclass
from pathlib import Path

# Tag numbers and types of the RPM file format (rpm's own "tag format" page).
STRING, INT32, STRINGS, I18N = 6, 4, 8, 9
SIG_SIZE, SIG_PAYLOAD = 1000, 1007
NAME, VERSION, RELEASE, EPOCH, SUMMARY, DESCRIPTION, BUILDTIME = 1000, 1001, 1002, 1003, 1004, 1005, 1006
BUILDHOST, SIZE, LICENSE, GROUP, OS, ARCH, SOURCERPM = 1007, 1009, 1014, 1016, 1021, 1022, 1044
PROVIDENAME, PROVIDEFLAGS, PROVIDEVERSION = 1047, 1112, 1113
PAYLOADFORMAT, PAYLOADCOMPRESSOR, SOURCEPACKAGE = 1124, 1125, 1106
FILESIZES, FILEMODES, FILEDIGESTS, FILEFLAGS, LOCALE = 1028, 1030, 1035, 1037, 100
DIRINDEXES, BASENAMES, DIRNAMES = 1116, 1117, 1118
INT16, EQUAL, REGULAR = 3, 8, 0o100644


@dataclass(frozen=True)
class Spec:
    """What a test wants to be told apart; SOURCE is the source package's name, version-release follows."""

    name: str
    version: str = "1.0"
    release: str = "1"
    arch: str = "noarch"
    epoch: int | None = None
    source: str = ""
    summary: str = "A package for tests"
    files: tuple[str, ...] = ()

    @property
    def filename(self) -> str:
        return f"{self.name}-{self.version}-{self.release}.{self.arch}.rpm"

    @property
    def sourcerpm(self) -> str:
        return f"{self.source or self.name}-{self.version}-{self.release}.src.rpm"


def tag_bytes(kind: int, value) -> tuple[bytes, int]:
    """The stored form and the count of one tag's value."""
    if kind == INT32:
        return struct.pack(f">{len(value)}I", *value), len(value)
    if kind == INT16:
        return struct.pack(f">{len(value)}H", *value), len(value)
    texts = [value] if isinstance(value, str) else value
    return b"".join(text.encode() + b"\0" for text in texts), len(texts)


def header(tags: list[tuple[int, int, object]]) -> bytes:
    """One header structure: its magic, the sorted index and the store, numbers aligned to their size."""
    index, store = b"", b""
    for tag, kind, value in sorted(tags, key=lambda row: row[0]):
        data, count = tag_bytes(kind, value)
        store += b"\0" * (-len(store) % {INT32: 4, INT16: 2}.get(kind, 1))
        index += struct.pack(">IIII", tag, kind, len(store), count)
        store += data
    return b"\x8e\xad\xe8\x01" + b"\0" * 4 + struct.pack(">II", len(index) // 16, len(store)) + index + store


def main_tags(spec: Spec) -> list[tuple[int, int, object]]:
    tags: list[tuple[int, int, object]] = [
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
        (BUILDTIME, INT32, [1700000000]),
        (BUILDHOST, STRING, "builder.example.com"),
        (SIZE, INT32, [20]),
        (PAYLOADFORMAT, STRING, "cpio"),
        (PAYLOADCOMPRESSOR, STRING, "gzip"),
        (PROVIDENAME, STRINGS, [spec.name]),
        (PROVIDEFLAGS, INT32, [EQUAL]),
        (PROVIDEVERSION, STRINGS, [f"{spec.version}-{spec.release}"]),
    ]
    if spec.epoch is not None:
        tags.append((EPOCH, INT32, [spec.epoch]))
    if spec.arch == "src":
        return [*tags, (SOURCEPACKAGE, INT32, [1])]
    return [*tags, (SOURCERPM, STRING, spec.sourcerpm), *file_tags(spec.files)]


def file_tags(files: tuple[str, ...]) -> list[tuple[int, int, object]]:
    if not files:
        return []
    parts = [name.rpartition("/") for name in files]
    folders = sorted({folder + "/" for folder, _, _ in parts})
    return [
        (BASENAMES, STRINGS, [base for _, _, base in parts]),
        (DIRNAMES, STRINGS, folders),
        (DIRINDEXES, INT32, [folders.index(folder + "/") for folder, _, _ in parts]),
        (FILEDIGESTS, STRINGS, ["0" * 32] * len(files)),
        (FILEMODES, INT16, [REGULAR] * len(files)),
        (FILEFLAGS, INT32, [0] * len(files)),
        (FILESIZES, INT32, [1] * len(files)),
    ]


def rpm_bytes(spec: Spec) -> bytes:
    """A whole file: lead, signature header, main header and an empty payload."""
    body = header(main_tags(spec))
    signature = header([(SIG_SIZE, INT32, [len(body)]), (SIG_PAYLOAD, INT32, [124])])
    kind = 1 if spec.arch == "src" else 0
    label = f"{spec.name}-{spec.version}-{spec.release}".encode()[:65]
    lead = struct.pack(">IBBHH66sHH16x", 0xEDABEEDB, 3, 0, kind, 1, label, 1, 5)
    return lead + signature + b"\0" * (-len(signature) % 8) + body


def write(directory: Path, *specs: Spec) -> list[Path]:
    directory.mkdir(parents=True, exist_ok=True)
    paths = [directory / spec.filename for spec in specs]
    for path, spec in zip(paths, specs, strict=True):
        path.write_bytes(rpm_bytes(spec))
    return paths

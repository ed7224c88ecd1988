"""Writes a bundle: every file once, hashed while it is written; what buildroots held is fetched where it is not here."""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from appliance.builder import fetch
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import bundles
from appliance.hub.bundles import Contents, Package
from appliance.hub.hub import Hub
from appliance.repodata import ForeignRepository, RepodataError


class _Hashed(io.RawIOBase):
    """A file that is hashed while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source = source
        self.sum = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(size)
        self.sum.update(data)
        return data


class Writer:
    """A bundle being written; MEMBERS are the files so far."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.tar = tarfile.TarFile(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT)
        self.members: dict[str, Row] = {}

    def add(self, name: str, source: IO[bytes], size: int, mtime: int = 0) -> None:
        if name in self.members:
            raise GenericError(f"two files of the bundle would be called {name}")
        hashed = _Hashed(source)
        facts = tarfile.TarInfo(name)
        facts.size, facts.mtime = size, mtime
        self.tar.addfile(facts, hashed)
        self.members[name] = {"sha256": hashed.sum.hexdigest(), "size": size}

    def add_file(self, name: str, path: Path) -> None:
        """Its time goes along: repositories tell it of each package."""
        with path.open("rb") as source:
            known = os.fstat(source.fileno())
            self.add(name, source, known.st_size, int(known.st_mtime))

    def finish(self, said: dict[str, Any]) -> None:
        content = json.dumps(said, indent=1).encode()
        facts = tarfile.TarInfo(bundles.INDEX)
        facts.size = len(content)
        self.tar.addfile(facts, io.BytesIO(content))
        self.tar.close()


def write(hub: Hub, found: Contents, target: Path) -> dict[str, Any]:
    """Write the bundle to TARGET, whole or not at all; what its index says.

    Raises GenericError, naming them, where packages of buildroots can't be had any more.
    """
    beside = target.with_name(f".{target.name}.part")
    try:
        with beside.open("wb") as stream:
            writer = Writer(stream)
            for name, path in found.files.items():
                writer.add_file(name, path)
            roots = {arch: list(_add_root(hub, writer, arch, needed)) for arch, needed in found.roots.items()}
            _add_comps(writer, found)
            said = bundles.index(found, writer.members, roots, datetime.now(UTC).isoformat(timespec="seconds"))
            writer.finish(said)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return said


def _add_root(hub: Hub, writer: Writer, arch: str, needed: list[Package]) -> Iterator[str]:
    known = {url: _places(hub, url) for url in dict.fromkeys(url for each in needed for url in each.urls)}
    missing = [each for each in needed if each.path is None and _place(known, each) is None]
    if missing:
        names = ", ".join(each.filename for each in missing[:10])
        raise GenericError(f"{len(missing)} packages of buildroots can't be had any more: {names}")
    for each in needed:
        name = f"buildroot/{arch}/{each.filename}"
        if each.path is not None:
            writer.add_file(name, each.path)
        else:
            content = _fetched(known, each)
            writer.add(name, io.BytesIO(content), len(content))
        yield name


def _places(hub: Hub, url: str) -> dict[tuple[str, ...], Row]:
    """What a repository holds; one that has never been read is read now."""
    with hub.read() as call:
        found = bundles.places(call, url)
    if not found:
        fetch.refresh(hub, url)
        with hub.read() as call:
            found = bundles.places(call, url)
    return found


def _place(known: dict[str, dict[tuple[str, ...], Row]], package: Package) -> tuple[str, Row] | None:
    for url in package.urls:
        if package.nevra in known[url]:
            row = known[url][package.nevra]
            return f"{row['base'] or url}/{row['href']}", row
    return None


def _fetched(known: dict[str, dict[tuple[str, ...], Row]], package: Package) -> bytes:
    place = _place(known, package)
    assert place is not None
    url, row = place
    content = fetch.read(url)
    if len(row["pkgid"]) == hashlib.sha256().digest_size * 2 and hashlib.sha256(content).hexdigest() != row["pkgid"]:
        raise GenericError(f"{url} is not what its repository says")
    return content


def _add_comps(writer: Writer, found: Contents) -> None:
    """The package groups of repositories that a chroot installs groups from."""
    for number, url in enumerate(found.comps):
        content = _comps(url)
        if content is not None:
            writer.add(f"comps/{number}.xml", io.BytesIO(content), len(content))


def _comps(url: str) -> bytes | None:
    with tempfile.TemporaryDirectory(prefix="appliance-comps-") as room:
        directory = Path(room)
        (directory / "repodata").mkdir()
        (directory / "repodata" / "repomd.xml").write_bytes(fetch.read(f"{url}/repodata/repomd.xml"))
        repository = ForeignRepository(directory, url)
        for href, _, _ in repository.wanted("group", "group_gz"):
            path = directory / "repodata" / Path(href).name
            path.write_bytes(fetch.read(f"{url}/{href}"))
        try:
            found = {kind: repository.extra(kind) for kind in ("group", "group_gz")}  # noqa: S610 (no Django here)
        except RepodataError:
            return None
    return found["group"] or found["group_gz"]

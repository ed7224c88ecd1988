"""Brings in what a bundle holds, without any network: files checked, entries brought about, builds imported, tagged.

What buildroots held becomes a repository below DIR/bundles/NAME, which stands in for the tags' external ones. A
second time nothing changes; an import that was interrupted goes on.
"""

import hashlib
import json
import os
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import koji

from appliance import durable, paths
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import (
    bootstrap,
    builds,
    bundles,
    imports,
    repo_content,
    rpm_files,
    rpms,
    signatures,
    tagged,
    tagging,
    tags,
)
from appliance.hub.hub import Call, Hub
from appliance.repodata import Entry, Extra, compose, comps, from_rpm, publish

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Opened:
    """A bundle whose files lie checked below ROOM; SAID is its index."""

    said: dict[str, Any]
    room: Path

    @property
    def name(self) -> str:
        """What the repository of its buildroots' packages is called."""
        return paths.plain(f"bundle-{self.said['name']}")

    def file(self, member: str) -> Path:
        if member not in self.said["members"]:
            raise GenericError(f"the bundle has no file {member}")
        return paths.inside(self.room, member)


@contextmanager
def opened(hub: Hub, path: Path) -> Iterator[Opened]:
    """The bundle at PATH, unpacked where its files can be moved into place from; gone afterwards."""
    room = Path(hub.paths.topdir.work()) / "bundles" / secrets.token_hex(8)
    room.mkdir(parents=True)
    try:
        with tarfile.open(path, "r:") as tar:
            said = bundles.checked(json.loads(_index(tar)))
            for name, facts in said["members"].items():
                _unpack(tar, name, facts, paths.inside(room, name))
        yield Opened(said, room)
    except (tarfile.TarError, ValueError, KeyError) as error:
        raise GenericError(f"{path.name} is no bundle, or damaged: {error}") from error
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _index(tar: tarfile.TarFile) -> bytes:
    stream = tar.extractfile(bundles.INDEX)
    return stream.read() if stream else b""


def _unpack(tar: tarfile.TarFile, name: str, facts: Row, target: Path) -> None:
    """One file, which must be what the index says; links and devices are no files."""
    member = tar.getmember(name)
    stream = tar.extractfile(member) if member.isreg() else None
    if stream is None:
        raise GenericError(f"{name} in the bundle is not a regular file")
    target.parent.mkdir(parents=True, exist_ok=True)
    found = hashlib.sha256()
    with target.open("xb") as file:
        while chunk := stream.read(_CHUNK):
            found.update(chunk)
            file.write(chunk)
    if found.hexdigest() != facts["sha256"]:
        raise GenericError(f"{name} in the bundle is damaged")
    os.utime(target, (member.mtime, member.mtime))


# a tag


def tag(hub: Hub, bundle: Opened) -> list[str]:
    """Bring a tag in, with the tags and targets that go with it; lines that say what was done."""
    said = bundle.said
    arches = {koji.canonArch(arch) for each in said["wanted"]["tag"] for arch in (each.get("arches") or "").split()}
    place = publish_roots(hub, bundle, sorted(arches))
    url = f"file://{place}/$arch/" if place else None
    with hub.write() as call:
        lines = bootstrap.bring_about(call, {**_entries(bundle, url), "user": strangers(call, said)})
    done = [_build(hub, bundle, item) for item in said["items"]]
    with hub.write() as call:
        call.session = bootstrap.operator(call)
        for each in said["wanted"]["tagging"]:
            _put(call, each["tag"], each["nvr"])
    return [*lines, f"{sum(done)} builds imported, {len(done) - sum(done)} were here already"]


def _entries(bundle: Opened, url: str | None) -> dict[str, list[Row]]:
    """The entries, with one external repository, of what the buildroots held, in the place of all others."""
    wanted = bundle.said["wanted"]
    return {
        "permission": wanted["permission"],
        "tag": [_without_network(bundle, entry, url) for entry in wanted["tag"]],
        "target": wanted["target"],
    }


def _without_network(bundle: Opened, entry: Row, url: str | None) -> Row:
    outside = entry.get("external_repo", [])
    entry = {name: value for name, value in entry.items() if name != "external_repo"}
    if outside and url is not None:
        place = {name: outside[0][name] for name in ("priority", "merge_mode") if name in outside[0]}
        entry["external_repo"] = [{"name": bundle.name, "url": url, **place}]
    return entry


def strangers(call: Call, said: Row) -> list[Row]:
    """Entries of those users whom nobody knows here yet: the others keep what they have."""
    known = set(call.tx.column("SELECT name FROM users"))
    return [each for each in said["wanted"]["user"] if each["name"] not in known]


def _build(hub: Hub, bundle: Opened, item: Row) -> bool:
    """Import a build with its packages, signatures and logs; False if it is here already."""
    nvr = {key: item[key] for key in ("name", "version", "release")}
    with hub.write() as call:
        call.session = bootstrap.operator(call)
        known = builds.get(call, nvr)
        if known is not None and known["state"] == builds.COMPLETE:
            _refuse_other(call, bundle, known, item)
            return False
        facts = {key: item[key] for key in ("epoch", "source", "owner", "extra", "start_time", "completion_time")}
        build = builds.require(call, imports.new_build(call, {**nvr, **facts}))
        for each in item["rpms"]:
            row = imports.rpm(call, bundle.file(each["member"]), build)
            for name in each["signatures"]:
                label = bundles.label(name, each["member"])
                signatures.add(call, row, build, bundle.file(name).read_bytes(), label)
        for each in item["logs"]:
            imports.log(call, bundle.file(each["member"]), build, each["below"])
    return True


def _refuse_other(call: Call, bundle: Opened, build: Row, item: Row) -> None:
    """The same NVR with other packages is not the same build."""
    here = {signatures.nvra(row): row["payloadhash"] for row in rpms.of_build(call, build["id"])}
    for each in item["rpms"]:
        found = rpm_files.read(bundle.file(each["member"]))
        if here.get(found.filename.removesuffix(".rpm")) != found.payloadhash:
            raise GenericError(f"build {build['nvr']} is here with another {found.filename} than the bundle's")


def _put(call: Call, name: str, nvr: str) -> None:
    tag_id, build = tags.known(call, name), builds.require(call, nvr)
    wanted = tagged.Filter(package=build["package_id"])
    if build["id"] not in (each["id"] for each in tagged.listed(call, tag_id, wanted)):
        tagging.tag(call, tags.require(call, tag_id), build, force=True)
        call.tx.end_event()


# what buildroots held


def publish_roots(hub: Hub, bundle: Opened, others: list[str]) -> Path | None:
    """Make a repository of each kind of buildroot's packages, and empty ones for OTHERS; the directory of all.

    None if no buildroot is on record.
    """
    roots = bundle.said["roots"]
    if not roots:
        return None
    place = hub.paths.bundles / bundle.name
    groups = [bundle.file(name).read_bytes() for name in bundle.said["members"] if name.startswith("comps/")]
    extras = comps(groups[0]) if groups else []
    for kind in dict.fromkeys([*others, *roots]):
        _publish_root(hub, bundle, place / paths.component(kind), roots.get(kind, []), extras)
    return place.resolve()


def _publish_root(hub: Hub, bundle: Opened, place: Path, names: list[str], extras: list[Extra]) -> None:
    packages = place / "Packages"
    packages.mkdir(parents=True, exist_ok=True)
    for name in names:
        source = bundle.file(name)
        shutil.copyfile(source, packages / f".{source.name}.new")
        durable.sync(packages / f".{source.name}.new")
        (packages / f".{source.name}.new").replace(packages / source.name)
    rows, entries = _read(packages)
    with hub.read() as call:
        cache, compression, now = repo_content.cache(call), repo_content.compression(call), int(call.now())
    publish(compose(entries, lambda _: rows, cache=cache, timestamp=now, compression=compression, extras=extras), place)


def _read(packages: Path) -> tuple[dict[str, bytes], list[Entry]]:
    rows, entries = {}, []
    for path in sorted(packages.glob("[!.]*.rpm")):
        fragment = from_rpm(path)
        rows[fragment.digest] = fragment.pack()
        entries.append(fragment.entry(f"Packages/{path.name}", origin=path.name))
    return rows, entries

"""The Maven part of a tag's repository: links to the builds' artifacts, and metadata of their versions."""

import functools
import hashlib
import os
import time
from pathlib import Path
from xml.etree import ElementTree

from appliance import nevra, paths
from appliance.db.connection import Row
from appliance.hub import files
from appliance.hub.hub import Call


def link(call: Call, directory: Path, archives: list[Row]) -> None:
    """Link the directories of ARCHIVES below DIRECTORY, and describe each artifact's versions."""
    versions: dict[tuple[str, str], set[str]] = {}
    for below, archive in {call.paths.topdir.mavenrepo(archive): archive for archive in archives}.items():
        build = {key: archive[f"build_{key}"] for key in ("name", "version", "release")}
        source = Path(call.paths.topdir.mavenbuild({**build, "volume_name": archive["volume_name"]}))
        place = paths.inside(directory, below)
        files.link(call, place, os.path.relpath(source / below, place.parent))
        versions.setdefault((archive["group_id"], archive["artifact_id"]), set()).add(archive["version"])
    for (group, artifact), found in versions.items():
        place = paths.inside(directory, group.replace(".", "/"), artifact)
        _describe(call, place, group, artifact, found)


def _describe(call: Call, directory: Path, group: str, artifact: str, versions: set[str]) -> None:
    text = _metadata(group, artifact, sorted(versions, key=functools.cmp_to_key(_compare)), call.now())
    files.write(call, directory / "maven-metadata.xml", [text])
    for kind in ("md5", "sha1"):
        digest = hashlib.new(kind, text, usedforsecurity=False).hexdigest()
        files.write(call, directory / f"maven-metadata.xml.{kind}", [digest.encode()])


def _compare(one: str, other: str) -> int:
    return nevra.compare((None, one, ""), (None, other, ""))


def _metadata(group: str, artifact: str, versions: list[str], now: float) -> bytes:
    root = ElementTree.Element("metadata")
    ElementTree.SubElement(root, "groupId").text = group
    ElementTree.SubElement(root, "artifactId").text = artifact
    versioning = ElementTree.SubElement(root, "versioning")
    for name in ("latest", "release"):
        ElementTree.SubElement(versioning, name).text = versions[-1]
    listed = ElementTree.SubElement(versioning, "versions")
    for version in versions:
        ElementTree.SubElement(listed, "version").text = version
    ElementTree.SubElement(versioning, "lastUpdated").text = time.strftime("%Y%m%d%H%M%S", time.gmtime(now))
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"

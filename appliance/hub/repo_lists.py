"""What a new repository's directory holds before it is composed: package lists, comps, blocked names, Maven.

The layout and the file formats are those that Koji's createrepo tasks read.
"""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import koji

from appliance.db.connection import Row
from appliance.hub import files, groups, maven_repos, packages, tagged
from appliance.hub.hub import Call

_TOPLINK = koji.PathInfo(topdir="toplink")


def write(call: Call, repo: Row, tag: Row) -> None:
    """Fill the directory of a repository that has just begun, as TAG was at the event that it shows."""
    directory = Path(call.paths.topdir.repo(repo["id"], repo["tag_name"]))
    event = repo["create_event"]
    files.write(call, directory / "groups" / "comps.xml", [comps(groups.of_tag(call, tag["id"], event))])
    files.write(call, directory / "repo.json", [_description(repo)])
    arches = _arches(tag, repo["opts"])
    latest = not tag["extra"].get("repo_include_all", False)
    wanted = tagged.Filter(event=event, inherit=True, latest=latest)
    rpms, builds = tagged.with_rpms(call, tag["id"], wanted, extra=False) if arches else ([], [])
    places = {build["id"]: _TOPLINK.build(build) for build in builds}
    entries = packages.listed(call, tag["id"], event=event, inherit=True, with_owners=False)
    blocked = [row["package_name"] for row in entries if row["blocked"]]
    for arch in arches:
        _write_arch(call, directory / arch, list(_for_arch(rpms, arch, repo["opts"])), places, blocked)
    if repo["opts"]["maven"]:
        maven_repos.link(call, directory / "maven", tagged.latest_maven(call, tag["id"], event))


def _arches(tag: Row, opts: Row) -> list[str]:
    own = {koji.canonArch(arch) for arch in (tag["arches"] or "").split()} - {"src", "noarch"}
    return sorted(own | ({"src"} if opts["separate_src"] else set()))


def _for_arch(rpms: Iterable[Row], arch: str, opts: Row) -> Iterator[Row]:
    for rpm in rpms:
        if not opts["debuginfo"] and koji.is_debuginfo(rpm["name"]):
            continue
        if rpm["arch"] == "src":
            fits = opts["src"] or arch == "src"
        elif rpm["arch"] == "noarch":
            fits = arch != "src"
        else:
            fits = koji.canonArch(rpm["arch"]) == arch
        if fits:
            yield rpm


def _write_arch(call: Call, directory: Path, rpms: list[Row], places: dict[int, str], blocked: list[str]) -> None:
    paths = (f"{places[rpm['build_id']]}/{_TOPLINK.rpm(rpm)}" for rpm in rpms)
    files.write(call, directory / "pkglist", [_lines(paths)])
    files.write(call, directory / "rpmlist.jsonl", [_lines(json.dumps(rpm) for rpm in rpms)])
    files.write(call, directory / "blocklist", [_lines(blocked)])
    files.link(call, directory / "toplink", os.path.relpath(call.paths.topdir.topdir, directory))


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _description(repo: Row) -> bytes:
    opts = repo["opts"]
    told = {
        **{name: repo[name] for name in ("id", "tag_id", "task_id", "opts", "custom_opts")},
        "tag": repo["tag_name"],
        "event_id": repo["create_event"],
        **{f"with_{name}": opts[name] for name in ("src", "separate_src", "debuginfo")},
    }
    return json.dumps(told, indent=2).encode()


def comps(found: list[Row]) -> bytes:
    """A comps document of groups as `groups.of_tag` gives them, with the groups that they require put in."""
    text: str = koji.generate_comps(_escaped(found), expand_groups=True)
    return text.encode()


def _escaped(value: Any) -> Any:
    """Koji's writer takes texts as they are; names and descriptions come from people."""
    if isinstance(value, dict):
        return {key: _escaped(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_escaped(each) for each in value]
    return escape(value, {'"': "&quot;"}) if isinstance(value, str) else value

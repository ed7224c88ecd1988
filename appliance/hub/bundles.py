"""Bundles: a tag with all that makes its repository, and that it can be built again with, as one description.

A bundle is a tar file: the files of its members, then `bundle.json`, which names each with its sha256 and says
what they are. This module says what belongs into one; files are written and read elsewhere.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.db.queries import bundles as queries
from appliance.errors import GenericError
from appliance.hub import builds, inheritance, inventory, repo_content, rpms, tagged, tags
from appliance.hub.hub import Call
from appliance.hub.repo_content import Wanted

FORMAT = 1
INDEX = "bundle.json"


@dataclass(frozen=True)
class Package:
    """An RPM that a buildroot held: where its file is, or the URLs of repositories that may have it."""

    nevra: tuple[str, str, str, str, str]  # name, epoch, version, release, arch
    path: Path | None
    urls: tuple[str, ...] = ()

    @property
    def filename(self) -> str:
        name, _, version, release, arch = self.nevra
        return f"{name}-{version}-{release}.{arch}.rpm"


@dataclass
class Contents:
    """What goes into a bundle of KIND `tag` or `project`.

    WANTED holds entries as bootstrap files have them, ITEMS what was built (with the files of each by member
    name in FILES), ROOTS the packages of buildroots by architecture.
    """

    kind: str
    name: str
    event: int
    wanted: dict[str, list[Row]] = field(default_factory=dict)
    items: list[Row] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    roots: dict[str, list[Package]] = field(default_factory=dict)
    comps: list[str] = field(default_factory=list)  # URLs of repositories whose groups are needed


def of_tag(call: Call, name: str) -> Contents:
    """What makes the repository of a tag, and of the tags that its targets build from."""
    tag = tags.require(call, name)
    found = Contents("tag", name, _now(call))
    targets = call.tx.rows(queries.TARGETS, {"tag": tag["id"]})
    roots = list(dict.fromkeys([tag["id"], *(each["build_tag"] for each in targets)]))
    ids = _closure(call, [*roots, *(each["dest_tag"] for each in targets)])
    _describe(call, found, ids, [each["name"] for each in targets])
    made = _built(call, roots)
    _take_builds(call, found, made, ids)
    _take_roots(call, found, made, _urls(call, roots))
    owners = {owner for each in found.wanted["tag"] for owner in each.get("packages", {}).values() if owner}
    found.wanted["user"] = people(owners | {item["owner"] for item in found.items})
    return found


def people(names: set[str]) -> list[Row]:
    """Entries of users who need no password where the bundle goes."""
    return [{"name": name, "api": False} for name in sorted(names)]


def _now(call: Call) -> int:
    return int(call.tx.value("SELECT MAX(id) FROM events") or 0)


def _closure(call: Call, tag_ids: list[int]) -> list[int]:
    """The tags and all that they inherit from, ancestors first, as they have to be made."""
    found = [place.tag_id for tag_id in tag_ids for place in inheritance.order(call, tag_id)[::-1]]
    return list(dict.fromkeys(found))


def _describe(call: Call, found: Contents, ids: list[int], targets: list[str]) -> None:
    state = inventory.taken(call)
    names = [tags.require(call, each)["name"] for each in ids]
    found.wanted = {
        "tag": [state["tag"][each] for each in names],
        "target": [state["target"][each] for each in targets],
    }
    perms = {each["perm"] for each in found.wanted["tag"] if "perm" in each}
    found.wanted["permission"] = [{"name": perm} for perm in sorted(perms)]


def _built(call: Call, roots: list[int]) -> list[int]:
    """The builds that the repositories of these tags list."""
    found: dict[int, None] = {}
    for tag_id in roots:
        latest = not tags.require(call, tag_id)["extra"].get("repo_include_all", False)
        wanted = tagged.Filter(inherit=True, latest=latest)
        found.update(dict.fromkeys(build["id"] for build in tagged.listed(call, tag_id, wanted)))
    return list(found)


def _take_builds(call: Call, found: Contents, made: list[int], tag_ids: list[int]) -> None:
    ids: Row = {"builds": json.dumps(made), "tags": json.dumps(tag_ids)}
    rows = {row["id"]: row for row in call.tx.rows(queries.BUILDS, ids)}
    packages = call.tx.rows(queries.RPMS, ids)
    signed: dict[int, list[str]] = {}
    for rpm_id, key in call.tx.tuples(queries.SIGNATURES, ids):
        signed.setdefault(rpm_id, []).append(key)
    for build in rows.values():
        mine = [each for each in packages if each["build_id"] == build["id"]]
        found.items.append(_item(call, found, build, mine, signed))
    order = call.tx.tuples(queries.TAGGED, ids)
    found.wanted["tagging"] = [{"tag": tag, "nvr": _nvr(rows[build_id])} for tag, build_id in order]


def _nvr(build: Row) -> str:
    return f"{build['name']}-{build['version']}-{build['release']}"


def label(header: str, package: str) -> str:
    """What a signature goes by, from the names of the members that are its header and its package."""
    return Path(header).name.removesuffix(f"-{Path(package).name}.sig")


def _item(call: Call, found: Contents, build: Row, packages: list[Row], signed: dict[int, list[str]]) -> Row:
    base = f"builds/{_nvr(build)}"
    item = {name: build[name] for name in ("name", "version", "release", "epoch", "source", "owner")}
    item |= {name: build[name] for name in ("start_time", "completion_time")}
    item |= {"extra": json.loads(build["extra"] or "null"), "rpms": [], "logs": []}
    for rpm in packages:
        path = rpms.path(call, build, rpm)
        headers = {f"{base}/{key}-{path.name}.sig": (rpm, key) for key in signed.get(rpm["id"], [])}
        found.files |= {name: rpms.header_path(call, build, each, key) for name, (each, key) in headers.items()}
        item["rpms"].append({"member": _add(found, f"{base}/{path.name}", path), "signatures": list(headers)})
    for log in builds.logs(call, build["id"]):
        path = call.paths.koji / log["path"]
        member = _add(found, f"{base}/logs/{log['dir']}/{log['name']}", path)
        item["logs"].append({"member": member, "below": None if log["dir"] == "." else log["dir"]})
    return item


def _add(found: Contents, member: str, path: Path) -> str:
    found.files[member] = path
    return member


def _urls(call: Call, tag_ids: list[int]) -> dict[str, tuple[str, ...]]:
    """By architecture where the tags' external repositories are."""
    found: dict[str, tuple[str, ...]] = {}
    for tag_id in tag_ids:
        for arch in repo_content.arches(call, tag_id):
            urls = [url for _, url in repo_content.external(call, Wanted(tag_id, arch))]
            found[arch] = tuple(dict.fromkeys([*found.get(arch, ()), *urls]))
    return found


def _take_roots(call: Call, found: Contents, made: list[int], urls: dict[str, tuple[str, ...]]) -> None:
    """What the builds' buildroots held, unless it is among the builds themselves."""
    rows = call.tx.rows(queries.INSTALLED, {"builds": json.dumps(made)})
    others = sorted({row["build_id"] for row in rows if row["build_id"] is not None} - set(made))
    sources = {row["id"]: row for row in call.tx.rows(queries.BUILDS, {"builds": json.dumps(others)})}
    held: dict[str, dict[tuple[str, ...], Package]] = {}
    for row in (row for row in rows if row["build_id"] not in set(made)):
        arch = koji.canonArch(row["container_arch"])
        path = rpms.path(call, sources[row["build_id"]], row) if row["build_id"] in sources else None
        held.setdefault(arch, {}).setdefault(nevra(row), Package(nevra(row), path, urls.get(arch, ())))
    found.roots = {arch: list(packages.values()) for arch, packages in held.items()}


def nevra(row: Row) -> tuple[str, str, str, str, str]:
    return row["name"], str(row["epoch"] or 0), row["version"], row["release"], row["arch"]


def places(call: Call, url: str) -> dict[tuple[str, ...], Row]:
    """What an external repository that has been read holds, by name, epoch, version, release and arch."""
    rows = call.tx.rows(queries.PLACES, {"url": url.rstrip("/")})
    return {tuple(str(row[name]) for name in ("name", "epoch", "version", "release", "arch")): row for row in rows}


def index(found: Contents, members: dict[str, Row], roots: dict[str, list[str]], made: str) -> dict[str, Any]:
    """What `bundle.json` says: MEMBERS has `sha256` and `size` of each file, ROOTS their names by architecture."""
    return {
        "format": FORMAT,
        "kind": found.kind,
        "name": found.name,
        "event": found.event,
        "made": made,
        "wanted": found.wanted,
        "items": found.items,
        "roots": roots,
        "members": members,
    }


def checked(said: Any) -> dict[str, Any]:
    """What a bundle says of itself, if this version can read it."""
    if not isinstance(said, dict) or said.get("format") != FORMAT or said.get("kind") not in ("tag", "project"):
        raise GenericError("this is no bundle, or one that a later version has made")
    return said

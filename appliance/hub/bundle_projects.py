"""Copr's projects in bundles: what one lists now, with its results, and a project like it made from that elsewhere."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from appliance import paths
from appliance.db.connection import Row
from appliance.db.models.copr import CoprBuild, CoprBuildChroot, CoprPackage, CoprRpm
from appliance.db.queries import bundles as queries
from appliance.errors import GenericError
from appliance.hub import (
    bootstrap,
    bundle_import,
    copr_builds,
    copr_packages,
    copr_repos,
    copr_results,
    copr_twins,
    foreign,
    inventory,
    mock_chroots,
    project_dirs,
    project_history,
    projects,
    users,
)
from appliance.hub.bundle_import import Opened
from appliance.hub.bundles import Contents, Package, nevra, people
from appliance.hub.hub import Call, Hub
from appliance.hub.promotions import BUILDROOT

_BUILD = ("pkg_version", "source_type", "source_json", "submitted_on", "timeout", "memory_reqs", "enable_net")
_PACKAGE = ("source_type", "source_json", "max_builds", "timeout", "chroot_denylist")
_MAX_INSTALLED = 64 << 20


def of_project(call: Call, name: str) -> Contents:
    """What the repositories of OWNER/PROJECT list, with the packages of the buildroots that it was built in."""
    owner, _, short = name.partition("/")
    project = projects.find(call, owner, short)
    event = int(call.tx.value("SELECT MAX(id) FROM events") or 0)
    found = Contents("project", name, event)
    state = inventory.taken(call)
    chroots = {chroot["mock_chroot_id"]: chroot["name"] for chroot in projects.chroots(call, project["id"])}
    found.wanted = {
        "project": [state["project"][name]],
        "chroot": [state["chroot"][each] for each in chroots.values()],
        "user": people({project["ownername"]} if not owner.startswith("@") else set()),
    }
    _take_results(call, found, project, chroots)
    _take_roots(found)
    return found


def _take_results(call: Call, found: Contents, project: Row, chroots: dict[int, str]) -> None:
    directory = project_dirs.main(call, project)
    halves: dict[int, list[Row]] = {}
    for row in call.tx.rows(queries.RESULTS, {"dir": directory["id"]}):
        if row["mock_chroot_id"] in chroots:
            halves.setdefault(row["build_id"], []).append(row)
    for build_id, rows in halves.items():
        build = copr_builds.get(call, build_id)
        package = copr_packages.find(call, project, build["package_name"])
        item: Row = {
            "build": {key: build[key] for key in _BUILD},
            "package": {"name": package["name"], **{key: package[key] for key in _PACKAGE}},
            "chroots": [],
            "sources": _files(call, found, build, copr_results.SOURCES, build["result_dir"]),
        }
        for half in {row["half"]: row for row in rows}.values():
            item["chroots"].append(_half(call, found, build, chroots[half["mock_chroot_id"]], half, rows))
        found.items.append(item)


def _half(call: Call, found: Contents, build: Row, chroot: str, half: Row, rows: list[Row]) -> Row:
    return {
        "name": chroot,
        "started_on": half["started_on"],
        "ended_on": half["ended_on"],
        "files": _files(call, found, build, chroot, half["result_dir"]),
        "rpms": [row["filename"] for row in rows if row["half"] == half["half"]],
    }


def _files(call: Call, found: Contents, build: Row, part: str, place: str) -> list[str]:
    """The members that hold a directory of results; what is below it in directories of its own stays behind."""
    if not place:
        return []
    root = copr_results.directory(call, build["ownername"], build["dirname"], part, place)
    here = [path for path in sorted(root.glob("*")) if path.is_file() and not path.is_symlink()]
    members = {f"results/{build['id']}/{part}/{path.name}": path for path in here}
    found.files |= members
    return list(members)


def _take_roots(found: Contents) -> None:
    """What the buildroots held, by chroot, but what the project has built itself."""
    urls = {entry["name"]: tuple(_urls(entry)) for entry in found.wanted["chroot"]}
    own = {rpm for item in found.items for half in item["chroots"] for rpm in half["rpms"]}
    held: dict[str, dict[tuple[str, ...], Package]] = {}
    for chroot, row in _all_installed(found):
        package = Package(nevra(row), None, urls.get(chroot, ()))
        if package.filename not in own:
            held.setdefault(chroot, {})[package.nevra] = package
    found.roots = {chroot: list(packages.values()) for chroot, packages in held.items()}
    grouped = [
        entry for entry in found.wanted["chroot"] if any(word.startswith("@") for word in entry.get("install", []))
    ]
    found.comps = list(dict.fromkeys(url for entry in grouped for url in urls[entry["name"]]))


def _all_installed(found: Contents) -> Iterator[tuple[str, Row]]:
    """(chroot, package) of all that the builds' buildroots held."""
    halves = [half for item in found.items for half in item["chroots"]]
    return ((half["name"], row) for half in halves for row in _installed(found, half))


def _installed(found: Contents, half: Row) -> list[Row]:
    member = next((name for name in half["files"] if name.endswith(f"/{BUILDROOT}")), None)
    if member is None or found.files[member].stat().st_size > _MAX_INSTALLED:
        return []
    rows: list[Row] = json.loads(found.files[member].read_text())
    return rows


def _urls(entry: Row) -> Iterator[str]:
    """Where a chroot's own repositories are."""
    arch = entry["name"].rsplit("-", 1)[1]
    for repo in entry.get("repo", []):
        given = repo.get("baseurl", [])
        for url in [given] if isinstance(given, str) else given:
            yield url.replace("$basearch", arch).replace("$arch", arch).rstrip("/")


# bringing in


def bring_in(hub: Hub, bundle: Opened) -> list[str]:
    """Make a project like the bundle's, or add to the one of that name what it lacks; lines that say what was done.

    A chroot that is configured here already stays as it is; one that is not gets the bundle's own repository.
    """
    said = bundle.said
    place = bundle_import.publish_roots(hub, bundle, [])
    with hub.write() as call:
        chroots = [_without_network(bundle, entry, place) for entry in said["wanted"]["chroot"] if _is_new(call, entry)]
        entries = {"user": bundle_import.strangers(call, said), "chroot": chroots, "project": said["wanted"]["project"]}
        lines = bootstrap.bring_about(call, entries)
    done = [_take(hub, bundle, item) for item in said["items"]]
    return [*lines, f"{sum(done)} builds taken in, {len(done) - sum(done)} were here already"]


def _is_new(call: Call, entry: Row) -> bool:
    return mock_chroots.config(call, entry["name"]) is None


def _without_network(bundle: Opened, entry: Row, place: Path | None) -> Row:
    kept = {name: value for name, value in entry.items() if name not in ("repo", "config")}
    if place is None:
        return kept
    url = f"file://{place}/{paths.component(entry['name'])}/"
    return {**kept, "install": entry.get("install", []), "repo": [{"name": bundle.name, "baseurl": url}]}


def _take(hub: Hub, bundle: Opened, item: Row) -> bool:
    """A build with its results; False if the project has one of that package and version from then already."""
    owner, _, name = bundle.said["name"].partition("/")
    with hub.write() as call:
        call.session = bootstrap.operator(call)
        project = projects.find(call, owner, name)
        if _has(call, project, item):
            return False
        build_id = _add_build(call, project, item)
        halves = [_add_half(call, bundle, project, build_id, item, half) for half in item["chroots"]]
        copr_twins.refuse(call, copr_twins.told_apart(call, dict.fromkeys(halves, "the bundle")))
        place = copr_results.directory(call, owner, name, copr_results.SOURCES, copr_results.source_dir(build_id))
        _lay_out(call, bundle, item["sources"], place)
    return True


def _has(call: Call, project: Row, item: Row) -> bool:
    sql = """SELECT 1 FROM copr_build b JOIN copr_package k ON k.id = b.package_id WHERE b.project_id = :project
             AND k.name = :name AND b.pkg_version = :version AND b.submitted_on = :submitted LIMIT 1"""
    build = item["build"]
    clue = {"name": item["package"]["name"], "version": build["pkg_version"], "submitted": build["submitted_on"]}
    return call.tx.value(sql, {"project": project["id"], **clue}) is not None


def _add_build(call: Call, project: Row, item: Row) -> int:
    name = item["package"]["name"]
    package = copr_packages.look(call, project, name)
    package_id = package["id"] if package else call.tx.insert(CoprPackage, project_id=project["id"], **item["package"])
    if not package:
        project_history.note(
            call, project["id"], "package", name, None, {"source_type": item["package"]["source_type"]}
        )
    owner = call.user_id if project["group_id"] else users.identify(call, project["ownername"])
    dir_id = project_dirs.main(call, project)["id"]
    build_id = call.tx.insert(
        CoprBuild,
        project_id=project["id"],
        dir_id=dir_id,
        package_id=package_id,
        user_id=owner,
        source_status="forked",
        **item["build"],
    )
    call.tx.update(CoprBuild, {"result_dir": copr_results.source_dir(build_id)}, id=build_id)
    return build_id


def _add_half(call: Call, bundle: Opened, project: Row, build_id: int, item: Row, half: Row) -> int:
    chroot = mock_chroots.find(call, half["name"])
    if chroot is None:
        raise GenericError(f"there is no chroot {half['name']}")
    name = copr_results.chroot_dir(build_id, item["package"]["name"])
    half_id = call.tx.insert(
        CoprBuildChroot,
        build_id=build_id,
        mock_chroot_id=chroot["id"],
        status="forked",
        started_on=half["started_on"],
        ended_on=half["ended_on"],
        result_dir=name,
    )
    place = copr_results.directory(call, project["ownername"], project["name"], half["name"], name)
    _lay_out(call, bundle, half["files"], place)
    found = [copr_repos.read(place / paths.component(rpm)) for rpm in half["rpms"]]
    foreign.store_fragments(call, [fragment for _, fragment in found])
    event = call.tx.event()
    call.tx.insert_many(CoprRpm, [{**row, "build_chroot_id": half_id, "create_event": event} for row, _ in found])
    copr_results.request(call, project["id"], [chroot["id"]])
    return half_id


def _lay_out(call: Call, bundle: Opened, members: list[str], place: Path) -> None:
    copr_results.make(call, place)
    for member in members:
        source = bundle.file(member)
        place.mkdir(parents=True, exist_ok=True)
        shutil.move(source, place / paths.file_name(source.name))

"""The tags and targets of a bootstrap file: brought to what its `[[tag]]` and `[[target]]` entries say.

What an entry does not mention stays as it is, and so do groups, packages and external repositories that it
does not name. `inherit` is the whole truth, since its order counts. Applying an entry again changes nothing.
"""

from typing import Any

from appliance.db.connection import Row
from appliance.errors import ConfigurationError
from appliance.hub import external_repos, groups, inheritance, packages, tags, targets, users
from appliance.hub.bootstrap import step
from appliance.hub.hub import Call

_SETTINGS = ("arches", "locked", "perm", "maven_support", "maven_include_all", "extra")
_TAG = {"name", "inherit", "groups", "external_repo", "packages", "blocked", *_SETTINGS}
_TARGET = {"name", "build_tag", "dest_tag"}
_GAP = 10  # between the priorities of neighbours, so that others fit in between


@step("tag")
def bring_about(call: Call, entry: Row) -> list[str]:
    """Make or change a tag; lines to print.

    `name`; `arches, locked, perm, extra, maven_support, maven_include_all` as for `tags.create`; `inherit`:
    names of parents, or links as tables with `parent`; `groups`: lists of packages by group; `packages`:
    names, or owners by name; `blocked`: names of packages that are kept out; `external_repo`: tables of
    `name, url` and maybe `priority, merge_mode, arches`.
    """
    _check(call, entry, "tag", _TAG)
    wanted = {name: entry[name] for name in _SETTINGS if name in entry}
    found = tags.get(call, entry["name"])
    if found is None:
        tags.create(call, entry["name"], **wanted)
    else:
        tags.edit(call, found["id"], **wanted)
    tag = tags.require(call, entry["name"])
    lines = _inherit(call, tag, entry["inherit"]) if "inherit" in entry else []
    _fill_groups(call, tag, entry.get("groups", {}))
    _list_packages(call, tag, entry.get("packages", []))
    _block_packages(call, tag, entry.get("blocked", []))
    for repo in entry.get("external_repo", []):
        _attach(call, tag, repo)
    return lines


def _check(call: Call, entry: Row, what: str, known: set[str]) -> None:
    if "name" not in entry:
        raise ConfigurationError(f"a [[{what}]] has no name")
    unknown = sorted(set(entry) - known)
    if unknown:
        allowed = ", ".join(sorted(known))
        raise ConfigurationError(f"[[{what}]] {entry['name']}: unknown key {unknown[0]}; known are {allowed}")
    if not call.session.logged_in:
        raise ConfigurationError(f"[[{what}]] {entry['name']}: there must be a [[user]] first, who makes it")


def _inherit(call: Call, tag: Row, parents: list[Any]) -> list[str]:
    lines: list[str] = []
    links = []
    for number, each in enumerate(parents):
        options = dict(each) if isinstance(each, dict) else {"parent": each}
        parent_id = _known(call, options.pop("parent"), f"{tag['name']} inherits from it", lines)
        links.append(inheritance.link(parent_id, **{"priority": number * _GAP, **options}))
    now = inheritance.parents(call, tag["id"])
    if _plain(now) != _plain(links):
        inheritance.write(call, tag["id"], links, clear=True)
    return lines


def _plain(links: list[Row]) -> list[Row]:
    """Links without the numbers of their priorities: only their order makes a difference."""
    ordered = sorted(links, key=lambda link: link["priority"])
    return [{name: link[name] for name in inheritance.FIELDS if name != "priority"} for link in ordered]


def _known(call: Call, name: str, reason: str, lines: list[str]) -> int:
    """The id of a tag that an entry mentions; an empty one if neither the hub nor the file so far has it."""
    found = tags.get(call, name)
    if found is not None:
        return int(found["id"])
    lines.append(f"tag {name}: made empty, because {reason}")
    return tags.create(call, name)


def _fill_groups(call: Call, tag: Row, wanted: dict[str, list[str]]) -> None:
    found = groups.effective(call, tag["id"], requirements=False) if wanted else {}
    usable = {group["name"]: group for group in found.values() if not group["blocked"]}
    for name, members in wanted.items():
        if name not in usable:
            groups.add(call, tag["id"], name, force=True)
        there = usable.get(name, {}).get("packagelist", {})
        for package in _missing(members, there):
            groups.add_package(call, tag["id"], name, package, force=True)


def _missing(members: list[str], there: dict[str, Row]) -> list[str]:
    return [package for package in members if package not in there or there[package]["blocked"]]


def _list_packages(call: Call, tag: Row, wanted: list[str] | dict[str, str]) -> None:
    if not wanted:
        return
    owners = wanted if isinstance(wanted, dict) else dict.fromkeys(wanted)
    there = {each["package_name"]: each for each in packages.listed(call, tag["id"], inherit=True)}
    for name, owner in owners.items():
        owner_id = None if owner is None else users.identify(call, owner)
        before = there.get(name)
        if before is None or before["blocked"] or owner_id not in (None, before["owner_id"]):
            packages.put(call, tag["id"], name, owner_id, block=False, force=True)


def _block_packages(call: Call, tag: Row, wanted: list[str]) -> None:
    there = packages.listed(call, tag["id"], inherit=True) if wanted else []
    blocked = {each["package_name"] for each in there if each["blocked"]}
    for name in wanted:
        if name not in blocked:
            packages.put(call, tag["id"], name, block=True, force=True)


def _attach(call: Call, tag: Row, entry: Row) -> None:
    """Bring about an external repository and its place in a tag."""
    repo = _repository(call, tag, entry["name"], entry["url"])
    place = {name: entry[name] for name in external_repos.PLACE if name in entry}
    there = external_repos.of_tags(call, [tag["id"]])
    if any(each["external_repo_id"] == repo["id"] for each in there):
        external_repos.edit_in_tag(call, tag["id"], repo["id"], **place)
        return
    place.setdefault("priority", max((each["priority"] for each in there), default=-_GAP) + _GAP)
    external_repos.add_to_tag(call, tag["id"], repo["id"], **place)


def _repository(call: Call, tag: Row, name: str, url: str) -> Row:
    """The external repository of that URL. Names are the hub's, not the tag's: where another tag uses the
    name for another URL, this one's gets the tag's name before its own.
    """
    found = external_repos.get(call, name)
    if found is None:
        return external_repos.create(call, name, url)
    users_of_it = {each["tag_id"] for each in external_repos.places(call, repo=found["id"])}
    if found["url"] != external_repos.directory(url) and users_of_it - {tag["id"]}:
        return _repository(call, tag, f"{tag['name']}-{name}", url)
    external_repos.edit(call, found["id"], url=url)
    return found


@step("target")
def bring_target_about(call: Call, entry: Row) -> list[str]:
    """Make or change a target; lines to print. `name, build_tag, dest_tag`."""
    _check(call, entry, "target", _TARGET)
    lines: list[str] = []
    name = entry["name"]
    build_id = _known(call, entry["build_tag"], f"target {name} builds in it", lines)
    dest_id = _known(call, entry["dest_tag"], f"target {name} puts builds into it", lines)
    found = targets.get(call, name)
    if found is None:
        targets.create(call, name, build_id, dest_id)
    elif (found["build_tag"], found["dest_tag"]) != (build_id, dest_id):
        targets.edit(call, name, name, build_id, dest_id)
    return lines

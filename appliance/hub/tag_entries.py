"""The tags and targets of a bootstrap file: brought to what its `[[tag]]` and `[[target]]` entries say.

An entry is about what the tag itself says, whatever it inherits. What it does not mention stays as it is, and so
do groups, packages and external repositories that it does not name. `inherit` is the whole truth, since its order
counts. Applying an entry again changes nothing.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from appliance.db.connection import Row
from appliance.errors import ConfigurationError
from appliance.hub import external_repos, groups, inheritance, packages, tags, targets, users
from appliance.hub.bootstrap import step
from appliance.hub.entry_forms import ANY, FLAG, TABLE, TEXT, TEXTS, WHOLE, ByName, Form, Names
from appliance.hub.hub import Call

_SETTINGS = ("arches", "locked", "perm", "maven_support", "maven_include_all", "extra")
_PLACE = Form({"name": TEXT, "url": TEXT}, {"priority": WHOLE, "merge_mode": TEXT, "arches": ANY})
_LINK = Form(
    {"parent": TEXT},
    {"priority": WHOLE, "maxdepth": WHOLE, "intransitive": FLAG, "noconfig": FLAG, "pkg_filter": TEXT},
)
_MEMBER = Form({"name": TEXT}, {"type": TEXT, "basearchonly": FLAG, "requires": TEXT, "blocked": FLAG})
_REQUIRED = Form({"name": TEXT}, {"type": TEXT, "is_metapkg": FLAG, "blocked": FLAG})
_GROUP = Form(
    {"name": TEXT},
    {
        "display_name": TEXT, "description": TEXT, "exported": FLAG, "is_default": FLAG, "uservisible": FLAG,
        "langonly": TEXT, "biarchonly": FLAG, "blocked": FLAG, "inherited": FLAG, "packages": Names(_MEMBER),
        "groups": Names(_REQUIRED),
    },
)  # fmt: skip
_LISTED = Form({"name": TEXT}, {"owner": TEXT, "extra_arches": TEXT})
_TAG = Form(
    {"name": TEXT},
    {
        "arches": ANY, "locked": FLAG, "perm": ANY, "maven_support": FLAG, "maven_include_all": FLAG, "extra": TABLE,
        "extra_json": TABLE, "blocked_extra": TEXTS, "inherit": Names(_LINK, "parent"),
        "groups": ByName(_GROUP, alone="packages"), "packages": ByName(_LISTED, alone="owner", lists=True), "blocked": TEXTS,
        "external_repo": _PLACE,
    },
)  # fmt: skip
_GAP = 10  # between the priorities of neighbours, so that others fit in between


@step("tag", _TAG)
def bring_about(call: Call, entry: Row) -> list[str]:
    """Make or change a tag; lines to print.

    `name`; `arches, locked, perm, extra, maven_support, maven_include_all` as for `tags.create`; `extra_json`: JSON
    by key, for what TOML can't say; `blocked_extra`: keys that are not inherited; `inherit`: names of parents, or
    links as tables with `parent`; `groups`: by name lists of packages, or tables (see `_group`); `packages`: names,
    or by name owners or tables of `owner, extra_arches`; `blocked`: names of packages that are kept out;
    `external_repo`: tables of `name, url` and maybe `priority, merge_mode, arches`.
    """
    _needs_a_user(call)
    wanted = {name: entry[name] for name in _SETTINGS if name in entry}
    if "extra_json" in entry:
        told = {key: json.loads(text) for key, text in entry["extra_json"].items()}
        wanted["extra"] = {**wanted.get("extra", {}), **told}
    found = tags.get(call, entry["name"])
    if found is None:
        tags.create(call, entry["name"], **wanted)
    else:
        tags.edit(call, found["id"], **wanted)
    tag = tags.require(call, entry["name"])
    _block_extra(call, tag["id"], entry.get("blocked_extra", []))
    lines = _inherit(call, tag, entry["inherit"]) if "inherit" in entry else []
    for name, said in entry.get("groups", {}).items():
        _group(call, tag["id"], name, said if isinstance(said, dict) else {"packages": said})
    _list_packages(call, tag, entry.get("packages", {}), entry.get("blocked", []))
    _attach(call, tag, entry.get("external_repo", []))
    return lines


def _needs_a_user(call: Call) -> None:
    if not call.session.logged_in:
        raise ConfigurationError("there must be a [[user]] first, who makes it")


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


def _block_extra(call: Call, tag_id: int, keys: list[str]) -> None:
    sql = "SELECT key FROM tag_extra WHERE tag_id = :tag AND revoke_event IS NULL AND value IS NULL"
    if missing := [key for key in keys if key not in call.tx.column(sql, {"tag": tag_id})]:
        tags.edit(call, tag_id, block_extra=missing)


def _group(call: Call, tag_id: int, name: str, said: Row) -> None:
    """What a tag says of a group: the options of `groups.add`, `blocked`; `packages`, `groups` that it requires.

    Both are names, or tables with `name`, `blocked` and the options of `groups.add_package` and
    `groups.add_requirement`. With `inherited` the tag only adds these to a group that it inherits.
    """
    options = dict(said)
    members, required = options.pop("packages", []), options.pop("groups", [])
    if not options.pop("inherited", False):
        groups.set_own(call, tag_id, name, options.pop("blocked", False), **options)
    _members(call, tag_id, name, members, groups.set_own_package)
    _members(call, tag_id, name, required, groups.set_own_requirement)


def _members(call: Call, tag_id: int, group: str, wanted: list[Any], put: Callable[..., None]) -> None:
    for each in wanted:
        options = dict(each) if isinstance(each, dict) else {"name": each}
        put(call, tag_id, group, options.pop("name"), options.pop("blocked", False), **options)


def _list_packages(call: Call, tag: Row, wanted: list[str] | Row, blocked: list[str]) -> None:
    there = {each["package_name"]: each for each in packages.listed(call, tag["id"])} if wanted or blocked else {}
    for name, change in _changes(call, there, wanted, blocked):
        packages.set_own(call, tag["id"], name, **change)


def _changes(
    call: Call, there: dict[str, Row], wanted: list[str] | Row, blocked: list[str]
) -> Iterator[tuple[str, Row]]:
    """What of a tag's own package list is not THERE as it is wanted."""
    owned = wanted if isinstance(wanted, dict) else {name: {} for name in wanted}
    for name, said in owned.items():
        told = dict(said) if isinstance(said, dict) else {"owner": said}
        if "owner" in told:
            told["owner_id"] = users.identify(call, told.pop("owner"))
        if any(there.get(name, {}).get(key, "") != value for key, value in (("blocked", False), *told.items())):
            yield name, told
    for name in blocked:
        if not there.get(name, {}).get("blocked"):
            yield name, {"block": True}


def _attach(call: Call, tag: Row, wanted: list[Row]) -> None:
    """Bring about external repositories and their places in a tag; those that move step aside for each other."""
    repos = [(_repository(call, tag, each["name"], each["url"])["id"], each) for each in wanted]
    there = {each["external_repo_id"]: each for each in external_repos.of_tags(call, [tag["id"]])}
    places = []
    for repo_id, each in repos:
        said = {name: each[name] for name in external_repos.PLACE if name in each}
        before = {name: there[repo_id][name] for name in external_repos.PLACE} if repo_id in there else {}
        if not before or {**before, **said} != before:
            places.append((repo_id, {**before, **said}))
    for repo_id, _ in places:
        if repo_id in there:
            external_repos.remove_from_tag(call, tag["id"], there.pop(repo_id)["external_repo_id"])
    for repo_id, place in places:
        taken = [each["priority"] for each in external_repos.of_tags(call, [tag["id"]])]
        external_repos.add_to_tag(call, tag["id"], repo_id, **{"priority": max(taken, default=-_GAP) + _GAP, **place})


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


@step("external_repo", Form({"name": TEXT, "url": TEXT}))
def bring_repository_about(call: Call, entry: Row) -> list[str]:
    """Make or change an external repository that no tag need use. `name, url`."""
    _needs_a_user(call)
    if external_repos.get(call, entry["name"]) is None:
        external_repos.create(call, entry["name"], entry["url"])
    else:
        external_repos.edit(call, entry["name"], url=entry["url"])
    return []


@step("target", Form({"name": TEXT, "build_tag": TEXT, "dest_tag": TEXT}))
def bring_target_about(call: Call, entry: Row) -> list[str]:
    """Make or change a target; lines to print. `name, build_tag, dest_tag`."""
    _needs_a_user(call)
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

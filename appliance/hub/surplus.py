"""What a hub has beyond what a bootstrap file says: taken away where somebody asks for that."""

from collections.abc import Callable
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.hub import (
    bootstrap,
    channels,
    content_generators,
    copr_removals,
    external_repos,
    groups,
    hosts,
    inventory_projects,
    packages,
    permissions,
    principals,
    project_permissions,
    projects,
    tags,
    targets,
    user_groups,
    users,
)
from appliance.hub.hub import Call
from appliance.hub.inventory_rows import Entries

Wanted = dict[str, list[Row]]


def remove(call: Call, wanted: Wanted, state: dict[str, Entries]) -> None:
    """Take away what WANTED does not have of STATE.

    A section that the file has not is not the file's, and so is a list that its entry does not mention.
    People and machines are not forgotten but locked out; whoever acts here stays, and so do persistent projects.
    """
    for section in reversed(bootstrap.ORDER):
        if section in wanted and section in _WHOLE:
            _remove_entries(call, section, wanted[section], state[section])
    for section, trim in _LISTS.items():
        for entry in wanted.get(section, []):
            trim(call, entry, state[section][_name(section, entry)])


def make_way(call: Call, wanted: Wanted, state: dict[str, Entries]) -> None:
    """Take away what would be in the way: external repositories of tags, which have their places."""
    for entry in wanted.get("tag", []):
        if entry.get("name") in state["tag"]:
            _trim_repos(call, entry, state["tag"][entry["name"]])


def _remove_entries(call: Call, section: str, entries: list[Row], there: Entries) -> None:
    named = {_name(section, entry) for entry in entries}
    for name, entry in there.items():
        if name not in named:
            _WHOLE[section](call, name, entry)


def _name(section: str, entry: Row) -> str:
    return f"{entry['owner']}/{entry['name']}" if section == "project" else str(entry["name"])


def _lock_out(call: Call, name: str, entry: Row) -> None:
    if name != call.session.user_name:
        users.set_status(call, name, koji.USER_STATUS["BLOCKED"])


def _disable_host(call: Call, name: str, entry: Row) -> None:
    if entry.get("enabled", True):
        hosts.set_enabled(call, name, False)


def _disable_channel(call: Call, name: str, entry: Row) -> None:
    if entry.get("enabled", True):
        channels.set_enabled(call, name, False)


def _remove_project(call: Call, name: str, entry: Row) -> None:
    if not entry.get("persistent"):
        copr_removals.project(call, projects.find(call, entry["owner"], entry["name"]))


def _empty_group(call: Call, name: str, entry: Row) -> None:
    _trim_group(call, {"name": name, "permissions": [], "principals": [], "members": []}, entry)


def _empty_generator(call: Call, name: str, entry: Row) -> None:
    _trim_generator(call, {"name": name, "users": []}, entry)


def _remove_repository(call: Call, name: str, entry: Row) -> None:
    external_repos.delete(call, name)


_WHOLE: dict[str, Callable[[Call, str, Row], Any]] = {
    "group": _empty_group,
    "content_generator": _empty_generator,
    "external_repo": _remove_repository,
    "channel": _disable_channel,
    "user": _lock_out,
    "host": _disable_host,
    "tag": lambda call, name, entry: tags.delete(call, name),
    "target": lambda call, name, entry: targets.delete(call, name),
    "project": _remove_project,
}


def _beyond(wanted: Row, there: Row, key: str) -> list[Any]:
    """What a list (or table) of an entry has beyond what is wanted; nothing if the file is silent about it."""
    return [each for each in there.get(key, ()) if each not in wanted[key]] if key in wanted else []


def _trim_user(call: Call, wanted: Row, there: Row) -> None:
    for name in _beyond(wanted, there, "permissions"):
        permissions.revoke(call, wanted["name"], name)
    for principal in _beyond(wanted, there, "principals"):
        principals.remove(call, users.require(call, wanted["name"]), principal)


def _trim_group(call: Call, wanted: Row, there: Row) -> None:
    _trim_user(call, wanted, there)
    for member in _beyond(wanted, there, "members"):
        user_groups.drop_member(call, wanted["name"], member)


def _trim_generator(call: Call, wanted: Row, there: Row) -> None:
    for user in _beyond(wanted, there, "users"):
        content_generators.revoke(call, user, wanted["name"])


def _trim_host(call: Call, wanted: Row, there: Row) -> None:
    _trim_user(call, wanted, there)
    for name in _beyond(wanted, there, "channels"):
        hosts.unsubscribe(call, wanted["name"], name)


def _trim_tag(call: Call, wanted: Row, there: Row) -> None:
    name = wanted["name"]
    for key in ("packages", "blocked"):
        for package in _beyond(wanted, there, key):
            packages.remove(call, name, package, force=True)
    for group in _beyond(wanted, there, "groups"):
        _trim_members(call, name, group, {}, _table(there["groups"][group]))
        groups.remove(call, name, group, force=True)
    for group, said in wanted.get("groups", {}).items():
        _trim_members(call, name, group, _table(said), _table(there.get("groups", {}).get(group, [])))
        if isinstance(said, dict) and said.get("inherited"):
            groups.remove(call, name, group, force=True)
    gone = {key for each in ("extra", "extra_json") for key in _beyond(wanted, there, each)} - _keys(wanted)
    if gone:
        tags.edit(call, name, remove_extra=sorted(gone))
    tags.unblock_extra(call, name, _beyond(wanted, there, "blocked_extra"))


def _keys(wanted: Row) -> set[str]:
    return {*wanted.get("extra", {}), *wanted.get("extra_json", {}), *wanted.get("blocked_extra", [])}


def _table(group: Any) -> Row:
    """A group of an entry, which may be but a list of packages, with the names of its lists' members."""
    said = group if isinstance(group, dict) else {"packages": group}
    lists = {key: said.get(key, []) for key in ("packages", "groups")}
    return {key: [each["name"] if isinstance(each, dict) else each for each in lists[key]] for key in lists}


def _trim_members(call: Call, tag: str, group: str, wanted: Row, there: Row) -> None:
    for key, remove in (("packages", groups.remove_package), ("groups", groups.remove_requirement)):
        for name in there[key]:
            if name not in wanted.get(key, ()):
                remove(call, tag, group, name)


def _trim_project(call: Call, wanted: Row, there: Row) -> None:
    project = projects.find(call, wanted["owner"], wanted["name"])
    for key, role in inventory_projects.ROLES.items():
        for name in _beyond(wanted, there, key):
            project_permissions.grant(call, project, {name: {role: "nothing"}})


def _trim_repos(call: Call, wanted: Row, there: Row) -> None:
    """Repositories are told apart by where they are: the hub may have given one another name."""
    if "external_repo" not in wanted:
        return
    kept = {external_repos.directory(each["url"]) for each in wanted["external_repo"]}
    for each in there.get("external_repo", ()):
        if each["url"] not in kept:
            external_repos.remove_from_tag(call, wanted["name"], each["name"])


_LISTS: dict[str, Callable[[Call, Row, Row], None]] = {
    "user": _trim_user,
    "group": _trim_group,
    "content_generator": _trim_generator,
    "project": _trim_project,
    "host": _trim_host,
    "tag": _trim_tag,
}

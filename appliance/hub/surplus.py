"""What a hub has beyond what a bootstrap file says: taken away where somebody asks for that."""

from collections.abc import Callable
from typing import Any

import koji

from appliance.db.connection import Row
from appliance.hub import (
    bootstrap,
    channels,
    copr_removals,
    external_repos,
    groups,
    hosts,
    inventory,
    packages,
    permissions,
    projects,
    tags,
    targets,
    users,
)
from appliance.hub.hub import Call

Wanted = dict[str, list[Row]]


def remove(call: Call, wanted: Wanted, state: dict[str, inventory.Entries]) -> None:
    """Take away what WANTED does not have of STATE.

    A section that the file has not is not the file's, and so is a list that its entry does not mention.
    People and machines are not forgotten but locked out; whoever acts here stays.
    """
    for section in reversed(bootstrap.ORDER):
        if section in wanted and section in _WHOLE:
            _remove_entries(call, section, wanted[section], state[section])
    for section, trim in _LISTS.items():
        for entry in wanted.get(section, []):
            trim(call, entry, state[section][entry["name"]])


def _remove_entries(call: Call, section: str, entries: list[Row], there: inventory.Entries) -> None:
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
    copr_removals.project(call, projects.find(call, entry["owner"], entry["name"]))


_WHOLE: dict[str, Callable[[Call, str, Row], Any]] = {
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


def _trim_host(call: Call, wanted: Row, there: Row) -> None:
    for name in _beyond(wanted, there, "channels"):
        hosts.unsubscribe(call, wanted["name"], name)


def _trim_tag(call: Call, wanted: Row, there: Row) -> None:
    name = wanted["name"]
    for key in ("packages", "blocked"):
        for package in _beyond(wanted, there, key):
            packages.remove(call, name, package, force=True)
    for group in _beyond(wanted, there, "groups"):
        groups.remove(call, name, group)
    for group, members in wanted.get("groups", {}).items():
        for package in _beyond({"of": members}, {"of": there.get("groups", {}).get(group, ())}, "of"):
            groups.remove_package(call, name, group, package)
    if gone := _beyond(wanted, there, "extra"):
        tags.edit(call, name, remove_extra=gone)
    _trim_repos(call, wanted, there)


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
    "host": _trim_host,
    "tag": _trim_tag,
}

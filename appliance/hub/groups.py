"""Comps groups of tags: their packages and the groups that they require, each inherited or blocked."""

from typing import Any

from appliance import arguments
from appliance.db import history
from appliance.db.connection import Row
from appliance.db.models.core import Versioned
from appliance.db.models.tags import Group, GroupConfig, GroupPackage, GroupReq, Tag
from appliance.db.queries import groups as queries
from appliance.db.select import Select
from appliance.errors import GenericError
from appliance.hub import inheritance, names, tags
from appliance.hub.hub import Call

_LONGEST = 50  # characters of a group's name
# what callers may set: (type, whether None is a value); and what a new entry has where they don't
_Options = dict[str, tuple[type, bool]]
_GROUP_OPTIONS: _Options = {
    "exported": (bool, True),
    "display_name": (str, False),
    "is_default": (bool, True),
    "uservisible": (bool, True),
    "description": (str, True),
    "langonly": (str, True),
    "biarchonly": (bool, True),
}
NEW_GROUP = {
    "exported": True,
    "is_default": None,
    "uservisible": True,
    "description": None,
    "langonly": None,
    "biarchonly": False,
}
_PACKAGE_OPTIONS: _Options = {"type": (str, False), "basearchonly": (bool, True), "requires": (str, True)}
NEW_PACKAGE = {"type": "mandatory", "basearchonly": None, "requires": None}
_REQUIREMENT_OPTIONS: _Options = {"type": (str, True), "is_metapkg": (bool, False)}
NEW_REQUIREMENT = {"type": "mandatory", "is_metapkg": False}


# reading


def of_tag(
    call: Call,
    tag: Any,
    event: int | None = None,
    inherit: bool = True,
    packages: bool = True,
    requirements: bool = True,
    blocked: bool = False,
) -> list[Row]:
    """A tag's groups: `name, group_id, tag_id` (where it comes from), `display_name, description, exported,
    is_default, uservisible, langonly, biarchonly, blocked`, and if asked for

    - `packagelist`, each `package, type, basearchonly, requires, blocked, group_id, tag_id`,
    - `grouplist`, each `req_id, name, type, is_metapkg, blocked, group_id, tag_id`.

    Blocked ones of all three are left out unless BLOCKED asks for them.
    """
    found = effective(call, tags.known(call, tag), event, inherit, packages, requirements)
    for group in found.values():
        for key in {"packagelist", "grouplist"} & set(group):
            group[key] = _shown(list(group[key].values()), blocked)
    return _shown(list(found.values()), blocked)


def _shown(rows: list[Row], blocked: bool) -> list[Row]:
    return rows if blocked else [row for row in rows if not row["blocked"]]


def effective(
    call: Call,
    tag_id: int,
    event: int | None = None,
    inherit: bool = True,
    packages: bool = True,
    requirements: bool = True,
) -> dict[int, Row]:
    """By id what counts of each group in a tag: the nearest entry by inheritance, blocked ones too.

    `packagelist` is by package, `grouplist` by id of the required group; a blocked group has and is in none.
    """
    order = [place.tag_id for place in inheritance.order(call, tag_id, event, inherit)]
    groups: dict[int, Row] = {}
    for row in _nearest_first(call, queries.configured(order, event), order):
        groups.setdefault(row["group_id"], row)
    if packages:
        rows = _nearest_first(call, queries.packages(order, event), order)
        _fill(groups, "packagelist", "package", rows)
    if requirements:
        rows = _nearest_first(call, queries.requirements(order, event), order)
        _fill(groups, "grouplist", "req_id", [row for row in rows if _open(groups, row["req_id"])])
    return groups


def _nearest_first(call: Call, select: Select, order: list[int]) -> list[Row]:
    rank = {tag_id: number for number, tag_id in reversed(list(enumerate(order)))}
    return sorted(select.rows(call.tx), key=lambda row: rank[row["tag_id"]])


def _open(groups: dict[int, Row], group_id: int) -> bool:
    return group_id in groups and not groups[group_id]["blocked"]


def _fill(groups: dict[int, Row], key: str, name: str, rows: list[Row]) -> None:
    for group in groups.values():
        group[key] = {}
    for row in rows:
        if _open(groups, row["group_id"]):
            groups[row["group_id"]][key].setdefault(row[name], row)


# groups


def add(call: Call, tag: Any, group: Any, block: bool = False, force: bool = False, **options: Any) -> None:
    """Make a group part of a tag, or change what the tag says of it if that differs from what counts.

    OPTIONS: `display_name, description, exported, is_default, uservisible, langonly, biarchonly`. A blocked
    group needs FORCE.
    """
    found = tags.require(call, tag)
    if isinstance(group, str) and len(group) > _LONGEST:
        raise GenericError(f"Name {group} is too long. Max length is {_LONGEST} characters")
    named = names.lookup(call, Group, group, create=True)
    assert named is not None
    before = effective(call, found["id"], packages=False, requirements=False).get(named["id"])
    _refuse_blocked(before, force, f"group {named['name']} is blocked in tag {found['name']}")
    new = {"display_name": named["name"], **NEW_GROUP}
    values = _values(_GROUP_OPTIONS, options, new, before) | {"blocked": bool(block)}
    if before is None or _differs(before, values):
        _write(call, GroupConfig, {"tag_id": found["id"], "group_id": named["id"]}, values)


def block(call: Call, tag: Any, group: Any) -> None:
    """Block a group in a tag."""
    add(call, tag, group, block=True)


def unblock(call: Call, tag: Any, group: Any) -> None:
    """End the tag's own block of a group."""
    found, named = _named_tag(call, tag), _named(call, group)
    place = {"tag_id": found["id"], "group_id": named["id"]}
    refusal = f"group {named['name']} is NOT blocked in tag {found['name']}"
    _end_block(call, GroupConfig, place, refusal)


def remove(call: Call, tag: Any, group: Any, force: bool = False) -> None:
    """End what a tag itself says of a group; a GenericError if it says nothing, unless FORCE."""
    found, named = tags.require(call, tag), _named(call, group)
    place = {"tag_id": found["id"], "group_id": named["id"]}
    if not history.revoke(call.tx, GroupConfig, call.user_id, **place) and not force:
        raise GenericError(f"No group: {named['name']} found for tag: {found['name']}")
    call.ring("repos")


# packages in groups


def add_package(
    call: Call, tag: Any, group: Any, package: str, block: bool = False, force: bool = False, **options: Any
) -> None:
    """Put a package into a group of a tag, or change its entry. OPTIONS: `type, basearchonly, requires`."""
    arguments.check(package, str)
    found, named = _named_tag(call, tag), _named(call, group)
    groups = effective(call, found["id"], requirements=False)
    before = _usable(groups, named, found)["packagelist"].get(package)
    refusal = f"package {package} blocked in group {named['name']}, tag {found['name']}"
    _refuse_blocked(before, force, refusal)
    values = _values(_PACKAGE_OPTIONS, options, NEW_PACKAGE, before)
    if before is None or block or force or _differs(before, values):
        place = {"tag_id": found["id"], "group_id": named["id"], "package": package}
        _write(call, GroupPackage, place, {**values, "blocked": bool(block)})


def block_package(call: Call, tag: Any, group: Any, package: str) -> None:
    """Block a package in a group of a tag."""
    add_package(call, tag, group, package, block=True)


def unblock_package(call: Call, tag: Any, group: Any, package: str) -> None:
    """End the tag's own block of a package in a group."""
    place = {**_place(call, tag, group), "package": arguments.check(package, str)}
    refusal = f"package {package} is NOT blocked in group {place['group_id']}, tag {place['tag_id']}"
    _end_block(call, GroupPackage, place, refusal)


def remove_package(call: Call, tag: Any, group: Any, package: str) -> None:
    """End what a tag itself says of a package in a group. No error if it says nothing."""
    place = {**_place(call, tag, group), "package": arguments.check(package, str)}
    history.revoke(call.tx, GroupPackage, call.user_id, **place)
    call.ring("repos")


# groups that groups require


def add_requirement(
    call: Call, tag: Any, group: Any, required: Any, block: bool = False, force: bool = False, **options: Any
) -> None:
    """Make a group of a tag require another one, or change how. OPTIONS: `type, is_metapkg`."""
    found, named, needed = _named_tag(call, tag), _named(call, group), _named(call, required)
    groups = effective(call, found["id"], packages=False)
    before = _usable(groups, named, found)["grouplist"].get(needed["id"])
    _refuse_blocked(
        before,
        force,
        f"requirement on group {needed['name']} blocked in group {named['name']}, tag {found['name']}",
    )
    values = _values(_REQUIREMENT_OPTIONS, options, NEW_REQUIREMENT, before)
    if before is None or block or _differs(before, values):
        place = {"tag_id": found["id"], "group_id": named["id"], "req_id": needed["id"]}
        _write(call, GroupReq, place, {**values, "blocked": bool(block)})


def block_requirement(call: Call, tag: Any, group: Any, required: Any) -> None:
    """Block a requirement of a group in a tag."""
    add_requirement(call, tag, group, required, block=True)


def unblock_requirement(call: Call, tag: Any, group: Any, required: Any) -> None:
    """End the tag's own block of a requirement."""
    place = {**_place(call, tag, group), "req_id": names.identify(call, Group, required)}
    refusal = f"group req {place['req_id']} is NOT blocked in group {place['group_id']}, tag {place['tag_id']}"
    _end_block(call, GroupReq, place, refusal)


def remove_requirement(call: Call, tag: Any, group: Any, required: Any) -> None:
    """End what a tag itself says of a requirement. No error if it says nothing."""
    place = {**_place(call, tag, group), "req_id": names.identify(call, Group, required)}
    history.revoke(call.tx, GroupReq, call.user_id, **place)
    call.ring("repos")


# what a tag itself says, whatever it inherits


def set_own(call: Call, tag_id: int, group: str, block: bool = False, **options: Any) -> None:
    """Make a tag itself say this of a group. OPTIONS as for `add`; those left out stay, or are a new group's."""
    named = names.lookup(call, Group, group, create=True)
    assert named is not None
    place = {"tag_id": tag_id, "group_id": named["id"]}
    _set_own(call, GroupConfig, place, block, _GROUP_OPTIONS, options, {"display_name": group, **NEW_GROUP})


def set_own_package(call: Call, tag_id: int, group: str, package: str, block: bool = False, **options: Any) -> None:
    """As `set_own` for a package in a group."""
    place = {**_place(call, tag_id, group), "package": arguments.check(package, str)}
    _set_own(call, GroupPackage, place, block, _PACKAGE_OPTIONS, options, NEW_PACKAGE)


def set_own_requirement(
    call: Call, tag_id: int, group: str, required: str, block: bool = False, **options: Any
) -> None:
    """As `set_own` for a group that a group requires."""
    needed = names.lookup(call, Group, required, create=True)
    assert needed is not None
    place = {**_place(call, tag_id, group), "req_id": needed["id"]}
    _set_own(call, GroupReq, place, block, _REQUIREMENT_OPTIONS, options, NEW_REQUIREMENT)


def _set_own(
    call: Call, table: type[Versioned], place: Row, block: bool, known: _Options, options: Row, new: Row
) -> None:
    where = " AND ".join(f"{name} = :{name}" for name in place)
    before = call.tx.row(f"SELECT * FROM {table._meta.table_name} WHERE revoke_event IS NULL AND {where}", place)
    values = _values(known, options, new, before) | {"blocked": block}
    if before is None or _differs(before, values):
        _write(call, table, place, values)


# what the three have in common


def _named(call: Call, group: Any) -> Row:
    found = names.lookup(call, Group, group, strict=True)
    assert found is not None
    return found


def _named_tag(call: Call, tag: Any) -> Row:
    found = names.lookup(call, Tag, tag, strict=True)
    assert found is not None
    return found


def _place(call: Call, tag: Any, group: Any) -> Row:
    return {"tag_id": tags.known(call, tag), "group_id": names.identify(call, Group, group)}


def _usable(groups: dict[int, Row], group: Row, tag: Row) -> Row:
    found = groups.get(group["id"])
    if found is None:
        raise GenericError(f"group {group['name']} not present in tag {tag['name']}")
    _refuse_blocked(found, False, f"group {group['name']} is blocked in tag {tag['name']}")
    return found


def _refuse_blocked(before: Row | None, force: bool, refusal: str) -> None:
    if before is not None and before["blocked"] and not force:
        raise GenericError(refusal)


def _values(known: _Options, given: Row, new: Row, before: Row | None) -> Row:
    """What an entry shall say: what is GIVEN and KNOWN, else what counted BEFORE, else what NEW says."""
    wanted = {
        name: arguments.check(given[name], kind, optional) for name, (kind, optional) in known.items() if name in given
    }
    return {name: wanted.get(name, (before or new)[name]) for name in known}


def _differs(before: Row, values: Row) -> bool:
    return any(before[name] != value for name, value in values.items())


def _write(call: Call, table: type[Versioned], place: Row, values: Row) -> None:
    history.revoke(call.tx, table, call.user_id, **place)
    history.add(call.tx, table, call.user_id, **place, **values)
    call.ring("repos")


def _end_block(call: Call, table: type[Versioned], place: Row, refusal: str) -> None:
    if not history.revoke(call.tx, table, call.user_id, **place, blocked=True):
        raise GenericError(refusal)
    call.ring("repos")

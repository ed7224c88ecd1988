"""Packages and the package lists of tags: who owns what where, what is blocked, and what is inherited."""

from typing import Any

from appliance import arguments
from appliance.db import history
from appliance.db.connection import Row
from appliance.db.models.tags import Package, TagPackage, TagPackageOwner
from appliance.db.queries import packages as queries
from appliance.db.select import Options, apply
from appliance.errors import BuildError, GenericError
from appliance.hub import inheritance, names, policy, tags, users
from appliance.hub.authority import LOGIN
from appliance.hub.hub import Call

POLICY = "package_list"


# reading


def get(call: Call, info: Any, strict: bool = False, create: bool = False) -> Row | None:
    """`{id, name}` of a package; None if there is none, with STRICT a GenericError.

    With CREATE a logged-in user gets a new one.
    """
    if create:
        LOGIN.check(call.session)
    return names.lookup(call, Package, info, strict, create)


def require(call: Call, info: Any) -> Row:
    """As `get`; a GenericError if there is no such package."""
    found = get(call, info, strict=True)
    assert found is not None
    return found


def identify(call: Call, info: Any) -> int:
    """The id of a package; a GenericError if there is none."""
    return names.identify(call, Package, info)


def id_of(call: Call, name: Any, strict: bool = False) -> int | None:
    """The id of the package of that very name; None if there is none, with STRICT a GenericError."""
    found = get(call, arguments.check(name, str, optional=True)) if name is not None else None
    if found is None and strict:
        raise GenericError(f"No such package name: {name}")
    return None if found is None else int(found["id"])


def narrowed(rows: list[Row], prefix: Any, options: Options | None = None) -> Any:
    """Those of ROWS whose package begins with PREFIX, in either case of letters, as `queryOpts` ask."""
    wanted = (arguments.check(prefix, str, optional=True) or "").lower()
    return apply([row for row in rows if row["package_name"].lower().startswith(wanted)], options)


def every(call: Call, prefix: str | None = None, options: Options | None = None) -> Any:
    """All packages there are: `package_id, package_name`."""
    return queries.every(arguments.check(prefix, str, optional=True)).rows(call.tx, options)


def listed(
    call: Call,
    tag_id: int | None = None,
    user_id: int | None = None,
    package_id: int | None = None,
    event: int | None = None,
    inherit: bool = False,
    with_dups: bool = False,
    with_owners: bool = True,
    with_blocked: bool = True,
) -> list[Row]:
    """Entries of package lists: `package_id, package_name, tag_id, tag_name, extra_arches, blocked, owner_id`
    and `owner_name` (the last two only WITH_OWNERS); blocked ones are left out where WITH_BLOCKED is false.

    One entry a package, with INHERIT the nearest in the order of inheritance; WITH_DUPS all of them.
    """
    if user_id is not None and not with_owners:
        raise GenericError("userID and with_owners=False can't be used together")
    select = queries.entries(event, with_owners, with_blocked)
    if user_id is not None:
        select.also("u.id = :user", user=user_id)
    if package_id is not None:
        select.also("k.package_id = :package", package=package_id)
    if tag_id is None:
        return _found(select.rows(call.tx), with_dups)
    places = inheritance.order(call, tag_id, event, inherit)
    select.also("k.tag_id IN :tags", tags=sorted({place.tag_id for place in places}))
    return _found(_in_order(select.rows(call.tx), places), with_dups, nearest_first=True)


def _in_order(rows: list[Row], places: list[inheritance.Place]) -> list[Row]:
    """ROWS in the order of PLACES, as often as a tag recurs there and its filters let them through."""
    by_tag: dict[int, list[Row]] = {}
    for row in rows:
        by_tag.setdefault(row["tag_id"], []).append(row)
    return [row for place in places for row in by_tag.get(place.tag_id, ()) if place.admits(row["package_name"])]


def _found(rows: list[Row], with_dups: bool, nearest_first: bool = False) -> list[Row]:
    """All rows, or one a package: the first of an inheriting tag, the latest where no tag was asked for."""
    if with_dups:
        return rows
    chosen: dict[int, Row] = {}
    for row in rows:
        if not nearest_first or row["package_id"] not in chosen:
            chosen[row["package_id"]] = row
    return list(chosen.values())


def entry(call: Call, tag_id: int, package_id: int, event: int | None = None) -> Row | None:
    """What counts for a package in a tag, inherited or its own, as in `listed`; None if nothing does."""
    found = listed(call, tag_id=tag_id, package_id=package_id, event=event, inherit=True)
    return found[0] if found else None


def require_listed(call: Call, tag_id: int, name: str, shown: str = "package") -> Row:
    """The entry of a package that builds of a tag may be of; BuildError, which calls it SHOWN, if there is none."""
    package_id = id_of(call, name)
    found = entry(call, tag_id, package_id) if package_id is not None else None
    if found is None or found["blocked"]:
        state = "not in list" if found is None else "is blocked"
        raise BuildError(f"{shown} {name} {state} for tag {tags.require(call, tag_id)['name']}")
    return found


def allowed(call: Call, tag_id: int, package_id: int) -> bool:
    """Whether a package's builds may be tagged: it is listed, inherited or not, and not blocked."""
    found = listed(call, tag_id=tag_id, package_id=package_id, inherit=True, with_owners=False)
    return bool(found) and not found[0]["blocked"]


# changing, under the package_list policy


def add(
    call: Call,
    tag: Any,
    package: Any,
    owner: Any = None,
    block: bool | None = None,
    extra_arches: Any = None,
    force: bool = False,
    update: bool = False,
) -> None:
    """Put a package on a tag's list, or change its entry where it differs from what counts so far.

    What is None is taken from there; a new entry needs an owner. UPDATE refuses a new entry; a blocked
    package needs `unblock` or FORCE, with which an admin passes the policy as well.
    """
    tag_id = tags.require(call, tag)["id"]
    if get(call, package) is None and not isinstance(package, str):
        raise GenericError(f"No such package: {package}")
    owner_id = None if owner is None else users.identify(call, owner)
    action = "update" if update else "block" if block else "add"
    _enforce(call, tag_id, package, action, force)
    put(call, tag_id, package, owner_id, block, extra_arches, force, update)


def put(
    call: Call,
    tag_id: int,
    package: Any,
    owner_id: int | None = None,
    block: bool | None = None,
    extra_arches: Any = None,
    force: bool = False,
    update: bool = False,
) -> None:
    """As `add`, without asking the policy."""
    found = get(call, package, create=True)
    assert found is not None
    wanted = {"blocked": block, "extra_arches": extra_arches, "owner_id": owner_id}
    if extra_arches is not None:
        wanted["extra_arches"] = names.arches(extra_arches)
    before = entry(call, tag_id, found["id"])
    if before is None:
        wanted["blocked"] = bool(block)
        if update and not force:
            tag = tags.require(call, tag_id)["name"]
            raise GenericError(f"cannot update: tag {tag} has no data for package {found['name']}")
    else:
        wanted = {name: before[name] if value is None else value for name, value in wanted.items()}
        wanted["blocked"] = bool(wanted["blocked"])
        if not force and _nothing_changes(call, tag_id, before, wanted):
            return
    _write(call, tag_id, found["id"], before, _owned(call, wanted, force))


def set_own(
    call: Call,
    tag_id: int,
    package: str,
    owner_id: int | None = None,
    block: bool = False,
    extra_arches: str | None = None,
) -> None:
    """Make a tag's own list say this of a package, whatever it inherits; None is what it says so far.

    The owner is the inherited one where nobody says who.
    """
    found = get(call, package, create=True)
    assert found is not None
    own = queries.own_entry(call.tx, tag_id, found["id"])
    counts = own or entry(call, tag_id, found["id"]) or {"owner_id": None}
    arches = own["extra_arches"] if own and extra_arches is None else extra_arches
    wanted = {
        "blocked": block,
        "extra_arches": None if arches is None else names.arches(arches),
        "owner_id": owner_id or counts["owner_id"],
    }
    _write(call, tag_id, found["id"], own, _owned(call, wanted, force=True))


def _nothing_changes(call: Call, tag_id: int, before: Row, wanted: Row) -> bool:
    if all(before[name] == value for name, value in wanted.items()):
        return True
    if before["blocked"] and not wanted["blocked"]:
        tag = tags.require(call, tag_id)["name"]
        raise GenericError(f"package {before['package_name']} is blocked in tag {tag}")
    return False


def _owned(call: Call, wanted: Row, force: bool) -> Row:
    if wanted["owner_id"] is None and not force:
        raise GenericError("owner not specified")
    return {**wanted, "owner_id": wanted["owner_id"] or call.user_id}


def _write(call: Call, tag_id: int, package_id: int, before: Row | None, wanted: Row) -> None:
    """Write an entry, or only its owner where nothing else differs from what counted BEFORE."""
    if before is None or any(before[name] != wanted[name] for name in ("blocked", "extra_arches")):
        _write_entry(call, tag_id, package_id, wanted["blocked"], wanted["extra_arches"])
        _write_owner(call, tag_id, package_id, wanted["owner_id"])
    elif before["owner_id"] != wanted["owner_id"]:
        _write_owner(call, tag_id, package_id, wanted["owner_id"])
    call.ring("repos")


def _write_entry(call: Call, tag_id: int, package_id: int, blocked: bool, extra_arches: str | None) -> None:
    place = {"tag_id": tag_id, "package_id": package_id}
    history.revoke(call.tx, TagPackage, call.user_id, **place)
    values = {"blocked": blocked, "extra_arches": extra_arches}
    history.add(call.tx, TagPackage, call.user_id, **place, **values)


def _write_owner(call: Call, tag_id: int, package_id: int, owner_id: int) -> None:
    place = {"tag_id": tag_id, "package_id": package_id}
    history.revoke(call.tx, TagPackageOwner, call.user_id, **place)
    history.add(call.tx, TagPackageOwner, call.user_id, **place, owner=owner_id)


def remove(call: Call, tag: Any, package: Any, force: bool = False) -> None:
    """Take a package off a tag's own list, so that what is inherited counts. No error if it isn't on it."""
    tag_id, found = tags.require(call, tag)["id"], require(call, package)
    _enforce(call, tag_id, found["id"], "remove", force)
    drop(call, tag_id, found["id"])


def drop(call: Call, tag_id: int, package_id: int) -> None:
    """As `remove`, without asking the policy."""
    history.revoke(call.tx, TagPackage, call.user_id, tag_id=tag_id, package_id=package_id)
    call.ring("repos")


def block(call: Call, tag: Any, package: Any, force: bool = False) -> None:
    """Block a package that a tag lists, so that no build of it counts there or in what inherits from it."""
    found_tag, found = tags.require(call, tag), require(call, package)
    if not listed(call, tag_id=found_tag["id"], package_id=found["id"], inherit=True, with_owners=False):
        raise GenericError(f"Package {found['name']} is not in tag listing for {found_tag['name']}")
    add(call, tag, package, block=True, force=force)


def unblock(call: Call, tag: Any, package: Any, force: bool = False) -> None:
    """End a block: the tag's own entry goes; a free one comes if nothing or a block would count then."""
    found_tag, found = tags.require(call, tag), require(call, package)
    tag_id, package_id = found_tag["id"], found["id"]
    _enforce(call, tag_id, package_id, "unblock", force)
    before = entry(call, tag_id, package_id)
    _check_blocked(before, found["name"], found_tag["name"])
    assert before is not None
    if before["tag_id"] == tag_id:
        drop(call, tag_id, package_id)
        rest = entry(call, tag_id, package_id)
        if rest is not None and not rest["blocked"]:
            return
    _write_entry(call, tag_id, package_id, False, before["extra_arches"])
    _write_owner(call, tag_id, package_id, before["owner_id"])
    call.ring("repos")


def _check_blocked(before: Row | None, package: str, tag: str) -> None:
    if before is None:
        raise GenericError(f"no data (blocked or otherwise) for package {package} in tag {tag}")
    if not before["blocked"]:
        raise GenericError(f"package {package} NOT blocked in tag {tag}")


def assert_allowed(call: Call, tag_id: int, package: Any, action: str) -> None:
    """Refuse those to whom the policy does not allow ACTION (add, update, block, unblock, remove) on an entry."""
    _enforce(call, tag_id, package, action, force=False)


def _enforce(call: Call, tag_id: int, package: Any, action: str, force: bool) -> None:
    LOGIN.check(call.session)
    data = {"tag": tag_id, "action": action, "package": package, "force": force}
    policy.enforce(call, POLICY, data, force=force)

"""Tags: their configuration and extra settings, inherited for builds, and who may tag into them."""

import json
from typing import Any

from appliance import arguments
from appliance.db import history
from appliance.db.connection import Row
from appliance.db.models.builds import TagListing
from appliance.db.models.core import Permission, Versioned
from appliance.db.models.tags import (
    BuildTargetConfig,
    GroupConfig,
    GroupPackage,
    GroupReq,
    Tag,
    TagConfig,
    TagExternalRepo,
    TagExtra,
    TagInheritance,
    TagPackage,
    TagPackageOwner,
    TagUpdate,
)
from appliance.db.queries import tags as queries
from appliance.db.select import Options, Select
from appliance.errors import ActionNotAllowed, GenericError
from appliance.hub import inheritance, names, permissions
from appliance.hub.authority import LOGIN
from appliance.hub.hub import Call

CONFIG = ("arches", "perm_id", "locked", "maven_support", "maven_include_all")
FLAGS = ("locked", "maven_support", "maven_include_all")


def get(call: Call, info: Any, strict: bool = False, event: Any = None, blocked: bool = False) -> Row | None:
    """A tag's `id, name, arches, locked, maven_support, maven_include_all, perm_id, perm` and `extra`.

    EVENT is an event's id, or `auto`: now, or for a tag that is gone just before it went. The answer has
    `query_event` (and `revoke_event`) then. With BLOCKED each extra is `[blocked, value]`.
    None if there is no such tag; with STRICT a GenericError.
    """
    column, value = names.clause(info)
    automatic = event == "auto"
    if automatic:
        event = _moment_before_its_end(call, column, value)
    select = queries.deleted(event) if automatic and event is not None else queries.configured(event)
    found = select.also(f"tag.{column} = :value", value=value).one(call.tx)
    if found is None:
        if strict:
            raise GenericError(f"No such tagInfo: {info!r}")
        return None
    found["extra"] = extra(call, found["id"], event, blocked)
    return found if event is None else found | {"query_event": event}


def require(call: Call, info: Any, event: Any = None, blocked: bool = False) -> Row:
    """As `get`; a GenericError if there is no such tag."""
    found = get(call, info, strict=True, event=event, blocked=blocked)
    assert found is not None
    return found


def _moment_before_its_end(call: Call, column: str, value: int | str) -> int | None:
    end = queries.last_end(call.tx, column, value)
    return None if end is None else end - 1


def identify(call: Call, info: Any, strict: bool = True, create: bool = False) -> int | None:
    """The id that a name or id means, of a deleted tag too.

    If it means none, None or (STRICT) a GenericError; with CREATE a logged-in user gets the name an id, which
    is no tag yet.
    """
    if create:
        LOGIN.check(call.session)
    found = names.lookup(call, Tag, info, strict, create)
    return None if found is None else int(found["id"])


def known(call: Call, info: Any) -> int:
    """As `identify`; a GenericError if it means none."""
    return names.identify(call, Tag, info)


def extra(call: Call, tag_id: int, event: int | None = None, blocked: bool = False) -> Row:
    """The tag's own extra settings by key; with BLOCKED `[is it blocked, value]`."""
    return _decoded(queries.extras(call.tx, [tag_id], event), blocked)


def _decoded(rows: list[tuple[int, str, str | None]], blocked: bool) -> Row:
    if blocked:
        return {key: [text is None, None if text is None else json.loads(text)] for _, key, text in rows}
    return {key: json.loads(text) for _, key, text in rows if text is not None}


def listing(
    call: Call,
    build_id: int | None = None,
    package_id: int | None = None,
    perms: bool = True,
    pattern: str | None = None,
    options: Options | None = None,
) -> Any:
    """The tags there are: those that a build is in, that list a package, that a shell pattern fits."""
    select = queries.listing(perms, arguments.check(pattern, str, optional=True))
    return _narrowed(select, build_id, package_id).rows(call.tx, options)


def _narrowed(select: Select, build_id: int | None, package_id: int | None) -> Select:
    if build_id is not None:
        return queries.with_build(select, build_id)
    if package_id is not None:
        return queries.with_package(select, package_id)
    return select


def create(
    call: Call,
    name: Any,
    parent: Any = None,
    arches: Any = None,
    perm: Any = None,
    locked: bool = False,
    maven_support: bool = False,
    maven_include_all: bool = False,
    extra: Row | None = None,
) -> int:
    """A new tag; its id, which is the old one for a name that was in use before. PARENT is inherited from."""
    names.check(name)
    flags = _flags({"locked": locked, "maven_support": maven_support, "maven_include_all": maven_include_all})
    arches = names.arches(arches)
    _check_maven(call, bool(maven_support or maven_include_all))
    if get(call, name) is not None:
        raise GenericError(f"A tag with the name '{name}' already exists")
    parent_id = _parent(call, parent)
    perm_id = None if perm is None else names.identify(call, Permission, perm)
    tag_id = int((names.lookup(call, Tag, name, create=True) or {})["id"])
    history.add(call.tx, TagConfig, call.user_id, tag_id=tag_id, arches=arches, perm_id=perm_id, **flags)
    for key, value in _settings(extra).items():
        _set_extra(call, tag_id, key, json.dumps(value))
    if parent_id is not None:
        inheritance.write(call, tag_id, [inheritance.link(parent_id)])
    call.ring("repos")
    return tag_id


def _parent(call: Call, parent: Any) -> int | None:
    if not parent:
        return None
    found = get(call, parent)
    if found is None:
        raise GenericError(f"Parent tag '{parent}' could not be found")
    return int(found["id"])


def _flags(values: Row) -> Row:
    return {name: arguments.check(value, bool) for name, value in values.items()}


def _settings(extra: Any) -> Row:
    return arguments.check(extra, dict, optional=True) or {}


def _check_maven(call: Call, wanted: bool) -> None:
    if wanted and not call.settings.koji.enable_maven:
        raise GenericError("Maven support not enabled")


def edit(call: Call, info: Any, **changes: Any) -> None:
    """Change a tag: `name, arches, locked, perm` (or `perm_id`), `maven_support, maven_include_all`,
    `extra` (settings to add or replace), `block_extra` and `remove_extra` (lists of keys); others are
    ignored.
    """
    _check_maven(call, bool({"maven_support", "maven_include_all"} & set(changes)))
    blocks, removals = _keys(changes, "block_extra"), _keys(changes, "remove_extra")
    tag = require(call, info)
    _rename(call, tag, changes.get("name"))
    _configure(call, tag, changes)
    _add_extra(call, tag, arguments.check(changes.get("extra", {}), dict), blocks + removals)
    for key in blocks:
        _set_extra(call, tag["id"], key, None)
    _remove_extra(call, tag, removals)
    call.ring("repos")


def _keys(changes: Row, name: str) -> list[str]:
    keys = changes.get(name, [])
    if keys is None:
        raise arguments.refusal(keys, list)
    return list(arguments.check(keys or [], list))


def _rename(call: Call, tag: Row, name: Any) -> None:
    if not name or name == tag["name"]:
        return
    names.check(name)
    taken = call.tx.value("SELECT id FROM tag WHERE name = :name", {"name": name})
    if taken is not None:
        raise GenericError(f"Name {name} already taken by tag {taken}")
    call.tx.update(Tag, {"name": name}, id=tag["id"])


def _configure(call: Call, tag: Row, changes: Row) -> None:
    """Write the configuration anew if it differs. `perm_id` has precedence over `perm`, its other name."""
    wanted = {name: tag[name] for name in CONFIG}
    wanted.update({name: changes[name] for name in CONFIG if name in changes})
    if {"perm", "perm_id"} & set(changes):
        perm = changes.get("perm_id", changes.get("perm"))
        wanted["perm_id"] = None if perm is None else names.identify(call, Permission, perm)
    if wanted["arches"] is not None and wanted["arches"] != tag["arches"]:
        wanted["arches"] = names.arches(wanted["arches"])
    _flags({name: wanted[name] for name in FLAGS})
    if any(wanted[name] != tag[name] for name in CONFIG):
        history.revoke(call.tx, TagConfig, call.user_id, tag_id=tag["id"])
        history.add(call.tx, TagConfig, call.user_id, tag_id=tag["id"], **wanted)


def _add_extra(call: Call, tag: Row, wanted: Row, gone: list[str]) -> None:
    for key in wanted:
        if key in gone:
            raise GenericError(f"Can not both add/update and remove tag-extra: '{key}'")
    for key, value in wanted.items():
        if key not in tag["extra"] or tag["extra"][key] != value:
            _set_extra(call, tag["id"], key, json.dumps(value))


def _remove_extra(call: Call, tag: Row, keys: list[str]) -> None:
    missing = [str(key) for key in keys if key not in tag["extra"]]
    if missing:
        raise GenericError(f"Tag: {tag['name']} doesn't have extra: {', '.join(missing)}")
    for key in keys:
        history.revoke(call.tx, TagExtra, call.user_id, tag_id=tag["id"], key=key)


def unblock_extra(call: Call, info: Any, keys: list[str]) -> None:
    """Let a parent's extra settings show again. Koji's API can't: it only replaces what is blocked."""
    tag_id = require(call, info)["id"]
    for key in keys:
        history.revoke(call.tx, TagExtra, call.user_id, tag_id=tag_id, key=key, value=None)


def _set_extra(call: Call, tag_id: int, key: Any, text: str | None) -> None:
    """Set one extra to JSON TEXT; without a text it is blocked, so that a parent's does not show either."""
    history.revoke(call.tx, TagExtra, call.user_id, tag_id=tag_id, key=arguments.check(key, str))
    history.add(call.tx, TagExtra, call.user_id, tag_id=tag_id, key=key, value=text)


# what ends with a tag: (table, column that names it)
_ENDS_WITH_IT: tuple[tuple[type[Versioned], str], ...] = (
    (TagConfig, "tag_id"),
    (TagExtra, "tag_id"),
    (TagInheritance, "tag_id"),
    (TagInheritance, "parent_id"),
    (BuildTargetConfig, "build_tag"),
    (BuildTargetConfig, "dest_tag"),
    (TagListing, "tag_id"),
    (TagPackage, "tag_id"),
    (TagPackageOwner, "tag_id"),
    (TagExternalRepo, "tag_id"),
    (GroupConfig, "tag_id"),
    (GroupReq, "tag_id"),
    (GroupPackage, "tag_id"),
)


def delete(call: Call, info: Any) -> None:
    """End a tag and all that names it: links, targets, packages, builds, groups. History keeps them."""
    tag = require(call, info)
    for table, column in _ENDS_WITH_IT:
        history.revoke(call.tx, table, call.user_id, **{column: tag["id"]})
    call.ring("repos")


def mark_updated(call: Call, tag_id: int, update_type: int) -> None:
    """Record a change of a tag that its versioned rows don't show; UPDATE_TYPE of `koji.TAG_UPDATE_TYPES`."""
    call.tx.insert(
        TagUpdate,
        tag_id=tag_id,
        update_event=call.tx.event(),
        updater_id=call.user_id,
        update_type=update_type,
    )
    call.ring("repos")


def access(call: Call, info: Any, user_id: Any = None) -> tuple[bool, bool, str]:
    """(may the user tag into it, may that be forced, why not). A lock and the tag's permission decide."""
    if user_id is None and not call.session.logged_in:
        raise GenericError("a user_id is required")
    held = permissions.held(call, arguments.integer(call.user_id if user_id is None else user_id))
    tag, override = require(call, info), "admin" in held
    if tag["locked"]:
        return False, override, "tag is locked"
    if tag["perm"] is not None and tag["perm"] not in held:
        return False, override, f"tag requires {tag['perm']} permission"
    return True, override, ""


def assert_access(call: Call, info: Any, user_id: Any = None, force: bool = False) -> None:
    """Raise ActionNotAllowed where `access` says no; an admin may FORCE it."""
    allowed, override, reason = access(call, info, user_id)
    if not allowed and not (override and force):
        raise ActionNotAllowed(reason)


def build_config(call: Call, info: Any, event: int | None = None) -> Row:
    """A tag as builds in it see it: `arches` and `extra` come from parents too, but not over `noconfig`.

    `config_inheritance` says from which: `{arches: tag or None, extra: {key: tag}}`, a tag as `{id, name}`.
    """
    tag = require(call, info, event=event, blocked=True)
    origin: Row = {"arches": None, "extra": {}}
    parents = [each for each in inheritance.full(call, tag["id"], event) if not each["noconfig"]]
    for parent in _ancestors(call, [each["parent_id"] for each in parents], event):
        _inherit(tag, parent, origin)
    tag["extra"] = {key: value for key, (blocked, value) in tag["extra"].items() if not blocked}
    tag["config_inheritance"] = origin
    return tag


def _ancestors(call: Call, order: list[int], event: int | None) -> list[Row]:
    """`{id, name, arches, extra}` of tags, in the order of their ids in ORDER; extras as with BLOCKED."""
    if not order:
        return []
    found = queries.configured(event).also("tag.id IN :tags", tags=order).rows(call.tx)
    by_id = {row["id"]: row | {"extra": {}} for row in found}
    for tag_id, key, text in queries.extras(call.tx, order, event):
        if tag_id in by_id:
            by_id[tag_id]["extra"].update(_decoded([(tag_id, key, text)], blocked=True))
    return [by_id[tag_id] for tag_id in order if tag_id in by_id]


def _inherit(tag: Row, parent: Row, origin: Row) -> None:
    source = {"id": parent["id"], "name": parent["name"]}
    if tag["arches"] is None and parent["arches"] is not None:
        tag["arches"], origin["arches"] = parent["arches"], source
    for key, value in parent["extra"].items():
        if key not in tag["extra"]:
            tag["extra"][key], origin["extra"][key] = value, source

"""Side tags: tags of one's own on top of a build tag, made and removed by those who need them."""

from typing import Any

import koji.util

from appliance import arguments
from appliance.db.connection import Row
from appliance.db.models.tags import Tag
from appliance.db.queries import sidetags as queries
from appliance.db.select import Options
from appliance.errors import ActionNotAllowed, GenericError
from appliance.hub import inheritance, policy, repo_requests, tags, targets, users
from appliance.hub.authority import LOGIN
from appliance.hub.hub import Call

POLICY = "sidetag"
DEBUGINFO = "with_debuginfo"
MACRO = "rpm.macro."


def create(call: Call, basetag: Any, debuginfo: bool = False, suffix: Any = None) -> Row:
    """A new side tag of the asking user, with a target of the same name that builds in it and puts into it.

    `id, name`, and `request`: the one for its repository, if the settings want that.

    The `sidetag` policy decides; it knows the `tag` and `number_of_tags`, how many the user has already.
    SUFFIX must be one that the settings allow.
    """
    _check_suffix(call, suffix)
    LOGIN.check(call.session)
    user = users.require(call, call.session.user_id)
    base = tags.require(call, basetag)
    count = queries.count(call.tx, user["id"])
    policy.enforce(call, POLICY, {"tag": base["id"], "number_of_tags": count})
    extra = {"sidetag": True, "sidetag_user": user["name"], "sidetag_user_id": user["id"]}
    if debuginfo:
        extra[DEBUGINFO] = True
    name = _reserve_name(call, base["name"], suffix)
    tag_id = tags.create(call, name, parent=base["id"], arches=base["arches"], extra=extra)
    targets.create(call, name, tag_id, tag_id)
    return {"id": tag_id, "name": name, "task_id": None, "request": _first_repo(call, tag_id)}


def _first_repo(call: Call, tag_id: int) -> Row | None:
    """Where the settings want it, the request for the new tag's repository; it has no task yet."""
    if not call.settings.koji.sidetag.trigger_new_repo:
        return None
    request: Row = repo_requests.make(call, tag_id)["request"]
    return request


def _check_suffix(call: Call, suffix: Any) -> None:
    if suffix and suffix not in call.settings.koji.sidetag.allowed_suffixes:
        raise GenericError(f"{suffix} suffix is not allowed for sidetag")


def _reserve_name(call: Call, base: str, suffix: str | None) -> str:
    """A name that tells the new tag's id, which it has from now on."""
    tag_id = call.tx.insert(Tag, name=f"{base} side tag to be named")
    name = call.settings.koji.sidetag.name_template.format(basetag=base, tag_id=tag_id)
    name = f"{name}-{suffix}" if suffix else name
    if tags.identify(call, name, strict=False) is not None:
        raise GenericError(f"A tag with the name '{name}' already exists")
    call.tx.update(Tag, {"name": name}, id=tag_id)
    return name


def remove(call: Call, info: Any) -> None:
    """Delete a side tag of the asking user (any, for an admin) and its target."""
    _delete(call, _own(call, info))


def _delete(call: Call, tag: Row) -> None:
    target = targets.get(call, tag["name"])
    if target is None:
        raise GenericError("Target is missing for sidetag")
    if target["build_tag"] != tag["id"] or target["dest_tag"] != tag["id"]:
        raise GenericError("Target does not match sidetag")
    targets.delete(call, target["id"])
    tags.delete(call, tag["id"])


def tidy(call: Call, tag_id: int) -> None:
    """Remove a side tag whose last build has been untagged, where the settings want that.

    One whose target is not as it was made stays: somebody uses it for more than a side tag.
    """
    tag = tags.get(call, tag_id) if call.settings.koji.sidetag.remove_empty else None
    if tag is None or not is_one(tag) or queries.has_builds(call.tx, tag_id):
        return
    target = targets.get(call, tag["name"])
    if target is not None and target["build_tag"] == target["dest_tag"] == tag_id:
        _delete(call, tag)


def listing(call: Call, basetag: Any = None, user: Any = None, options: Options | None = None) -> Any:
    """The side tags there are, on top of a tag, of a user: `id, name, user_id` (as text), `user_name`."""
    user_id = None if user is None else users.identify(call, user)
    base_id = None if basetag is None else tags.require(call, basetag)["id"]
    return queries.listing(user_id, base_id).rows(call.tx, options)


def is_one(tag: Row) -> bool:
    """Whether a tag, as `tags.get` gives it, is a side tag."""
    return bool(tag["extra"].get("sidetag"))


def owned(call: Call, tag: Row, user_id: int | None) -> bool:
    """Whether a side tag is a user's. To an asking admin all are."""
    return is_one(tag) and (tag["extra"].get("sidetag_user_id") == user_id or call.session.may("admin"))


def _own(call: Call, info: Any) -> Row:
    tag = tags.require(call, info)
    if not is_one(tag):
        raise GenericError(f"Not a sidetag: {tag['name']}")
    if not owned(call, tag, call.session.user_id):
        raise ActionNotAllowed("This is not your sidetag")
    return tag


def edit(
    call: Call,
    info: Any,
    debuginfo: bool | None = None,
    rpm_macros: Any = None,
    remove_rpm_macros: Any = None,
    extra: Any = None,
    remove_extra: Any = None,
) -> None:
    """Change what the base tag's extra settings let a side tag's owner change.

    `sidetag_debuginfo_allowed` there allows DEBUGINFO, `sidetag_rpm_macros_allowed` (patterns, a list or
    text) allows to set and remove RPM macros. EXTRA and REMOVE_EXTRA are for those with permission
    `sidetag_admin`.
    """
    tag = _own(call, info)
    may_all = call.session.may("sidetag_admin")
    if not may_all and not (extra is None and remove_extra is None):
        raise GenericError("Extra can be modified only with sidetag_admin or admin permissions.")
    base = _base(call, tag)
    wanted = dict(arguments.check(extra, dict, optional=True) or {})
    gone = list(arguments.check(remove_extra, list, optional=True) or [])
    if debuginfo is not None:
        wanted |= _debuginfo(base, debuginfo)
    if rpm_macros or remove_rpm_macros:
        allowed = _allowed_macros(base)
        wanted |= _macros(arguments.check(rpm_macros, dict, optional=True) or {}, allowed)
        gone += _removed(arguments.check(remove_rpm_macros, list, optional=True) or [], allowed)
    tags.edit(call, tag["id"], extra=wanted, remove_extra=gone)


def _base(call: Call, tag: Row) -> Row:
    links = inheritance.parents(call, tag["id"])
    if not links:
        raise GenericError(f"Side tag {tag['name']} inherits from no tag")
    return tags.require(call, links[0]["parent_id"])


def _debuginfo(base: Row, wanted: bool) -> Row:
    if not base["extra"].get("sidetag_debuginfo_allowed"):
        raise GenericError("Debuginfo setting is not allowed in parent tag.")
    return {DEBUGINFO: bool(wanted)}


def _allowed_macros(base: Row) -> list[str]:
    found = base["extra"].get("sidetag_rpm_macros_allowed") or []
    allowed = found.split() if isinstance(found, str) else found
    if not isinstance(allowed, list):
        raise GenericError(f"rpm_macros_allowed in {base['name']} has invalid type: {type(allowed)}")
    if not all(isinstance(each, str) for each in allowed):
        raise GenericError(f"Allowed rpm macro list {allowed!r} is invalid for {base['name']}.")
    if not allowed:
        raise GenericError("RPM macros change is not allowed in parent tag.")
    return allowed


def _macros(macros: Row, allowed: list[str]) -> Row:
    for name in macros:
        # rpm's own rule for the names that %define takes begins so
        if len(name) < 2 or not (name[0].isalpha() or name[0] == "_"):
            raise GenericError(f"Invalid macro name {name!r}")
        _check_macro(name, allowed)
    return {MACRO + name: value for name, value in macros.items()}


def _removed(macros: list[Any], allowed: list[str]) -> list[str]:
    for name in macros:
        _check_macro(arguments.check(name, str), allowed)
    return [MACRO + name for name in macros]


def _check_macro(name: str, allowed: list[str]) -> None:
    if not koji.util.multi_fnmatch(name, allowed):
        raise GenericError(f"RPM macro {name} editing is not allowed via parent tag")

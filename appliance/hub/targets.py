"""Build targets: a name for the tag that builds are made in and the tag that they go to."""

from typing import Any

from appliance.db import history
from appliance.db.connection import Row
from appliance.db.models.tags import BuildTarget, BuildTargetConfig
from appliance.db.queries import targets as queries
from appliance.db.select import Options
from appliance.errors import GenericError
from appliance.hub import names, tags
from appliance.hub.hub import Call


def get(call: Call, info: Any, event: int | None = None, strict: bool = False) -> Row | None:
    """A target's `id, name, build_tag` and `dest_tag` (ids), `build_tag_name, dest_tag_name`.

    None if there is none; with STRICT a GenericError. An INFO that says nothing means the only one there is.
    """
    found = listing(call, info, event)
    if len(found) != 1 and strict:
        raise GenericError(f"No such build target: {info}")
    return found[0] if len(found) == 1 else None


def require(call: Call, info: Any) -> Row:
    """As `get`; a GenericError if there is no such target."""
    found = get(call, info, strict=True)
    assert found is not None
    return found


def listing(
    call: Call,
    info: Any = None,
    event: int | None = None,
    build_tag: Any = None,
    dest_tag: Any = None,
    options: Options | None = None,
) -> Any:
    """The targets there are: of that name or id, of that build tag, of that destination."""
    select = queries.configured(event)
    if info:
        column, value = names.clause(info)
        select.also(f"t.{column} = :target", target=value)
    if build_tag is not None:
        select.also("c.build_tag = :build", build=tags.identify(call, build_tag, strict=False))
    if dest_tag is not None:
        select.also("c.dest_tag = :dest", dest=tags.identify(call, dest_tag, strict=False))
    return select.rows(call.tx, options)


def create(call: Call, name: Any, build_tag: Any, dest_tag: Any) -> int:
    """A new target; its id, which is the old one for a name that was in use before."""
    if get(call, names.check(name)) is not None:
        raise GenericError(f"A build target with the name '{name}' already exists")
    build_id, dest_id = _ends(call, build_tag, dest_tag)
    target_id = int((names.lookup(call, BuildTarget, name, create=True) or {})["id"])
    _write(call, target_id, build_id, dest_id)
    return target_id


def edit(call: Call, info: Any, name: Any, build_tag: Any, dest_tag: Any) -> None:
    """Give a target (a deleted one too, which it brings back) a name and both tags."""
    names.check(name)
    target = _named(call, info)
    build_id, dest_id = _ends(call, build_tag, dest_tag)
    if target["name"] != name:
        _rename(call, target["id"], name)
    history.revoke(call.tx, BuildTargetConfig, call.user_id, build_target_id=target["id"])
    _write(call, target["id"], build_id, dest_id)


def delete(call: Call, info: Any) -> None:
    """End a target. No error if it has ended already."""
    target = _named(call, info)
    history.revoke(call.tx, BuildTargetConfig, call.user_id, build_target_id=target["id"])
    call.ring("repos")


def _named(call: Call, info: Any) -> Row:
    found = names.lookup(call, BuildTarget, info)
    if found is None:
        raise GenericError(f"No such build target: {info}")
    return found


def _ends(call: Call, build_tag: Any, dest_tag: Any) -> tuple[int, int]:
    build = tags.get(call, build_tag)
    if build is None:
        raise GenericError(f"build tag '{build_tag}' does not exist")
    dest = tags.get(call, dest_tag)
    if dest is None:
        raise GenericError(f"destination tag '{dest_tag}' does not exist")
    return build["id"], dest["id"]


def _rename(call: Call, target_id: int, name: str) -> None:
    taken = names.lookup(call, BuildTarget, name)
    if taken is not None:
        raise GenericError(f'name "{name}" is already taken by build target {taken["id"]}')
    call.tx.update(BuildTarget, {"name": name}, id=target_id)


def _write(call: Call, target_id: int, build_id: int, dest_id: int) -> None:
    values = {"build_target_id": target_id, "build_tag": build_id, "dest_tag": dest_id}
    history.add(call.tx, BuildTargetConfig, call.user_id, **values)
    call.ring("repos")

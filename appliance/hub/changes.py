"""The history of what is on the time axis: who made what true when, and who ended it."""

from collections.abc import Callable
from typing import Any

from appliance.arguments import check, integer
from appliance.db.connection import Row
from appliance.db.models.base import Numbered
from appliance.db.models.builds import ContentGenerator
from appliance.db.models.core import Permission
from appliance.db.models.tags import BuildTarget, ExternalRepo, Group, Package, Tag
from appliance.db.models.tasks import Channel, Host
from appliance.db.queries import changes as queries
from appliance.db.select import Options, Select
from appliance.errors import GenericError
from appliance.hub import builds, moments, names, users
from appliance.hub.hub import Call


def listed(call: Call, tables: Any = None, search: Row | None = None, options: Options | None = None) -> Row:
    """By table its rows that fit, with names, times, and who created and revoked them.

    SEARCH may have `tag, build, package, user, permission, external_repo, build_target, group, cg, host,
    channel` (which exclude tables that have no such thing), `xkey` (of tag_extra), `active`, `editor`,
    `before`, `after` (seconds or text), `beforeEvent`, `afterEvent`; what else it has is ignored.
    """
    chosen = sorted(queries.TABLES) if tables is None else list(check(tables, (list, str)))
    for table in chosen:
        if not isinstance(table, str) or table not in queries.TABLES:
            raise GenericError(f"No such history table: {table}")
    found = {}
    for table in chosen:
        select = _narrowed(call, table, search or {})
        if select is not None:
            found[table] = select.rows(call.tx, options)
    return found


_SPANS = (500, 5_000, 20_000)  # events looked back over, until there is enough to show
_ENOUGH = 30


def by(call: Call, editor: Any, before: int | None = None) -> tuple[Row, int]:
    """(what one user changed last, as `listed`; the event down to which was looked).

    All there ever was takes its time where the hub is old, so this looks back BEFORE an event (default: now).
    """
    end = before or int(call.tx.value("SELECT MAX(id) FROM events") or 0) + 1
    found: Row = {}
    for span in _SPANS:
        found = {table: _between(call, table, editor, end - span, end) for table in sorted(queries.TABLES)}
        if sum(map(len, found.values())) >= _ENOUGH:
            break
    return found, max(end - span, 0)


def _between(call: Call, table: str, editor: Any, start: int, end: int) -> Any:
    """Rows of a table that a user made or ended under events from START on, and before END."""
    select = _narrowed(call, table, {"editor": editor})
    assert select is not None
    span = " OR ".join(f"t.{name} >= :start AND t.{name} < :end" for name in ("create_event", "revoke_event"))
    return select.also(span, start=start, end=end).rows(call.tx, {"limit": _ENOUGH * len(_SPANS)})


def _narrowed(call: Call, table: str, search: Row) -> Select | None:
    """What is to be read of a table; None if it has no such thing as is searched for."""
    select = queries.of(table)
    for key, value in search.items():
        if key in _COMMON:
            _COMMON[key](call, select, value)
        elif key in _MEANT and not _narrow(call, select, table, key, value):
            return None
    return select


def _narrow(call: Call, select: Select, table: str, key: str, value: Any) -> bool:
    if key == "package" and "package" in queries.TABLES[table].fields:
        key = "package_name"
    condition = queries.condition(table, key)
    if condition is not None:
        select.also(condition, **{key: _MEANT[key](call, value)})
    return condition is not None


def _id_of(table: type[Numbered]) -> Callable[[Call, Any], int]:
    return lambda call, info: names.identify(call, table, info)


def _maybe_id_of(table: type[Numbered]) -> Callable[[Call, Any], int | None]:
    """One that does not exist has no history."""

    def find(call: Call, info: Any) -> int | None:
        found = names.lookup(call, table, info)
        return found["id"] if found else None

    return find


_MEANT: dict[str, Callable[[Call, Any], Any]] = {
    "tag": _id_of(Tag),
    "package": _id_of(Package),
    "permission": _id_of(Permission),
    "external_repo": _id_of(ExternalRepo),
    "build_target": _id_of(BuildTarget),
    "group": _id_of(Group),
    "cg": _id_of(ContentGenerator),
    "host": _maybe_id_of(Host),
    "channel": _maybe_id_of(Channel),
    "build": builds.identify,
    "user": users.identify,
    "xkey": lambda call, value: str(value),
    "package_name": lambda call, value: str(value),
}


def _active(call: Call, select: Select, value: Any) -> None:
    if value is not None:
        select.also(f"t.revoke_event IS {'' if value else 'NOT '}NULL")


def _editor(call: Call, select: Select, value: Any) -> None:
    select.params["editor"] = users.identify(call, value)
    queries.marked(select, "t.creator_id = :editor", "t.revoker_id = :editor", "by")


def _by_time(sign: str, mark: str) -> Callable[[Call, Select, Any], None]:
    def narrow(call: Call, select: Select, value: Any) -> None:
        select.params[mark] = moments.seconds(value)
        queries.marked(select, f"ev1.time {sign} :{mark}", f"ev2.time {sign} :{mark}", mark)

    return narrow


def _by_event(sign: str, mark: str) -> Callable[[Call, Select, Any], None]:
    def narrow(call: Call, select: Select, value: Any) -> None:
        select.params[mark] = integer(value)
        queries.marked(select, f"t.create_event {sign} :{mark}", f"t.revoke_event {sign} :{mark}", mark)

    return narrow


_COMMON: dict[str, Callable[[Call, Select, Any], None]] = {
    "active": _active,
    "editor": _editor,
    "after": _by_time(">", "after"),
    "before": _by_time("<", "before"),
    "afterEvent": _by_event(">", "after_event"),
    "beforeEvent": _by_event("<", "before_event"),
}

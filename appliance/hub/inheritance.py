"""Inheritance of tags: the links, what they allow, and the order in which a tag's ancestors are looked at."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from appliance import arguments
from appliance.db import history
from appliance.db.connection import Row
from appliance.db.models.tags import TagInheritance
from appliance.db.queries import inheritance as queries
from appliance.db.queries import tags
from appliance.errors import GenericError, ParameterError
from appliance.hub import names
from appliance.hub.hub import Call

FIELDS = ("parent_id", "priority", "maxdepth", "intransitive", "noconfig", "pkg_filter")
DELETE = "delete link"


# reading


def parents(call: Call, tag_id: int, event: int | None = None) -> list[Row]:
    """A tag's own links: `child_id, parent_id, name` (the parent's), `priority, maxdepth, intransitive,
    noconfig, pkg_filter`, in the order of their priority.
    """
    return queries.parents(call.tx, tag_id, event)


def full(call: Call, tag_id: int, event: int | None = None, reverse: bool = False) -> list[Row]:
    """All links that count for a tag, depth first and by priority, each as in `parents` with

    - `currdepth`: its distance from the tag, 1 for its own,
    - `nextdepth`: how many further steps it allows, None for any number,
    - `filter`: the patterns that a package's name must match to come through, from the tag down to this link.

    With REVERSE the links that lead to the tag, with `tag_id` and the child's name. A link is left out if an
    earlier one to the same tag lets the same through; where it may let more through, the tag recurs.
    """
    if reverse:
        return _Walk(_DOWN, queries.below(call.tx, tag_id, event)).run(tag_id)
    return _Walk(_UP, queries.above(call.tx, tag_id, event)).run(tag_id)


@dataclass(frozen=True)
class Place:
    """A tag in the order in which an inheriting tag looks for something; `link` is None for itself."""

    tag_id: int
    patterns: tuple[str, ...] = ()
    link: Row | None = None

    @cached_property
    def _compiled(self) -> list[re.Pattern[str]]:
        return [_compile(pattern) for pattern in self.patterns]

    def admits(self, package: str) -> bool:
        """Whether packages of that name come through: all patterns must match from its beginning."""
        return all(pattern.match(package) for pattern in self._compiled)


def order(call: Call, tag_id: int, event: int | None = None, inherit: bool = True) -> list[Place]:
    """The tag and (INHERIT) its ancestors, in the order in which the first that has something wins."""
    links = full(call, tag_id, event) if inherit else []
    return [Place(tag_id)] + [Place(link["parent_id"], tuple(link["filter"]), link) for link in links]


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise GenericError(f"Invalid package filter {pattern!r}: {error}") from None


# the walk


@dataclass(frozen=True)
class _Direction:
    """Up to what a tag inherits from, or down to what inherits from it: the ends of a link, and its rules.

    `counts(link, distance)`: may it be taken so far from where the walk began (1: it is that tag's own)?
    `depth(link, budget)`: how many links may follow, None for any number. `leads_on(link)`: may any follow?
    """

    near: str
    far: str
    counts: Callable[[Row, int], bool]
    depth: Callable[[Row, int | None], int | None]
    leads_on: Callable[[Row], bool]


def _remaining(link: Row, budget: int | None) -> int | None:
    """A link's own limit, and the limits of the links before it, each of which this link uses up by one."""
    own: int | None = link["maxdepth"]
    if budget is None:
        return own
    return (budget if own is None else min(own, budget)) - 1


_UP = _Direction(
    near="child_id",
    far="parent_id",
    counts=lambda link, distance: distance == 1 or not link["intransitive"],
    depth=_remaining,
    leads_on=lambda link: True,
)
_DOWN = _Direction(
    near="parent_id",
    far="tag_id",
    counts=lambda link, distance: link["maxdepth"] is None or link["maxdepth"] >= distance - 1,
    depth=lambda link, budget: None,
    leads_on=lambda link: not link["intransitive"],
)


@dataclass
class _Visit:
    """A tag on the way from where the walk began: its links, and what the way to it allows."""

    tag_id: int
    links: Iterator[Row]
    budget: int | None = None
    noconfig: bool = False
    patterns: tuple[str, ...] = ()


class _Walk:
    """Depth first over links that are at hand already, without recursion: chains may be long."""

    def __init__(self, direction: _Direction, links: list[Row]) -> None:
        self.direction = direction
        self.links: dict[int, list[Row]] = defaultdict(list)
        for each in links:
            self.links[each[direction.near]].append(each)
        self.found: list[Row] = []
        self.seen: dict[int, list[Row]] = defaultdict(list)
        self.way: list[_Visit] = []
        self.on_way: set[int] = set()

    def run(self, start: int) -> list[Row]:
        self._enter(_Visit(start, iter(self.links[start])))
        while self.way:
            link = next(self.way[-1].links, None)
            if link is None:
                self.on_way.discard(self.way.pop().tag_id)
            elif self._counts(link):
                self._take(link, self.way[-1])
        return self.found

    def _counts(self, link: Row) -> bool:
        """A link back into the way is a loop, and is left out."""
        return link[self.direction.far] not in self.on_way and self.direction.counts(link, len(self.way))

    def _take(self, link: Row, visit: _Visit) -> None:
        """Follow a link, unless an earlier one to the same tag let as much through.

        As in Koji a link without configuration makes those after it at the same tag count as such when it is
        asked whether an earlier visit was enough.
        """
        visit.noconfig = visit.noconfig or link["noconfig"]
        patterns = (*visit.patterns, link["pkg_filter"]) if link["pkg_filter"] else visit.patterns
        depth = self.direction.depth(link, visit.budget)
        found = {**link, "currdepth": len(self.way), "nextdepth": depth, "filter": list(patterns)}
        target = link[self.direction.far]
        if any(_enough(earlier, depth, visit.noconfig) for earlier in self.seen[target]):
            return
        self.seen[target].append(found)
        self.found.append(found)
        if self.direction.leads_on(link):
            links = self.links[target] if depth is None or depth > 0 else []
            self._enter(_Visit(target, iter(links), depth, visit.noconfig, patterns))

    def _enter(self, visit: _Visit) -> None:
        self.way.append(visit)
        self.on_way.add(visit.tag_id)


def _enough(earlier: Row, depth: int | None, noconfig: bool) -> bool:
    """Whether a link that was taken EARLIER lets through all that one of this DEPTH and NOCONFIG would."""
    reach = earlier["nextdepth"]
    as_deep = reach is None or (depth is not None and reach >= depth)
    return as_deep and not earlier["filter"] and (noconfig or not earlier["noconfig"])


# writing


def link(
    parent_id: int,
    priority: int = 0,
    maxdepth: int | None = None,
    intransitive: bool = False,
    noconfig: bool = False,
    pkg_filter: str = "",
) -> Row:
    """A link as `write` takes it."""
    return dict(zip(FIELDS, (parent_id, priority, maxdepth, intransitive, noconfig, pkg_filter), strict=True))


def write(call: Call, tag_id: int, changes: Any, clear: bool = False) -> None:
    """Change the links of a tag, by parent: each of CHANGES is a whole link, or has a true `delete link`.

    With CLEAR the other links end. Two parents of one priority are refused; a loop is not, it is left out
    when the links are followed.
    """
    changes = [changes] if isinstance(changes, dict) else changes
    changes = [_numbered(arguments.check(change, dict)) for change in arguments.check(changes, list)]
    for change in changes:
        _check(call, change)
    before = {each["parent_id"]: each for each in parents(call, tag_id)}
    after, touched = _merge(before, changes, clear)
    if not touched:
        return
    _check_priorities(tag_id, after)
    history.revoke_where(
        call.tx,
        TagInheritance,
        call.user_id,
        "tag_id = :tag AND parent_id IN :parents",
        tag=tag_id,
        parents=sorted(touched),
    )
    for parent_id in touched & set(after):
        row = {name: after[parent_id][name] for name in FIELDS}
        history.add(call.tx, TagInheritance, call.user_id, tag_id=tag_id, **row)
    call.ring("repos")


def _merge(before: dict[int, Row], changes: list[Row], clear: bool) -> tuple[dict[int, Row], set[int]]:
    """(the links by parent as they shall be, the parents whose link is written anew or ends)."""
    after = {} if clear else dict(before)
    touched = set(before) if clear else set()
    for change in changes:
        parent_id = change["parent_id"]
        old = after.get(parent_id)
        if change.get(DELETE):
            touched |= set() if old is None else {parent_id}
            after.pop(parent_id, None)
        elif old is None or any(old[name] != change[name] for name in FIELDS):
            after[parent_id] = change
            touched.add(parent_id)
    return after, touched


def _numbered(change: Row) -> Row:
    """CHANGE with numbers for digits: koji's own command sends a priority or depth as it was typed."""
    return {
        name: int(value) if name in _NUMBERS and isinstance(value, str) and _DIGITS.fullmatch(value) else value
        for name, value in change.items()
    }


def _check(call: Call, change: Row) -> None:
    for name in ("parent_id",) if change.get(DELETE) else FIELDS:
        if name not in change:
            raise GenericError(f"No value for {name}")
        if name in _TYPES and not _TYPES[name](change[name]):
            raise ParameterError(f"Invalid value for {name}: {change[name]!r}")
    parent = change["parent_id"]
    column, value = names.clause(parent)
    if tags.configured(None).also(f"tag.{column} = :tag", tag=value).one(call.tx) is None:
        raise GenericError(f"No such tagInfo: {parent!r}")
    if not _number(parent):
        raise ParameterError(f"Invalid value for parent_id: {parent!r}")


def _number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_NUMBERS = ("priority", "maxdepth")
_DIGITS = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_TYPES: dict[str, Callable[[Any], bool]] = {
    "priority": _number,
    "maxdepth": lambda value: value is None or _number(value),
    "intransitive": lambda value: isinstance(value, bool),
    "noconfig": lambda value: isinstance(value, bool),
    "pkg_filter": lambda value: value is None or isinstance(value, str),
}


def _check_priorities(tag_id: int, links: dict[int, Row]) -> None:
    parents_of: dict[int, list[int]] = defaultdict(list)
    for parent_id, each in links.items():
        parents_of[each["priority"]].append(parent_id)
    for priority, found in parents_of.items():
        if len(found) > 1:
            raise GenericError(
                f"Multiple parent tags ({found!r}) cannot have the same priority value ({priority})"
                f" on child tag {tag_id}"
            )

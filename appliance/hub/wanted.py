"""The bootstrap file as the hub's wanted state: how the hub differs, brought about at once, written from a hub."""

import json
from pathlib import Path
from typing import Any

from appliance.db.connection import Row
from appliance.hub import bootstrap, inventory, surplus
from appliance.hub.hub import Call, Hub
from appliance.hub.inventory_rows import Entries

State = dict[str, Entries]


class _OnlyLooking(Exception):
    """Ends a plan's unit of work, so that nothing of it stays."""


def plan(hub: Hub, path: Path, prune: bool = False) -> list[str]:
    """What `apply` would change, a line each. It is tried out, looked at and undone: the plan can't be wrong."""
    lines: list[str] = []
    try:
        with hub.write() as call:
            lines = _changed(call, path, prune)[0]
            raise _OnlyLooking
    except _OnlyLooking:
        return lines


def apply(hub: Hub, path: Path, prune: bool = False) -> list[str]:
    """Bring the hub to what the file says, in one transaction; what has changed, and what nobody else knows
    (such as tokens that were made).

    With PRUNE goes what the file does not have: in the sections that it has, and in the lists of its entries.
    """
    with hub.write() as call:
        changes, told = _changed(call, path, prune)
    return changes + [line for line in told if "api_token" in line]


def _changed(call: Call, path: Path, prune: bool) -> tuple[list[str], list[str]]:
    wanted = bootstrap.read(path)
    before = inventory.taken(call)
    call.session = bootstrap.operator(call)
    if prune:
        surplus.make_way(call, wanted, before)
    told = bootstrap.bring_about(call, wanted)
    if prune:
        call.session = bootstrap.operator(call)
        surplus.remove(call, wanted, inventory.taken(call))
    return differences(before, inventory.taken(call)), told


def differences(before: State, after: State) -> list[str]:
    """What turns one state into the other: `+`, `-` or `~`, the entry, and what of it changes."""
    lines: list[str] = []
    for section, new in after.items():
        old = before[section]
        lines += [f"+ {section} {name}" for name in new if name not in old]
        for name in (each for each in new if each in old):
            lines += [f"~ {section} {name}: {each}" for each in _changes(old[name], new[name])]
        lines += [f"- {section} {name}" for name in old if name not in new]
    return lines


def _changes(old: Row, new: Row) -> list[str]:
    return [
        f"{key.removeprefix('_')} changes"
        if key.startswith("_")
        else f"{key}: {_shown(old, key)} -> {_shown(new, key)}"
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def _shown(entry: Row, key: str) -> str:
    return _value(entry[key]) if key in entry else "(nothing)"


def dump(hub: Hub) -> str:
    """The living hub as a bootstrap file; secrets are left out."""
    with hub.read() as call:
        state = inventory.taken(call)
    parts = [_entry(section, entry) for section, entries in state.items() for entry in entries.values()]
    return "\n".join(parts)


def _entry(section: str, entry: Row) -> str:
    told = {key: value for key, value in entry.items() if not key.startswith("_")}
    return "\n".join([f"[[{section}]]", *(f"{_key(key)} = {_value(value)}" for key, value in told.items()), ""])


def _key(key: str) -> str:
    plain = key.replace("-", "").replace("_", "")
    return key if plain.isascii() and plain.isalnum() else json.dumps(key)


def _value(value: Any) -> str:
    """A value as TOML has it; what TOML has no word for (a null within a tag's extra) is an empty text."""
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps("" if value is None else value, ensure_ascii=False).replace("\x7f", "\\u007f")

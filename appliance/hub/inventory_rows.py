"""How rows become the entries of an inventory."""

from collections import defaultdict
from typing import Any

from appliance.db.connection import Row
from appliance.hub.hub import Call

Entries = dict[str, Row]


def grouped(call: Call, sql: str, key: str) -> dict[int, list[Row]]:
    """The rows by what they have as KEY, without it."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in call.tx.rows(sql):
        found[row.pop(key)].append(row)
    return found


def named(row: Row, **more: Any) -> Row:
    """An entry: what is None or a plain no is left unsaid."""
    return {
        "name": row["name"],
        **{key: value for key, value in more.items() if value is not None and value is not False},
    }


def said(row: Row, usual: Row | None = None) -> Row:
    """What of a row is worth saying: no None, nothing empty, nothing that is as USUAL."""
    usual = usual or {}
    return {name: value for name, value in row.items() if value not in (None, "") and usual.get(name) != value}


def short(entry: Row) -> Any:
    """An entry of a list: its name alone where there is no more to it."""
    return entry["name"] if len(entry) == 1 else entry

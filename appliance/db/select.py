"""A listing whose columns are named: the map from API words to SQL through which `queryOpts` must pass."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from appliance.db.connection import Params, Row, Transaction
from appliance.errors import GenericError, ParameterError

Options = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Column:
    """A column whose stored value is not the one that the API shows; KIND is the type of what it is asked for by."""

    sql: str
    decode: Callable[[Any], Any]
    kind: type | None = None


@lru_cache(4096)
def text_time(seconds: float | None) -> str | None:
    """`2026-11-21 20:30:31.123456+00:00`, without a fraction when it is zero."""
    if seconds is None:
        return None
    return str(datetime.fromtimestamp(seconds, UTC))


@lru_cache(1024)
def moment(sql: str) -> Column:
    """A column of seconds, shown as text."""
    return Column(sql, text_time)


@lru_cache(1024)
def flag(sql: str) -> Column:
    """A column of 0, 1 or NULL, shown as a boolean or nil."""
    return Column(sql, _FLAGS.get, bool)


_FLAGS = {0: False, 1: True}


@lru_cache(1024)
def document(sql: str) -> Column:
    """A column of JSON text, shown as what it says."""
    return Column(sql, lambda value: None if value is None else json.loads(value))


@dataclass
class Select:
    """COLUMNS (API name: SQL or Column) FROM SOURCE WHERE every condition holds.

    `queryOpts` may order by, limit, offset and count these columns, those of ORDER_BY, and no others.
    """

    columns: dict[str, str | Column]
    source: str
    where: list[str] = field(default_factory=list)
    params: Params = field(default_factory=dict)
    order: str = ""
    distinct: bool = False
    order_by: dict[str, str] = field(default_factory=dict)

    def also(self, condition: str, **params: Any) -> "Select":
        """Narrow the listing."""
        self.where.append(condition)
        self.params.update(params)
        return self

    def sql(self, options: Options | None = None) -> str:
        options = options or {}
        text = f"SELECT {'DISTINCT ' if self.distinct else ''}{self._shape[0]} FROM {self.source}"
        if self.where:
            text += " WHERE " + " AND ".join(f"({condition})" for condition in self.where)
        order = self._order(options.get("order")) or self.order
        if order:
            text += f" ORDER BY {order}"
        return text + _limits(options)

    def rows(self, tx: Transaction, options: Options | None = None) -> Any:
        """The rows as dictionaries; with `countOnly` their number, with `asList` plain lists."""
        options = check(options)
        if options.get("countOnly"):
            return self.count(tx, options)
        found = tx.rows(self.sql(options), self.params)
        self._decode(found)
        if options.get("asList"):
            return listed(found)
        return found

    def one(self, tx: Transaction) -> Row | None:
        """The first row, or None."""
        found = tx.row(self.sql(), self.params)
        if found is not None:
            self._decode([found])
        return found

    def count(self, tx: Transaction, options: Options | None = None) -> int:
        inner = self.sql({name: value for name, value in (options or {}).items() if name in _WINDOW})
        return int(tx.value(f"SELECT COUNT(*) FROM ({inner})", self.params))

    @property
    def _shape(self) -> "_Shape":
        return _shape(tuple(self.columns.items()))

    def _decode(self, rows: list[Row]) -> None:
        decoders = self._shape[1]
        for row in rows:
            for name, decode in decoders:
                row[name] = decode(row[name])

    def _column(self, name: str) -> str:
        if name in self.order_by:
            return self.order_by[name]
        if name in self.columns:
            return f'"{name}"'
        for alias, column in self.columns.items():
            if _sql(column) == name:  # `task.id` for `id`: the column's own name, which Koji takes too
                return f'"{alias}"'
        raise GenericError(f"Invalid order: {name}")

    def _order(self, order: Any) -> str:
        if not order:
            return ""
        parts = []
        for name in str(order).split(","):
            name = name.strip()
            descending = name.startswith("-")
            parts.append(self._column(name.lstrip("-")) + (" DESC NULLS FIRST" if descending else " NULLS LAST"))
        return ", ".join(parts)


# The text that asks for some columns, and what decodes the values of those that need it.
_Shape = tuple[str, tuple[tuple[str, Callable[[Any], Any]], ...]]


@lru_cache(1024)
def _shape(columns: tuple[tuple[str, str | Column], ...]) -> _Shape:
    """Put together once for each listing, which are few: it is a good part of a small query's time."""
    text = ", ".join(f'{_sql(column)} AS "{name}"' for name, column in columns)
    return text, tuple((name, column.decode) for name, column in columns if isinstance(column, Column))


_NO_LIMIT = (1 << 63) - 1
_WINDOW = ("offset", "limit")
_KNOWN = {"countOnly", "order", "offset", "limit", "asList", "rowlock", "group"}


def check(options: Options | None) -> Options:
    """OPTIONS if they are `queryOpts`; a ParameterError otherwise."""
    if not options:
        return {}
    if not isinstance(options, dict):
        raise ParameterError(f"Invalid type for queryOpts: {type(options)}")
    return {name: value for name, value in options.items() if name in _KNOWN}


def listed(rows: list[Row]) -> list[list[Any]]:
    """What `asList` makes of ROWS: their values by the alphabet of the keys, as Koji's hub asks for columns."""
    return [[row[name] for name in sorted(row)] for row in rows]


def _sql(column: str | Column) -> str:
    return column.sql if isinstance(column, Column) else column


def _limits(options: Options) -> str:
    """Zero means no limit, as in Koji."""
    limit, offset = number(options, "limit"), number(options, "offset")
    text = f" LIMIT {limit}" if limit else ""
    if offset and not limit:
        text = f" LIMIT {_NO_LIMIT}"
    return text + (f" OFFSET {offset}" if offset else "")


def number(options: Options, name: str) -> int:
    """An option that must be a number; zero if it is left out."""
    value = options.get(name) or 0
    if not isinstance(value, (int, float)) or value < 0:
        raise ParameterError(f"Invalid value for {name}: {value!r}")
    return int(value)


def apply(rows: list[Row], options: Options | None) -> Any:
    """What `queryOpts` ask of ROWS that are at hand already: order by one key, offset, limit, countOnly.

    Offset and limit cut as slices of a list do: negative ones count from its end.
    """
    options = check(options)
    rows = cut(_sorted(rows, str(options.get("order") or "")), options)
    return len(rows) if options.get("countOnly") else rows


def _sorted(rows: list[Row], order: str) -> list[Row]:
    if not order:
        return rows
    key = order.removeprefix("-")
    try:
        return sorted(rows, key=lambda row: row[key], reverse=order.startswith("-"))
    except (KeyError, TypeError):  # no such key, or values that nothing puts in an order, such as nil
        raise GenericError(f"Invalid order: {key}") from None


def cut(rows: list[Row], options: Options) -> list[Row]:
    """ROWS from `offset` on, `limit` of them, as slices of a list."""
    for name in _WINDOW:
        if not isinstance(options.get(name) or 0, int):
            raise ParameterError(f"Invalid value for {name}: {options[name]!r}")
    rows = rows[options.get("offset") or 0 :]
    return rows[: options["limit"]] if options.get("limit") else rows


def like(glob: str) -> str:
    """A shell pattern (`*`, `?`) for `LIKE ... ESCAPE '\\'`; a percent sign stays what it is there."""
    return glob.replace("\\", "\\\\").replace("_", "\\_").replace("?", "_").replace("*", "%")

"""A table that clients query by clauses: which fields they may name, and the joins that each field needs."""

from dataclasses import dataclass, field
from typing import Any

from appliance.arguments import check
from appliance.db.select import Column, Select
from appliance.errors import ParameterError

_OPERATORS = frozenset({"IN", "=", "!=", ">", "<", ">=", "<=", "IS", "IS NOT", "@>", "<@"})

Field = tuple[str | Column, str | None]


@dataclass(frozen=True)
class View:
    """FIELDS by API name: (SQL, the key in JOINS of what it needs); DEFAULT where a client asks for none.

    Among asked fields `*` means all that need no further join, `**` all. A clause is `[field, value]` (a list
    means `IN`) or `[field, operator, value]`; `@>` and `<@` compare JSON objects by containment.
    """

    table: str
    fields: dict[str, Field]
    joins: dict[str, str] = field(default_factory=dict)
    default: tuple[str, ...] = ()

    def select(self, clauses: Any = None, fields: Any = None, opts: Any = None) -> Select:
        """The listing that a client asks for. What it names and we don't have is a ParameterError."""
        needs: list[str | None] = []
        conditions, params = self._conditions(clauses or [], needs)
        order = self._order(opts, needs)
        names = self._names(fields or self.default or "*", needs)
        columns = {name: self._field(name, needs)[0] for name in names}
        wanted = dict.fromkeys(need for need in needs if need)
        source = " ".join([self.table, *(self.joins[need] for need in wanted)])
        return Select(columns, source, conditions, params, order_by=order)

    def _field(self, name: Any, needs: list[str | None]) -> Field:
        found = self.fields.get(name) if isinstance(name, str) else None
        if found is None:
            raise ParameterError(f"Invalid field for query {name}")
        needs.append(found[1])
        return found

    def _names(self, fields: Any, needs: list[str | None]) -> list[str]:
        names: dict[str, None] = {}
        for name in [fields] if isinstance(fields, str) else check(fields, (list, tuple)):
            if name == "*":
                at_hand = [each for each, (_, need) in self.fields.items() if not need or need in needs]
                names.update(dict.fromkeys(at_hand))
            elif name == "**":
                names.update(dict.fromkeys(self.fields))
            else:
                names[name] = None
        return list(names)

    def _order(self, opts: Any, needs: list[str | None]) -> dict[str, str]:
        if not isinstance(opts, dict):
            return {}
        words = [*str(opts.get("order") or "").split(","), *str(opts.get("group") or "").split(",")]
        names = [word.strip().lstrip("-") for word in words if word.strip()]
        return {name: sql(self._field(name, needs)[0]) for name in names}

    def _conditions(self, clauses: Any, needs: list[str | None]) -> tuple[list[str], dict[str, Any]]:
        conditions, params = [], {}
        for number, clause in enumerate(check(clauses, (list, tuple, dict, str))):
            name, operator, value = _parts(clause)
            column = self._field(name, needs)[0]
            _check_kind(column, value)
            conditions.append(_condition(sql(column), operator, value, f"v{number}"))
            params[f"v{number}"] = value
        return conditions, params


def sql(column: str | Column) -> str:
    """The SQL of a column, decoded or not."""
    return column.sql if isinstance(column, Column) else column


def _check_kind(column: str | Column, value: Any) -> None:
    """Refuse what a flag is never equal to."""
    if not isinstance(column, Column) or column.kind is None:
        return
    for each in value if isinstance(value, (list, tuple)) else [value]:
        check(each, column.kind, optional=True)


def _parts(clause: Any) -> tuple[str, str, Any]:
    if not isinstance(clause, (list, tuple, str)) or len(clause) not in (2, 3):
        raise ParameterError(f"Invalid clause: {clause}")
    if len(clause) == 2:
        return clause[0], "IN" if isinstance(clause[1], (list, tuple)) else "=", clause[1]
    operator = str(clause[1]).upper()
    if operator not in _OPERATORS:
        raise ParameterError(f"Invalid operator: {operator}")
    return clause[0], operator, clause[2]


def _condition(column: str, operator: str, value: Any, key: str) -> str:
    if isinstance(value, (list, tuple)) != (operator == "IN") or isinstance(value, dict):
        raise ParameterError(f"Invalid value for operator {operator}: {value}")
    if operator == "@>":
        return f"json_contains({column}, :{key})"
    if operator == "<@":
        return f"json_contains(:{key}, {column})"
    if operator in ("IS", "IS NOT"):
        return _identity(column, operator, value, key)
    return f"{column} {operator} :{key}"


def _identity(column: str, operator: str, value: Any, key: str) -> str:
    if value is None:
        return f"{column} {operator} NULL"
    if operator == "IS":
        return f"{column} = :{key}"
    return f"({column} IS NULL OR {column} <> :{key})"

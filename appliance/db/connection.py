"""The one module that knows the database engine: connections, transactions, and the words that run in them.

Reads run in short deferred transactions on a connection of their thread and never wait for the writer;
writes are `BEGIN IMMEDIATE` transactions, one at a time. Parameters are named (`:name`); a list or tuple
expands to a parenthesised list for `IN :name`.
"""

import json
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from peewee import SqliteDatabase

from appliance.db.faults import told
from appliance.db.models.base import Numbered, Table
from appliance.db.models.core import Event
from appliance.db.patterns import Matcher
from appliance.errors import ParameterError

Row = dict[str, Any]
Params = dict[str, Any]

_PLAIN = frozenset({str, int, float, bytes, type(None)})  # what a parameter is when it stands for one value
_MOST_ROUNDED = 1024
_NAME = re.compile(r":([a-z_][a-z0-9_]*)", re.IGNORECASE)
_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "busy_timeout": 30000,
    "cache_size": -2000,
}


class Database:
    """An SQLite file. `read()` and `write()` give a Transaction; nothing else opens one."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self.clock = clock
        self._local = threading.local()
        self._writing = threading.Lock()
        self._opened: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self.spent: dict[str, int] = {}  # by table the highest id that was given out and rolled back

    @property
    def models(self) -> SqliteDatabase:
        """A peewee database of the same file, for migrations."""
        return SqliteDatabase(str(self.path), pragmas=_PRAGMAS)

    @contextmanager
    def read(self) -> Iterator["Transaction"]:
        """A consistent view of the database as it is now; writing in it is an error."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            with told():
                yield Transaction(self, connection, writable=False)
        finally:
            connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator["Transaction"]:
        """The one writing transaction; commits at the end, or rolls back what an exception leaves behind."""
        connection = self._connection()
        with self._writing:
            connection.execute("BEGIN IMMEDIATE")
            transaction = Transaction(self, connection, writable=True)
            with _undoing(connection, transaction), told():
                yield transaction
                transaction.completed()
                connection.execute("COMMIT")
        transaction.committed()

    def check(self) -> str:
        """What is wrong with the file; "ok" if nothing is."""
        return str(self._connection().execute("PRAGMA quick_check(1)").fetchone()[0])

    def copy(self, target: Path) -> None:
        """A consistent copy of the database as it is now, synced, while others go on reading and writing."""
        with closing(sqlite3.connect(self.path)) as own, closing(sqlite3.connect(target)) as other:
            own.backup(other)
            other.execute("PRAGMA journal_mode=delete")
        handle = os.open(target, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)

    def close(self) -> None:
        """Close every thread's connection."""
        with self._guard:
            for connection in self._opened:
                connection.close()
            self._opened.clear()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._open()
            self._local.connection = connection
        self._local.matcher.begin()
        return connection

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, cached_statements=512)
        for name, value in _PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={value}")
        self._local.matcher = Matcher()
        for count in (2, 3):
            connection.create_function("regexp_like", count, self._local.matcher.like, deterministic=True)
        connection.create_function("json_contains", 2, _json_contains, deterministic=True)
        with self._guard:
            self._opened.append(connection)
        return connection


def _json_contains(whole: str | None, part: str | None) -> bool | None:
    """Whether every key of the JSON object PART is in WHOLE with the same value."""
    if whole is None or part is None:
        return None
    return bool(json.loads(part).items() <= json.loads(whole).items())


@contextmanager
def _undoing(connection: sqlite3.Connection, transaction: "Transaction") -> Iterator[None]:
    """Leave no trace of a transaction that ends in an exception."""
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        transaction.rolled_back()
        raise


class Transaction:
    """One unit of work on one connection."""

    def __init__(self, database: Database, connection: sqlite3.Connection, writable: bool) -> None:
        self.database = database
        self.writable = writable
        self._connection = connection
        self._event: int | None = None
        self._before: dict[Any, Callable[[], None]] = {}
        self._after: list[Callable[[], None]] = []
        self._undo: list[Callable[[], None]] = []
        self._given: dict[str, int] = {}
        self._savepoints = 0
        self.wrote = False

    # reading

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        cursor = self._execute(sql, params)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, values, strict=True)) for values in cursor]

    def tuples(self, sql: str, params: Params | None = None) -> list[tuple[Any, ...]]:
        return self._execute(sql, params).fetchall()

    def row(self, sql: str, params: Params | None = None) -> Row | None:
        """The first row, or None."""
        cursor = self._execute(sql, params)
        values = cursor.fetchone()
        if values is None:
            return None
        return dict(zip([column[0] for column in cursor.description], values))

    def value(self, sql: str, params: Params | None = None) -> Any:
        """The first column of the first row, or None."""
        values = self._execute(sql, params).fetchone()
        return values[0] if values else None

    def column(self, sql: str, params: Params | None = None) -> list[Any]:
        return [values[0] for values in self._execute(sql, params)]

    # writing

    def insert(self, table: type[Table], **values: Any) -> int:
        """Insert a row, with the model's defaults; the new row's id."""
        numbered = issubclass(table, Numbered)
        if numbered and self.database.spent:
            self._skip_spent(table._meta.table_name, values)
        sql, defaults = _insertion(table, tuple(values))
        self.wrote = True
        cursor = self._connection.execute(sql, {**defaults, **values})
        row_id = int(cursor.lastrowid or 0)
        if numbered:
            self._given[table._meta.table_name] = row_id
            self.database.spent.pop(table._meta.table_name, None)
        return row_id

    def _skip_spent(self, table: str, values: Row) -> None:
        """Pass over ids that a transaction gave out before it was rolled back: they may have been seen."""
        spent = self.database.spent.get(table, 0)
        if spent and "id" not in values:
            last = self.value("SELECT seq FROM sqlite_sequence WHERE name = :name", {"name": table}) or 0
            values["id"] = max(spent, last) + 1

    def update(self, table: type[Table], values: Row, **where: Any) -> int:
        """Set VALUES in the rows whose columns equal WHERE (None: IS NULL); how many there were."""
        sets = ", ".join(f'"{name}" = :set_{name}' for name in values)
        condition, params = _equal(where)
        params.update({f"set_{name}": value for name, value in values.items()})
        return self.execute(f'UPDATE "{table._meta.table_name}" SET {sets} WHERE {condition}', params)

    def delete(self, table: type[Table], **where: Any) -> int:
        condition, params = _equal(where)
        return self.execute(f'DELETE FROM "{table._meta.table_name}" WHERE {condition}', params)

    def execute(self, sql: str, params: Params | None = None) -> int:
        """Run a writing statement; how many rows it touched."""
        self.wrote = True
        return self._execute(sql, params).rowcount

    def insert_many(self, table: type[Table], rows: Sequence[Row]) -> None:
        """Insert rows that all have the same columns, with the model's defaults for others."""
        if not rows:
            return
        sql, defaults = _insertion(table, tuple(rows[0]))
        self.wrote = True
        self._connection.executemany(sql, ({**defaults, **row} for row in rows) if defaults else rows)

    # the time axis, nesting, and what follows a commit

    def now(self) -> float:
        """Seconds since the epoch, by the hub's clock."""
        return self.database.clock()

    def event(self) -> int:
        """The event under which this unit's changes stand; made when first asked for."""
        if self._event is None:
            self._event = self.insert(Event, time=self.now())
        return self._event

    def end_event(self) -> None:
        """What this unit changes from here on stands under another event."""
        self._event = None

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happens inside if it raises; the event inside is one of its own."""
        if not self.writable:
            with told():
                yield
            return
        self._savepoints += 1
        name = f"s{self._savepoints}"
        pending, undone, outer = len(self._after), len(self._undo), self._event
        self._event = None
        self._connection.execute(f"SAVEPOINT {name}")
        try:
            with told():
                yield
            self._connection.execute(f"RELEASE {name}")
        except BaseException:
            self._connection.execute(f"ROLLBACK TO {name}")
            self._connection.execute(f"RELEASE {name}")
            del self._after[pending:]
            self.rolled_back(undone)
            self._event = outer
            raise

    def before_commit(self, key: Any, action: Callable[[], None]) -> None:
        """Do ACTION as the last thing before this transaction is durable: once, however often KEY comes up."""
        self._before[key] = action

    def completed(self) -> None:
        for action in self._before.values():
            action()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do ACTION once this transaction is durable; never, if it is rolled back."""
        self._after.append(action)

    def committed(self) -> None:
        for action in self._after:
            action()

    def on_rollback(self, action: Callable[[], None]) -> None:
        """Do ACTION if this transaction, or the savepoint it is in, is rolled back; the last one first."""
        self._undo.append(action)

    def rolled_back(self, start: int = 0) -> None:
        for table, row_id in self._given.items():
            self.database.spent[table] = max(row_id, self.database.spent.get(table, 0))
        while len(self._undo) > start:
            self._undo.pop()()

    def _execute(self, sql: str, params: Params | None) -> sqlite3.Cursor:
        if not params:
            return self._connection.execute(sql)
        if not _PLAIN.issuperset(map(type, params.values())):
            sql, params = _expand(sql, params)
        try:
            return self._connection.execute(sql, params)
        except OverflowError:  # XML-RPC carries numbers that no column holds
            raise ParameterError("a number is out of range") from None


@lru_cache(1024)
def _insertion(table: type[Table], given: tuple[str, ...]) -> tuple[str, Row]:
    """The statement that inserts a row of which the columns GIVEN are known, and the model's word for others."""
    meta = table._meta
    own = {field.column_name: default for field, default in meta.defaults.items() if not callable(default)}
    defaults = {name: default for name, default in own.items() if name not in given}
    columns = [*defaults, *given]
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join(f":{name}" for name in columns)
    return f'INSERT INTO "{meta.table_name}" ({names}) VALUES ({marks})', defaults


def _equal(where: Row) -> tuple[str, Params]:
    if not where:
        raise ValueError("a change of every row must be written as SQL")
    parts = [f'"{name}" IS NULL' if value is None else f'"{name}" = :is_{name}' for name, value in where.items()]
    return " AND ".join(parts), {f"is_{name}": value for name, value in where.items() if value is not None}


def _expand(sql: str, params: Params) -> tuple[str, Params]:
    flat: Params = {}

    def mark(match: re.Match[str]) -> str:
        name = match.group(1)
        value = params.get(name)
        if not isinstance(value, (list, tuple, set, frozenset)):
            flat[name] = value
            return match.group(0)
        values = _rounded(list(value))
        names = [f"{name}__{index}" for index in range(len(values))]
        flat.update(zip(names, values, strict=True))
        return "(" + ", ".join(f":{each}" for each in names) + ")"

    return _NAME.sub(mark, sql), flat


def _rounded(values: list[Any]) -> list[Any]:
    """VALUES with the last repeated up to a power of two, so that statements for lists of any length are few."""
    if not 2 < len(values) <= _MOST_ROUNDED:
        return values
    return values + values[-1:] * ((1 << (len(values) - 1).bit_length()) - len(values))

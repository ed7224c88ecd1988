"""The migrations and the models say the same of the database."""

from pathlib import Path
from typing import Any

from peewee import SqliteDatabase

from appliance.db.connection import Database
from appliance.db.models import every_table
from appliance.db.schema import migrate

_INDEXES = """
SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name <> 'schema_migration'
"""
_TABLES = """
SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'schema_migration'
"""


def test_migrations_lead_to_what_the_models_say(tmp_path: Path) -> None:
    database = Database(tmp_path / "migrated.db")
    migrate(database)
    assert _described(database.models) == _described(_of_models())


def _described(models: SqliteDatabase) -> dict[str, Any]:
    """Indexes by their text; tables by their columns and what these refer to, whenever a column was added."""
    found: dict[str, Any] = dict(models.execute_sql(_INDEXES).fetchall())
    for (name,) in models.execute_sql(_TABLES).fetchall():
        columns = models.execute_sql(f"PRAGMA table_info({name})").fetchall()
        references = models.execute_sql(f"PRAGMA foreign_key_list({name})").fetchall()
        found[name] = columns, sorted(each[2:] for each in references)
    return found


def _of_models() -> SqliteDatabase:
    models = SqliteDatabase(":memory:")
    tables = every_table()
    with models.bind_ctx(tables, bind_refs=False, bind_backrefs=False):
        models.create_tables(tables)
    return models


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "twice.db")
    assert migrate(database)
    assert migrate(database) == []

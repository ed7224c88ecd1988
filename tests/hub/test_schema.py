"""The migrations and the models say the same of the database."""

from pathlib import Path

from peewee import SqliteDatabase

from appliance.db.connection import Database
from appliance.db.models import every_table
from appliance.db.schema import migrate

_SCHEMA = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"


def test_migrations_lead_to_what_the_models_say(tmp_path: Path) -> None:
    database = Database(tmp_path / "migrated.db")
    migrate(database)
    with database.read() as tx:
        migrated = {row["name"]: row["sql"] for row in tx.rows(_SCHEMA) if "schema_migration" not in row["name"]}
    assert migrated == _of_models()


def _of_models() -> dict[str, str]:
    models = SqliteDatabase(":memory:")
    tables = every_table()
    with models.bind_ctx(tables, bind_refs=False, bind_backrefs=False):
        models.create_tables(tables)
    return dict(models.execute_sql(_SCHEMA).fetchall())


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "twice.db")
    assert migrate(database)
    assert migrate(database) == []

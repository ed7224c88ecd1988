"""Bringing a database to this version's schema, and refusing one that is from a later version."""

from pathlib import Path

from playhouse.migrations import Runner

from appliance.db.connection import Database
from appliance.errors import ConfigurationError

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> list[str]:
    """Apply the migrations that are missing, each in a transaction; their names.

    Raises ConfigurationError for a database that a newer appliance has migrated further.
    """
    models = database.models
    models.connect()
    try:
        runner = Runner(models, str(MIGRATIONS))
        known = {each.name for each in runner.migrations()}
        strangers = sorted(set(runner.applied()) - known)
        if strangers:
            raise ConfigurationError(f"this database is from a newer appliance (it has {strangers[-1]}); upgrade first")
        return list(runner.up())
    finally:
        models.close()

"""The tables of the first release."""

from typing import Any

from appliance.db.models import every_table


def up(migrator: Any, db: Any) -> None:
    tables = every_table()
    with db.bind_ctx(tables, bind_refs=False, bind_backrefs=False):
        db.create_tables(tables)


def down(migrator: Any, db: Any) -> None:
    tables = every_table()
    with db.bind_ctx(tables, bind_refs=False, bind_backrefs=False):
        db.drop_tables(tables)

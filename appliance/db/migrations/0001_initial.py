"""The tables of the first release."""

from appliance.db.models import every_table


def up(migrator, db):
    tables = every_table()
    with db.bind_ctx(tables, bind_refs=False, bind_backrefs=False):
        db.create_tables(tables)


def down(migrator, db):
    tables = every_table()
    with db.bind_ctx(tables, bind_refs=False, bind_backrefs=False):
        db.drop_tables(tables)

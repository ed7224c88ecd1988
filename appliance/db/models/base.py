"""What all tables share: the unbound base model, never-reused ids, and the columns of the time axis."""

from typing import Any

from peewee import SQL, ForeignKeyField, Model
from playhouse.sqlite_ext import AutoIncrementField


class Table(Model):
    """A table that is bound to no database: several hubs may live in one process."""

    class Meta:
        legacy_table_names = False


class Numbered(Table):
    """A table whose ids are never given out twice, even after a deletion."""

    id = AutoIncrementField()


def reference(model: Any, column: str, null: bool = False, index: bool = True, primary_key: bool = False) -> Any:
    """A foreign key whose column is called COLUMN, as Koji's API names it."""
    return ForeignKeyField(
        model,
        column_name=column,
        null=null,
        index=index and not primary_key,
        primary_key=primary_key,
        backref="+",
        lazy_load=False,
    )


def one_active(model: Any, *columns: str) -> None:
    """Allow one row at a time with these columns among the rows that are not revoked."""
    fields = [model._meta.combined[name] for name in columns]
    name = f"{model._meta.table_name}_active_{'_'.join(columns)}"
    model.add_index(model.index(*fields, unique=True, where=SQL("revoke_event IS NULL"), name=name))


def index_the_past(model: Any) -> None:
    """Index the events that ended rows of a versioned table, without the rows that hold."""
    ended = model._meta.combined["revoke_event"]
    name = f"{model._meta.table_name}_revoke_event"
    model.add_index(model.index(ended, where=SQL("revoke_event IS NOT NULL"), name=name))


def index_changes(model: Any, column: str) -> None:
    """Find the first and last events that changed what COLUMN refers to, however much of it there is."""
    meta = model._meta
    for event in ("create_event", "revoke_event"):
        fields = meta.combined[column], meta.combined[event]
        model.add_index(model.index(*fields, name=f"{meta.table_name}_{column}_{event}"))

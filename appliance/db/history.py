"""Koji's time axis: events create and revoke rows, which never change; how these are read and written."""

from typing import Any

from appliance.db.connection import Transaction
from appliance.db.models.core import Versioned
from appliance.errors import GenericError


def holds(alias: str, event: int | None = None) -> str:
    """An SQL condition: the row of ALIAS is true now, or was at the event given as parameter `:event`.

    Raises GenericError for an event that is no number, so that callers need not look at what a client sent.
    """
    if event is None:
        return f"{alias}.revoke_event IS NULL"
    if not isinstance(event, int):
        raise GenericError(f"Invalid event: {event!r}")
    begun = f"{alias}.create_event <= :event"
    return f"({begun} AND ({alias}.revoke_event IS NULL OR {alias}.revoke_event > :event))"


def add(tx: Transaction, table: type[Versioned], creator_id: int, **values: Any) -> int:
    """Make a row true from this transaction's event on."""
    return tx.insert(table, create_event=tx.event(), creator_id=creator_id, **values)


def revoke(tx: Transaction, table: type[Versioned], revoker_id: int, **where: Any) -> int:
    """End the rows that hold now and whose columns equal WHERE; how many there were."""
    values = {"revoke_event": tx.event(), "revoker_id": revoker_id}
    return tx.update(table, values, revoke_event=None, **where)


def revoke_where(tx: Transaction, table: type[Versioned], revoker_id: int, condition: str, **params: Any) -> int:
    """End the rows that hold now and meet an SQL CONDITION with PARAMS; how many there were."""
    values = {"ended_by": tx.event(), "revoker": revoker_id, **params}
    return tx.execute(
        f"UPDATE {table._meta.table_name} SET revoke_event = :ended_by, revoker_id = :revoker"
        f" WHERE revoke_event IS NULL AND ({condition})",
        values,
    )

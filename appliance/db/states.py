"""The legal state moves of tasks, builds and repositories, and the only functions that make them."""

from dataclasses import dataclass
from typing import Any

import koji

from appliance.db.connection import Transaction
from appliance.db.models.base import Table
from appliance.db.models.builds import Build, Repo
from appliance.db.models.tasks import Task
from appliance.errors import GenericError


@dataclass(frozen=True)
class Machine:
    """What one kind of row may become; states by the names that Koji gives them."""

    noun: str
    table: type[Table]
    numbers: dict[Any, Any]
    moves: dict[str, tuple[str, ...]]

    def number(self, name: str) -> int:
        return int(self.numbers[name])

    def name(self, number: int) -> str:
        return str(self.numbers[number])

    def leads(self, old: str, new: str) -> bool:
        """Whether a row in state OLD may become NEW."""
        return new in self.moves[old]

    def sources(self, new: str) -> list[int]:
        """The numbers of the states from which NEW can be reached."""
        return [self.number(old) for old, targets in self.moves.items() if new in targets]


TASK = Machine(
    "task",
    Task,
    koji.TASK_STATES,
    {
        "FREE": ("ASSIGNED", "OPEN", "CANCELED", "FREE"),
        "ASSIGNED": ("ASSIGNED", "OPEN", "CANCELED", "FREE"),
        "OPEN": ("CLOSED", "FAILED", "CANCELED", "FREE"),
        "CLOSED": (),
        "FAILED": (),
        "CANCELED": (),
    },
)

# FAILED and CANCELED builds are begun anew under the same NVR; `resetBuild` takes any back to CANCELED.
BUILD = Machine(
    "build",
    Build,
    koji.BUILD_STATES,
    {
        "BUILDING": ("BUILDING", "COMPLETE", "FAILED", "CANCELED"),
        "COMPLETE": ("DELETED", "CANCELED"),
        "FAILED": ("BUILDING", "COMPLETE", "FAILED", "CANCELED", "DELETED"),
        "CANCELED": ("BUILDING", "COMPLETE", "FAILED", "CANCELED", "DELETED"),
        "DELETED": ("CANCELED",),
    },
)

REPO = Machine(
    "repo",
    Repo,
    koji.REPO_STATES,
    {
        "INIT": ("READY", "EXPIRED", "DELETED", "PROBLEM"),
        "READY": ("EXPIRED", "DELETED", "PROBLEM"),
        "EXPIRED": ("DELETED", "PROBLEM"),
        "PROBLEM": ("DELETED",),
        "DELETED": (),
    },
)


def state(tx: Transaction, machine: Machine, row_id: int) -> str | None:
    """The name of the row's state; None where there is no such row."""
    number = tx.value(f'SELECT state FROM "{machine.table._meta.table_name}" WHERE id = :id', {"id": row_id})
    return None if number is None else machine.name(number)


def move(tx: Transaction, machine: Machine, row_id: int, to: str, force: bool = False, **values: Any) -> str:
    """Bring a row to the state TO and set VALUES with it; the name of the state it leaves.

    A move that the machine does not know is a GenericError, unless an admin's FORCE overrides it.
    """
    old = state(tx, machine, row_id)
    if old is None:
        raise GenericError(f"No such {machine.noun}: {row_id}")
    if not force and not machine.leads(old, to):
        subject = f"{machine.noun} {row_id}"
        raise GenericError(f"Invalid {machine.noun} state transition for {subject}: {old} -> {to}")
    where = {"id": row_id, "state": machine.number(old)}
    if not tx.update(machine.table, {"state": machine.number(to), **values}, **where):
        raise GenericError(f"{machine.noun} {row_id} has changed meanwhile")
    return old


def move_all(tx: Transaction, machine: Machine, row_ids: list[int], to: str, **values: Any) -> int:
    """Bring those of the rows that may go there to the state TO, and set VALUES; how many there were."""
    if not row_ids:
        return 0
    sets = "".join(f', "{name}" = :set_{name}' for name in values)
    params = {f"set_{name}": value for name, value in values.items()}
    table = machine.table._meta.table_name
    return tx.execute(
        f'UPDATE "{table}" SET state = :to{sets} WHERE id IN :ids AND state IN :sources',
        {"to": machine.number(to), "ids": row_ids, "sources": machine.sources(to), **params},
    )

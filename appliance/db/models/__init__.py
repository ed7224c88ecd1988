"""The peewee models of every table, and the order in which they are made."""

from peewee import sort_models  # type: ignore[attr-defined]

from appliance.db.models import archives, builds, copr, core, pins, tags, tasks
from appliance.db.models.base import Numbered, Table, index_the_past

_SHARED = {Table, Numbered, core.Versioned}

for _versioned in core.Versioned.__subclasses__():
    index_the_past(_versioned)


def every_table() -> list[type[Table]]:
    """All tables, those that others refer to first."""
    found = {
        value
        for module in (core, tasks, tags, builds, archives, copr, pins)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Table) and value not in _SHARED
    }
    return list(sort_models(found))

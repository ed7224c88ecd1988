"""The history of everything versioned: who changed what when, as differences."""

from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import changes
from appliance.hub.authority import ANYONE
from appliance.ui import histories
from appliance.ui.site import page
from appliance.ui.visit import Visit

KEYS = (
    "tag",
    "package",
    "user",
    "build",
    "build_target",
    "external_repo",
    "host",
    "channel",
    "permission",
    "editor",
)


@page("/history", need=ANYONE)
def listing(visit: Visit) -> str:
    table = visit.one_of("table", histories.TABLES)
    search: Row = {key: visit.asked(key) for key in KEYS if visit.asked(key)}
    for key in ("beforeEvent", "afterEvent"):
        if visit.number(key):
            search[key] = visit.number(key)
    note, older = "", None
    found: Row = {}
    try:
        found, older = _found(visit, [table] if table else None, search)
    except GenericError as error:  # a name that nothing has: the form says so
        note = str(error)
    return visit.render(
        "history.html",
        entries=histories.told(found, 80),
        table=table,
        tables=histories.TABLES,
        keys=KEYS,
        note=note,
        older=older,
    )


def _found(visit: Visit, tables: list[str] | None, search: Row) -> tuple[Row, int | None]:
    """(what fits, the event before which to look on); what one person changed is looked for backwards."""
    if set(search) <= {"editor", "beforeEvent"} and "editor" in search and not tables:
        found, reached = changes.by(visit.call, search["editor"], search.get("beforeEvent"))
        return found, reached + 1 if reached else None
    options = {"limit": 80, "order": "-create_event"}
    return changes.listed(visit.call, tables, search, options), None

"""The history of everything versioned: who changed what when, as differences."""

from typing import Any

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
    note, found = "", {}
    try:
        found = changes.listed(visit.call, [table] if table else None, search, _options())
    except GenericError as error:  # a name that nothing has: the form says so
        note = str(error)
    return visit.render(
        "history.html",
        entries=histories.told(found, 80),
        table=table,
        tables=histories.TABLES,
        keys=KEYS,
        note=note,
    )


def _options() -> dict[str, Any]:
    return {"limit": 80, "order": "-create_event"}

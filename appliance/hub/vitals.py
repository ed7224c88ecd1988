"""How the appliance is: the state of each of its parts, and the numbers that a monitoring system collects."""

import shutil

import koji

from appliance.db.connection import Row
from appliance.errors import ConfigurationError
from appliance.hub.hub import Call, Hub

OK = "ok"

_TASKS = "SELECT state, COUNT(*) AS number FROM task WHERE state IN (0, 1, 4) GROUP BY state"
_BUILDS = "SELECT state, COUNT(*) AS number FROM build GROUP BY state"
_HOSTS = """
SELECT COUNT(*) FROM host h JOIN host_config c ON c.host_id = h.id AND c.revoke_event IS NULL
WHERE h.ready = 1 AND c.enabled = 1
"""


def parts(hub: Hub) -> dict[str, str]:
    """`ok`, or what is wrong, for each part: the database, the disk, and what the process runs beside them."""
    found = {"database": _database(hub), "disk": _disk(hub)}
    return {**found, **{name: ask() for name, ask in hub.parts.items()}}


def _database(hub: Hub) -> str:
    try:
        with hub.read() as call:
            call.tx.value("SELECT MAX(id) FROM events")
    except (OSError, ConfigurationError) as error:
        return str(error)
    return OK


def _disk(hub: Hub) -> str:
    free = free_bytes(hub) >> 20
    least = hub.settings.builder.min_disk_mb
    return OK if free >= least else f"{free} MiB are free, and builds need {least}"


def free_bytes(hub: Hub) -> int:
    """Space left where results go."""
    return shutil.disk_usage(hub.paths.state).free


def numbers(call: Call) -> dict[str, dict[str, float]]:
    """{measure: {label: value}}: tasks that wait or run and builds, each by state, ready hosts, free space."""
    return {
        "tasks": _by_state(call.tx.rows(_TASKS), koji.TASK_STATES, ("FREE", "ASSIGNED", "OPEN")),
        "builds": _by_state(call.tx.rows(_BUILDS), koji.BUILD_STATES, ("BUILDING", "COMPLETE", "FAILED", "CANCELED")),
        "hosts_ready": {"": float(call.tx.value(_HOSTS))},
        "disk_free_bytes": {"": float(free_bytes(call.hub))},
        "last_event": {"": float(call.tx.value("SELECT MAX(id) FROM events") or 0)},
    }


def _by_state(rows: list[Row], states: koji.Enum, wanted: tuple[str, ...]) -> dict[str, float]:
    known = {states[row["state"]]: float(row["number"]) for row in rows}
    return {name.lower(): known.get(name, 0.0) for name in wanted}

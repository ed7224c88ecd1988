"""What the scheduler reads, and what clients may ask of its memory."""

from appliance.db.connection import Params, Row, Transaction
from appliance.db.select import flag
from appliance.db.view import Field, View

_FREE = """
SELECT id, channel_id, arch, weight FROM task WHERE state = :free AND ({places})
ORDER BY priority, create_time, id LIMIT 1000
"""

HOSTS = """
SELECT host.id, host.name, c.arches, c.capacity, d.data
FROM host JOIN host_config c ON c.host_id = host.id AND c.revoke_event IS NULL AND c.enabled
LEFT JOIN scheduler_host_data d ON d.host_id = host.id
WHERE host.ready ORDER BY host.id
"""

CHANNELS = """
SELECT j.host_id, j.channel_id FROM host_channels j JOIN channels ON channels.id = j.channel_id
WHERE j.revoke_event IS NULL AND channels.enabled
"""

CHANNELS_OF = """
SELECT channel_id FROM host_channels WHERE host_id = :host AND revoke_event IS NULL ORDER BY channel_id
"""

# What each host is busy with; a task that waits for others weighs nothing.
LOADS = """
SELECT host_id, COUNT(*) AS tasks, SUM(CASE WHEN waiting THEN 0.0 ELSE weight END) AS load
FROM task WHERE state IN :active AND host_id IS NOT NULL GROUP BY host_id
"""

OTHERS = """
SELECT id FROM host WHERE name <> :mine AND EXISTS (SELECT 1 FROM host local WHERE local.name = :mine)
"""

REFUSALS = """
SELECT r.task_id, r.host_id FROM scheduler_task_refusals r JOIN task ON task.id = r.task_id
WHERE task.state = :free
"""

STALE_REFUSALS = """
DELETE FROM scheduler_task_refusals WHERE (soft AND time < :cutoff)
OR task_id IN (SELECT id FROM task WHERE state IN :finished)
"""

# Tasks that a host was given through the scheduler and has not begun in time.
UNBEGUN = """
SELECT task.id AS task_id, r.host_id, h.update_time > r.create_time AS seen FROM scheduler_task_runs r
JOIN task ON task.id = r.task_id AND task.state = :assigned AND task.host_id = r.host_id
JOIN host h ON h.id = r.host_id
WHERE r.active AND r.create_time < :cutoff
"""

# Open tasks of hosts that have not been heard of for long.
ORPHANS = """
SELECT task.id AS task_id, r.host_id FROM scheduler_task_runs r
JOIN task ON task.id = r.task_id AND task.state = :open AND task.host_id = r.host_id
JOIN host h ON h.id = r.host_id
JOIN host_config c ON c.host_id = h.id AND c.revoke_event IS NULL AND c.enabled
WHERE r.active AND COALESCE(h.update_time, r.create_time) < :cutoff
"""

END_RUNS = """
UPDATE scheduler_task_runs SET active = FALSE WHERE active
AND NOT EXISTS (SELECT 1 FROM task WHERE task.id = task_id AND task.state IN :active)
"""

SILENT_HOSTS = "SELECT id FROM host WHERE ready AND (update_time IS NULL OR update_time < :cutoff)"

# A host that is alive: said now and then only, and whenever the clock was set, since each time is a write.
SHOW_LIFE = """
UPDATE host SET update_time = :now WHERE id = :host AND (update_time IS NULL OR ABS(:now - update_time) > 30)
"""

ASSIGNED = """
SELECT id, state, channel_id, host_id, arch, method, priority, create_time AS create_ts FROM task
WHERE host_id = :host AND state = :assigned ORDER BY priority, create_time
"""

SET_REFUSAL = """
INSERT INTO scheduler_task_refusals (task_id, host_id, soft, by_host, msg, time)
VALUES (:task, :host, :soft, :by_host, :msg, :now)
ON CONFLICT (task_id, host_id) DO UPDATE SET soft = :soft, by_host = :by_host, msg = :msg
"""

HOST_DATA = """
SELECT host_id, data FROM scheduler_host_data WHERE :host IS NULL OR host_id = :host ORDER BY host_id
"""

SET_DATA = """
INSERT INTO scheduler_host_data (host_id, data) VALUES (:host, :data)
ON CONFLICT (host_id) DO UPDATE SET data = :data
"""


def free(tx: Transaction, state: int, arches: dict[int, set[str]]) -> list[Row]:
    """Free tasks of some channels, most urgent first; ARCHES are those that count in each channel."""
    params: Params = {"free": state}
    places = []
    for number, (channel, wanted) in enumerate(arches.items()):
        params.update({f"channel{number}": channel, f"arches{number}": sorted(wanted)})
        places.append(f"(channel_id = :channel{number} AND arch IN :arches{number})")
    return tx.rows(_FREE.format(places=" OR ".join(places)), params) if places else []


def _of_task_and_host(table: str) -> dict[str, Field]:
    return {
        "id": (f"{table}.id", None),
        "task_id": (f"{table}.task_id", None),
        "host_id": (f"{table}.host_id", None),
        "method": ("task.method", "task"),
        "state": ("task.state", "task"),
        "owner": ("task.owner", "task"),
        "arch": ("task.arch", "task"),
        "channel_id": ("task.channel_id", "task"),
        "host_name": ("host.name", "host"),
        "host_ready": (flag("host.ready"), "host"),
    }


def _joins(table: str) -> dict[str, str]:
    return {
        "task": f"LEFT JOIN task ON task.id = {table}.task_id",
        "host": f"LEFT JOIN host ON host.id = {table}.host_id",
    }


_RUNS, _REFUSED, _LOG = "scheduler_task_runs", "scheduler_task_refusals", "scheduler_log_messages"

RUNS = View(
    _RUNS,
    {
        **_of_task_and_host(_RUNS),
        "active": (flag(f"{_RUNS}.active"), None),
        "create_ts": (f"{_RUNS}.create_time", None),
        "start_ts": ("task.start_time", "task"),
        "completion_ts": ("task.completion_time", "task"),
    },
    _joins(_RUNS),
    ("id", "task_id", "host_id", "active", "create_ts"),
)

REFUSED = View(
    _REFUSED,
    {
        **_of_task_and_host(_REFUSED),
        "by_host": (flag(f"{_REFUSED}.by_host"), None),
        "soft": (flag(f"{_REFUSED}.soft"), None),
        "msg": (f"{_REFUSED}.msg", None),
        "ts": (f"{_REFUSED}.time", None),
    },
    _joins(_REFUSED),
    ("id", "task_id", "host_id", "by_host", "soft", "msg", "ts"),
)

LOG = View(
    _LOG,
    {
        **_of_task_and_host(_LOG),
        "msg_ts": (f"{_LOG}.msg_time", None),
        "msg": (f"{_LOG}.msg", None),
    },
    _joins(_LOG),
    ("id", "task_id", "host_id", "msg", "msg_ts"),
)

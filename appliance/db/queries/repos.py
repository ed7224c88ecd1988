"""Repositories and the requests for them."""

from appliance.db.select import document, flag, moment
from appliance.db.view import View

REPOS = View(
    "repo",
    {
        "id": ("repo.id", None),
        "tag_id": ("repo.tag_id", None),
        "creation_time": (moment("repo.creation_time"), None),
        "creation_ts": ("repo.creation_time", None),
        "state_time": (moment("repo.state_time"), None),
        "state_ts": ("repo.state_time", None),
        "create_event": ("repo.create_event", None),
        "create_ts": ("create_ev.time", "create_ev"),
        "begin_event": ("repo.begin_event", None),
        "begin_ts": ("begin_ev.time", "begin_ev"),
        "end_event": ("repo.end_event", None),
        "end_ts": ("end_ev.time", "end_ev"),
        "state": ("repo.state", None),
        "dist": (flag("repo.dist"), None),
        "opts": (document("repo.opts"), None),
        "custom_opts": (document("repo.custom_opts"), None),
        "task_id": ("repo.task_id", None),
        "task_state": ("task.state", "task"),
        "tag_name": ("tag.name", "tag"),
    },
    {
        "tag": "JOIN tag ON tag.id = repo.tag_id",
        "create_ev": "JOIN events create_ev ON create_ev.id = repo.create_event",
        "begin_ev": "LEFT JOIN events begin_ev ON begin_ev.id = repo.begin_event",
        "end_ev": "LEFT JOIN events end_ev ON end_ev.id = repo.end_event",
        "task": "LEFT JOIN task ON task.id = repo.task_id",
    },
    ("id", "tag_id", "create_event", "state", "dist", "task_id", "opts", "custom_opts"),
)

# What getActiveRepos shows.
ACTIVE_FIELDS = (
    "id",
    "tag_id",
    "create_event",
    "create_ts",
    "state",
    "dist",
    "task_id",
    "tag_name",
    "creation_ts",
    "state_ts",
    "end_event",
    "opts",
)

REQUESTS = View(
    "repo_queue",
    {
        "id": ("repo_queue.id", None),
        "create_time": (moment("repo_queue.create_time"), None),
        "create_ts": ("repo_queue.create_time", None),
        "owner": ("repo_queue.owner", None),
        "owner_name": ("users.name", "users"),
        "priority": ("repo_queue.priority", None),
        "tag_id": ("repo_queue.tag_id", None),
        "tag_name": ("tag.name", "tag"),
        "at_event": ("repo_queue.at_event", None),
        "min_event": ("repo_queue.min_event", None),
        "opts": (document("repo_queue.opts"), None),
        "update_time": (moment("repo_queue.update_time"), None),
        "update_ts": ("repo_queue.update_time", None),
        "active": (flag("repo_queue.active"), None),
        "task_id": ("repo_queue.task_id", None),
        "task_state": ("task.state", "task"),
        "tries": ("repo_queue.tries", None),
        "repo_id": ("repo_queue.repo_id", None),
    },
    {
        "tag": "JOIN tag ON tag.id = repo_queue.tag_id",
        "task": "LEFT JOIN task ON task.id = repo_queue.task_id",
        "users": "JOIN users ON users.id = repo_queue.owner",
    },
    (
        "id",
        "tag_id",
        "at_event",
        "min_event",
        "create_ts",
        "task_id",
        "tries",
        "repo_id",
        "opts",
        "active",
        "update_ts",
    ),
)

# Buildroots that a repository is in use by.
REFERENCES = """
SELECT buildroot_id AS id, host_id, task_id, create_event, state FROM standard_buildroot
WHERE repo_id = :repo AND retire_event IS NULL AND state <> :expired
"""

NEWER = """
SELECT 1 FROM repo WHERE tag_id = :tag AND state = :ready AND create_event > :event
AND CASE WHEN :dist THEN dist ELSE custom_opts = '{}' END LIMIT 1
"""

# Requests that a repository which has become ready serves.
SERVE = """
UPDATE repo_queue SET repo_id = :repo, active = FALSE, update_time = :now
WHERE tag_id = :tag AND active AND repo_id IS NULL
AND json_contains(:opts, opts) AND json_contains(opts, :custom)
AND (at_event = :event OR (at_event IS NULL AND min_event <= :event))
"""

# The last task of a request that was given up: none of its tasks made the repository.
GIVEN_UP_TASK = """
SELECT task_id FROM repo_queue WHERE tag_id = :tag AND NOT active AND repo_id IS NULL AND task_id IS NOT NULL
AND update_time >= :since ORDER BY id DESC LIMIT 1
"""

UNFINISHED = """
SELECT repo.id FROM repo JOIN task ON task.id = repo.task_id JOIN host ON host.id = task.host_id
WHERE repo.task_id IN :tasks AND repo.state = :init AND host.name = :local
"""

FORGET = "DELETE FROM repo_queue WHERE NOT active AND update_time < :cutoff"

# Extra settings of tags that say whether, and how late, their repositories are made by themselves.
AUTO = """
SELECT a.tag_id, a.value AS auto, l.value AS lag FROM tag_extra a
LEFT JOIN tag_extra l ON l.tag_id = a.tag_id AND l.key = 'repo.lag' AND l.revoke_event IS NULL
WHERE a.key = 'repo.auto' AND a.revoke_event IS NULL AND a.value IS NOT NULL
"""

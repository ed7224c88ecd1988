"""Rows that have outlived their period, and what still needs them."""

import koji

_TASK, _REPO = koji.TASK_STATES, koji.REPO_STATES
OPEN = f"({_TASK['FREE']}, {_TASK['OPEN']}, {_TASK['ASSIGNED']})"

# What the arguments of tasks that have not ended say; whatever they name is needed.
REQUESTS = f"SELECT request FROM task WHERE state IN {OPEN} AND request IS NOT NULL"

_USED = f"""
EXISTS (SELECT 1 FROM standard_buildroot s WHERE s.repo_id = r.id AND s.retire_event IS NULL
        AND s.state <> {koji.BR_STATES["EXPIRED"]})
OR EXISTS (SELECT 1 FROM repo_queue q WHERE q.repo_id = r.id AND q.active)
OR EXISTS (SELECT 1 FROM task k WHERE k.id = r.task_id AND k.state IN {OPEN})
"""
_REPOS = """
SELECT r.id, r.state, r.state_time, r.creation_time, r.dist, t.name AS tag_name
FROM repo r JOIN tag t ON t.id = r.tag_id
"""

# Repositories that no new build gets, for long enough.
EXPIRED = f"""
{_REPOS} WHERE r.state IN ({_REPO["EXPIRED"]}, {_REPO["PROBLEM"]}) AND r.state_time < :before AND NOT ({_USED})
ORDER BY r.id
"""
# Ready ones that a newer one of the same kind has replaced long enough ago, or whose tag is gone.
SUPERSEDED = f"""
{_REPOS} WHERE r.state = {_REPO["READY"]} AND NOT ({_USED}) AND (
    EXISTS (SELECT 1 FROM repo n WHERE n.tag_id = r.tag_id AND n.dist = r.dist AND n.custom_opts = r.custom_opts
            AND n.state = {_REPO["READY"]} AND n.create_event > r.create_event
            AND n.state_time < CASE WHEN r.dist THEN :dist_before ELSE :before END)
    OR NOT EXISTS (SELECT 1 FROM tag_config c WHERE c.tag_id = r.tag_id AND c.revoke_event IS NULL))
ORDER BY r.id
"""
# Those that were begun, and whose task has ended without them.
ABANDONED = f"""
{_REPOS} WHERE r.state = {_REPO["INIT"]} AND r.state_time < :before AND NOT ({_USED}) ORDER BY r.id
"""
STATES = "SELECT id, state FROM repo WHERE id IN (SELECT value FROM json_each(:ids))"

# Tasks that have ended before a moment, among those asked for.
ENDED = f"""
SELECT id, completion_time FROM task WHERE id IN (SELECT value FROM json_each(:ids))
AND state NOT IN {OPEN} AND completion_time < :before
"""
# Uploads that builds of Copr's which have not begun wait with.
AWAITED_UPLOADS = """
SELECT source_json FROM copr_build WHERE source_status IN ('pending', 'starting', 'running', 'importing')
AND NOT canceled
"""

# What was read of external repositories, and what was known of them at moments that can be asked for.
FOREIGN = "SELECT DISTINCT p.repository, p.revision FROM foreign_package p"
REVISIONS = """
SELECT d.data FROM external_repo_data d
LEFT JOIN events e ON e.id = d.revoke_event
WHERE d.revoke_event IS NULL OR e.time >= :before
   OR EXISTS (SELECT 1 FROM repo_pin x WHERE x.tag_id IS NOT NULL
              AND x.event_id >= d.create_event AND x.event_id < d.revoke_event)
"""
_NOBODYS = """
NOT EXISTS (SELECT 1 FROM rpm_fragment r WHERE r.digest = fragment.digest)
AND NOT EXISTS (SELECT 1 FROM copr_rpm c WHERE c.digest = fragment.digest)
AND NOT EXISTS (SELECT 1 FROM foreign_package p WHERE p.digest = fragment.digest)
"""
ORPHANS = f"SELECT digest FROM fragment WHERE {_NOBODYS}"
DROP_ORPHANS = f"DELETE FROM fragment WHERE digest IN :digests AND {_NOBODYS}"

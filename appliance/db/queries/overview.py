"""What is going on: tasks that run or wait, what ended last, how long packages take, why tasks failed."""

import koji

from appliance.db.queries.projects import OWNER

_STATE = koji.TASK_STATES
_OPEN, _FAILED = _STATE["OPEN"], _STATE["FAILED"]
_BUILDING, _COMPLETE = koji.BUILD_STATES["BUILDING"], koji.BUILD_STATES["COMPLETE"]

# A task with the build that it makes, in Koji's world or in Copr's, or the half of one for a chroot.
_WHAT = f"""
SELECT t.id, t.parent, t.state, t.method, t.arch, t.label, t.request, t.create_time AS create_ts,
       t.start_time AS start_ts, t.completion_time AS completion_ts, t.priority,
       u.name AS owner_name, h.name AS host_name, ch.name AS channel_name,
       b.id AS build_id, b.pkg_id, k.name, b.version, b.release, b.epoch,
       c.id AS copr_id, c.package_id AS copr_package_id, ck.name AS copr_package, c.pkg_version,
       c.source_type, {OWNER} AS ownername, p.name AS projectname, cc.mock_chroot_id
FROM task t JOIN users u0 ON u0.id = t.owner JOIN channels ch ON ch.id = t.channel_id
LEFT JOIN host h ON h.id = t.host_id
LEFT JOIN build b ON b.task_id = t.id LEFT JOIN package k ON k.id = b.pkg_id
LEFT JOIN copr_build_chroot cc ON cc.task_id = t.id
LEFT JOIN copr_build c ON c.id = COALESCE(cc.build_id, (SELECT x.id FROM copr_build x WHERE x.task_id = t.id))
LEFT JOIN copr_package ck ON ck.id = c.package_id
LEFT JOIN project p ON p.id = c.project_id LEFT JOIN users u ON u.id = p.user_id
LEFT JOIN users g ON g.id = p.group_id
""".replace("u.name AS owner_name", "u0.name AS owner_name")

# What runs and is no part of something else that runs.
RUNNING = f"""{_WHAT}
WHERE t.state = {_OPEN} AND NOT EXISTS (SELECT 1 FROM task a WHERE a.id = t.parent AND a.state = {_OPEN})
ORDER BY t.start_time LIMIT :limit
"""

# In the order in which the scheduler looks at them.
QUEUE = f"""{_WHAT}
WHERE t.state IN ({_STATE["FREE"]}, {_STATE["ASSIGNED"]})
ORDER BY t.priority, t.create_time, t.id LIMIT :limit
"""

QUEUED = f"SELECT COUNT(*) FROM task WHERE state IN ({_STATE['FREE']}, {_STATE['ASSIGNED']})"

# Tasks that ended in failure before there was a build to fail; mails that could not be sent are no results.
FAILED = f"""{_WHAT}
WHERE t.state = {_FAILED} AND t.parent IS NULL AND b.id IS NULL AND cc.id IS NULL
AND t.method NOT IN ('buildNotification', 'tagNotification')
AND NOT EXISTS (SELECT 1 FROM copr_build x WHERE x.task_id = t.id)
ORDER BY t.id DESC LIMIT :limit
"""

# The parts of running tasks that run themselves, to any depth.
PARTS = f"""
WITH RECURSIVE below (root, id, depth) AS (
    SELECT id, id, 0 FROM task WHERE id IN :roots
    UNION
    SELECT below.root, task.id, below.depth + 1 FROM task JOIN below ON task.parent = below.id
    WHERE task.state = {_OPEN} AND below.depth < 20
)
SELECT below.root, below.depth, task.id, task.method, task.arch, task.label, task.start_time AS start_ts
FROM below JOIN task ON task.id = below.id WHERE below.depth > 0 ORDER BY below.depth, task.id
"""

BUILDS = f"""
SELECT b.id, k.name, b.version, b.release, b.epoch, b.state, b.task_id, b.completion_time AS completion_ts,
       b.start_time AS start_ts, o.name AS owner_name
FROM build b JOIN package k ON k.id = b.pkg_id JOIN users o ON o.id = b.owner
WHERE b.completion_time IS NOT NULL AND b.state <> {_BUILDING} AND b.state <> {koji.BUILD_STATES["DELETED"]}
ORDER BY b.completion_time DESC LIMIT :limit
"""

# Seconds that the last ten builds of packages took, on average.
EXPECTED = f"""
SELECT pkg_id, AVG(seconds) FROM (
    SELECT b.pkg_id, b.completion_time - b.start_time AS seconds,
           ROW_NUMBER() OVER (PARTITION BY b.pkg_id ORDER BY b.id DESC) AS place
    FROM build b WHERE b.pkg_id IN :packages AND b.state = {_COMPLETE} AND b.task_id IS NOT NULL
) AS past WHERE place <= 10 GROUP BY pkg_id
"""

COPR_EXPECTED = """
SELECT package_id, AVG(seconds) FROM (
    SELECT b.package_id, c.ended_on - c.started_on AS seconds,
           ROW_NUMBER() OVER (PARTITION BY b.package_id ORDER BY c.id DESC) AS place
    FROM copr_build_chroot c JOIN copr_build b ON b.id = c.build_id
    WHERE b.package_id IN :packages AND c.status = 'succeeded'
) AS past WHERE place <= 10 GROUP BY package_id
"""

PACKAGES_CALLED = "SELECT name, id FROM package WHERE name IN :names"

# Why tasks failed: what is noted of them, or of the first of the tasks below them that failed.
REASONS = f"""
WITH RECURSIVE below (root, id, depth) AS (
    SELECT id, id, 0 FROM task WHERE id IN :roots
    UNION
    SELECT below.root, task.id, below.depth + 1 FROM task JOIN below ON task.parent = below.id
    WHERE task.state = {_FAILED} AND below.depth < 20
)
SELECT below.root, below.depth, f.task_id, f."class", f.stage, f.message, f.log, f.line, f.subject, f.lines,
       task.method, task.arch, task.label
FROM below JOIN task_failure f ON f.task_id = below.id JOIN task ON task.id = below.id
ORDER BY below.root, below.depth DESC, below.id
"""

# What failed tasks answered, for those that no reason is noted of: remote builders note none.
FAULTS = f"""
WITH RECURSIVE below (root, id, depth) AS (
    SELECT id, id, 0 FROM task WHERE id IN :roots
    UNION
    SELECT below.root, task.id, below.depth + 1 FROM task JOIN below ON task.parent = below.id
    WHERE task.state = {_FAILED} AND below.depth < 20
)
SELECT below.root, below.depth, task.id AS task_id, task.result, task.method, task.arch, task.label
FROM below JOIN task ON task.id = below.id WHERE task.state = {_FAILED}
ORDER BY below.root, below.depth DESC, below.id
"""

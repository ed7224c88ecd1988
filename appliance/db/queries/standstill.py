"""What keeps free tasks from hosts."""

CHANNEL_ENABLED = "SELECT enabled FROM channels WHERE id = :channel"

# The enabled hosts of a channel, with what each said of a task that it refused.
HOSTS = """
SELECT host.name, host.ready, c.arches, r.msg AS refusal FROM host
JOIN host_config c ON c.host_id = host.id AND c.revoke_event IS NULL AND c.enabled
JOIN host_channels j ON j.host_id = host.id AND j.revoke_event IS NULL AND j.channel_id = :channel
LEFT JOIN scheduler_task_refusals r ON r.host_id = host.id AND r.task_id = :task
ORDER BY host.name
"""

# Free tasks that no enabled host may take as things are, and that nothing was said of yet.
STUCK = """
SELECT t.id FROM task t WHERE t.state = :free AND t.id > :after
AND NOT EXISTS (SELECT 1 FROM scheduler_log_messages m WHERE m.task_id = t.id AND m.host_id IS NULL)
AND NOT EXISTS (
    SELECT 1 FROM host_channels j JOIN channels ON channels.id = j.channel_id AND channels.enabled
    JOIN host_config c ON c.host_id = j.host_id AND c.revoke_event IS NULL AND c.enabled
    LEFT JOIN scheduler_task_refusals r ON r.host_id = j.host_id AND r.task_id = t.id AND NOT r.soft
    WHERE j.channel_id = t.channel_id AND j.revoke_event IS NULL AND r.id IS NULL
    AND (t.arch = 'noarch' OR ' ' || c.arches || ' ' LIKE '% ' || t.arch || ' %'))
ORDER BY t.id LIMIT 100
"""

"""The tasks of a Copr build: one makes its source package, then one a chroot builds it."""

import koji

from appliance.db.connection import Row
from appliance.db.models.copr import CoprBuild, CoprBuildChroot
from appliance.db.queries.projects import CHROOT_NAME
from appliance.hub import tasks
from appliance.hub.hub import Call

SOURCE, BUILD = "coprSource", "coprBuild"
METHODS = (SOURCE, BUILD)

_BACKGROUND = 5  # how much less urgent a background build is

_BEGIN = """
SELECT b.id, b.is_background, COALESCE(b.user_id, p.user_id) AS owner
FROM copr_build b JOIN project p ON p.id = b.project_id WHERE b.id = :id
"""

_WAITING = f"""
SELECT c.id, m.arch, {CHROOT_NAME} AS name
FROM copr_build_chroot c JOIN mock_chroot m ON m.id = c.mock_chroot_id
WHERE c.build_id = :build AND c.status = 'pending' AND c.task_id IS NULL ORDER BY c.id
"""

_ALL = """
SELECT task_id FROM copr_build WHERE id = :build AND task_id IS NOT NULL
UNION SELECT task_id FROM copr_build_chroot WHERE build_id = :build AND task_id IS NOT NULL
"""


def begin(call: Call, build_id: int) -> int:
    """Make the task that makes the build's source package; its arguments are [build id]."""
    build = call.tx.row(_BEGIN, {"id": build_id})
    assert build is not None
    priority = koji.PRIO_DEFAULT + (_BACKGROUND if build["is_background"] else 0)
    task_id = tasks.make(call, SOURCE, [build_id], owner=build["owner"], priority=priority, arch="noarch")
    call.tx.update(CoprBuild, {"task_id": task_id}, id=build_id)
    return task_id


def spread(call: Call, build: Row) -> None:
    """Make the tasks that build for the chroots that wait for it; their arguments are [build id, chroot]."""
    for chroot in call.tx.rows(_WAITING, {"build": build["id"]}) if build["task_id"] else []:
        arguments = [build["id"], chroot["name"]]
        task_id = tasks.make(call, BUILD, arguments, parent=build["task_id"], label=chroot["name"], arch=chroot["arch"])
        call.tx.update(CoprBuildChroot, {"task_id": task_id}, id=chroot["id"])


def cancel(call: Call, build_id: int) -> None:
    """Cancel what has not ended of a build's tasks."""
    for task_id in call.tx.column(_ALL, {"build": build_id}):
        tasks.cancel(call, task_id, recurse=False)

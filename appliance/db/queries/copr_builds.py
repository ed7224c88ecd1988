"""Listings of Copr's builds and of their chroots; here alone a build's state is told from its halves'."""

from appliance.db.queries.copr_orders import ranked
from appliance.db.queries.projects import CHROOT_NAME, OWNER
from appliance.db.select import Column, Select, flag

# The state that a build is in while its source half is on the way, or has failed.
_SOURCE_STATES = ("starting", "pending", "running", "importing", "failed")

# Else the first of these that one of its chroots is in. Chroots that wait make a pending build.
_CHROOT_STATES = ("running", "starting", "pending", "failed", "succeeded", "skipped", "forked", "waiting")
_MEANS = {"waiting": "pending"}

FINISHED = ("succeeded", "forked", "canceled", "skipped", "failed")


def _words(words: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"


_STATE = " ".join(f"WHEN {rank} THEN '{_MEANS.get(state, state)}'" for rank, state in enumerate(_CHROOT_STATES))

STATE = f"""
CASE WHEN b.canceled THEN 'canceled'
     WHEN b.source_status IN {_words(_SOURCE_STATES)} THEN b.source_status
     WHEN NOT EXISTS (SELECT 1 FROM copr_build_chroot c WHERE c.build_id = b.id) THEN 'waiting'
     ELSE (SELECT CASE MIN({ranked("c.status", _CHROOT_STATES)}) {_STATE} ELSE 'unknown' END
           FROM copr_build_chroot c WHERE c.build_id = b.id) END
"""

# A build has ended when it was canceled, its source failed, or each of its chroots has ended.
ENDED = f"""
(b.canceled OR b.source_status IN ('failed', 'canceled')
 OR (NOT EXISTS (SELECT 1 FROM copr_build_chroot c WHERE c.build_id = b.id)
     AND b.source_status IN {_words(FINISHED)})
 OR (EXISTS (SELECT 1 FROM copr_build_chroot c WHERE c.build_id = b.id)
     AND NOT EXISTS (SELECT 1 FROM copr_build_chroot c
                     WHERE c.build_id = b.id AND c.status NOT IN {_words(FINISHED)})))
"""

_STARTED = "(SELECT MIN(c.started_on) FROM copr_build_chroot c WHERE c.build_id = b.id)"
_ENDED_ON = """
(SELECT CASE WHEN COUNT(*) = COUNT(c.ended_on) THEN MAX(c.ended_on) END
 FROM copr_build_chroot c WHERE c.build_id = b.id)
"""

_SOURCE = """
copr_build b JOIN project p ON p.id = b.project_id JOIN users u ON u.id = p.user_id
LEFT JOIN users g ON g.id = p.group_id JOIN project_dir d ON d.id = b.dir_id
LEFT JOIN copr_package k ON k.id = b.package_id LEFT JOIN users s ON s.id = b.user_id
"""

_PLAIN = (
    "id",
    "project_id",
    "dir_id",
    "package_id",
    "user_id",
    "submitted_by",
    "pkg_version",
    "source_type",
    "source_json",
    "source_status",
    "result_dir",
    "srpm_url",
    "submitted_on",
    "timeout",
    "memory_reqs",
    "isolation",
    "bootstrap",
    "repos",
    "batch_id",
    "task_id",
    "fail_message",
)
_FLAGS = ("canceled", "enable_net", "is_background")

_COLUMNS: dict[str, str | Column] = {
    **{name: f"b.{name}" for name in _PLAIN},
    **{name: flag(f"b.{name}") for name in _FLAGS},
    "state": STATE,
    "ended": flag(ENDED),
    "started_on": _STARTED,
    "ended_on": _ENDED_ON,
    "ownername": OWNER,
    "projectname": "p.name",
    "full_name": f"{OWNER} || '/' || p.name",
    "owner_id": "p.user_id",
    "group_id": "p.group_id",
    "persistent": flag("p.persistent"),
    "manual": flag("NOT p.auto_createrepo"),
    "dirname": "d.name",
    "package_name": "k.name",
    "submitter": "s.name",
}


def builds() -> Select:
    """Every build, the newest first: its columns, with `state`, `ended` and whose it is."""
    return Select(dict(_COLUMNS), _SOURCE, order="b.id DESC")


# The chroots of builds; BUILDS is a JSON list of ids.
CHROOTS_OF = f"""
SELECT c.id, c.build_id, c.mock_chroot_id, {CHROOT_NAME} AS name, m.arch, c.status, c.started_on, c.ended_on,
       c.result_dir, c.task_id
FROM copr_build_chroot c JOIN mock_chroot m ON m.id = c.mock_chroot_id
WHERE c.build_id IN (SELECT value FROM json_each(:builds)) ORDER BY c.id
"""

_CHROOT_SOURCE = """
copr_build_chroot c JOIN mock_chroot m ON m.id = c.mock_chroot_id JOIN copr_build b ON b.id = c.build_id
JOIN project_dir d ON d.id = b.dir_id JOIN project p ON p.id = b.project_id JOIN users u ON u.id = p.user_id
LEFT JOIN users g ON g.id = p.group_id LEFT JOIN copr_package k ON k.id = b.package_id
"""

_CHROOT_COLUMNS: dict[str, str | Column] = {
    **{
        name: f"c.{name}"
        for name in (
            "id",
            "build_id",
            "mock_chroot_id",
            "status",
            "status_reason",
            "started_on",
            "ended_on",
            "result_dir",
            "task_id",
        )
    },
    "name": CHROOT_NAME,
    "arch": "m.arch",
    "ownername": OWNER,
    "dirname": "d.name",
    "package_id": "b.package_id",
    "package_name": "k.name",
    "pkg_version": "b.pkg_version",
    "project_id": "b.project_id",
}


def build_chroots() -> Select:
    """Every chroot of every build: its columns, its `name`, and where its results are."""
    return Select(dict(_CHROOT_COLUMNS), _CHROOT_SOURCE)


# The packages that chroots of builds gave; those of forks are told of at the builds that made them alone.
RPMS_OF = """
SELECT r.build_chroot_id, r.name, r.epoch, r.version, r.release, r.arch FROM copr_rpm r
JOIN copr_build_chroot c ON c.id = r.build_chroot_id
WHERE c.build_id = :build AND c.status <> 'forked' ORDER BY r.id
"""

# What cancelled tasks were to make: builds by their source's task, halves of builds that go on by their own.
LIVE_OF_TASKS = f"SELECT b.id FROM copr_build b WHERE b.task_id IN :tasks AND NOT {ENDED}"
LIVE_CHROOTS_OF_TASKS = """
SELECT c.id FROM copr_build_chroot c JOIN copr_build b ON b.id = c.build_id
WHERE c.task_id IN :tasks AND NOT b.canceled AND c.status IN ('pending', 'starting', 'running')
"""

# The build that a task works for.
OF_TASK = """
SELECT id FROM copr_build WHERE task_id = :task
UNION SELECT build_id FROM copr_build_chroot WHERE task_id = :task
"""

"""Repositories of Copr's projects: one a directory and chroot, composed from rows, published beside the results."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from appliance.db.connection import Row
from appliance.db.models.copr import CoprRepo
from appliance.db.queries.projects import CHROOT_NAME, OWNER
from appliance.hub import copr_results, foreign, repo_content, signing
from appliance.hub.hub import Call
from appliance.repodata import Entry, Fragment, Repository, compose, comps, from_rpm, publish

log = logging.getLogger(__name__)

# The newest build's package where a NEVRA recurs in a project, as builds there may repeat one.
_ENTRIES = """
WITH ranked AS (
    SELECT r.*, c.result_dir, c.build_id, ROW_NUMBER() OVER (
        PARTITION BY r.name, COALESCE(r.epoch, 0), r.version, r.release, r.arch ORDER BY c.build_id DESC) AS place
    FROM copr_rpm r JOIN copr_build_chroot c ON c.id = r.build_chroot_id JOIN copr_build b ON b.id = c.build_id
    WHERE b.dir_id = :dir AND c.mock_chroot_id = :chroot AND c.status IN ('succeeded', 'forked')
          AND r.digest IS NOT NULL AND r.arch NOT IN ('src', 'nosrc') {narrow}
)
SELECT name, CAST(COALESCE(epoch, 0) AS TEXT), version, release, arch, checksum, digest, sourcerpm,
       {prefix} || result_dir || '/' || filename, '', 'build ' || build_id
FROM ranked WHERE place = 1 ORDER BY build_id, id
"""
_AT_EVENT = "AND r.create_event <= :event"

# What tells one state of a repository at an event from another: additions, and what was removed since.
_STATE = """
SELECT COUNT(*), COALESCE(MAX(r.create_event), 0), COALESCE(SUM(r.id), 0)
FROM copr_rpm r JOIN copr_build_chroot c ON c.id = r.build_chroot_id JOIN copr_build b ON b.id = c.build_id
WHERE b.dir_id = :dir AND c.mock_chroot_id = :chroot AND c.status IN ('succeeded', 'forked')
      AND r.digest IS NOT NULL AND r.create_event <= :event
"""

_PENDING = f"""
SELECT q.id, p.key_fingerprint, q.dir_id, q.mock_chroot_id, q.devel, d.name AS dirname,
       {OWNER} AS ownername,
       {CHROOT_NAME} AS chroot, pc.comps
FROM copr_repo q JOIN project_dir d ON d.id = q.dir_id JOIN project p ON p.id = d.project_id
JOIN users u ON u.id = p.user_id LEFT JOIN users g ON g.id = p.group_id
JOIN mock_chroot m ON m.id = q.mock_chroot_id
LEFT JOIN project_chroot pc ON pc.project_id = p.id AND pc.mock_chroot_id = m.id
WHERE NOT p.deleted {{narrow}} ORDER BY q.id
"""


def compose_pending(call: Call) -> int:
    """Compose and publish the repositories that were asked for; how many.

    One that the disk does not take stays asked for: it must keep nobody else's from being made.
    """
    return sum(_could_be_made(call, wanted) for wanted in call.tx.rows(_PENDING.format(narrow="")))


def _could_be_made(call: Call, wanted: Row) -> bool:
    try:
        _make(call, wanted)
    except OSError as error:
        log.warning("%s/%s for %s: %s", wanted["ownername"], wanted["dirname"], wanted["chroot"], error)
        return False
    return True


def compose_directory(call: Call, dir_id: int) -> None:
    """The same for one directory of a project; OSError if the disk does not take it."""
    for wanted in call.tx.rows(_PENDING.format(narrow="AND q.dir_id = :dir"), {"dir": dir_id}):
        _make(call, wanted)


def _make(call: Call, wanted: Row) -> None:
    _publish(call, wanted)
    call.tx.delete(CoprRepo, id=wanted["id"])


def _publish(call: Call, wanted: Row) -> None:
    """The chroot's repository; in manual mode the one below `devel`, and the chroot's own only if it has none."""
    root = copr_results.directory(call, wanted["ownername"], wanted["dirname"], wanted["chroot"])
    targets = [(root, "")] if not wanted["devel"] else [(root / "devel", "../")]
    if wanted["devel"] and not (root / "repodata" / "repomd.xml").exists():
        publish(composed(call, [], None, call.now()), root)
    for target, prefix in targets:
        found = entries(call, wanted["dir_id"], wanted["mock_chroot_id"], prefix)
        publish(composed(call, found, groups_in(target), call.now()), target, signer=_signer(call, wanted))


def _signer(call: Call, wanted: Row) -> Callable[[bytes], bytes] | None:
    """What signs an index with the project's key, where the settings want that and there is one yet."""
    key = wanted["key_fingerprint"]
    if not call.settings.copr.repo_gpgcheck or key is None:
        return None
    return partial(signing.sign, call.hub, key)


def read(path: Path) -> tuple[Row, Fragment]:
    """The CoprRpm values of an RPM that a build left, and what repositories say of it."""
    fragment = from_rpm(path)
    row = {
        "name": fragment.name,
        "epoch": int(fragment.epoch) or None,
        "version": fragment.version,
        "release": fragment.release,
        "arch": fragment.arch,
        "filename": path.name,
        "size": fragment.size,
        "checksum": fragment.pkgid,
        "digest": fragment.digest,
        "sourcerpm": fragment.sourcerpm,
    }
    return row, fragment


def entries(call: Call, dir_id: int, mock_chroot_id: int, prefix: str = "", event: int | None = None) -> list[Entry]:
    """The packages of a directory's repository for a chroot, now or at an event."""
    sql = _ENTRIES.format(narrow=_AT_EVENT if event is not None else "", prefix=":prefix")
    params = {"dir": dir_id, "chroot": mock_chroot_id, "prefix": prefix, "event": event}
    return [Entry(*row) for row in call.tx.tuples(sql, params)]


def state_at(call: Call, dir_id: int, mock_chroot_id: int, event: int) -> tuple[int, int, int]:
    """(packages, the last event that added one, the sum of their ids): two states at an event differ in these."""
    params = {"dir": dir_id, "chroot": mock_chroot_id, "event": event}
    ((count, last, total),) = call.tx.tuples(_STATE, params)
    return count, last, total


def groups_in(root: Path) -> bytes | None:
    """The comps document of the repository at ROOT, if it has one."""
    path = root / "comps.xml"
    return path.read_bytes() if path.exists() else None


def composed(call: Call, found: list[Entry], groups: bytes | None, moment: float) -> Repository:
    """The repository of entries, as of MOMENT in seconds since the epoch."""
    return compose(
        found,
        lambda digests: foreign.load_fragments(call, digests),
        cache=repo_content.cache(call),
        timestamp=int(moment),
        compression=repo_content.compression(call),
        extras=comps(groups) if groups else (),
    )

"""What time does to Copr's projects: temporary ones end, outdated results and surplus builds are taken away."""

import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from appliance.db.connection import Row
from appliance.db.models.copr import CoprRpm, ProjectChroot
from appliance.db.queries.projects import CHROOT_NAME, OWNER
from appliance.errors import GenericError
from appliance.hub import copr_removals, copr_results, projects
from appliance.hub.hub import Call, Hub, Session
from appliance.hub.retention import Waste

log = logging.getLogger(__name__)

_DAY = 86400
_WITH_OWNER = "JOIN users u ON u.id = p.user_id LEFT JOIN users g ON g.id = p.group_id"
_OVER = "SELECT id FROM project WHERE NOT deleted AND NOT persistent AND delete_after < :now ORDER BY id"
_GIVEN_UP = f"""
SELECT pc.id, {OWNER} AS ownername, d.name AS dirname, {CHROOT_NAME} AS chroot
FROM project_chroot pc JOIN project p ON p.id = pc.project_id {_WITH_OWNER}
JOIN project_dir d ON d.project_id = p.id JOIN mock_chroot m ON m.id = pc.mock_chroot_id
WHERE pc.deleted AND pc.delete_after < :now AND NOT p.deleted AND NOT p.persistent
"""
# A snapshot of the directory may list what was there when it was made.
_PINNED = """
EXISTS (SELECT 1 FROM repo_pin x JOIN copr_rpm y ON y.create_event <= x.event_id
        WHERE x.dir_id = b.dir_id AND y.build_chroot_id = {half})
"""
# Results that a later build of the same package for the same place has made old.
_OUTDATED = f"""
SELECT c.id, c.mock_chroot_id, c.result_dir, b.dir_id, b.project_id, d.name AS dirname,
       {OWNER} AS ownername, {CHROOT_NAME} AS chroot
FROM copr_build_chroot c JOIN copr_build b ON b.id = c.build_id JOIN project p ON p.id = b.project_id {_WITH_OWNER}
JOIN project_dir d ON d.id = b.dir_id JOIN mock_chroot m ON m.id = c.mock_chroot_id
WHERE p.auto_prune AND p.auto_createrepo AND NOT p.persistent AND NOT p.deleted
  AND c.status IN ('succeeded', 'forked') AND c.ended_on < :before AND c.result_dir <> ''
  AND EXISTS (SELECT 1 FROM copr_rpm r WHERE r.build_chroot_id = c.id AND r.digest IS NOT NULL)
  AND EXISTS (SELECT 1 FROM copr_build n JOIN copr_build_chroot nc ON nc.build_id = n.id
              WHERE n.package_id = b.package_id AND n.dir_id = b.dir_id AND n.id > b.id
                AND nc.mock_chroot_id = c.mock_chroot_id AND nc.status = 'succeeded')
  AND NOT {_PINNED.format(half="c.id")} AND (:only IS NULL OR c.id = :only)
ORDER BY c.id LIMIT 1000
"""
_SURPLUS = f"""
SELECT id FROM (
    SELECT b.id, b.dir_id, k.max_builds,
           ROW_NUMBER() OVER (PARTITION BY b.package_id, b.dir_id ORDER BY b.id DESC) AS place
    FROM copr_build b JOIN copr_package k ON k.id = b.package_id JOIN project p ON p.id = b.project_id
    WHERE k.max_builds > 0 AND NOT p.persistent AND NOT p.deleted
) AS b WHERE place > max_builds AND NOT EXISTS (
    SELECT 1 FROM copr_build_chroot c WHERE c.build_id = b.id AND {_PINNED.format(half="c.id")}
) ORDER BY id
"""


def tidy(hub: Hub) -> None:
    """Do all of it, each thing in a unit of work of its own: what can't be done yet stands in nobody's way."""
    session = Session(perms=frozenset({"admin"}))
    with hub.read() as call:
        over = call.tx.column(_OVER, {"now": call.now()})
        surplus = call.tx.column(_SURPLUS)
    for project_id in over:
        _attempt(hub, session, f"project {project_id}", partial(_end, project_id))
    for build_id in surplus:
        _attempt(hub, session, f"build {build_id}", partial(_drop, build_id))
    with hub.write(session) as call:
        drop_chroots(call)
        prune(call)


def _attempt(hub: Hub, session: Session, what: str, act: Callable[[Call], None]) -> None:
    try:
        with hub.write(session) as call:
            act(call)
    except GenericError as error:
        log.info("%s stays for now: %s", what, error)


def _end(project_id: int, call: Call) -> None:
    copr_removals.project(call, projects.get(call, project_id))


def _drop(build_id: int, call: Call) -> None:
    copr_removals.builds(call, [build_id])


def drop_chroots(call: Call) -> None:
    """Remove the results for chroots that projects gave up long enough ago; their settings stay."""
    found = call.tx.rows(_GIVEN_UP, {"now": call.now()})
    copr_results.remove(call, [_directory(call, row) for row in found])
    for number in {row["id"] for row in found}:
        call.tx.update(ProjectChroot, {"delete_after": None}, id=number)


def waste(call: Call) -> Iterator[Waste]:
    """What `tidy` would take away, thing by thing."""
    for project_id in call.tx.column(_OVER, {"now": call.now()}):
        name = projects.get(call, project_id)["full_name"]
        yield Waste("project", name, "it was to end by now", _as_admin(partial(_end, project_id)))
    for build_id in call.tx.column(_SURPLUS):
        why = "its package keeps fewer builds"
        yield Waste("Copr build", str(build_id), why, _as_admin(partial(_drop, build_id)))
    for row in _outdated(call):
        name = "/".join((row["ownername"], row["dirname"], row["chroot"], row["result_dir"]))
        why = f"a later build has outdated it for {call.settings.copr.prune_days} days"
        yield Waste("Copr results", name, why, partial(_prune, row), (_directory(call, row, row["result_dir"]),))


def _as_admin(act: Callable[[Call], None]) -> Callable[[Call], None]:
    """Who may remove what is asked of a session; retention is the server's own will."""

    def acting(call: Call) -> None:
        call.session = Session(perms=frozenset({"admin"}))
        act(call)

    return acting


def _outdated(call: Call, only: int | None = None) -> list[Row]:
    before = call.now() - call.settings.copr.prune_days * _DAY
    return call.tx.rows(_OUTDATED, {"before": before, "only": only})


def _prune(row: Row, call: Call) -> None:
    """Remove one of these, if it is one yet."""
    _remove(call, _outdated(call, row["id"]))


def prune(call: Call) -> int:
    """Remove outdated results after as many days as the settings say; how many. The builds stay known."""
    found = _outdated(call)
    _remove(call, found)
    return len(found)


def _remove(call: Call, found: list[Row]) -> None:
    copr_results.remove(call, [_directory(call, row, row["result_dir"]) for row in found])
    for row in found:
        call.tx.update(CoprRpm, {"digest": None}, build_chroot_id=row["id"])
        copr_results.request(call, row["project_id"], [row["mock_chroot_id"]], dir_id=row["dir_id"])


def _directory(call: Call, row: Row, *parts: str) -> Path:
    return copr_results.directory(call, row["ownername"], row["dirname"], row["chroot"], *parts)

"""A NEVRA that recurs in a Copr project: a later build may give it again, but not with other content.

dnf takes packages of one NEVRA for the same one: which of two it installs, and whether it updates, is chance.
"""

import json

from appliance.db.queries import copr_builds as build_queries
from appliance.db.queries.projects import CHROOT_NAME
from appliance.errors import DuplicatePackage
from appliance.hub import copr_results, rpm_contents
from appliance.hub.hub import Call

_OF_HALF = "b.id = (SELECT build_id FROM copr_build_chroot WHERE id = :half)"

# Pairs of other files under one NEVRA: the newest of the halves that came, and the newest that was there.
_PAIRS = f"""
WITH came AS (SELECT value FROM json_each(:halves)),
packages AS (
    SELECT r.*, c.id AS half, c.build_id, c.mock_chroot_id, c.id IN came AS fresh,
           {CHROOT_NAME} || '/' || c.result_dir || '/' || r.filename AS place
    FROM copr_build b JOIN copr_build_chroot c ON c.build_id = b.id JOIN copr_rpm r ON r.build_chroot_id = c.id
    JOIN mock_chroot m ON m.id = c.mock_chroot_id
    WHERE b.dir_id = :dir AND c.status IN ('succeeded', 'forked') AND r.digest IS NOT NULL
          AND r.arch NOT IN ('src', 'nosrc') AND r.name IN (SELECT name FROM copr_rpm WHERE build_chroot_id IN came)
),
ranked AS (
    SELECT *, ROW_NUMBER() OVER (
        PARTITION BY fresh, mock_chroot_id, name, COALESCE(epoch, 0), version, release, arch
        ORDER BY build_id DESC) AS rank
    FROM packages
)
SELECT name || '-' || COALESCE(epoch, 0) || ':' || version || '-' || release || '.' || arch,
       MAX(CASE WHEN fresh THEN half END), MAX(CASE WHEN fresh THEN place END),
       MAX(CASE WHEN NOT fresh THEN build_id END), MAX(CASE WHEN NOT fresh THEN place END)
FROM ranked WHERE rank = 1 GROUP BY mock_chroot_id, name, COALESCE(epoch, 0), version, release, arch
HAVING COUNT(DISTINCT checksum) = 2 ORDER BY MAX(id)
"""


def told_apart(call: Call, halves: dict[int, str]) -> list[str]:
    """What halves of builds that came into a project's directory, all of them into one, give otherwise than builds
    that it had.

    HALVES has words for the build of each half. Of each such package a line names both builds and the first
    difference; the same content, built or signed another time, is none.
    """
    lines: list[str] = []
    build = build_queries.builds().also(_OF_HALF, half=next(iter(halves), None)).one(call.tx)
    if build is None:
        return lines
    root = copr_results.directory(call, build["ownername"], build["dirname"])
    pairs = call.tx.tuples(_PAIRS, {"dir": build["dir_id"], "halves": json.dumps(list(halves))})
    for nevra, half, came, build_id, there in pairs:
        difference = next(rpm_contents.differences(root / there, root / came), None)
        if difference:
            lines.append(f"{nevra} of {halves[half]} is not that of build {build_id}: {difference}")
    return lines


def refuse(call: Call, lines: list[str]) -> None:
    """DuplicatePackage with what was told apart, unless there is nothing, or the settings let it pass."""
    if lines and call.settings.copr.refuse_duplicates:
        raise DuplicatePackage(f"{'; '.join(lines)}; raise the release, or delete the build that was there")

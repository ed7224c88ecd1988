"""A NEVRA that recurs in a Copr project: a later build may give it again, but not with other content.

dnf takes packages of one NEVRA for the same one: which of two it installs, and whether it updates, is chance.
"""

import json
from pathlib import Path

from appliance.errors import DuplicatePackage
from appliance.hub import rpm_contents
from appliance.hub.hub import Call

# Pairs of other files under one NEVRA: the newest of the halves that came, and the newest that was there.
_PAIRS = """
WITH came AS (SELECT value FROM json_each(:halves)),
packages AS (
    SELECT r.*, c.id AS half, c.build_id, c.mock_chroot_id, c.id IN came AS fresh,
           m.os_release || '-' || m.os_version || '-' || m.arch || '/' || c.result_dir || '/' || r.filename AS place
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
SELECT n.name || '-' || COALESCE(n.epoch, 0) || ':' || n.version || '-' || n.release || '.' || n.arch,
       n.half, n.place, o.build_id, o.place
FROM ranked n JOIN ranked o ON o.name = n.name AND o.mock_chroot_id = n.mock_chroot_id
     AND COALESCE(o.epoch, 0) = COALESCE(n.epoch, 0)
     AND o.version = n.version AND o.release = n.release AND o.arch = n.arch
WHERE n.fresh AND NOT o.fresh AND n.rank = 1 AND o.rank = 1 AND n.checksum <> o.checksum ORDER BY n.id
"""


def told_apart(call: Call, dir_id: int, root: Path, halves: dict[int, str]) -> list[str]:
    """What halves of builds that came into a project's directory give otherwise than builds that it had.

    HALVES has words for the build of each half, ROOT is where the directory's results lie. Of each such package a
    line names both builds and the first difference; the same content, built or signed another time, is none.
    """
    lines = []
    pairs = call.tx.tuples(_PAIRS, {"dir": dir_id, "halves": json.dumps(list(halves))})
    for nevra, half, came, build_id, there in pairs:
        difference = next(rpm_contents.differences(root / there, root / came), None)
        if difference:
            lines.append(f"{nevra} of {halves[half]} is not that of build {build_id}: {difference}")
    return lines


def refuse(call: Call, lines: list[str]) -> None:
    """DuplicatePackage with what was told apart, unless there is nothing, or the settings let it pass."""
    if lines and call.settings.copr.refuse_duplicates:
        raise DuplicatePackage(f"{'; '.join(lines)}; raise the release, or delete the build that was there")

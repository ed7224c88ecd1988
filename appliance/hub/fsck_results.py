"""Copr's side of the check: results of projects' builds against the rows, both ways; their repositories."""

from collections.abc import Iterator
from pathlib import Path

from appliance.db.connection import Row
from appliance.db.queries.projects import CHROOT_NAME, OWNER
from appliance.hub.fsck_builds import half_written, missing_metadata
from appliance.hub.hub import Call

_CHROOTS = f"""
SELECT c.id, c.build_id, c.status, c.result_dir, p.deleted,
       {OWNER} AS owner, d.name AS dir, {CHROOT_NAME} AS chroot
FROM copr_build_chroot c JOIN copr_build b ON b.id = c.build_id JOIN project_dir d ON d.id = b.dir_id
JOIN project p ON p.id = b.project_id JOIN mock_chroot m ON m.id = c.mock_chroot_id
JOIN users u ON u.id = p.user_id LEFT JOIN users g ON g.id = p.group_id WHERE c.result_dir <> ''
"""
_RPMS = """
SELECT r.build_chroot_id, r.filename, r.size FROM copr_rpm r
JOIN copr_build_chroot c ON c.id = r.build_chroot_id WHERE c.status = 'succeeded' AND r.filename IS NOT NULL
"""


def examine(call: Call, newest: float) -> Iterator[str]:
    """What is wrong, a sentence each; files younger than NEWEST are not complained of."""
    places = {row["id"]: (row, _place(call, row)) for row in call.tx.rows(_CHROOTS) if not row["deleted"]}
    for rpm in call.tx.rows(_RPMS):
        if rpm["build_chroot_id"] in places:
            yield from _rpm(*places[rpm["build_chroot_id"]], rpm)
    yield from _strays(call.paths.results, {str(place) for _, place in places.values()}, newest)
    for repomd in sorted(call.paths.results.glob("*/*/*/repodata/repomd.xml")):
        yield from missing_metadata(repomd)
    yield from half_written(call.paths.results, newest)


def _place(call: Call, row: Row) -> Path:
    return Path(call.paths.results, row["owner"], row["dir"], row["chroot"], row["result_dir"])


def _rpm(chroot: Row, place: Path, rpm: Row) -> Iterator[str]:
    path = place / rpm["filename"]
    if not path.exists():
        yield f"{path}: build {chroot['build_id']} gave this RPM, and the file is not there"
    elif rpm["size"] is not None and path.stat().st_size != rpm["size"]:
        yield f"{path}: not as long as the RPM that build {chroot['build_id']} gave"


def _strays(results: Path, known: set[str], newest: float) -> Iterator[str]:
    """Directories of builds that no row names."""
    for path in sorted(results.glob("*/*/*/[0-9]*-*")):
        if str(path) not in known and path.is_dir() and path.stat().st_mtime < newest:
            yield f"{path}: no build has this directory"

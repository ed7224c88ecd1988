"""The monitor: for each package of a project's directory and each chroot, how its last build there fares."""

from itertools import groupby

from appliance.db.connection import Row
from appliance.db.queries import copr_builds as queries
from appliance.errors import BadRequest
from appliance.hub import copr_builds, project_dirs, projects
from appliance.hub.hub import Call

# What may be asked for besides; `url_build` is known, and adds nothing, as in Copr.
FIELDS = ("url_build_log", "url_backend_log", "url_build")

# The numbers of the states, as Copr counts them.
STATUS = {
    "failed": 0,
    "succeeded": 1,
    "canceled": 2,
    "running": 3,
    "pending": 4,
    "skipped": 5,
    "starting": 6,
    "importing": 7,
    "forked": 8,
    "waiting": 9,
}

# The newest build of each package for each chroot.
_NEWEST = """
c.build_id = (SELECT MAX(o.id) FROM copr_build o JOIN copr_build_chroot h ON h.build_id = o.id
              WHERE o.dir_id = b.dir_id AND o.package_id = b.package_id
                    AND h.mock_chroot_id = c.mock_chroot_id)
"""


def packages(
    call: Call, project: Row, dirname: str | None, fields: list[str], names: list[str] | None = None
) -> list[Row]:
    """`name` and `chroots` of each package that was built in the directory, the main one if none is named.

    With NAMES of these packages alone.
    """
    wanted = set(fields)
    wrong = sorted(wanted - set(FIELDS))
    if wrong:
        raise BadRequest("Wrong additional_fields argument(s): " + ", ".join(wrong))
    place = project_dirs.find(call, project, dirname) if dirname else project_dirs.main(call, project)
    mocks = [chroot["mock_chroot_id"] for chroot in projects.chroots(call, project["id"])]
    select = queries.build_chroots().also("b.dir_id = :dir AND b.package_id IS NOT NULL", dir=place["id"])
    select.also("c.mock_chroot_id IN :mocks", mocks=mocks).also(_NEWEST)
    if names is not None:
        select.also("k.name IN :names", names=names)
    select.order = "k.name, b.id DESC, c.id"
    found = select.rows(call.tx) if mocks else []
    return [
        {"name": name, "chroots": {row["name"]: _chroot(call, row, wanted) for row in rows}}
        for name, rows in groupby(found, key=lambda row: row["package_name"])
    ]


def _chroot(call: Call, row: Row, wanted: set[str]) -> Row:
    answer = {
        "state": row["status"],
        "status": STATUS.get(row["status"]),
        "build_id": row["build_id"],
        "pkg_version": row["pkg_version"],
    }
    if "url_build_log" in wanted:
        answer["url_build_log"] = copr_builds.log_url(call, row, "builder-live.log", ("running",))
    if "url_backend_log" in wanted:
        answer["url_backend_log"] = copr_builds.log_url(call, row, "backend.log", ("starting", "running"))
    return answer

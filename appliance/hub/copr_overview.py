"""What people look for across projects: the last builds, a user's builds, the homes of a package, active
projects.
"""

from appliance.db.connection import Row
from appliance.db.queries import copr_builds, projects
from appliance.db.select import Options
from appliance.hub.hub import Call

_HOMES = f"""
SELECT {projects.OWNER} AS ownername, p.name AS projectname, k.name AS package_name
FROM copr_package k JOIN project p ON p.id = k.project_id JOIN users u ON u.id = p.user_id
LEFT JOIN users g ON g.id = p.group_id
WHERE k.name = :name AND NOT p.deleted ORDER BY p.id DESC LIMIT :limit
"""
_COUNTS = """
SELECT project_id, COUNT(*) AS builds, MAX(submitted_on) AS last FROM copr_build
WHERE project_id IN :projects GROUP BY project_id
"""


def builds(call: Call, window: Options, project_id: int | None = None, package: str = "") -> list[Row]:
    """A window of builds, the newest first: of all projects, of one, or of one package there."""
    select = copr_builds.builds().also("NOT p.deleted")
    if project_id is not None:
        select.also("b.project_id = :project", project=project_id)
    if package:
        select.also("k.name = :package", package=package)
    found: list[Row] = select.rows(call.tx, window)
    return found


def of_user(call: Call, user_id: int, limit: int) -> list[Row]:
    """The last builds that a user submitted."""
    found: list[Row] = copr_builds.builds().also("b.user_id = :user", user=user_id).rows(call.tx, {"limit": limit})
    return found


def homes(call: Call, package: str, limit: int = 30) -> list[Row]:
    """The projects that have a package of that name: `ownername`, `projectname`."""
    return call.tx.rows(_HOMES, {"name": package, "limit": limit})


def listed(call: Call, window: Options, text: str = "") -> list[Row]:
    """A window of the projects, the newest first, with TEXT in their names, and how much they have built."""
    select = projects.projects()
    if text:
        select.also("LOWER(p.name) LIKE '%' || LOWER(:text) || '%' OR LOWER(u.name) = LOWER(:text)", text=text)
    select.order = "p.id DESC"
    found: list[Row] = select.rows(call.tx, window)
    ids = [row["id"] for row in found]
    counts = {row["project_id"]: row for row in call.tx.rows(_COUNTS, {"projects": ids})} if ids else {}
    return [{**row, "builds": 0, "last": None, **counts.get(row["id"], {})} for row in found]


def owned(call: Call, ownername: str, limit: int) -> list[Row]:
    """The projects of a user, or of a group whose name begins with @, the newest first."""
    select = projects.owned(projects.projects(), ownername)
    select.order = "p.id DESC"
    found: list[Row] = select.rows(call.tx, {"limit": limit})
    return found

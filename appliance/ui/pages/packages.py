"""Packages: all there are, and one with its builds, the tags that list it, and where projects build it."""

from appliance.db.connection import Row
from appliance.hub import builds, copr_overview, packages, rpms, tags
from appliance.hub.authority import ANYONE
from appliance.ui import results
from appliance.ui.pages.builds import detail
from appliance.ui.site import page
from appliance.ui.visit import Visit, cut

_TAGS = 60


@page("/packages", need=ANYONE)
def listing(visit: Visit) -> str:
    found = packages.every(visit.call, visit.asked("name") or None, {**visit.window(100), "order": "package_name"})
    rows, more = cut(found, 100)
    return visit.render("packages.html", rows=rows, more=more)


@page("/packages/<name:path>", need=ANYONE, live=("builds",))
def one(visit: Visit, name: str) -> str:
    call = visit.call
    package = packages.require(call, name)
    found = builds.listed(call, builds.Filter(package=package["id"]), {**visit.window(30), "order": "-build_id"})
    rows, more = cut(found, 30)
    listed = tags.listing(call, package_id=package["id"], perms=False, options={"limit": _TAGS + 1, "order": "name"})
    return visit.render(
        "package.html",
        package=package,
        more=more,
        expected=builds.average_duration(call, package["id"]),
        rows=results.shown(visit, [_row(row) for row in rows]),
        tags=listed[:_TAGS],
        more_tags=len(listed) > _TAGS,
        projects=copr_overview.homes(call, name),
    )


def _row(row: Row) -> Row:
    return {**row, "id": row["build_id"], "world": "koji"}


@page("/rpms/<rpm_id:int>", need=ANYONE)
def rpm(visit: Visit, rpm_id: int) -> str:
    found = rpms.require(visit.call, rpm_id)
    build = builds.get(visit.call, found["build_id"]) if found["build_id"] else None
    known = detail(visit, found) if build else {"depends": {}, "files": [], "keys": []}
    return visit.render("rpm.html", rpm=found, build=build, **known)

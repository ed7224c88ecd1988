"""Endpoints of builds."""

from typing import Any

from appliance.errors import BadRequest
from appliance.hub import copr_builds, copr_removals, copr_submissions, projects, promotions
from appliance.hub.authority import ANYONE, LOGIN, ruled
from appliance.hub.hub import Call
from appliance.rpc.copr.projects import page
from appliance.rpc.copr.request import Request
from appliance.rpc.copr.router import route

_BUILDER = ruled("a builder of the project", LOGIN)
_ADMIN = ruled("an admin of the project", LOGIN)

_NO_PAGE = {"limit": None, "offset": None, "order": None, "order_type": None}


@route("GET", "/build/<int:build_id>", need=ANYONE)
def get(call: Call, request: Request, build_id: str) -> Any:
    """A build."""
    return copr_builds.shown(call, copr_builds.get(call, build_id))


@route("GET", "/build/list", need=ANYONE)
def listed(call: Call, request: Request) -> Any:
    """The builds of a project, the newest first.

    Parameters: ownername, projectname, packagename, status and those of a page.
    """
    wanted = page(request)
    project = projects.find(call, *request.addressed())
    items, meta = copr_builds.listed(call, project, wanted, request.argument("packagename"), request.argument("status"))
    return {"items": items, "meta": meta}


@route("GET", "/build/source-chroot/<int:build_id>", need=ANYONE)
def source_chroot(call: Call, request: Request, build_id: str) -> Any:
    """State and results of the half that makes the source package."""
    return copr_builds.source_chroot(call, copr_builds.get(call, build_id))


@route("GET", "/build/source-build-config/<int:build_id>", need=ANYONE)
def source_config(call: Call, request: Request, build_id: str) -> Any:
    """What the source package is made from, and within what limits."""
    return copr_builds.source_config(call, copr_builds.get(call, build_id))


@route("GET", "/build/built-packages/<int:build_id>", need=ANYONE)
def packages(call: Call, request: Request, build_id: str) -> Any:
    """{chroot: {packages}} that the build gave."""
    return copr_builds.packages(call, copr_builds.get(call, build_id))


@route("PUT", "/build/cancel/<int:build_id>", need=_BUILDER, writes=True, instead_of="POST")
def cancel(call: Call, request: Request, build_id: str) -> Any:
    """Cancel a build."""
    return copr_builds.cancel(call, copr_builds.get(call, build_id))


@route("DELETE", "/build/delete/<int:build_id>", need=_ADMIN, writes=True, instead_of="POST")
def delete(call: Call, request: Request, build_id: str) -> Any:
    """Remove a build that has ended; what it was."""
    return copr_removals.build(call, copr_builds.get(call, build_id))


@route("DELETE", "/build/delete/list", need=_ADMIN, writes=True, instead_of="POST")
def delete_several(call: Call, request: Request) -> Any:
    """Remove several builds, or none if one can't be. Body: builds, a list of ids."""
    sent = request.json()
    if not isinstance(sent, dict) or "builds" not in sent:
        raise BadRequest("builds is missing")
    copr_removals.builds(call, sent["builds"])
    return {"builds": sent["builds"]}


@route("POST", "/build/promote/<int:build_id>", need=_BUILDER, writes=True)
def promote(call: Call, request: Request, build_id: str) -> Any:
    """Make the build one of Koji's and have it tagged; `build_id`, `nvr`, and the tagging's `task_id`.

    Body: tag, and chroots, a list (default: all that succeeded).
    """
    return promotions.promote(call, build_id, request.named("tag"), request.given().get("chroots"))


@route("POST", "/build/check-before-build", need=_BUILDER)
def check(call: Call, request: Request) -> Any:
    """Whether a build with these options could be submitted; clients ask before a large upload."""
    project = projects.find(call, *request.project())
    return {"message": copr_submissions.check(call, project, request.given())}


@route("POST", "/build/create/url", need=_BUILDER, writes=True)
def create_from_urls(call: Call, request: Request) -> Any:
    """A build for each address of a source package or spec file.

    Body: ownername, projectname, pkgs and options.
    """
    project = projects.find(call, *request.project())
    return {"items": copr_submissions.create(call, project, "link", request.given()), "meta": _NO_PAGE}


def _create(kind: str) -> Any:
    def create(call: Call, request: Request) -> Any:
        project = projects.find(call, *request.project())
        return copr_submissions.create(call, project, kind, request.given())[0]

    create.__doc__ = f"A build from {kind}. Body: ownername, projectname, what describes the source, and options."
    return create


for _kind in ("upload", "rpm_upload", "scm", "distgit", "pypi", "rubygems", "custom"):
    route(
        "POST",
        f"/build/create/{_kind.replace('_', '-')}",
        need=_BUILDER,
        writes=True,
        json_part=_kind.endswith("upload"),
    )(_create(_kind))

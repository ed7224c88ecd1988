"""Endpoints of packages."""

from typing import Any

from appliance.db.connection import Row
from appliance.hub import copr_packages, copr_removals, copr_submissions, projects
from appliance.hub.authority import ANYONE, LOGIN, ruled
from appliance.hub.hub import Call
from appliance.rpc.copr.projects import page
from appliance.rpc.copr.request import Request
from appliance.rpc.copr.router import route

_ADMIN = ruled("an admin of the project", LOGIN)
_BUILDER = ruled("a builder of the project", LOGIN)


@route("GET", "/package/", need=ANYONE)
def get(call: Call, request: Request) -> Any:
    """A package.

    Parameters: ownername, projectname, packagename; with_latest_build, with_latest_succeeded_build (any text
    but an empty one means yes).
    """
    ownername, projectname, name = request.addressed("packagename")
    project = projects.find(call, ownername, projectname)
    wanted = [bool(request.argument(word)) for word in ("with_latest_build", "with_latest_succeeded_build")]
    return copr_packages.shown(call, project, copr_packages.find(call, project, name), *wanted)


@route("GET", "/package/list", need=ANYONE)
def listed(call: Call, request: Request) -> Any:
    """The packages of a project.

    Parameters: ownername, projectname, with_latest_build, with_latest_succeeded_build and those of a page.
    """
    wanted = page(request)
    project = projects.find(call, *request.addressed())
    last = [_says_yes(request, word) for word in ("with_latest_build", "with_latest_succeeded_build")]
    return {"items": copr_packages.listed(call, project, wanted, *last), "meta": wanted.meta()}


def _says_yes(request: Request, name: str) -> bool:
    return request.argument(name) in ("True", "true", "1")


@route("POST", "/package/add/<ownername>/<projectname>/<package_name>/<source_type>", need=_ADMIN, writes=True)
def add(call: Call, request: Request, ownername: str, projectname: str, package_name: str, source_type: str) -> Any:
    """A new package."""
    project = projects.find(call, ownername, projectname)
    return copr_packages.add(call, project, package_name, source_type, request.given())


@route(
    "POST",
    "/package/edit/<ownername>/<projectname>/<package_name>/",
    "/package/edit/<ownername>/<projectname>/<package_name>/<source_type>",
    need=_ADMIN,
    writes=True,
)
def edit(
    call: Call,
    request: Request,
    ownername: str,
    projectname: str,
    package_name: str,
    source_type: str | None = None,
) -> Any:
    """Change a package; without SOURCE_TYPE it keeps its own."""
    project = projects.find(call, ownername, projectname)
    return copr_packages.edit(call, project, package_name, source_type, request.given())


def _named(call: Call, request: Request) -> tuple[Row, Row]:
    """(project, package) that the body names."""
    project = projects.find(call, *request.project())
    return project, copr_packages.named(call, project, request.given())


@route("PUT", "/package/reset", need=_ADMIN, writes=True, instead_of="POST", early_warning=True)
def reset(call: Call, request: Request) -> Any:
    """Forget where a package's source comes from. Body: ownername, projectname, package_name."""
    return copr_packages.reset(call, *_named(call, request))


@route("DELETE", "/package/delete", need=_ADMIN, writes=True, instead_of="POST", early_warning=True)
def delete(call: Call, request: Request) -> Any:
    """Remove a package with its builds; what it was. Body: ownername, projectname, package_name."""
    return copr_removals.package(call, *_named(call, request))


@route("POST", "/package/build", need=_BUILDER, writes=True)
def build(call: Call, request: Request) -> Any:
    """Build a package from its stored source.

    Body: ownername, projectname, package_name and a build's options.
    """
    project = projects.find(call, *request.project())
    return copr_submissions.rebuild(call, project, request.given())

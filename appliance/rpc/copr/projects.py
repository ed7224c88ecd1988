"""Endpoints of projects."""

from typing import Any

from appliance.hub import copr_removals, forks, paging, project_settings, projects
from appliance.hub.authority import ANYONE, LOGIN, ruled
from appliance.hub.hub import Call
from appliance.hub.paging import Page
from appliance.rpc.copr.request import Request
from appliance.rpc.copr.router import route

_ADMIN = ruled("an admin of the project", LOGIN)
_OWNER = ruled("an owner of the project", LOGIN)


def page(request: Request) -> Page:
    """The page that a request's query asks for."""
    return paging.wanted({name: request.argument(name) for name in paging.PARAMETERS if name in request.query})


@route("GET", "/project/", need=ANYONE)
def get(call: Call, request: Request) -> Any:
    """A project. Parameters: ownername, projectname."""
    return projects.shown(call, projects.find(call, *request.addressed()))


@route("GET", "/project/list", need=ANYONE)
def listed(call: Call, request: Request) -> Any:
    """Projects, of one owner or of all. Parameters: ownername and those of a page."""
    wanted = page(request)
    return {"items": projects.listed(call, wanted, request.argument("ownername")), "meta": wanted.meta()}


@route("GET", "/project/search", need=ANYONE)
def search(call: Call, request: Request) -> Any:
    """Projects that a query finds. Parameters: query and those of a page."""
    wanted = page(request)
    (query,) = request.arguments("query")
    return {"items": projects.search(call, wanted, query), "meta": wanted.meta()}


@route("POST", "/project/add/<ownername>", need=ruled("the owner of the new project", LOGIN), writes=True)
def add(call: Call, request: Request, ownername: str) -> Any:
    """A new project. Parameter exist_ok: `True` answers the project that has the name already."""
    return project_settings.add(call, ownername, request.given(), request.argument("exist_ok") == "True")


@route("PUT", "/project/edit/<ownername>/<projectname>", need=_ADMIN, writes=True, instead_of="POST")
def edit(call: Call, request: Request, ownername: str, projectname: str) -> Any:
    """Change what the body names."""
    return project_settings.edit(call, projects.find(call, ownername, projectname), request.given())


@route(
    "POST",
    "/project/fork/<ownername>/<projectname>",
    need=ruled("the owner of the fork", LOGIN),
    writes=True,
    instead_of="PUT",
)
def fork(call: Call, request: Request, ownername: str, projectname: str) -> Any:
    """A fork. Body: ownername, name, confirm."""
    return forks.fork(call, projects.find(call, ownername, projectname), request.given())


@route("DELETE", "/project/delete/<ownername>/<projectname>", need=_OWNER, writes=True, instead_of="POST")
def delete(call: Call, request: Request, ownername: str, projectname: str) -> Any:
    """Remove a project with all that is in it; what it was."""
    return copr_removals.project(call, projects.find(call, ownername, projectname))


@route("PUT", "/project/regenerate-repos/<ownername>/<projectname>", need=_ADMIN, writes=True, instead_of="POST")
def regenerate(call: Call, request: Request, ownername: str, projectname: str) -> Any:
    """Have the project's repositories composed again."""
    return project_settings.regenerate(call, projects.find(call, ownername, projectname))

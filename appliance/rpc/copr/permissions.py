"""Endpoints of what users may do in the projects of others."""

from typing import Any

from appliance.hub import project_permissions, projects
from appliance.hub.authority import ANYONE, LOGIN, ruled
from appliance.hub.hub import Call
from appliance.rpc.copr.request import Request
from appliance.rpc.copr.router import route

_ADMIN = ruled("an admin of the project", LOGIN)


@route("GET", "/project/permissions/can_build_in/<who>/<ownername>/<projectname>", need=ANYONE)
def can_build_in(call: Call, request: Request, who: str, ownername: str, projectname: str) -> Any:
    """Whether WHO may build in the project."""
    project_permissions.require_person(call, who)
    return project_permissions.can_build(call, who, projects.find(call, ownername, projectname))


@route("GET", "/project/permissions/get/<ownername>/<projectname>", need=_ADMIN)
def get(call: Call, request: Request, ownername: str, projectname: str) -> Any:
    """{user: {admin, builder}}, each `nothing`, `request` or `approved`."""
    return {"permissions": project_permissions.listed(call, projects.find(call, ownername, projectname))}


def grant(call: Call, request: Request, ownername: str, projectname: str) -> Any:
    """Set roles as the body says: {user: {role: state}}."""
    project = projects.find(call, ownername, projectname)
    project_permissions.require_insight(call, project)
    return {"updated": project_permissions.grant(call, project, request.json())}


# Both methods are Copr's own here; neither is deprecated.
for _method in ("PUT", "POST"):
    route(_method, "/project/permissions/set/<ownername>/<projectname>", need=_ADMIN, writes=True)(grant)


@route(
    "PUT",
    "/project/permissions/request/<ownername>/<projectname>",
    need=LOGIN,
    writes=True,
    instead_of="POST",
    early_warning=True,
)
def ask(call: Call, request: Request, ownername: str, projectname: str) -> Any:
    """Ask for roles, or step back from them, as the body says: {role: True or False}."""
    project = projects.find(call, ownername, projectname)
    return {"updated": project_permissions.request(call, project, request.json())}

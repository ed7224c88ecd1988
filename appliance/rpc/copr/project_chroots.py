"""Endpoints of a project's chroots."""

from typing import Any

from appliance.hub import build_configs, project_chroots, projects
from appliance.hub.authority import ANYONE, LOGIN, ruled
from appliance.hub.hub import Call
from appliance.rpc.copr.request import Request
from appliance.rpc.copr.router import route


@route("GET", "/project-chroot/", need=ANYONE)
def get(call: Call, request: Request) -> Any:
    """The settings of a project's chroot. Parameters: ownername, projectname, chrootname."""
    ownername, projectname, name = request.addressed("chrootname")
    project = projects.find(call, ownername, projectname)
    return project_chroots.shown(call, project, project_chroots.find(call, project, name))


@route("GET", "/project-chroot/build-config", need=ANYONE)
def build_config(call: Call, request: Request) -> Any:
    """What builds for the chroot are set up with. Parameters: ownername, projectname, chrootname."""
    ownername, projectname, name = request.addressed("chrootname")
    project = projects.find(call, ownername, projectname)
    return build_configs.of_chroot(call, project, project_chroots.find(call, project, name))


@route(
    "PUT",
    "/project-chroot/edit/<ownername>/<projectname>/<chrootname>",
    need=ruled("an admin of the project", LOGIN),
    writes=True,
    instead_of="POST",
    early_warning=True,
    json_part=True,
)
def edit(call: Call, request: Request, ownername: str, projectname: str, chrootname: str) -> Any:
    """Change what the body names; a part `upload_comps` is the chroot's comps.xml."""
    project = projects.find(call, ownername, projectname)
    return project_chroots.edit(call, project, chrootname, request.given())

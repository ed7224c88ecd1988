"""Addresses that Koji's and Copr's clients print: each leads to the page that shows the same here."""

from typing import Any

from appliance.errors import GenericError
from appliance.hub import channels, hosts, packages, tags, targets, users
from appliance.hub.authority import ANYONE
from appliance.ui.rendering import path
from appliance.ui.site import page
from appliance.ui.visit import Visit


def _number(visit: Visit, *keys: str) -> int | str:
    """A thing's id, or its name where that was given."""
    text = next((visit.asked(key) for key in keys if visit.asked(key)), "")
    if not text:
        raise GenericError("This address needs to say which.")
    return int(text) if text.isdecimal() and len(text) < 19 else text


@page("/taskinfo", need=ANYONE)
def task(visit: Visit) -> Any:
    return visit.moved(f"/tasks/{_number(visit, 'taskID')}")


@page("/buildinfo", need=ANYONE)
def build(visit: Visit) -> Any:
    return visit.moved(f"/builds/{path(_number(visit, 'buildID'))}")


@page("/rpminfo", need=ANYONE)
def rpm(visit: Visit) -> Any:
    return visit.moved(f"/rpms/{_number(visit, 'rpmID')}")


@page("/buildrootinfo", need=ANYONE)
def buildroot(visit: Visit) -> Any:
    return visit.moved(f"/buildroots/{_number(visit, 'buildrootID')}")


@page("/repoinfo", need=ANYONE)
def repo(visit: Visit) -> Any:
    return visit.moved(f"/repos/{_number(visit, 'repoID')}")


@page("/packageinfo", need=ANYONE)
def package(visit: Visit) -> Any:
    return visit.moved(f"/packages/{path(packages.require(visit.call, _number(visit, 'packageID'))['name'])}")


@page("/taginfo", need=ANYONE)
def tag(visit: Visit) -> Any:
    return visit.moved(f"/tags/{path(tags.require(visit.call, _number(visit, 'tagID'))['name'])}")


@page("/buildtargetinfo", need=ANYONE)
def target(visit: Visit) -> Any:
    return visit.moved(f"/targets/{path(targets.require(visit.call, _number(visit, 'targetID', 'name'))['name'])}")


@page("/userinfo", need=ANYONE)
def user(visit: Visit) -> Any:
    return visit.moved(f"/users/{path(users.require(visit.call, _number(visit, 'userID'))['name'])}")


@page("/hostinfo", need=ANYONE)
def host(visit: Visit) -> Any:
    found = hosts.get(visit.call, _number(visit, "hostID"), strict=True) or {}
    return visit.moved(f"/hosts/{path(found['name'])}")


@page("/channelinfo", need=ANYONE)
def channel(visit: Visit) -> Any:
    return visit.moved(f"/channels/{path(channels.require(visit.call, _number(visit, 'channelID'))['name'])}")

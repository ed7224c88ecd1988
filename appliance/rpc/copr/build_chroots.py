"""Endpoints of a build's halves, one a chroot."""

from typing import Any

from appliance.hub import build_configs, copr_builds
from appliance.hub.authority import ANYONE
from appliance.hub.hub import Call
from appliance.rpc.copr.projects import page
from appliance.rpc.copr.request import Request
from appliance.rpc.copr.router import route


def _which(request: Request, places: dict[str, str], *names: str) -> list[str]:
    """What the old style of addresses has in the path, and the new one in the query."""
    return [places[name] if name in places else request.arguments(name)[0] for name in names]


@route("GET", "/build-chroot/", "/build-chroot/<int:build_id>/<chrootname>", need=ANYONE)
def get(call: Call, request: Request, **places: str) -> Any:
    """A build's half. Parameters: build_id, chrootname."""
    found = copr_builds.chroot(call, *_which(request, places, "build_id", "chrootname"))
    return copr_builds.chroot_shown(call, found)


@route("GET", "/build-chroot/list", "/build-chroot/list/<int:build_id>", need=ANYONE)
def listed(call: Call, request: Request, **places: str) -> Any:
    """A build's halves. Parameters: build_id and those of a page."""
    wanted = page(request)
    items = copr_builds.chroots_listed(call, _which(request, places, "build_id")[0], wanted)
    return {"items": items, "meta": wanted.meta()}


@route("GET", "/build-chroot/build-config", "/build-chroot/build-config/<int:build_id>/<chrootname>", need=ANYONE)
def build_config(call: Call, request: Request, **places: str) -> Any:
    """What a build's half is set up with. Parameters: build_id, chrootname."""
    return build_configs.of_build(call, *_which(request, places, "build_id", "chrootname"))


@route("GET", "/build-chroot/built-packages", need=ANYONE)
def packages(call: Call, request: Request) -> Any:
    """The packages that a build's half gave. Parameters: build_id, chrootname."""
    build_id, name = request.arguments("build_id", "chrootname")
    copr_builds.chroot(call, build_id, name)
    return copr_builds.packages(call, copr_builds.get(call, build_id))[name]

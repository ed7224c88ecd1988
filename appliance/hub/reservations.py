"""Builds that content generators reserve: with a token, which fills the build or gives it back."""

import secrets
from typing import Any

import koji

from appliance.arguments import check
from appliance.db import states
from appliance.db.connection import Row
from appliance.db.models.builds import BuildReservation, ContentGenerator
from appliance.errors import GenericError
from appliance.hub import builds, content_generators, imports, names
from appliance.hub.hub import Call

_BUILDING = int(koji.BUILD_STATES["BUILDING"])
_ENDS = tuple(int(koji.BUILD_STATES[name]) for name in ("FAILED", "CANCELED"))


def make(call: Call, cg: Any, data: Any) -> Row:
    """Reserve the build `name, version, release, epoch` for a content generator; `build_id, token`."""
    content_generators.require_access(call, cg)
    wanted = {"epoch": None, **check(data, dict)}
    check_nvr(wanted)
    wanted.update(
        owner=call.user_id,
        state=_BUILDING,
        completion_time=None,
        cg_id=names.identify(call, ContentGenerator, cg),
    )
    build_id = imports.new_build(call, wanted)
    if token(call, build_id) is not None:
        raise GenericError("Build is already reserved")
    secret = secrets.token_hex(32)
    call.tx.insert(BuildReservation, build_id=build_id, token=secret, created=call.now())
    call.ring("builds")
    return {"build_id": build_id, "token": secret}


def check_nvr(data: Row) -> None:
    """Refuse names, versions and releases that no build can have."""
    if not data.get("name"):
        raise GenericError("No name or package id provided for build")
    for key in ("version", "release"):
        if not isinstance(data.get(key), str):
            raise GenericError(f"No {key} value for build")
    koji.check_NVR(data, strict=True)


def token(call: Call, build_id: int) -> str | None:
    """What a build was reserved with; None for one that is not."""
    found: str | None = call.tx.value("SELECT token FROM build_reservations WHERE build_id = :id", {"id": build_id})
    return found


def check_token(call: Call, build: Row, secret: Any) -> None:
    """Refuse one who does not know what a build was reserved with."""
    known = token(call, build["id"])
    if known is None or not isinstance(secret, str) or not secrets.compare_digest(known, secret):
        raise GenericError(f"Token doesn't match build ID {build['id']}")


def clear(call: Call, build_id: int) -> None:
    """End a reservation."""
    call.tx.delete(BuildReservation, build_id=build_id)


def refund(call: Call, cg: Any, build_id: Any, secret: Any, state: Any = _ENDS[0]) -> None:
    """Give a reserved build back: it is FAILED or CANCELED then, and its name can be taken again."""
    if state not in _ENDS:
        raise GenericError("Only FAILED/CANCELED build states are allowed")
    content_generators.require_access(call, cg)
    build = builds.require(call, build_id)
    if build["state"] != _BUILDING:
        raise GenericError(f"Build ID {build_id} is not in BUILDING state")
    check_token(call, build, secret)
    if build["cg_id"] != names.identify(call, ContentGenerator, cg):
        raise GenericError(f"Build ID {build_id} is not reserved by this CG")
    name = koji.BUILD_STATES[state]
    states.move(call.tx, states.BUILD, build["id"], name, completion_time=call.now())
    clear(call, build["id"])
    call.ring("builds")

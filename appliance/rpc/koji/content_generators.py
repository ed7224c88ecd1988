"""Methods with which content generators reserve builds and import them."""

from typing import Any

from appliance.hub import cg_imports, reservations
from appliance.hub.authority import ruled
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method

ACCESS = ruled("a user with access as the content generator")


@method(ACCESS, writes=True)
def CGInitBuild(call: Call, cg: Any, data: Any) -> Any:
    """Reserve a build (struct of `name, version, release, epoch, draft`) for a content generator.

    `build_id`, and the `token` that CGImport and CGRefundBuild ask for.
    """
    return reservations.make(call, cg, data)


@method(ACCESS, writes=True)
def CGRefundBuild(call: Call, cg: Any, build_id: Any, token: Any, state: Any = 3) -> None:
    """Give a reserved build back, which is failed (3) or canceled (4) then; its name can be taken again."""
    reservations.refund(call, cg, build_id, token, state)


@method(ACCESS, writes=True, first=cg_imports.prepare)
def CGImport(call: Call, metadata: Any, directory: Any, token: Any = None) -> Any:
    """Import a build from files in an upload directory; the build as getBuild shows it.

    metadata: a struct in the format of content generators, its JSON text, or the name of a .json file in the
    directory (nil: metadata.json). With the token of a reservation the metadata names the `build_id`.
    """
    return cg_imports.run(call, metadata, directory, token)

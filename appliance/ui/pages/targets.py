"""Targets: the tag that a build is made in, and the one that it goes to."""

from appliance.hub import changes, tags, targets
from appliance.hub.authority import ANYONE, permission
from appliance.ui import histories
from appliance.ui.site import page
from appliance.ui.visit import Visit, cut

TARGET = permission("target")


@page("/targets", need=ANYONE)
def listing(visit: Visit) -> str:
    rows, more = cut(targets.listing(visit.call, options={**visit.window(100), "order": "name"}), 100)
    return visit.render("targets.html", rows=rows, more=more, refusal=visit.refusal(TARGET), names=tag_names(visit))


def tag_names(visit: Visit) -> list[str]:
    """Names that a field for a tag offers."""
    found = tags.listing(visit.call, perms=False, options={"limit": 500, "order": "name"})
    return [each["name"] for each in found]


@page("/targets/<name:path>", need=ANYONE)
def one(visit: Visit, name: str) -> str:
    target = targets.require(visit.call, name)
    found = changes.listed(visit.call, ["build_target_config"], {"build_target": target["id"]}, {"limit": 50})
    return visit.render(
        "target.html",
        target=target,
        refusal=visit.refusal(TARGET),
        names=tag_names(visit),
        entries=histories.told(found),
    )

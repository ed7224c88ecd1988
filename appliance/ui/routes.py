"""The pages' addresses."""

import bottle

from appliance.hub.hub import Hub


def mount(app: bottle.Bottle, hub: Hub) -> None:
    """Serve the pages on APP."""

"""Where Copr's clients knock: /api_3."""

import bottle

from appliance.hub.hub import Hub


def mount(app: bottle.Bottle, hub: Hub) -> None:
    """Serve Copr's API on APP."""

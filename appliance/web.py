"""The WSGI application: every protocol and the pages on one Bottle, with liveness beside them."""

import json

import bottle

from appliance.hub.hub import Hub
from appliance.rpc.copr import routes as copr_routes
from appliance.rpc.koji import routes as koji_routes
from appliance.ui import routes as ui_routes


def build(hub: Hub) -> bottle.Bottle:
    """The application that serves HUB."""
    app = bottle.Bottle()
    app.route("/healthz", callback=lambda: _health(hub))
    koji_routes.mount(app, hub)
    copr_routes.mount(app, hub)
    ui_routes.mount(app, hub)
    return app


def _health(hub: Hub) -> str:
    bottle.response.content_type = "application/json"
    with hub.read() as call:
        events = call.tx.value("SELECT COUNT(*) FROM events")
    return json.dumps({"status": "ok", "parts": {"database": "ok"}, "events": events})

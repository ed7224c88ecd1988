"""The WSGI application: every protocol and the pages on one Bottle, with the appliance's vitals beside them."""

import bottle

from appliance.hub.hub import Hub
from appliance.rpc import repos, vitals
from appliance.rpc.copr import routes as copr_routes
from appliance.rpc.copr.router import Endpoint, registered
from appliance.rpc.koji import load_methods
from appliance.rpc.koji import routes as koji_routes
from appliance.rpc.koji.registry import Method
from appliance.rpc.origin import Proxies
from appliance.ui import routes as ui_routes


def build(hub: Hub) -> bottle.Bottle:
    """The application that serves HUB."""
    app = bottle.Bottle()
    vitals.mount(app, hub)
    koji_routes.mount(app, hub)
    copr_routes.mount(app, hub)
    repos.mount(app, hub)
    ui_routes.mount(app, hub, Proxies(hub.settings.koji.trusted_proxies).origin, _reference())
    return app


def _reference() -> dict[str, list[dict[str, str]]]:
    """What the pages say of the APIs: each method and endpoint with what its caller needs."""
    methods = sorted(load_methods().methods.values(), key=lambda each: each.name)
    return {
        "koji": [_described(each) for each in methods],
        "copr": [
            _described_endpoint(verb, resource.pattern, endpoint)
            for resource in sorted(registered(), key=lambda each: each.pattern)
            for verb, endpoint in resource.endpoints.items()
        ],
    }


def _described(method: Method) -> dict[str, str]:
    signature = f"{method.name}{method.signature}"
    return {"name": method.name, "signature": signature, "need": method.need.words, "doc": method.doc or ""}


def _described_endpoint(verb: str, pattern: str, endpoint: Endpoint) -> dict[str, str]:
    name = f"{verb} {pattern}"
    return {"name": name, "signature": name, "need": endpoint.need.words, "doc": endpoint.run.__doc__ or ""}

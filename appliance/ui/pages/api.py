"""The APIs: a token and configuration files for the clients, and the reference of every method and
endpoint.
"""

from typing import Any

from appliance.errors import GenericError
from appliance.hub import accounts
from appliance.hub.authority import ANYONE, LOGIN
from appliance.ui.site import page
from appliance.ui.visit import Visit


@page("/api", "/api/", need=ANYONE)
def clients(visit: Visit) -> str:
    """What to put into ~/.config/copr and koji.conf."""
    return visit.render("api.html", refusal=visit.refusal(LOGIN), known=accounts.known(visit.call), made=None)


@page("/api/<world>", need=ANYONE)
def reference(visit: Visit, world: str) -> Any:
    """Every method of Koji's API, or endpoint of Copr's."""
    known = (visit.reference or {}).get(world)
    if known is None:
        raise GenericError("There are two APIs: koji and copr.")
    text = visit.asked("name").lower()
    found = [each for each in known if text in each["name"].lower()]
    chosen = next((each for each in known if each["name"] == visit.asked("method")), None)
    return visit.render("api_reference.html", world=world, methods=found, chosen=chosen, count=len(known))

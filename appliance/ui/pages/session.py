"""Signing in."""

from appliance.hub.authority import ANYONE
from appliance.ui.site import page
from appliance.ui.visit import Visit, local


@page("/login", need=ANYONE)
def login(visit: Visit) -> str:
    return visit.render("login.html", next=local(visit.value("next", "/")))

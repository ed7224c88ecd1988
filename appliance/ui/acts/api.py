"""A fresh token for Copr's API."""

from appliance.hub import accounts
from appliance.hub.authority import LOGIN
from appliance.ui.forms import Form
from appliance.ui.pages.api import clients
from appliance.ui.site import act
from appliance.ui.visit import Visit


@act("/api/token", need=LOGIN, page=clients)
def renew(visit: Visit, form: Form) -> str:
    """Make a new token, and show it this once: only its hash is kept."""
    made = accounts.renew(visit.call)
    return visit.render("api.html", refusal=None, known=accounts.known(visit.call), made=made)

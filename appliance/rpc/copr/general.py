"""Who one is, tokens, chroots, the monitor, webhooks, and what dnf's plug-in asks for."""

from typing import Any

from appliance.errors import AccessRestricted
from appliance.hub import accounts, messages, mock_chroots, monitor, projects, rpmrepo, webhooks
from appliance.hub.authority import ANYONE, LOGIN, ruled
from appliance.hub.hub import Call
from appliance.rpc.copr.request import Request
from appliance.rpc.copr.router import route


@route("GET", "/", need=ANYONE)
def home(call: Call, request: Request) -> Any:
    """The version of the API."""
    return {"version": 3}


@route("GET", "/auth-check", need=LOGIN)
def auth_check(call: Call, request: Request) -> Any:
    """`id` and `name` of the asking user."""
    return {"id": call.user_id, "name": call.session.user_name}


@route("POST", "/api-token", need=LOGIN, writes=True)
def api_token(call: Call, request: Request) -> Any:
    """A new login and token for the asking user, in place of the old ones."""
    return accounts.renew(call)


@route("GET", "/gssapi_login", "/gssapi_login/web-ui", need=ANYONE)
def gssapi_login(call: Call, request: Request) -> Any:
    """Tokens are this server's way in; without them it refuses in the words that clients expect."""
    raise AccessRestricted("Can't log-in using GSSAPI: Kerberos authentication failed (no credentials provided)")


@route("GET", "/mock-chroots/list", need=ANYONE)
def chroots(call: Call, request: Request) -> Any:
    """{chroot: what the operator says of it}."""
    return mock_chroots.comments(call)


@route("GET", "/monitor", need=ANYONE)
def monitored(call: Call, request: Request) -> Any:
    """For each package and chroot how its last build fares.

    Parameters: ownername, projectname; project_dirname, additional_fields[].
    """
    project = projects.find(call, *request.addressed())
    fields = request.query.get("additional_fields[]", [])
    packages = monitor.packages(call, project, request.argument("project_dirname"), fields)
    return {"output": "ok", "message": "Project monitor request successful", "packages": packages}


@route(
    "POST",
    "/webhook/generate/<ownername>/<projectname>",
    need=ruled("an admin of the project", LOGIN),
    writes=True,
)
def webhook_secret(call: Call, request: Request, ownername: str, projectname: str) -> Any:
    """The project with a new webhook secret."""
    return webhooks.new_secret(call, projects.find(call, ownername, projectname))


@route("GET", "/events", need=ANYONE)
def events(call: Call, request: Request) -> Any:
    """What happened after the event `since`: `events`, each with id, time, topic, body, and `next`, to go on from.

    Parameters: since (without it, only where the feed ends now), limit.
    """
    return messages.feed(call, request.argument("since"), request.argument("limit"))


@route("GET", "/rpmrepo/<ownername>/<dirname>/<release>", need=ANYONE)
def rpm_repo(call: Call, request: Request, ownername: str, dirname: str, release: str) -> Any:
    """The project's repositories, for dnf 5's plug-in; RELEASE, which it sends, makes no difference."""
    return rpmrepo.described(call, rpmrepo.find(call, ownername, dirname))

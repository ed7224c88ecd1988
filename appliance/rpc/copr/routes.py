"""Where Copr's clients knock: /api_3, the .repo files below /coprs, the results, and what was submitted."""

import base64
import importlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bottle

from appliance.errors import CoprError, GenericError, LoginRequired, NotFound
from appliance.hub import accounts, copr_submissions, rpmrepo
from appliance.hub.hub import Hub, Session
from appliance.rpc import files
from appliance.rpc.copr import hooks
from appliance.rpc.copr.request import Request
from appliance.rpc.copr.router import Endpoint, Router, registered

log = logging.getLogger(__name__)

_MODULES = ("general", "projects", "permissions", "project_chroots", "packages", "builds", "build_chroots")
_BUG = "Request wasn't successful; the server's log says why."


def mount(app: bottle.Bottle, hub: Hub) -> None:
    """Serve Copr's API on APP."""
    for name in _MODULES:
        importlib.import_module(f"appliance.rpc.copr.{name}")
    door = Door(hub, Router(registered()))
    hooks.mount(app, hub)
    app.route("/api_3", method="ANY", callback=lambda: door.api("/"))
    app.route("/api_3/<path:re:.*>", method="ANY", callback=lambda path: door.api(f"/{path}"))
    for pattern in ("/coprs/<owner>/<dirname>", "/coprs/g/<group>/<dirname>"):
        for end in ("/repo/<release>", "/repo/<release>/", "/repo/<release>/<name>"):
            app.route(pattern + end, callback=door.repo_file)
    for address, root in (("/results", hub.paths.results), (copr_submissions.SUBMITTED, hub.paths.submitted)):
        app.route(f"{address}/<path:re:.*>", callback=_files(root))


def _files(root: Path) -> Callable[[str], Any]:
    return lambda path: files.serve(root, path)


class Door:
    """Takes HTTP requests in and gives answers out."""

    def __init__(self, hub: Hub, router: Router) -> None:
        self.hub = hub
        self.router = router

    def api(self, path: str) -> str:
        """The answer of an endpoint, or an error, as JSON."""
        try:
            resource, places = self.router.find(bottle.request.method, path)
            if bottle.request.method == "OPTIONS":
                return _options(resource.allowed(path))
            method = "GET" if bottle.request.method == "HEAD" else bottle.request.method
            return _json(self._answer(resource.endpoints[method], places))
        except CoprError as error:
            return _refusal(error.status, error)
        except GenericError as error:
            return _refusal(400, error)
        except Exception:  # the edge: what nobody foresaw is logged, and the client told so
            log.exception("a request failed unexpectedly")
            bottle.response.status = 500
            return _json({"error": _BUG})

    def _answer(self, endpoint: Endpoint, places: dict[str, str]) -> Any:
        session = self._session(endpoint) if endpoint.needs_login else Session()
        limit = self.hub.settings.copr.max_download if endpoint.needs_login else 0
        request = Request(bottle.request.environ, self.hub.paths.submitted, limit, endpoint.json_part)
        try:
            answer = self._run(endpoint, session, request, places)
        finally:
            request.discard()
        _warn(endpoint.warning)
        return answer

    def _run(self, endpoint: Endpoint, session: Session, request: Request, places: dict[str, str]) -> Any:
        begin = self.hub.write if endpoint.writes else self.hub.read
        with begin(session) as call:
            call.base_url = self._base_url()
            return endpoint.run(call, request, **places)

    def _session(self, endpoint: Endpoint) -> Session:
        """The session of the user whose API login and token came with the request."""
        credentials = _credentials(bottle.request.get_header("Authorization", ""))
        if credentials is not None:
            with self.hub.read() as call:
                found = accounts.session(call, *credentials)
            if found is not None:
                return found
        _warn(endpoint.warning if endpoint.early_warning else None)
        raise LoginRequired(
            f"Login invalid/expired. Please visit {self._base_url()}/api to get or renew your API token.",
            "notok",
        )

    def _base_url(self) -> str:
        parts = bottle.request.urlparts
        return self.hub.settings.url.rstrip("/") or f"{parts.scheme}://{parts.netloc}"

    # .repo files

    def repo_file(self, dirname: str, release: str, owner: str = "", group: str = "", name: str | None = None) -> str:
        """The .repo file that dnf's plug-in and `dnf config-manager` ask for."""
        ownername = owner or f"@{group}"
        with self.hub.read() as call:
            call.base_url = self._base_url()
            try:
                text = rpmrepo.repo_file(call, ownername, dirname, release, bottle.request.query.get("arch"))
            except NotFound as error:
                return _no_repo(error)
        bottle.response.content_type = "text/plain; charset=utf-8"
        bottle.response.set_header("Content-Disposition", f"filename={ownername}-{dirname}.repo")
        return text


def _no_repo(error: NotFound) -> str:
    """A page that says so; dnf's plug-in reads the header for the chroots that there are."""
    if isinstance(error, rpmrepo.NoSuchChroot):
        data = json.dumps({"available chroots": error.available}).encode()
        bottle.response.set_header("Copr-Error-Data", base64.b64encode(data).decode())
    bottle.response.status = 404
    bottle.response.content_type = "text/html; charset=utf-8"
    return f"<!DOCTYPE html><title>Not found</title><p>{bottle.html_escape(str(error))}</p>\n"


def _credentials(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        login, colon, token = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (login, token) if colon else None


def _warn(text: str | None) -> None:
    if text:
        bottle.response.set_header("Warning", text)


def _options(methods: list[str]) -> str:
    if methods:
        bottle.response.set_header("Allow", ", ".join(methods))
    bottle.response.content_type = "text/html; charset=utf-8"
    return ""


def _refusal(status: int, error: GenericError) -> str:
    bottle.response.status = status
    output = getattr(error, "output", None)
    return _json({"error": str(error), **({"output": output} if output else {})})


def _json(answer: Any) -> str:
    bottle.response.content_type = "application/json"
    return json.dumps(answer) + "\n"

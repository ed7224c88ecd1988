"""The pages' addresses: each request becomes a visit, and its answer leaves with the headers that keep it
safe.
"""

import gzip
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import bottle

from appliance.errors import (
    ActionNotAllowed,
    AuthError,
    AuthExpired,
    ConfigurationError,
    CoprError,
    GenericError,
    ServerOffline,
)
from appliance.hub import sessions
from appliance.hub.hub import Hub, Origin, Session
from appliance.ui import cookies, forms, site
from appliance.ui.notices import Notices
from appliance.ui.rendering import STATIC
from appliance.ui.site import Act, Page
from appliance.ui.violations import Violations
from appliance.ui.visit import Visit, local

log = logging.getLogger(__name__)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'; report-uri /policy-violations"
)
SAFETY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Encoding, Cookie",
}
_SMALLEST_PACKED = 1400
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_STALE = "This form was made for another session, or is too old. Look at what it says and send it again."


def mount(
    app: bottle.Bottle,
    hub: Hub,
    origin: Callable[[Mapping[str, Any]], Origin] | None = None,
    reference: Any = None,
) -> None:
    """Serve the pages on APP. ORIGIN says of a WSGI request who sent it, REFERENCE describes the APIs
    beside us.
    """
    site.load()
    door = Door(hub, origin or _peer, reference)
    for page in sorted(site.PAGES, key=lambda each: site.narrowness(each.pattern)):
        app.route(page.pattern, callback=door.showing(page))
    for act in sorted(site.ACTS, key=lambda each: site.narrowness(each.pattern)):
        app.route(act.pattern, method="POST", callback=door.doing(act))
    app.route("/static/<name>", callback=_static)
    app.route("/policy-violations", method="POST", callback=door.violations.take)
    for status in (404, 405, 500):
        app.error(status)(door.failed)


def _peer(environ: Mapping[str, Any]) -> Origin:
    return Origin(address=str(environ.get("REMOTE_ADDR") or "-"))


def _static(name: str) -> bottle.HTTPResponse:
    path = STATIC / name
    if "/" in name or path.suffix not in _TYPES or not path.is_file():
        return bottle.HTTPError(404, "Not found")
    kept = "public, max-age=31536000, immutable" if "v" in bottle.request.query else "no-cache"
    headers = {**SAFETY, "Content-Type": _TYPES[path.suffix], "Cache-Control": kept}
    return bottle.HTTPResponse(_packed(path.read_bytes(), headers), headers=headers)


class Door:
    """Takes requests in: finds out who asks, opens the unit of work, and answers with a page whatever
    happens.
    """

    def __init__(self, hub: Hub, origin: Callable[[Mapping[str, Any]], Origin], reference: Any) -> None:
        self.hub = hub
        self.origin = origin
        self.reference = reference
        self.notices = Notices()
        self.violations = Violations()

    # showing pages

    def showing(self, page: Page) -> Callable[..., Any]:
        def answer(**places: str) -> bottle.HTTPResponse:
            visit = self._visit()
            try:
                return self._sent(visit, self._show(visit, page, places))
            except GenericError as error:
                return self._refused(visit, error)

        return answer

    def _show(self, visit: Visit, page: Page, places: dict[str, str]) -> Any:
        visit.topics, visit.heard = page.live, self.hub.bell.heard(*page.live)
        with self.hub.read() as call:
            self._enter(visit, call)
            page.need.check(visit.session)
            if not bottle.request.get_header("X-Heard"):  # a page that renews itself is not read from the top
                visit.notice = self.notices.take(visit.session.id)
            return page.function(visit, **places)

    # doing acts

    def doing(self, act: Act) -> Callable[..., Any]:
        def answer(**places: str) -> bottle.HTTPResponse:
            visit, form = self._visit(), forms.Form()
            try:
                self._screen(visit, act)
                form = self._form(visit, act)
                return self._done(visit, self._act(visit, act, form, places))
            except GenericError as error:
                return self._again(visit, act, places, form, error)
            finally:
                form.discard()

        return answer

    def _screen(self, visit: Visit, act: Act) -> None:
        """Refuse strangers before their bodies are read."""
        with self.hub.read() as call:
            self._enter(visit, call)
            act.need.check(visit.session)
        if bottle.request.get_header("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise ActionNotAllowed("Forms of other sites are not taken.")

    def _form(self, visit: Visit, act: Act) -> forms.Form:
        room = self.hub.paths.submitted if act.uploads else None
        form = forms.read(bottle.request.environ, room, self.hub.settings.copr.max_download)
        if not cookies.fits(visit.secret, form.text("token")):
            form.discard()
            visit.given = form.typed()
            raise ActionNotAllowed(_STALE)
        return form

    def _act(self, visit: Visit, act: Act, form: forms.Form, places: dict[str, str]) -> Any:
        if act.first is not None:
            with self.hub.read() as call:
                self._enter(visit, call)
                act.first(visit, form, **places)
        with self.hub.write() as call:
            self._enter(visit, call)
            act.need.check(visit.session)
            where = act.function(visit, form, **places)
            if visit.session.id is not None:
                sessions.touch(call, visit.session)
        return where

    def _done(self, visit: Visit, where: Any) -> bottle.HTTPResponse:
        """An act answers where to go next, or a page that is shown once."""
        if isinstance(where, bottle.HTTPResponse) or (isinstance(where, str) and not where.startswith("/")):
            return self._sent(visit, where)
        self.notices.put(visit.session.id, visit.notice)
        return self._redirect(visit, where)

    def _again(
        self, visit: Visit, act: Act, places: dict[str, str], form: forms.Form, error: GenericError
    ) -> bottle.HTTPResponse:
        """The page that the act was done on, with what was typed and why it was refused."""
        visit.error = str(error)
        visit.given = form.typed() or visit.given
        try:
            shown = Page(act.pattern, act.need, act.page)
            body = self._show(visit, shown, places)
        except GenericError as worse:
            return self._refused(visit, worse)
        visit.status = _status(error, 400)
        return self._sent(visit, body)

    # who asks

    def _visit(self) -> Visit:
        request = bottle.request
        sent = dict(request.cookies.items())
        visit = Visit(
            hub=self.hub,
            path=_addressed(request.environ),
            base_url=self._base_url(),
            sent=sent,
            query={name: request.query.getunicode(name) or "" for name in request.query},
            address=self.origin(request.environ).address,
            secret=sent.get(cookies.SEED, ""),
            reference=self.reference,
        )
        if cookies.credentials(sent):
            visit.secret = sent[cookies.SESSION]
        elif not visit.secret:
            fresh = cookies.seed()
            visit.secret = fresh.value
            visit.setting.append(fresh)
        return visit

    def _base_url(self) -> str:
        parts = bottle.request.urlparts
        return self.hub.settings.url.rstrip("/") or f"{parts.scheme}://{parts.netloc}"

    def _enter(self, visit: Visit, call: Any) -> None:
        """Find out who asks. A session that has ended makes an anonymous visitor."""
        hostip = visit.address if self.hub.settings.koji.check_client_ip else "-"
        visit.session = Session(hostip=hostip, origin=self.origin(bottle.request.environ))
        shown = cookies.credentials(visit.sent)
        if shown:
            try:
                visit.session = sessions.resolve(call, *shown, hostip, None, "page")
                self.hub.activity.note(shown[0], call.now())
            except (AuthError, AuthExpired):
                visit.setting.append(cookies.no_session())
        visit.call = call
        self._check_open(visit)

    def _check_open(self, visit: Visit) -> None:
        """What the API would not serve now, pages don't show either; but an admin must be able to sign in."""
        settings = self.hub.settings.koji
        if settings.offline:
            raise ServerOffline(settings.offline_message)
        if settings.lock_out and not visit.session.may("admin") and visit.path != "/login":
            raise ServerOffline("Server disabled for maintenance")

    # answers

    def _sent(self, visit: Visit, body: Any) -> bottle.HTTPResponse:
        if isinstance(body, bottle.HTTPResponse):
            return self._headed(visit, body)
        headers = {**SAFETY, "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
        if visit.topics:
            headers["X-Heard"] = f"{visit.heard}"
        packed = _packed(body.encode("utf-8", "replace"), headers)
        return self._headed(visit, bottle.HTTPResponse(packed, status=visit.status, headers=headers))

    def _headed(self, visit: Visit, response: bottle.HTTPResponse) -> bottle.HTTPResponse:
        secure = visit.base_url.startswith("https:")
        for cookie in visit.setting:
            response.add_header("Set-Cookie", cookie.header(secure))
        return response

    def _redirect(self, visit: Visit, where: str) -> bottle.HTTPResponse:
        headers = {**SAFETY, "Location": local(where), "Cache-Control": "no-store"}
        return self._headed(visit, bottle.HTTPResponse(status=303, headers=headers))

    def _refused(self, visit: Visit, error: GenericError) -> bottle.HTTPResponse:
        """Why there is no page; who has not signed in may do that first."""
        visit.status = _status(error, 404)
        if visit.status == 403 and not visit.session.logged_in and bottle.request.method in ("GET", "HEAD"):
            return self._redirect(visit, "/login?next=" + quote(visit.here(), safe=""))
        return self._sent(visit, visit.render("refused.html", text=str(error)))

    def failed(self, error: bottle.HTTPError) -> Any:
        """The page for what no page is for, and for what nobody foresaw."""
        if error.exception is not None:
            log.error("a page failed", exc_info=error.exception)
        visit = self._visit()
        visit.status = error.status_code
        text = {404: "There is no such page.", 405: "This address does not take that."}.get(
            visit.status, "Something went wrong here. The server's log says what."
        )
        answer = self._sent(visit, visit.render("refused.html", text=text))
        for name, value in answer.headerlist:
            bottle.response.set_header(name, value)
        return answer.body


def _addressed(environ: Mapping[str, Any]) -> str:
    """The path as a browser may ask for it again."""
    text: str = environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace")
    return quote(text, safe="/@~+:^,")


def _status(error: GenericError, other: int) -> int:
    if isinstance(error, CoprError):
        return error.status if error.status != 500 else 400
    if isinstance(error, (ActionNotAllowed, AuthError)):
        return 403
    if isinstance(error, (ServerOffline, ConfigurationError)):
        return 503
    return other


def _packed(body: bytes, headers: dict[str, str]) -> bytes:
    """Compressed, where that pays and the browser takes it."""
    if len(body) < _SMALLEST_PACKED or "gzip" not in bottle.request.get_header("Accept-Encoding", ""):
        return body
    headers["Content-Encoding"] = "gzip"
    return gzip.compress(body, 1)

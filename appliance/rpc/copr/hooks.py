"""Where forges send their webhooks: /webhooks/FORGE/PROJECT-ID/SECRET/[PACKAGE/], and Copr's two custom ones."""

import logging
from collections.abc import Callable

import bottle

from appliance.errors import CoprError, GenericError, NotFound
from appliance.hub import projects, webhooks
from appliance.hub.hub import Call, Hub
from appliance.rpc.copr.request import MAX_TEXT

log = logging.getLogger(__name__)


def mount(app: bottle.Bottle, hub: Hub) -> None:
    """Take webhooks on APP. The answer is the numbers of the builds that follow, a line each."""
    door = _Door(hub)
    doors = {forge: door.push(forge) for forge in webhooks.FORGES} | {"custom": door.custom}
    for slash in ("", "/"):
        for sender, callback in doors.items():
            address = f"/webhooks/{sender}/<project_id:int>/<secret>"
            app.route(f"{address}{slash}", "POST", callback)
            app.route(f"{address}/<name>{slash}", "POST", callback)
        app.route(f"/webhooks/custom-dir/<owner>/<dirname>/<secret>/<name>{slash}", "POST", door.custom_dir)


class _Door:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def push(self, forge: str) -> Callable[..., str]:
        def callback(project_id: int, secret: str, name: str | None = None) -> str:
            return self._answer(
                lambda call, body: webhooks.pushed(call, forge, project_id, secret, bottle.request.headers, body, name)
            )

        return callback

    def custom(self, project_id: int, secret: str, name: str | None = None) -> str:
        return self._answer(
            lambda call, body: webhooks.asked(
                call, projects.get(call, project_id), secret, bottle.request.headers, body, name
            )
        )

    def custom_dir(self, owner: str, dirname: str, secret: str, name: str) -> str:
        return self._answer(
            lambda call, body: webhooks.asked(
                call, webhooks.project_of_dir(call, owner, dirname), secret, bottle.request.headers, body, name, dirname
            )
        )

    def _answer(self, act: Callable[[Call, bytes], list[int]]) -> str:
        if bottle.request.content_length > MAX_TEXT:
            return _say(413, f"A webhook can have {MAX_TEXT} bytes at most")
        body = bottle.request.environ["wsgi.input"].read(max(0, bottle.request.content_length))
        try:
            with self.hub.write() as call:
                built = act(call, body)
        except NotFound as error:
            return _say(404, str(error))
        except GenericError as error:
            return _say(error.status if isinstance(error, CoprError) else 400, str(error))
        return _say(200, "\n".join(map(str, built)) if built else "SKIPPED")


def _say(status: int, text: str) -> str:
    bottle.response.status = status
    bottle.response.content_type = "text/html; charset=utf-8"  # as Copr answers
    return f"{bottle.html_escape(text)}\n"

"""Repositories of any moment over HTTP, as dnf wants them.

/repo/TAG/@MOMENT/ARCH/                     a Koji tag's; `latest` stands for the newest
/repo/copr/OWNER/PROJECT/@MOMENT/CHROOT/    a Copr project's, or one of its directories'

What a moment showed never changes, so clients and caches may keep it; `latest` is asked for again.
"""

import re
from collections.abc import Callable

import bottle

from appliance.errors import GenericError, NotFound
from appliance.hub import repo_moments
from appliance.hub.hub import Hub
from appliance.hub.repo_moments import Shown
from appliance.rpc import files

_MOMENT = r"(?:@(?P<moment>[^/]+)|(?P<latest>latest))"
_COPR = re.compile(rf"copr/(?P<owner>[^/]+)/(?P<dir>[^/]+)/{_MOMENT}/(?P<chroot>[^/]+)(?P<rest>/.*)?\Z")
_TAG = re.compile(rf"(?P<tag>[^/]+)/{_MOMENT}/(?P<arch>[^/]+)(?P<rest>/.*)?\Z")
# Where in a repository packages are: below the link that Koji's repositories have, or in a build's directory.
_OF_TAG, _OF_PROJECT = re.compile(r"/toplink/(?=packages/|vol/)"), re.compile(r"/(?=[0-9]{8,}-[^/]+/)")
_FOR_EVER = "public, max-age=31536000, immutable"
_NAMED_BY_CONTENT = re.compile(r"/repodata/[0-9a-f]{64}-[^/]+\Z")


def mount(app: bottle.Bottle, hub: Hub) -> None:
    """Serve the repositories of HUB below /repo/."""
    door = Door(hub)
    app.route("/repo/<path:re:.*>", method=["GET", "HEAD"], callback=door.answer)


class Door:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def answer(self, path: str) -> bottle.HTTPResponse:
        """The file, or the listing, that PATH below /repo/ means."""
        for pattern, find in ((_COPR, self._project), (_TAG, self._tag)):
            found = pattern.match(path)
            if found is not None:
                return _told(find, found)
        return files.refusal(
            404, "A repository is at /repo/TAG/@EVENT/ARCH/ or /repo/copr/OWNER/PROJECT/@EVENT/CHROOT/"
        )

    def _tag(self, path: re.Match[str]) -> bottle.HTTPResponse:
        package = _OF_TAG.match(path["rest"] or "")
        if package:
            below = path["rest"][package.end() :]
            return _kept(files.serve(self.hub.paths.koji, below, files.volumes(self.hub.paths.koji)))
        return _shown(repo_moments.of_tag(self.hub, path["tag"], _moment(path), path["arch"]), path["rest"] or "")

    def _project(self, path: re.Match[str]) -> bottle.HTTPResponse:
        rest = path["rest"] or ""
        shown = repo_moments.of_project(self.hub, path["owner"], path["dir"], _moment(path), path["chroot"])
        if _OF_PROJECT.match(rest):
            return _kept(files.serve(shown.packages, rest))
        return _shown(shown, rest)


def _told(find: Callable[[re.Match[str]], bottle.HTTPResponse], path: re.Match[str]) -> bottle.HTTPResponse:
    """An error as plain text: 404 where there is no such repository, 503 where it could not be made."""
    try:
        return find(path)
    except NotFound as error:
        return files.refusal(404, str(error))
    except GenericError as error:
        return files.refusal(503, str(error))


def _moment(path: re.Match[str]) -> str:
    return path["moment"] or repo_moments.LATEST


def _shown(shown: Shown, rest: str) -> bottle.HTTPResponse:
    if _NAMED_BY_CONTENT.match(rest):
        return _kept(files.serve(shown.holding(rest[1:]), rest))
    response = files.serve(shown.directory, rest)
    return _kept(response) if shown.fixed else response


def _kept(response: bottle.HTTPResponse) -> bottle.HTTPResponse:
    """An answer that is the same for ever, if it is one."""
    if response.status_code in (200, 206, 304) and not bottle.request.path.endswith("/"):
        response.set_header("Cache-Control", _FOR_EVER)
    return response

"""Names for moments of repositories: `/repo/TAG/@NAME/` goes on showing what a tag or a project was like then."""

import re
from typing import Any

from appliance.db.connection import Row
from appliance.db.models.pins import RepoPin
from appliance.errors import GenericError, NotFound
from appliance.hub import project_permissions, repo_moments, tags
from appliance.hub.authority import LOGIN
from appliance.hub.hub import Call

# A letter first: what begins with a digit is an event or a date.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]{0,99}\Z")
_STRANGER = "You don't have permissions to name snapshots of this project."
_LISTED = """
SELECT p.id, p.name, p.event_id, e.time AS event_ts, p.created, u.name AS creator_name
FROM repo_pin p JOIN events e ON e.id = p.event_id JOIN users u ON u.id = p.creator_id
WHERE p.{column} = :id ORDER BY p.event_id, p.name
"""


def of_tag(call: Call, tag: Any) -> list[Row]:
    """A tag's pins, the oldest moment first: `id, name, event_id, event_ts, created, creator_name`."""
    return _listed(call, "tag_id", tags.known(call, tag))


def of_project(call: Call, ownername: str, dirname: str) -> list[Row]:
    """The pins of a project's directory, as those of a tag."""
    return _listed(call, "dir_id", repo_moments.directory(call, ownername, dirname)[1])


def _listed(call: Call, column: str, owner_id: int) -> list[Row]:
    return call.tx.rows(_LISTED.format(column=column), {"id": owner_id})


def pin_tag(call: Call, tag: Any, name: str, moment: str = repo_moments.LATEST) -> int:
    """Name a tag's repositories as they were at a moment (an event, a date, `latest`); the event.

    Who may tag into the tag may name its moments.
    """
    LOGIN.check(call.session)
    found = tags.require(call, tag)
    tags.assert_access(call, found["id"])
    return _pin(call, "tag_id", found["id"], name, moment)


def pin_project(call: Call, ownername: str, dirname: str, name: str, moment: str = repo_moments.LATEST) -> int:
    """As `pin_tag` for a directory of a project, by somebody who may build in it."""
    LOGIN.check(call.session)
    project, dir_id = repo_moments.directory(call, ownername, dirname)
    project_permissions.require_build(call, project, _STRANGER)
    return _pin(call, "dir_id", dir_id, name, moment)


def _pin(call: Call, column: str, owner_id: int, name: str, moment: str) -> int:
    if not _NAME.match(name) or name == repo_moments.LATEST:
        raise GenericError(f"a snapshot can't be called {name!r}: a letter first, then letters, digits, _.+-")
    if name in (pin["name"] for pin in _listed(call, column, owner_id)):
        raise GenericError(f"there is a snapshot called {name} already; remove it first")
    event = repo_moments.event_of(call, moment, column, owner_id)
    values = {column: owner_id, "name": name, "event_id": event, "creator_id": call.user_id}
    call.tx.insert(RepoPin, created=call.now(), **values)
    return event


def unpin_tag(call: Call, tag: Any, name: str) -> None:
    """Forget a pin of a tag: what only it kept may go."""
    tag_id = tags.known(call, tag)
    tags.assert_access(call, tag_id)
    _unpin(call, "tag_id", tag_id, name)


def unpin_project(call: Call, ownername: str, dirname: str, name: str) -> None:
    """Forget a pin of a project's directory."""
    project, dir_id = repo_moments.directory(call, ownername, dirname)
    project_permissions.require_build(call, project, _STRANGER)
    _unpin(call, "dir_id", dir_id, name)


def _unpin(call: Call, column: str, owner_id: int, name: str) -> None:
    if not call.tx.delete(RepoPin, **{column: owner_id, "name": name}):
        raise NotFound(f"there is no snapshot called {name}")

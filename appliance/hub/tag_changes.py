"""When tags changed: what decides whether a repository is still up to date."""

from typing import Any

from appliance import arguments
from appliance.db.queries import tag_changes as queries
from appliance.errors import ParameterError
from appliance.hub import external_repos, inheritance, tags
from appliance.hub.hub import Call


def since(call: Call, event: Any, tag_ids: Any) -> bool:
    """Whether any of the tags, without what they inherit from, changed after an event."""
    ids = [arguments.identity(each) for each in arguments.check(tag_ids, list)]
    if not ids:
        raise ParameterError("Invalid value for taglist: an empty list")
    return queries.any_since(call.tx, ids, arguments.check(event, int))


def first(call: Call, tag: Any, after: Any = None, inherit: bool = True) -> int | None:
    """The first event after another that changed a tag or what it inherited from then; None if nothing did.

    Without AFTER the event that made the tag.
    """
    tag_id = tags.known(call, tag)
    after = arguments.integer(after, optional=True)
    made = queries.created(call.tx, tag_id)
    if after is None or made is None:
        return made
    found = queries.first_after(call.tx, *_concerned(call, tag_id, after, inherit), after)
    return None if found is None else max(found, made)


def last(call: Call, tag: Any, before: Any = None, inherit: bool = True) -> int | None:
    """The last event (before another) that changed a tag or what it inherited from then, or None.

    For a deleted tag not after its end.
    """
    found = tags.require(call, tag, event="auto")
    before = arguments.integer(before, optional=True)
    end: int | None = found.get("revoke_event")
    if before is None and end is not None:
        return end
    event = queries.last(call.tx, *_concerned(call, found["id"], before, inherit), before)
    return event if event is None or end is None else min(event, end)


def _concerned(call: Call, tag_id: int, event: int | None, inherit: bool) -> tuple[list[int], list[int]]:
    """(ids of the tag and its ancestors, ids of their external repositories), as of an event."""
    ids = sorted({place.tag_id for place in inheritance.order(call, tag_id, event, inherit)})
    found = external_repos.of_tags(call, ids, event)
    return ids, sorted({each["external_repo_id"] for each in found})

"""Keeping repositories current: a tag that is built from has its repository asked for as soon as it has changed."""

from appliance.db.queries import tag_changes as queries
from appliance.hub import repo_requests, repos, tag_changes, tags
from appliance.hub.hub import Call

_GIVEN_UP = """
SELECT MAX(update_time) FROM repo_queue WHERE tag_id = :tag AND NOT active AND repo_id IS NULL
"""


def look_after(call: Call, since: int | None = None) -> int:
    """Ask for the repositories of build tags that are behind, and see to all that is asked for.

    With SINCE, which an earlier look answered, only tags that may have changed after that are looked at. A
    tag whose repository could not be made is left alone until it changes. The tag's extra `repo.auto` =
    false takes it out.
    """
    now = call.tx.value("SELECT MAX(id) FROM events")
    for tag_id in queries.build_tags(call.tx, since):
        if repos.current(call, tag_id) is None and _is_wanted(call, tag_id):
            repo_requests.make(call, tag_id, min_event="last")
    repo_requests.check_queue(call)
    return int(now or 0)


def _is_wanted(call: Call, tag_id: int) -> bool:
    config = tags.build_config(call, tag_id)
    if not config["arches"] or not config["extra"].get("repo.auto", True):
        return False
    given_up = call.tx.value(_GIVEN_UP, {"tag": tag_id})
    return given_up is None or given_up < _changed(call, tag_id)


def _changed(call: Call, tag_id: int) -> float:
    event = tag_changes.last(call, tag_id)
    return float(call.tx.value("SELECT time FROM events WHERE id = :id", {"id": event}) or 0)

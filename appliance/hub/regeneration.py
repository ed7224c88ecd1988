"""Keeping repositories current: a tag that is built from has its repository asked for as soon as it has changed."""

from appliance.db.connection import Row
from appliance.hub import repo_requests, repos, tag_changes, tags
from appliance.hub.hub import Call

_BUILD_TAGS = """
SELECT DISTINCT c.build_tag AS id FROM build_target_config c WHERE c.revoke_event IS NULL ORDER BY c.build_tag
"""
_GIVEN_UP = """
SELECT MAX(update_time) FROM repo_queue WHERE tag_id = :tag AND NOT active AND repo_id IS NULL
"""


def look_after(call: Call) -> None:
    """Ask for the repositories of build tags that are behind, and see to all that is asked for.

    A tag whose repository could not be made is left alone until it changes. The tag's extra `repo.auto` = false
    takes it out.
    """
    for tag in call.tx.rows(_BUILD_TAGS):
        if repos.current(call, tag["id"]) is None and _is_wanted(call, tag):
            repo_requests.make(call, tag["id"], min_event="last")
    repo_requests.check_queue(call)


def _is_wanted(call: Call, tag: Row) -> bool:
    config = tags.build_config(call, tag["id"])
    if not config["arches"] or not config["extra"].get("repo.auto", True):
        return False
    given_up = call.tx.value(_GIVEN_UP, {"tag": tag["id"]})
    return given_up is None or given_up < _changed(call, tag["id"])


def _changed(call: Call, tag_id: int) -> float:
    event = tag_changes.last(call, tag_id)
    return float(call.tx.value("SELECT time FROM events WHERE id = :id", {"id": event}) or 0)

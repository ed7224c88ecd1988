"""Mails about builds and tags: who wants them, and the tasks that send them."""

from typing import Any

import koji

from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import builds, packages, tags, targets, tasks, users
from appliance.hub.hub import Call

_MATCHES = "(x.package_id = :package OR x.package_id IS NULL) AND (x.tag_id = :tag OR x.tag_id IS NULL)"
_SUBSCRIBERS = f"""
SELECT x.user_id, x.email FROM build_notifications x JOIN users u ON u.id = x.user_id
WHERE u.status = 0 AND u.usertype IN (0, 2) AND {_MATCHES} AND (:success OR NOT x.success_only)
ORDER BY x.id
"""
_TARGET_AT = {"build": 1, "maven": 1, "winbuild": 2}  # its place among a task's arguments
_UNSUBSCRIBED = f"SELECT x.user_id FROM build_notifications_block x WHERE {_MATCHES}"


def recipients(call: Call, build: Row, tag_id: int | None, success: bool) -> list[str]:
    """Addresses of those who want to hear of a build in a tag: subscribers, who built it, who owns the
    package there.

    Nobody who has opted out is among them.
    """
    clue = {"package": build["package_id"], "tag": tag_id, "success": success}
    found = call.tx.rows(_SUBSCRIBERS, clue)
    found.append(_addressed(call, build["owner_id"], build["owner_name"]))
    entry = packages.entry(call, tag_id, build["package_id"]) if tag_id else None
    if entry and not entry["blocked"]:
        owner = users.require(call, entry["owner_id"])
        if owner["status"] == koji.USER_STATUS["NORMAL"] and owner["usertype"] == koji.USERTYPES["NORMAL"]:
            found.append(_addressed(call, owner["id"], owner["name"]))
    gone = set(call.tx.column(_UNSUBSCRIBED, clue))
    return list(dict.fromkeys(row["email"] for row in found if row["user_id"] not in gone))


def _addressed(call: Call, user_id: int, name: str) -> Row:
    return {"user_id": user_id, "email": f"{name}@{call.settings.koji.email_domain}"}


def of_tagging(
    call: Call,
    success: bool,
    tag: Any,
    from_tag: Any,
    build: Any,
    user: Any,
    ignore_success: bool = False,
    failure: str = "",
) -> int | None:
    """Make the task that tells of a build tagged, untagged or moved; its id, None if nobody wants to hear."""
    user_id = users.identify(call, user) if user and not isinstance(user, int) else user
    found = builds.get(call, build)
    if found is None or (success and ignore_success):
        return None
    concerned = [_known(call, info) for info in (tag, from_tag) if info]
    addresses = [each for tag_id in concerned if tag_id for each in recipients(call, found, tag_id, success)]
    if not addresses:
        return None
    arguments = [
        list(dict.fromkeys(addresses)),
        success,
        tag,
        from_tag,
        build,
        user_id,
        ignore_success,
        failure,
    ]
    return tasks.make(call, "tagNotification", arguments)


def _known(call: Call, info: Any) -> int | None:
    try:
        found = tags.get(call, info)
    except GenericError:
        return None
    return found["id"] if found else None


def of_build(call: Call, task_id: int, build_id: int) -> int | None:
    """Make the task that tells of a build that ended; its id, None if nobody wants to hear."""
    build = builds.require(call, build_id)
    target = _target(call, task_id)
    success = build["state"] == builds.COMPLETE
    addresses = recipients(call, build, target["dest_tag"] if target else None, success)
    if not addresses:
        return None
    return tasks.make(call, "buildNotification", [addresses, builds.as_argument(build), target, _web(call)])


def _web(call: Call) -> str:
    """Where Koji's clients expect the pages that mails point to."""
    return f"{call.settings.address}/koji"


def _target(call: Call, task_id: int) -> Row | None:
    """The target that a build task was asked to build for; Koji knows it of these kinds of tasks alone."""
    task = tasks.get(call, task_id, strict=True, request=True)
    assert task is not None
    place, request = _TARGET_AT.get(task["method"]), task["request"]
    named = request[place] if place is not None and place < len(request) else None
    return targets.get(call, named) if named else None

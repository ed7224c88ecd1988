"""Methods of mail about builds: who wants it, who wants none."""

from typing import Any

from appliance.hub import subscriptions
from appliance.hub.authority import ANYONE, ruled
from appliance.hub.hub import Call
from appliance.hub.subscriptions import UNWANTED, WANTED
from appliance.rpc.koji.registry import method

_OWN = ruled("the user whose mail it is, or admin")


@method(ANYONE)
def getBuildNotifications(call: Call, userID: Any = None) -> Any:
    """What a user (default: the asking one) wants mail about.

    `id`, `user_id`, `package_id` and `tag_id` (nil: any), `success_only`, `email`.
    """
    return subscriptions.of_user(call, WANTED, userID)


@method(ANYONE)
def getBuildNotification(call: Call, id: Any, strict: bool = False) -> Any:
    """One entry of `getBuildNotifications` by its id; nil for an unknown one, an error if `strict`."""
    return subscriptions.get(call, WANTED, id, strict)


@method(_OWN, writes=True)
def createNotification(call: Call, user_id: Any, package_id: Any, tag_id: Any, success_only: Any) -> None:
    """Send a user mail about builds of a package in a tag (nil: any), or only if they succeed."""
    subscriptions.want(call, user_id, package_id, tag_id, success_only)


@method(_OWN, writes=True)
def updateNotification(call: Call, id: Any, package_id: Any, tag_id: Any, success_only: Any) -> None:
    """Make an entry be about something else."""
    subscriptions.change(call, id, package_id, tag_id, success_only)


@method(_OWN, writes=True)
def deleteNotification(call: Call, id: Any) -> None:
    """Send no more mail for an entry."""
    subscriptions.forget(call, WANTED, id)


@method(ANYONE)
def getBuildNotificationBlocks(call: Call, userID: Any = None) -> Any:
    """What a user (default: the asking one) wants no mail about: `id`, `user_id`, `package_id`, `tag_id`."""
    return subscriptions.of_user(call, UNWANTED, userID)


@method(ANYONE)
def getBuildNotificationBlock(call: Call, id: Any, strict: bool = False) -> Any:
    """One entry of `getBuildNotificationBlocks` by its id; nil for an unknown one, an error if `strict`."""
    return subscriptions.get(call, UNWANTED, id, strict)


@method(_OWN, writes=True)
def createNotificationBlock(call: Call, user_id: Any, package_id: Any = None, tag_id: Any = None) -> None:
    """Send a user no mail about builds of a package in a tag (nil: any)."""
    subscriptions.refuse(call, user_id, package_id, tag_id)


@method(_OWN, writes=True)
def deleteNotificationBlock(call: Call, id: Any) -> None:
    """Let mail be sent again."""
    subscriptions.forget(call, UNWANTED, id)

"""Who wants mail about builds, and who wants none: by package, by tag, or about everything."""

from dataclasses import dataclass
from typing import Any

from appliance import arguments
from appliance.db.connection import Row
from appliance.db.models.base import Table
from appliance.db.models.builds import BuildNotification, BuildNotificationBlock
from appliance.db.models.tags import Package, Tag
from appliance.db.select import Select, flag
from appliance.errors import GenericError
from appliance.hub import names, users
from appliance.hub.hub import Call


@dataclass(frozen=True)
class Kind:
    """Wishes for mail and wishes for none differ in their table, in what they say, and in what they are
    called.
    """

    table: type[Table]
    columns: dict[str, Any]
    word: str
    words: str


_ABOUT = {"id": "x.id", "user_id": "x.user_id", "package_id": "x.package_id", "tag_id": "x.tag_id"}
WANTED = Kind(
    BuildNotification,
    {**_ABOUT, "success_only": flag("x.success_only"), "email": "x.email"},
    "notification",
    "notifications",
)
UNWANTED = Kind(BuildNotificationBlock, _ABOUT, "notification block", "notification blocks")


def of_user(call: Call, kind: Kind, user: Any = None) -> Any:
    """The wishes of a user, the asking one by default."""
    user_id = users.identify(call, user)
    return _select(kind).also("x.user_id = :user", user=user_id).rows(call.tx)


def get(call: Call, kind: Kind, wish_id: Any, strict: bool = False) -> Row | None:
    """One wish by its id; None if there is none, with STRICT a GenericError."""
    found = _select(kind).also("x.id = :id", id=_number(wish_id)).one(call.tx)
    if found is None and strict:
        raise GenericError(f"No {kind.word} with ID {wish_id} found")
    return found


def _number(wish_id: Any) -> int | None:
    if isinstance(wish_id, bool):
        raise arguments.refusal(wish_id, int)
    number: int | None = arguments.integer(wish_id, optional=True)
    return number


def _select(kind: Kind) -> Select:
    return Select(dict(kind.columns), f"{kind.table._meta.table_name} x", order="x.id")


def want(call: Call, user: Any, package: Any, tag: Any, success_only: Any) -> None:
    """Send a user mail about builds of PACKAGE in TAG, None for any; SUCCESS_ONLY not about failed ones."""
    owner = _owner(call, WANTED, user)
    wish = {**_about(call, package, tag), "success_only": bool(success_only)}
    _refuse_same(call, WANTED, owner["id"], wish)
    email = f"{owner['name']}@{call.settings.koji.email_domain}"
    call.tx.insert(BuildNotification, user_id=owner["id"], email=email, **wish)


def refuse(call: Call, user: Any, package: Any, tag: Any) -> None:
    """Send a user no mail about builds of PACKAGE in TAG, None for any."""
    owner = _owner(call, UNWANTED, user)
    wish = _about(call, package, tag)
    _refuse_same(call, UNWANTED, owner["id"], wish)
    call.tx.insert(BuildNotificationBlock, user_id=owner["id"], **wish)


def change(call: Call, wish_id: Any, package: Any, tag: Any, success_only: Any) -> None:
    """Make a wish for mail be about something else."""
    _require_login(call)
    found = _mine(call, WANTED, wish_id, "update")
    wish = {**_about(call, package, tag), "success_only": bool(success_only)}
    _refuse_same(call, WANTED, found["user_id"], wish)
    call.tx.update(BuildNotification, wish, id=found["id"])


def forget(call: Call, kind: Kind, wish_id: Any) -> None:
    """Delete a wish."""
    call.tx.delete(kind.table, id=_mine(call, kind, wish_id, "delete")["id"])


def _owner(call: Call, kind: Kind, user: Any) -> Row:
    """Whose wish it will be: the asking user, or another if an admin asks."""
    _require_login(call)
    found = users.get(call, user, krb_princs=False)
    if found is None:
        raise GenericError(f"No such user ID: {user}")
    if found["id"] != call.user_id and not call.session.may("admin"):
        raise GenericError(f"user {call.session.user_name} cannot create {kind.words} for user {found['name']}")
    return found


def _mine(call: Call, kind: Kind, wish_id: Any, action: str) -> Row:
    found = get(call, kind, wish_id, strict=True)
    assert found is not None
    _require_login(call)
    if found["user_id"] != call.user_id and not call.session.may("admin"):
        owner = found["user_id"]
        raise GenericError(f"user {call.user_id} cannot {action} {kind.words} for user {owner}")
    return found


def _require_login(call: Call) -> None:
    if not call.session.logged_in:
        raise GenericError("Not logged-in")


def _about(call: Call, package: Any, tag: Any) -> Row:
    return {
        "package_id": None if package is None else names.identify(call, Package, package),
        "tag_id": None if tag is None else names.identify(call, Tag, tag),
    }


def _refuse_same(call: Call, kind: Kind, user_id: int, wish: Row) -> None:
    for held in of_user(call, kind, user_id):
        if all(held[key] == value for key, value in wish.items()):
            raise GenericError("notification already exists")

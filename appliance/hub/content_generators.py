"""Content generators: foreign build systems by name, and the users who may import in their name."""

from typing import Any

from appliance.db import history
from appliance.db.connection import Row
from appliance.db.models.builds import CGUser, ContentGenerator
from appliance.errors import AuthError, GenericError
from appliance.hub import names, users
from appliance.hub.bootstrap import step
from appliance.hub.entry_forms import TEXT, TEXTS, Form
from appliance.hub.hub import Call

_LISTED = """
SELECT g.id, g.name, u.name AS user_name
FROM cg_users a JOIN content_generator g ON g.id = a.cg_id JOIN users u ON u.id = a.user_id
WHERE a.revoke_event IS NULL ORDER BY g.id, u.id
"""


def listed(call: Call) -> dict[str, Row]:
    """Content generators that somebody may act as: name to `{id, users}`."""
    found: dict[str, Row] = {}
    for row in call.tx.rows(_LISTED):
        found.setdefault(row["name"], {"id": row["id"], "users": []})["users"].append(row["user_name"])
    return found


def grant(call: Call, user: Any, cg: Any, create: bool = False) -> None:
    """Let a user import as a content generator; with CREATE one that need not exist yet."""
    user_id = users.identify(call, user)
    found = _require(call, cg, create)
    if _has_access(call, user_id, found["id"]):
        raise GenericError(f"User already has access to content generator {found['name']}")
    history.add(call.tx, CGUser, call.user_id, user_id=user_id, cg_id=found["id"])


def revoke(call: Call, user: Any, cg: Any) -> None:
    """End a user's access; nothing happens to one who has none."""
    user_id = users.identify(call, user)
    history.revoke(call.tx, CGUser, call.user_id, user_id=user_id, cg_id=_require(call, cg)["id"])


@step("content_generator", Form({"name": TEXT}, {"users": TEXTS}))
def bring_about(call: Call, entry: Row) -> list[str]:
    """Make a content generator and let users act as it. `name, users`."""
    name = entry["name"]
    is_new = names.lookup(call, ContentGenerator, name) is None
    found = _require(call, name, create=True)
    for user in entry.get("users", []):
        if not _has_access(call, users.identify(call, user), found["id"]):
            grant(call, user, name)
    return [f"content generator {name}"] if is_new else []


def require_access(call: Call, cg: Any, user: Any = None) -> None:
    """Refuse a user (the asking one by default) who may not import as CG. Raises AuthError."""
    found = _require(call, cg)
    if user is None and not call.session.logged_in:
        raise AuthError("Not logged-in")
    if not _has_access(call, users.identify(call, user), found["id"]):
        raise AuthError(f"Content generator access required ({found['name']})")


def _require(call: Call, cg: Any, create: bool = False) -> Row:
    found = names.lookup(call, ContentGenerator, cg, strict=not create, create=create)
    assert found is not None
    return found


def _has_access(call: Call, user_id: int, cg_id: int) -> bool:
    sql = "SELECT 1 FROM cg_users WHERE user_id = :user AND cg_id = :cg AND revoke_event IS NULL"
    return call.tx.value(sql, {"user": user_id, "cg": cg_id}) is not None

"""What users may do in projects that are not theirs: asked for, granted, and looked up before a verb acts."""

from typing import Any

from appliance.db.connection import Row
from appliance.db.models.copr import ProjectPermission
from appliance.errors import AccessRestricted, BadRequest, NotFound, Unprocessable
from appliance.hub import project_history, project_owners, sessions
from appliance.hub.hub import Call

STATES = {"nothing": 0, "request": 1, "approved": 2}
_NAMES = {number: name for name, number in STATES.items()}
ROLES = ("admin", "builder")

_HELD = "SELECT builder, admin FROM project_permission WHERE project_id = :project AND user_id = :user"

_LISTED = """
SELECT u.name, h.builder, h.admin FROM project_permission h JOIN users u ON u.id = h.user_id
WHERE h.project_id = :project ORDER BY u.id
"""


# who may


def may_edit(call: Call, project: Row) -> bool:
    """Whether the asking user may change the project, its packages and chroots."""
    return call.session.may("admin") or _holds(call, call.user_id, project, ("admin",))


def may_build(call: Call, project: Row) -> bool:
    """Whether the asking user may build in the project."""
    return call.session.may("admin") or _holds(call, call.user_id, project, ROLES)


def _holds(call: Call, user_id: int, project: Row, roles: tuple[str, ...]) -> bool:
    if _owns(call, user_id, project):
        return True
    held = call.tx.row(_HELD, {"project": project["id"], "user": user_id})
    return held is not None and any(held[role] == STATES["approved"] for role in roles)


def _owns(call: Call, user_id: int, project: Row) -> bool:
    if project["group_id"] is not None:
        return project_owners.is_member(call, user_id, project["group_id"])
    return bool(project["user_id"] == user_id)


def require_edit(call: Call, project: Row, message: str) -> None:
    """Raise AccessRestricted with MESSAGE where the asking user may not change the project."""
    if not may_edit(call, project):
        raise AccessRestricted(message)


def require_build(call: Call, project: Row, message: str) -> None:
    """Raise AccessRestricted with MESSAGE where the asking user may not build in the project."""
    if not may_build(call, project):
        raise AccessRestricted(message)


def require_insight(call: Call, project: Row) -> None:
    """Refuse those who may not see what only the project's admins see."""
    require_edit(
        call,
        project,
        f"User '{call.session.user_name}' can not see permissions for project '{project['full_name']}'"
        " (missing admin rights)",
    )


def require_ownership(call: Call, project: Row) -> None:
    """Only an owner, or an admin of the server, does away with a project."""
    if call.session.may("admin"):
        return
    if project["group_id"] is not None:
        project_owners.refuse_strangers(call, project["group_id"], project["ownername"].removeprefix("@"))
    elif project["user_id"] != call.user_id:
        raise AccessRestricted("Only owners may delete their projects.")


def can_build(call: Call, who: str, project: Row) -> Row:
    """Whether the user called WHO could build in the project."""
    user = _person(call, who)
    allowed = "admin" in sessions.held_permissions(call, user["id"]) or _holds(call, user["id"], project, ROLES)
    return {
        "who": user["name"],
        "ownername": project["ownername"].removeprefix("@"),
        "projectname": project["name"],
        "can_build_in": allowed,
    }


def require_person(call: Call, who: str) -> None:
    """Raise Unprocessable where nobody has that name."""
    _person(call, who)


def _person(call: Call, who: str) -> Row:
    user = project_owners.user(call, who)
    if user is None:
        raise Unprocessable(f"No such user: {who}")
    return user


# asked for, granted


def listed(call: Call, project: Row) -> Row:
    """{user: {admin, builder}} of the project. Raises NotFound where nobody holds or asks for anything."""
    require_insight(call, project)
    rows = call.tx.rows(_LISTED, {"project": project["id"]})
    if not rows:
        raise NotFound(f"No permissions set on {project['full_name']} project")
    return {row["name"]: {role: _NAMES[row[role]] for role in ROLES} for row in rows}


def grant(call: Call, project: Row, wanted: Any) -> list[str]:
    """Set roles as WANTED, `{user: {role: state}}`, says; the users for whom something changed."""
    require_insight(call, project)
    if not isinstance(wanted, dict):
        raise BadRequest(
            "request is not a dictionary, expected format: {'username': {'admin': 'nothing', 'builder': 'request'} ...}"
        )
    if not wanted:
        raise BadRequest("no permission change requested")
    return [name for name, roles in wanted.items() if _grant(call, project, name, roles)]


def _grant(call: Call, project: Row, name: str, roles: Any) -> bool:
    user = project_owners.user(call, name)
    if user is None:
        raise BadRequest(f"user '{name}' doesn't exist in database")
    if not isinstance(roles, dict):
        raise Unprocessable(f"the permissions of '{name}' are not a dictionary")
    changes = [_set(call, project, user, role, state) for role, state in roles.items()]
    return any(changes)


def request(call: Call, project: Row, wanted: Any) -> bool:
    """Ask for roles, or step back, as WANTED, `{role: True or False}`, says; whether that changed any."""
    if not isinstance(wanted, dict):
        raise BadRequest("invalid 'roles' dict format, expected: {'admin': True, 'builder': False}")
    if not wanted:
        raise BadRequest("no permission requested")
    changes = [_request(call, project, role, answer) for role, answer in wanted.items()]
    return any(changes)


def _request(call: Call, project: Row, role: str, wanted: Any) -> bool:
    if not isinstance(wanted, bool):
        raise BadRequest(f"invalid '{role}' permission request '{wanted}', expected True or False")
    user = {"id": call.user_id, "name": call.session.user_name}
    _check(project, user, role, "request")
    if wanted and _state(call, project, user, role) == STATES["approved"]:
        raise BadRequest(f"You already are '{role}' in '{project['full_name']}'")
    return _set(call, project, user, role, "request" if wanted else "nothing")


def _set(call: Call, project: Row, user: Row, role: str, state: Any) -> bool:
    _check(project, user, role, state)
    old = _state(call, project, user, role)
    where = {"project_id": project["id"], "user_id": user["id"]}
    if call.tx.update(ProjectPermission, {role: STATES[state]}, **where) == 0:
        call.tx.insert(ProjectPermission, **where, **{role: STATES[state]})
    before, after = {"state": _NAMES[old]}, {"state": state}
    project_history.note(call, project["id"], project_history.PART, f"{user['name']} as {role}", before, after)
    return old != STATES[state]


def _state(call: Call, project: Row, user: Row, role: str) -> int:
    held = call.tx.row(_HELD, {"project": project["id"], "user": user["id"]})
    return held[role] if held else STATES["nothing"]


def _check(project: Row, user: Row, role: str, state: Any) -> None:
    if role not in ROLES:
        raise BadRequest(f"invalid permission '{role}', allowed {'|'.join(ROLES)}")
    if not isinstance(state, str) or state not in STATES:
        raise BadRequest(f"invalid '{role}' permission state '{state}', use {'|'.join(STATES)}")
    if user["id"] == project["user_id"]:
        raise BadRequest(f"user '{user['name']}' is owner of the '{project['full_name']}' project")

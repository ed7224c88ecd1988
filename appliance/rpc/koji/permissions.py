"""Methods of permissions and of access as a content generator."""

from typing import Any

from appliance.errors import GenericError, ParameterError
from appliance.hub import content_generators, permissions, users
from appliance.hub.authority import ADMIN, ANYONE
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ANYONE)
def getAllPerms(call: Call) -> Any:
    """All permissions: `id`, `name`, `description`."""
    return permissions.listed(call)


@method(ANYONE)
def getPerms(call: Call) -> list[str]:
    """Names of the permissions that the asking user holds, own or through groups."""
    return sorted(call.session.perms)


@method(ANYONE)
def hasPerm(call: Call, perm: Any, strict: bool = False) -> bool:
    """Whether the asking user holds this very permission, own or through groups; with `strict` it must
    exist.
    """
    if strict and not permissions.exists(call, perm):
        raise GenericError(f"No such permission {perm} defined")
    if isinstance(perm, (dict, list)) and call.session.logged_in:
        raise ParameterError(f"Invalid name or id value: {perm}")
    return isinstance(perm, str) and perm in call.session.perms


@method(ANYONE)
def getUserPerms(call: Call, userID: Any = None, with_groups: bool = True) -> list[str]:
    """Names of the permissions that a user (default: the asking one) holds, through groups too by default."""
    return permissions.held(call, users.identify(call, userID), with_groups)


@method(ANYONE)
def getUserPermsInheritance(call: Call, userID: Any) -> Any:
    """By permission from where a user has it: a list of group names, nil for the user's own."""
    return permissions.sources(call, users.identify(call, userID))


@method(ADMIN, writes=True)
def grantPermission(call: Call, userinfo: Any, permission: Any, create: bool = False, description: Any = None) -> None:
    """Give a user or group a permission; with `create` a new one, which may have a `description`."""
    permissions.grant(call, userinfo, permission, create, description)


@method(ADMIN, writes=True)
def revokePermission(call: Call, userinfo: Any, permission: Any) -> None:
    """Take a permission from a user or group."""
    permissions.revoke(call, userinfo, permission)


@method(ADMIN, writes=True)
def editPermission(call: Call, permission: Any, description: Any) -> None:
    """Change a permission's description."""
    permissions.describe(call, permission, description)


@method(ANYONE)
def listCGs(call: Call) -> Any:
    """Content generators that somebody may act as: name to `{id, users}` (names)."""
    return content_generators.listed(call)


@method(ADMIN, writes=True)
def grantCGAccess(call: Call, user: Any, cg: Any, create: bool = False) -> None:
    """Let a user import as a content generator; with `create` a new one."""
    content_generators.grant(call, user, cg, create)


@method(ADMIN, writes=True)
def revokeCGAccess(call: Call, user: Any, cg: Any) -> None:
    """End a user's access as a content generator."""
    content_generators.revoke(call, user, cg)

"""Methods of users, their principals and their groups."""

from typing import Any

import koji

from appliance.errors import GenericError
from appliance.hub import permissions, principals, user_groups, users
from appliance.hub.authority import ADMIN, ANYONE
from appliance.hub.hub import Call
from appliance.rpc.koji.registry import method


@method(ANYONE)
def getUser(
    call: Call, userInfo: Any = None, strict: bool = False, krb_princs: bool = True, groups: bool = False
) -> Any:
    """A user by id, name, Kerberos principal or a dict with `id`, `name` or `krb_principal`; the asking
    user for nil.

    `id`, `name`, `status` (koji.USER_STATUS), `usertype` (koji.USERTYPES), `krb_principals` unless that is
    false,
    `groups` (names) if that is true. nil for an unknown user, an error if `strict`.
    """
    return users.get(call, userInfo, strict, krb_princs, groups)


@method(ANYONE)
def getLoggedInUser(call: Call) -> Any:
    """The asking user as `getUser` shows it, with `authtype` and `krb_principal`; nil if not logged in."""
    return users.logged_in(call)


@method(ANYONE)
def listUsers(
    call: Call,
    userType: Any = koji.USERTYPES["NORMAL"],
    prefix: Any = None,
    queryOpts: Any = None,
    perm: Any = None,
    inherited_perm: bool = False,
) -> Any:
    """Users as `getUser` shows them, ordered and cut by `queryOpts`.

    `userType` is an int or a list of them (nil: all), `prefix` the start of the name in any case, `perm` a
    permission's name or id, which groups confer too if `inherited_perm`.
    """
    if inherited_perm and not perm:
        raise GenericError("inherited_perm option must be used with perm option")
    perm_id = permissions.identify(call, perm) if perm else None
    return users.listed(call, userType, prefix, perm_id, inherited_perm, queryOpts)


@method(ADMIN, writes=True)
def createUser(call: Call, username: Any, status: Any = None, krb_principal: Any = None) -> int:
    """Make a user; the new id. `status` is one of koji.USER_STATUS, NORMAL by default."""
    return users.create(call, username, status=status, krb_principal=krb_principal)


@method(ADMIN, writes=True)
def editUser(call: Call, userInfo: Any, name: Any = None, krb_principal_mappings: Any = None) -> None:
    """Rename a user, or change principals by a list of `{old, new}` (nil `old` adds, nil `new` removes)."""
    users.edit(call, userInfo, name, krb_principal_mappings)


@method(ADMIN, writes=True)
def enableUser(call: Call, username: Any) -> None:
    """Let a user log in again."""
    users.set_status(call, username, koji.USER_STATUS["NORMAL"])


@method(ADMIN, writes=True)
def disableUser(call: Call, username: Any) -> None:
    """Forbid a user to log in; open sessions end too."""
    users.set_status(call, username, koji.USER_STATUS["BLOCKED"])


@method(ADMIN, writes=True)
def addUserKrbPrincipal(call: Call, user: Any, krb_principal: Any) -> int:
    """Let a user come under a further Kerberos principal; the user's id."""
    return principals.add(call, users.identify(call, user), krb_principal)


@method(ADMIN, writes=True)
def removeUserKrbPrincipal(call: Call, user: Any, krb_principal: Any) -> int:
    """Take a Kerberos principal from a user; the user's id."""
    return principals.remove(call, users.require(call, user), krb_principal)


@method(ADMIN, writes=True)
def newGroup(call: Call, name: Any) -> int:
    """Make a group of users; its id."""
    return user_groups.create(call, name)


@method(ADMIN, writes=True)
def addGroupMember(call: Call, group: Any, user: Any, strict: bool = True) -> None:
    """Put a user into a group (names or ids); an error if the user is in it and `strict`."""
    user_groups.add_member(call, group, user, strict)


@method(ADMIN, writes=True)
def dropGroupMember(call: Call, group: Any, user: Any) -> None:
    """Take a user out of a group."""
    user_groups.drop_member(call, group, user)


@method(ANYONE)
def getGroupMembers(call: Call, group: Any) -> Any:
    """The users in a group: `id`, `name`, `usertype`, `krb_principals`."""
    return user_groups.members(call, group)


@method(ANYONE)
def getUserGroups(call: Call, user: Any) -> Any:
    """The groups that a user is in: `id`, `name`."""
    return user_groups.of_user(call, user)

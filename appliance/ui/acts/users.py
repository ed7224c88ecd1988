"""What admins do with users, groups and permissions."""

import koji

from appliance.hub import permissions, user_groups, users
from appliance.hub.authority import ADMIN
from appliance.ui.forms import Form
from appliance.ui.pages.users import listing, one
from appliance.ui.rendering import path
from appliance.ui.site import act
from appliance.ui.visit import Visit


@act("/users/new", need=ADMIN, page=listing, like="createUser newGroup")
def create(visit: Visit, form: Form) -> str:
    name = form.text("user")
    if form.text("kind") == "2":
        user_groups.create(visit.call, name)
    else:
        users.create(visit.call, name)
    visit.notice = f"{name} is made."
    return f"/users/{path(name)}"


@act("/users/permission/<name:path>", need=ADMIN, page=one, like="grantPermission revokePermission")
def permission(visit: Visit, form: Form, name: str) -> str:
    """Give a permission to a user, or take it."""
    if form.text("do") == "revoke":
        permissions.revoke(visit.call, name, form.text("permission"))
    else:
        permissions.grant(visit.call, name, form.text("permission"))
    visit.notice = "Saved."
    return f"/users/{path(name)}"


@act("/users/status/<name:path>", need=ADMIN, page=one, like="enableUser disableUser")
def status(visit: Visit, form: Form, name: str) -> str:
    """Let a user log in, or not."""
    wanted = "NORMAL" if form.text("do") == "enable" else "BLOCKED"
    users.set_status(visit.call, name, koji.USER_STATUS[wanted])
    visit.notice = f"{name} can log in." if wanted == "NORMAL" else f"{name} can log in no more."
    return f"/users/{path(name)}"


@act("/users/member/<name:path>", need=ADMIN, page=one, like="addGroupMember dropGroupMember")
def member(visit: Visit, form: Form, name: str) -> str:
    """Put a user into a group, or take one out."""
    if form.text("do") == "remove":
        user_groups.drop_member(visit.call, name, form.text("user"))
    else:
        user_groups.add_member(visit.call, name, form.text("user"))
    visit.notice = "Saved."
    return f"/users/{path(name)}"

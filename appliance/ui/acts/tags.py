"""What people do with tags: make, change and delete them, their parents, packages, settings and
repositories.
"""

import json

from appliance.errors import GenericError
from appliance.hub import external_repos, inheritance, packages, repo_requests, tags
from appliance.hub.authority import LOGIN, permission, ruled
from appliance.ui.forms import Form
from appliance.ui.pages.tags import listing, one
from appliance.ui.rendering import path
from appliance.ui.site import Function, act
from appliance.ui.visit import Visit

_TAG = permission("tag")
_PACKAGE_LIST = ruled("hub policy package_list", LOGIN)


def _edit_page(name: str) -> str:
    return f"/tags/{path(name)}?view=edit"


@act("/tags/new", need=_TAG, page=listing, like="createTag")
def create(visit: Visit, form: Form) -> str:
    name = form.text("tag")
    tags.create(visit.call, name, parent=form.text("parent") or None, arches=form.text("arches") or None)
    visit.notice = f"The tag {name} is made."
    return f"/tags/{path(name)}"


def _with_view(view: str) -> Function:
    """The tag's page in the view on which an act is done."""

    def shown(visit: Visit, name: str) -> str:
        visit.query["view"] = view
        return one(visit, name)

    return shown


_EDIT, _PACKAGES = _with_view("edit"), _with_view("packages")


@act("/tags/edit/<name:path>", need=_TAG, page=_EDIT, like="editTag2")
def edit(visit: Visit, form: Form, name: str) -> str:
    """Change a tag's own configuration; what is the same stays."""
    before = tags.require(visit.call, name)
    wanted = {
        "name": form.text("name") or name,
        "arches": form.text("arches") or None,
        "perm": form.text("perm") or None,
        "locked": form.flag("locked"),
    }
    for flag in ("maven_support", "maven_include_all"):
        if form.flag(flag) != bool(before[flag]):
            wanted[flag] = form.flag(flag)
    tags.edit(visit.call, name, **wanted)
    visit.notice = "Saved."
    return _edit_page(str(wanted["name"]))


@act("/tags/extra/<name:path>", need=_TAG, page=_EDIT, like="editTag2")
def extra(visit: Visit, form: Form, name: str) -> str:
    """Set or remove one of a tag's extra settings."""
    key = form.text("key")
    if not key:
        raise GenericError("Say which setting.")
    if form.text("do") == "remove":
        tags.edit(visit.call, name, remove_extra=[key])
    else:
        tags.edit(visit.call, name, extra={key: _value(form.text("value"))})
    visit.notice = "Saved."
    return _edit_page(name)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise GenericError(f"This is no JSON: {text!r}. Texts stand in quotes.") from None


@act("/tags/parent/<name:path>", need=_TAG, page=_EDIT, like="setInheritanceData")
def parent(visit: Visit, form: Form, name: str) -> str:
    """Let a tag inherit from another, or no more."""
    tag, other = tags.require(visit.call, name), tags.require(visit.call, form.text("parent"))
    link = inheritance.link(other["id"], form.number("priority") or 0, pkg_filter=form.text("pkg_filter"))
    if form.text("do") == "remove":
        link = {"parent_id": other["id"], inheritance.DELETE: True}
    inheritance.write(visit.call, tag["id"], [link])
    visit.notice = "Saved."
    return _edit_page(name)


@act("/tags/external/<name:path>", need=_TAG, page=_EDIT, like="addExternalRepoToTag removeExternalRepoFromTag")
def external(visit: Visit, form: Form, name: str) -> str:
    """Make an external repository part of a tag, or take it out."""
    if form.text("do") == "remove":
        external_repos.remove_from_tag(visit.call, name, form.text("repo"))
    else:
        priority = form.number("priority") or 0
        external_repos.add_to_tag(visit.call, name, form.text("repo"), priority, form.text("merge_mode", "koji"))
    visit.notice = "Saved."
    return _edit_page(name)


@act(
    "/tags/package/<name:path>",
    need=_PACKAGE_LIST,
    page=_PACKAGES,
    like="packageListAdd packageListRemove packageListBlock packageListUnblock",
)
def package(visit: Visit, form: Form, name: str) -> str:
    """Put a package on a tag's list, block or unblock it, or take it off."""
    wanted, call = form.text("package"), visit.call
    if not wanted:
        raise GenericError("Say which package.")
    if form.text("do") == "add":
        packages.add(call, name, wanted, form.text("owner") or None, extra_arches=form.text("extra_arches") or None)
    elif form.text("do") in _CHANGES:
        _CHANGES[form.text("do")](call, name, wanted)
    visit.notice = f"{wanted}: done."
    return f"/tags/{path(name)}?view=packages"


_CHANGES = {"remove": packages.remove, "block": packages.block, "unblock": packages.unblock}


@act("/tags/delete/<name:path>", need=_TAG, page=_EDIT, like="deleteTag")
def delete(visit: Visit, form: Form, name: str) -> str:
    tags.delete(visit.call, name)
    visit.notice = f"The tag {name} is deleted; its history stays."
    return "/tags"


@act("/tags/repo/<name:path>", need=LOGIN, page=one, like="repo.request")
def repo(visit: Visit, form: Form, name: str) -> str:
    """Ask for a repository that shows the tag as it is now."""
    answer = repo_requests.make(visit.call, name, min_event="last")
    if answer["repo"]:
        visit.notice = f"Repository {answer['repo']['id']} shows the tag as it is now."
    else:
        visit.notice = "A fresh repository is asked for; it is made as soon as a host is free."
    return f"/tags/{path(name)}"

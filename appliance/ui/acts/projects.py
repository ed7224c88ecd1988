"""What people do with Copr's projects: make, change, fork and delete them, and decide who has a part in
them.
"""

from typing import Any

from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import (
    copr_removals,
    copr_submissions,
    forks,
    project_chroots,
    project_permissions,
    project_settings,
    projects,
)
from appliance.hub.authority import LOGIN, ruled
from appliance.ui.forms import Form
from appliance.ui.pages.projects import address, new, one
from appliance.ui.site import Function, act
from appliance.ui.visit import Visit

_OWNER = ruled("an owner of the project", LOGIN)
_ADMIN = ruled("an admin of the project", LOGIN)
_BUILDER = ruled("a builder of the project", LOGIN)
_TEXTS = ("description", "instructions", "homepage", "contact", "additional_repos", "runtime_dependencies")
_FLAGS = (
    "enable_net",
    "devel_mode",
    "unlisted_on_hp",
    "multilib",
    "module_hotfixes",
    "appstream",
    "fedora_review",
    "follow_fedora_branching",
)


@act("/coprs/new", need=ruled("the owner of the new project", LOGIN), page=new)
def create(visit: Visit, form: Form) -> str:
    given: dict[str, Any] = {
        "name": form.text("name"),
        "chroots": form.all("chroots"),
        "description": form.raw("description"),
        "instructions": form.raw("instructions"),
        "additional_repos": form.raw("additional_repos"),
        **{name: form.flag(name) for name in ("enable_net", "devel_mode", "unlisted_on_hp")},
    }
    if form.text("delete_after_days"):
        given["delete_after_days"] = form.text("delete_after_days")
    made = project_settings.add(visit.call, form.text("ownername"), given)
    visit.notice = f"The project {made['full_name']} is made."
    return address(made)


def _on_project(what: str, view: str = "", need: Any = _ADMIN) -> Any:
    """Register an act on a project, which has one address below its owner's and one below its group's."""

    def register(function: Function) -> Function:
        def of_user(visit: Visit, form: Form, owner: str, name: str) -> str:
            return str(function(visit, form, projects.find(visit.call, owner, name)))

        def of_group(visit: Visit, form: Form, group: str, name: str) -> str:
            return of_user(visit, form, f"@{group}", name)

        def page_of_user(visit: Visit, owner: str, name: str) -> Any:
            visit.query["view"] = view
            return one(visit, owner, name)

        def page_of_group(visit: Visit, group: str, name: str) -> Any:
            return page_of_user(visit, f"@{group}", name)

        act(f"/coprs/<owner>/<name>/{what}", need=need, page=page_of_user)(of_user)
        act(f"/coprs/g/<group>/<name>/{what}", need=need, page=page_of_group)(of_group)
        return function

    return register


@_on_project("edit", "edit")
def edit(visit: Visit, form: Form, project: Row) -> str:
    given: dict[str, Any] = {name: form.raw(name) for name in _TEXTS}
    given.update({name: form.flag(name) for name in _FLAGS}, chroots=form.all("chroots"))
    given.update({name: form.text(name) for name in ("delete_after_days", "repo_priority") if form.text(name)})
    project_settings.edit(visit.call, project, given)
    visit.notice = "Saved."
    return f"{address(project)}?view=edit"


@_on_project("chroot", "edit")
def chroot(visit: Visit, form: Form, project: Row) -> str:
    names = ("additional_repos", "additional_packages", "with_opts", "without_opts")
    project_chroots.edit(visit.call, project, form.text("chroot"), {name: form.raw(name) for name in names})
    visit.notice = f"Saved: {form.text('chroot')}."
    return f"{address(project)}?view=edit"


@_on_project("regenerate", "edit")
def regenerate(visit: Visit, form: Form, project: Row) -> str:
    project_settings.regenerate(visit.call, project)
    visit.notice = "Its repositories are made again."
    return address(project)


@_on_project("fork", "edit", need=LOGIN)
def fork(visit: Visit, form: Form, project: Row) -> str:
    given = {"ownername": form.text("ownername"), "name": form.text("name"), "confirm": True}
    made = forks.fork(visit.call, project, given)
    visit.notice = f"This is the fork of {project['full_name']}."
    return address(made)


@_on_project("delete", "edit", need=_OWNER)
def delete(visit: Visit, form: Form, project: Row) -> str:
    if form.text("confirm") != project["name"]:
        raise GenericError("To delete it, type its name.")
    copr_removals.project(visit.call, project)
    visit.notice = f"The project {project['full_name']} is deleted."
    return "/coprs"


@_on_project("people", "people")
def people(visit: Visit, form: Form, project: Row) -> str:
    wanted = {form.text("user"): {form.text("role"): form.text("state")}}
    project_permissions.grant(visit.call, project, wanted)
    visit.notice = "Saved."
    return f"{address(project)}?view=people"


@_on_project("ask", "people", need=LOGIN)
def ask(visit: Visit, form: Form, project: Row) -> str:
    """Ask the owner for a part in the project."""
    project_permissions.request(visit.call, project, {form.text("role"): True})
    visit.notice = "The owner sees that you ask."
    return f"{address(project)}?view=people"


@_on_project("rebuild", "packages", need=_BUILDER)
def rebuild(visit: Visit, form: Form, project: Row) -> str:
    """Build a package again from where its source comes from."""
    made = copr_submissions.rebuild(visit.call, project, {"package_name": form.text("package")})
    return f"/coprs/build/{made['id']}"

"""Making projects and changing what they are set to."""

from datetime import datetime, timedelta
from typing import Any

from appliance.db.connection import Row
from appliance.db.models.copr import Project, ProjectDir
from appliance.errors import AccessRestricted, BadRequest
from appliance.hub import (
    copr_results,
    project_chroots,
    project_forms,
    project_history,
    project_owners,
    project_permissions,
    projects,
)
from appliance.hub.fields import Form, Given
from appliance.hub.hub import Call
from appliance.hub.project_owners import Owner

NOT_YOURS = "Only owners and admins may update their projects."

_SAME = (
    "description",
    "instructions",
    "homepage",
    "contact",
    "unlisted_on_hp",
    "auto_prune",
    "bootstrap",
    "isolation",
    "follow_fedora_branching",
    "multilib",
    "build_enable_net",
    "module_hotfixes",
    "fedora_review",
    "appstream",
    "packit_forge_projects_allowed",
    "repo_priority",
    "repos",
    "runtime_dependencies",
)
# What the API calls otherwise, or tells the other way round.
_TURNED: dict[str, Any] = {
    "enable_net": lambda call, value: {"build_enable_net": value},
    "disable_createrepo": lambda call, value: {"auto_createrepo": not value},
    "delete_after_days": lambda call, value: {"delete_after": deadline(call, value)},
}


# making


def add(call: Call, ownername: str, given: Given, exist_ok: bool = False) -> Row:
    """A new project as the API shows it; with EXIST_OK the one that has the name already."""
    owner = project_owners.named(call, ownername)
    form = _form(call, owner, project_forms.with_chroots(given))
    existing = None if form.validate() or not exist_ok else _finder(call, owner)(str(form["name"]))
    if existing is not None:
        return projects.shown(call, existing)
    project_forms.check_adding(form)
    project_forms.refuse_letters(given)
    _refuse_unprivileged(call, owner, form)
    return projects.shown(call, _insert(call, owner, form))


def put(call: Call, ownername: str, given: Given) -> Row:
    """A new project for the person at the machine, which need not have a chroot."""
    owner = project_owners.named(call, ownername)
    form = _form(call, owner, given)
    form.validate()
    project_forms.check_adding(form)
    return _insert(call, owner, form)


def _form(call: Call, owner: Owner, given: Given) -> Form:
    return project_forms.adding(call, owner, given, lambda *name: projects.exists(call, *name), _finder(call, owner))


def _insert(call: Call, owner: Owner, form: Form) -> Row:
    project_id = call.tx.insert(Project, **_made(call, owner, form))
    call.tx.insert(ProjectDir, project_id=project_id, name=form["name"], main=True)
    project_chroots.enable(call, project_id, form["chroots"])
    copr_results.request(call, project_id)
    made = projects.get(call, project_id)
    project_history.note(call, project_id, "project", made["full_name"], None, {"chroots": form["chroots"]})
    return made


def _finder(call: Call, owner: Owner) -> project_forms.Finder:
    return lambda name: projects.look(call, owner.name, name)


def _refuse_unprivileged(call: Call, owner: Owner, form: Form) -> None:
    if call.session.may("admin"):
        return
    if owner.user_id != call.user_id:
        raise AccessRestricted(
            f"You were authorized as '{call.session.user_name}' user without permissions to"
            f" access projects of user '{owner.user_name}'"
        )
    if form["persistent"]:
        raise AccessRestricted("Non-admin cannot create persistent project.")
    if not form["auto_prune"]:
        raise AccessRestricted("Non-admin cannot disable auto-prunning.")
    if form["storage"]:
        raise AccessRestricted("Non-admin cannot set storage")
    if owner.group_id is not None and owner.group_name is not None:
        project_owners.refuse_strangers(call, owner.group_id, owner.group_name)


def _made(call: Call, owner: Owner, form: Form) -> Row:
    if form["storage"] not in (None, "", "backend"):
        raise BadRequest("storage: this server keeps its results on disk, not in pulp")
    own = ("build_enable_net", "description", "instructions")
    values = {name: form.stored(name) for name in _SAME if name not in own}
    values.update(
        name=form["name"],
        user_id=owner.user_id,
        group_id=owner.group_id,
        created_on=int(call.now()),
        persistent=form["persistent"],
        auto_createrepo=not form["disable_createrepo"],
        build_enable_net=form["enable_net"],
        delete_after=deadline(call, form["delete_after_days"]),
        bootstrap=_bootstrap(form),
        isolation="default" if form["isolation"] is None else form["isolation"],
        **{name: form.stored(name) if form[name] else "" for name in ("description", "instructions")},
    )
    return values


def _bootstrap(form: Form) -> str:
    """The bootstrap setting; the flag that older clients send counts where there is no other."""
    if form["bootstrap"] is not None:
        return str(form["bootstrap"])
    return {True: "on", False: "off"}.get(form["use_bootstrap_container"], "default")


def deadline(call: Call, days: int | None) -> float | None:
    """The midnight that ends DAYS whole days from now; None for none or -1."""
    if days is None or days == -1:
        return None
    day = datetime.fromtimestamp(call.now()) + timedelta(days=days + 1)
    return day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


# changing


def edit(call: Call, project: Row, given: Given) -> Row:
    """Change what GIVEN names; the project as the API shows it then."""
    form = project_forms.editing(call, given, lambda *name: projects.exists(call, *name))
    project_forms.refuse_letters(given)
    project_permissions.require_edit(call, project, NOT_YOURS)
    changes = _changes(call, form)
    if form["chroots"]:
        project_chroots.choose(call, project, form["chroots"])
    if not changes.get("auto_prune", project["auto_prune"]) and not call.session.may("admin"):
        raise AccessRestricted("Non-admin cannot disable auto-prunning.")
    if changes:
        call.tx.update(Project, changes, id=project["id"])
        project_history.note(call, project["id"], "settings", project["full_name"], project, changes)
    if changes.get("auto_createrepo", project["auto_createrepo"]) != project["auto_createrepo"]:
        copr_results.request(call, project["id"])
    return projects.shown(call, projects.get(call, project["id"]))


def _changes(call: Call, form: Form) -> Row:
    """The columns that change: of what was sent, and is not empty where empty means nothing."""
    changes: Row = {}
    for name, entry in form.entries.items():
        if name not in form.given or entry.data is None:
            continue
        if name in _SAME:
            changes[name] = form.stored(name)
        changes.update(_TURNED[name](call, entry.data) if name in _TURNED else {})
    if form["storage"] is not None:
        raise BadRequest("storage: a project stays where it is")
    return changes


def protect(call: Call, project: Row, persistent: bool) -> None:
    """Let nobody delete a project, or let its owners do so again; for the person at the machine."""
    call.tx.update(Project, {"persistent": persistent}, id=project["id"])


def regenerate(call: Call, project: Row) -> Row:
    """Have the project's repositories composed again; the project as the API shows it."""
    project_permissions.require_insight(call, project)
    copr_results.request(call, project["id"])
    return projects.shown(call, project)

"""A project's chroots: which it builds for, and how."""

import re

from appliance.db.connection import Row
from appliance.db.models.copr import ProjectChroot
from appliance.db.queries import projects as queries
from appliance.errors import BadRequest, Conflict, NotFound, Unprocessable
from appliance.hub import (
    batches,
    copr_results,
    mock_chroots,
    project_forms,
    project_history,
    project_permissions,
    projects,
    rules,
)
from appliance.hub.fields import (
    Area,
    Entry,
    Flag,
    Form,
    Given,
    Invalid,
    Joined,
    Received,
    Text,
    Upload,
    renamed,
)
from appliance.hub.hub import Call

NOT_YOURS = "Only owners and admins may update their projects."

_KEPT_DAYS = 7  # how long what a project built for a chroot stays after the chroot was taken from it
_MAX_IDS = 5
_DAY = 86400

_FIND = f"""
SELECT pc.id, pc.project_id, pc.mock_chroot_id, pc.buildroot_pkgs, pc.repos, pc.comps_name, pc.module_toggle,
       pc.with_opts, pc.without_opts, pc.bootstrap, pc.bootstrap_image, pc.isolation, pc.delete_after,
       pc.deleted, {queries.CHROOT_NAME} AS name, m.os_release, m.os_version, m.arch
FROM project_chroot pc JOIN mock_chroot m ON m.id = pc.mock_chroot_id
WHERE pc.project_id = :project AND m.id = :mock AND m.is_active
"""

_HELD = """
SELECT pc.id, pc.mock_chroot_id, pc.deleted, m.is_active
FROM project_chroot pc JOIN mock_chroot m ON m.id = pc.mock_chroot_id WHERE pc.project_id = :project
"""

_IDS = f"SELECT m.id FROM mock_chroot m WHERE {queries.CHROOT_NAME} IN :names ORDER BY m.id"

_UNFINISHED = """
SELECT DISTINCT b.id FROM copr_build_chroot c JOIN copr_build b ON b.id = c.build_id
WHERE b.project_id = :project AND c.mock_chroot_id IN :mocks
      AND c.status IN ('waiting', 'pending', 'starting', 'running') ORDER BY b.id LIMIT :limit
"""


# finding


def find(call: Call, project: Row, name: str) -> Row:
    """A chroot of the project with its settings, also one that was taken from it. Raises NotFound."""
    try:
        found = look(call, project["id"], name)
    except Unprocessable as error:
        raise NotFound(str(error)) from None
    if found is None:
        raise NotFound(f"Chroot name {name} does not exist in Copr {project['full_name']}.")
    return found


def look(call: Call, project_id: int, name: str) -> Row | None:
    """The settings of a project's chroot, or None. Raises Unprocessable for what is no chroot's name."""
    mock = mock_chroots.find(call, name)
    return mock and call.tx.row(_FIND, {"project": project_id, "mock": mock["id"]})


def settings(call: Call, project: Row, name: str) -> Row:
    """All columns of a project's chroot. Raises NotFound."""
    row = call.tx.row("SELECT * FROM project_chroot WHERE id = :id", {"id": find(call, project, name)["id"]})
    assert row is not None
    return {**row, "name": name}


def shown(call: Call, project: Row, chroot: Row) -> Row:
    """The chroot's settings as the API shows them."""
    return {
        "mock_chroot": chroot["name"],
        "projectname": project["name"],
        "ownername": project["ownername"],
        "comps_name": chroot["comps_name"],
        "isolation": chroot["isolation"],
        "additional_repos": chroot["repos"].split(),
        "additional_packages": (chroot["buildroot_pkgs"] or "").split(),
        "additional_modules": chroot["module_toggle"].split(", ") if chroot["module_toggle"] else [],
        "with_opts": chroot["with_opts"].split(),
        "without_opts": chroot["without_opts"].split(),
        "delete_after_days": projects.days_left(call, chroot["delete_after"]),
    }


# which


def enable(call: Call, project_id: int, names: list[str]) -> None:
    """Give a new project its chroots."""
    rows = [{"project_id": project_id, "mock_chroot_id": mock} for mock in _mock_ids(call, names)]
    for row in rows:
        call.tx.insert(ProjectChroot, **row)


def choose(call: Call, project: Row, names: list[str]) -> None:
    """Build for these chroots and no others; settings of those that go are kept for their return.

    Raises Conflict where one that goes is being built for.
    """
    held = {row["mock_chroot_id"]: row for row in call.tx.rows(_HELD, {"project": project["id"]})}
    chosen = _mock_ids(call, names)
    added = [mock for mock in chosen if mock not in held or held[mock]["deleted"]]
    gone = [mock for mock, row in held.items() if mock not in chosen and row["is_active"]]
    _refuse_busy(call, project, gone)
    for mock in added:
        _put(call, project["id"], mock, held.get(mock))
    for mock in gone:
        _take(call, held[mock])
    _note(call, project, added, gone)
    if added:
        copr_results.request(call, project["id"], added)


def _mock_ids(call: Call, names: list[str]) -> list[int]:
    return call.tx.column(_IDS, {"names": names})


def _put(call: Call, project_id: int, mock: int, held: Row | None) -> None:
    if held is None:
        call.tx.insert(ProjectChroot, project_id=project_id, mock_chroot_id=mock)
    else:
        call.tx.update(ProjectChroot, {"deleted": False, "delete_after": None}, id=held["id"])


def _take(call: Call, held: Row) -> None:
    if not held["deleted"]:
        deadline = call.now() + _KEPT_DAYS * _DAY
        call.tx.update(ProjectChroot, {"deleted": True, "delete_after": deadline}, id=held["id"])


def _note(call: Call, project: Row, added: list[int], gone: list[int]) -> None:
    sql = f"SELECT m.id, {queries.CHROOT_NAME} FROM mock_chroot m WHERE m.id IN :ids ORDER BY 2"
    for mock, name in call.tx.tuples(sql, {"ids": [*added, *gone]}) if added or gone else []:
        came = mock in added
        project_history.note(call, project["id"], "chroot", name, None if came else {}, {} if came else None)


def _refuse_busy(call: Call, project: Row, mocks: list[int]) -> None:
    params = {"project": project["id"], "mocks": mocks, "limit": _MAX_IDS + 1}
    builds = [str(build) for build in call.tx.column(_UNFINISHED, params)] if mocks else []
    if builds:
        shortened = [*builds[:_MAX_IDS], "others"] if len(builds) > _MAX_IDS else builds
        verb = "are" if len(shortened) > 1 else "is"
        raise Conflict(
            f"Can't drop chroot from project, related {batches.plural('build', shortened)} {verb} still in progress"
        )


# how


_NAMES = {
    "additional_repos": "repos",
    "additional_packages": "buildroot_pkgs",
    "additional_modules": "module_toggle",
}

_COMPS = "comps_zlib"  # what clients that reset it call the column `comps`
_UNKEPT = "last_build_timestamp"  # Copr lets clients reset this too; here nothing depends on it

# What a setting is when it was never set.
_DEFAULTS: Row = {
    "buildroot_pkgs": None,
    "repos": "",
    "comps_name": None,
    _COMPS: None,
    "module_toggle": None,
    "with_opts": "",
    "without_opts": "",
    "delete_after": None,
    "delete_notify": None,
    "bootstrap": None,
    "bootstrap_image": None,
    "isolation": "unchanged",
    "deleted": False,
}

_IMAGE = rules.pattern(
    r"^[-\./\w]+(:[\w.-]+)?$",
    "Enter valid bootstrap image id (<name>[:<tag>], e.g. fedora:33 or registry.fedoraproject.org/fedora:rawhide).",
)


def edit(call: Call, project: Row, name: str, given: Given) -> Row:
    """Change the settings that GIVEN names; the chroot as the API shows it then."""
    form = _form(call, given)
    chroot = find(call, project, name)
    _check(form)
    changes = _reset(project, name, form)
    project_permissions.require_edit(call, project, NOT_YOURS)
    changes.update(_changes(form))
    if changes:
        call.tx.update(ProjectChroot, changes, id=chroot["id"])
        told = {setting: value for setting, value in changes.items() if setting != "comps"}
        project_history.note(call, project["id"], "chroot", name, chroot, told)
    if "comps_name" in changes:
        copr_results.publish_comps(call, project, name, changes.get("comps"))
    return shown(call, project, find(call, project, name))


def _form(call: Call, given: Given) -> Form:
    known = project_forms.repositories(lambda *name: projects.exists(call, *name))
    return Form(
        (
            Joined("module_toggle", (_modules,), (_tidy_modules,)),
            Text("with_opts"),
            Text("without_opts"),
            project_forms.bootstrap(("unchanged", *project_forms.BOOTSTRAPS, "custom_image")),
            Text("bootstrap_image", (rules.optional, _IMAGE), (rules.none_if_empty,)),
            project_forms.isolation(("unchanged", *project_forms.ISOLATIONS)),
            Text("buildroot_pkgs"),
            Area("repos", (known, rules.optional), (rules.words_as_lines,)),
            Upload("upload_comps"),
            Flag("delete_comps"),
            Text("reset_fields"),
        ),
        renamed(_with_modules(given), _NAMES),
    )


def _with_modules(given: Given) -> Given:
    """A list of modules is one by the API's name for it alone; by the form's it is text, as any other list."""
    modules = given.get("module_toggle")
    return {**given, "module_toggle": " ".join(map(str, modules))} if isinstance(modules, list) else given


def _check(form: Form) -> None:
    form.validate()
    if form["bootstrap"] == "custom_image" and not form["bootstrap_image"]:
        form.entries["bootstrap_image"].errors.append("Custom image is selected, but not specified")
    if form.errors:
        raise form.lines()


def _tidy_modules(value: str) -> str:
    return ", ".join(module.strip() for module in value.split(",") if module.strip())


_MODULE = re.compile(r"[A-Za-z0-9_!-][^ ]*\Z")


def _modules(entry: Entry, form: Form) -> None:
    """NAME:STREAM, separated by commas, each name once."""
    seen: set[str] = set()
    for module in filter(None, entry.data.split(",")):
        name, colon, stream = module.strip().partition(":")
        if not colon or ":" in stream:
            raise Invalid(f"Module name '{module}' must consist of two parts separated with colon, e.g. module:stream")
        if not _MODULE.match(name):
            raise Invalid(f"Module name '{name}' must contain only letters, digits, dashes, underscores.")
        if name in seen:
            raise Invalid(f"Module name '{name}' specified multiple times")
        if not _MODULE.match(stream):
            raise Invalid(
                f"Stream part of module name '{stream}' must contain only letters, digits, dashes, underscores."
            )
        seen.add(name)


def _reset(project: Row, name: str, form: Form) -> Row:
    """The settings that go back to what they were at first."""
    wanted = [_NAMES.get(field, field) for field in str(form["reset_fields"] or "").split()]
    unknown = [field for field in wanted if field not in (*_DEFAULTS, _UNKEPT)]
    if unknown:
        raise BadRequest(
            f"Trying to reset an invalid attribute: {unknown[0]}\nSee `copr-cli get-chroot"
            f" {project['full_name']}/{name}' for all the possible attributes"
        )
    names = {_COMPS: "comps"}
    return {names.get(field, field): _DEFAULTS[field] for field in wanted if field != _UNKEPT}


def _changes(form: Form) -> Row:
    changes: Row = {
        name: form.stored(name)
        for name in ("buildroot_pkgs", "repos", "module_toggle", "with_opts", "without_opts")
        if name in form.given and form[name] is not None
    }
    if form["delete_comps"]:
        changes.update(comps=None, comps_name=None)
    if form["upload_comps"] is not None:
        changes.update(_comps(form["upload_comps"]))
    changes.update({name: form[name] for name in ("bootstrap", "isolation") if form[name] is not None})
    if form["bootstrap_image"] is not None:
        changes.update(bootstrap=form["bootstrap"] or "custom_image", bootstrap_image=form["bootstrap_image"])
    return changes


def _comps(received: Received) -> Row:
    with open(received.path, "rb") as stream:
        return {"comps": stream.read(), "comps_name": received.filename}

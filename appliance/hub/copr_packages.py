"""The packages of a project: where their sources come from, and which of their builds were the last."""

import json

from appliance.db.connection import Row
from appliance.db.models.copr import CoprPackage
from appliance.db.queries import copr_builds as build_queries
from appliance.db.queries import copr_orders
from appliance.db.select import Column, Select, flag
from appliance.errors import BadRequest, Conflict, NotFound
from appliance.hub import copr_builds, project_history, project_permissions, source_forms
from appliance.hub.fields import Form, Given, Text, matching, renamed
from appliance.hub.hub import Call
from appliance.hub.paging import Page

MAX_UNPAGED = 10000
NOT_YOURS = "You are not allowed to add or edit packages in this copr."

_PLAIN = ("id", "name", "source_type", "source_json", "max_builds", "timeout", "chroot_denylist")
_COLUMNS: dict[str, str | Column] = {
    **{name: f"k.{name}" for name in _PLAIN},
    "webhook_rebuild": flag("k.webhook_rebuild"),
}

# The last build of each package, of all or of those that went well, in one directory or anywhere.
_LATEST = f"""
SELECT MAX(b.id) FROM copr_build b WHERE b.package_id IN (SELECT value FROM json_each(:packages))
AND (:state IS NULL OR {build_queries.STATE} = :state) AND (:main = 0 OR b.dir_id IN
     (SELECT d.id FROM project_dir d WHERE d.project_id = b.project_id AND d.main))
GROUP BY b.package_id
"""


class TooMany(BadRequest):
    """More than fits one answer."""

    status = 413


# finding


def _all() -> Select:
    return Select(dict(_COLUMNS), "copr_package k")


def look(call: Call, project: Row, name: str) -> Row | None:
    return _all().also("k.project_id = :project AND k.name = :name", project=project["id"], name=name).one(call.tx)


def find(call: Call, project: Row, name: object) -> Row:
    """The package. Raises NotFound."""
    found = look(call, project, name) if isinstance(name, str) else None
    if found is None:
        raise NotFound(f"No package with name {name} in copr {project['name']}")
    return found


def named(call: Call, project: Row, given: Given) -> Row:
    """The package that GIVEN has as `package_name`. Raises NotFound."""
    return find(call, project, Form((Text("package_name"),), given)["package_name"])


def listed(call: Call, project: Row, page: Page, latest: bool = False, latest_succeeded: bool = False) -> list[Row]:
    """A page of the project's packages as the API shows them, with their last builds if wanted."""
    select = _all().also("k.project_id = :project", project=project["id"])
    page.sorted(select, "package", copr_orders.PACKAGE, copr_orders.PACKAGE_OTHERS)
    found = select.rows(call.tx, page.window())
    if len(found) > MAX_UNPAGED:
        raise TooMany(
            f"Too many packages, please use pagination. Requests are limited to only {MAX_UNPAGED} packages at once."
        )
    return all_shown(call, project, found, latest, latest_succeeded, in_main=True)


# showing


def shown(call: Call, project: Row, package: Row, latest: bool = False, latest_succeeded: bool = False) -> Row:
    """The package as the API shows it."""
    return all_shown(call, project, [package], latest, latest_succeeded)[0]


def all_shown(
    call: Call,
    project: Row,
    found: list[Row],
    latest: bool = False,
    latest_succeeded: bool = False,
    in_main: bool = False,
) -> list[Row]:
    """Packages as the API shows them; IN_MAIN prefers the last build in the main directory."""
    ids = [package["id"] for package in found]
    last = _last(call, ids, None) if latest else {}
    if latest and in_main:
        last.update(_last(call, ids, None, main=True))
    good = _last(call, ids, "succeeded") if latest_succeeded else {}
    return [_shown(call, project, package, last.get(package["id"]), good.get(package["id"])) for package in found]


def _last(call: Call, packages: list[int], state: str | None, main: bool = False) -> dict[int, Row]:
    """{package: its last build as the API shows it}."""
    params = {"packages": json.dumps(packages), "state": state, "main": int(main)}
    select = build_queries.builds().also(f"b.id IN ({_LATEST})", **params)
    builds = select.rows(call.tx)
    shown = copr_builds.all_shown(call, builds)
    return {build["package_id"]: answer for build, answer in zip(builds, shown, strict=True)}


def _shown(call: Call, project: Row, package: Row, latest: Row | None, latest_succeeded: Row | None) -> Row:
    source = copr_builds.source_dict(call, package["source_json"])
    if "srpm_build_method" in source:
        source["source_build_method"] = source.pop("srpm_build_method")
    return {
        "id": package["id"],
        "name": package["name"],
        "projectname": project["name"],
        "ownername": project["ownername"],
        "source_type": package["source_type"],
        "source_dict": source,
        "auto_rebuild": package["webhook_rebuild"],
        "builds": {"latest": latest, "latest_succeeded": latest_succeeded},
    }


# changing


def add(call: Call, project: Row, name: str, kind: str, given: Given) -> Row:
    """A new package as the API shows it. Raises Conflict where the project has one of that name."""
    project_permissions.require_edit(call, project, NOT_YOURS)
    form = _validated(call, kind, renamed(given, source_forms.NAMES))
    if form["package_name"] != name:
        raise BadRequest(f"package_name: the address says {name}")
    if look(call, project, name) is not None:
        raise Conflict(f"Package {name} already exists in copr {project['full_name']}.")
    package_id = call.tx.insert(CoprPackage, project_id=project["id"], name=name, source_json="{}")
    return _store(call, project, package_id, kind, form)


def edit(call: Call, project: Row, name: str, kind: str | None, given: Given) -> Row:
    """Change a package, to another KIND of source if one is named; the package as the API shows it then."""
    package = look(call, project, name)
    if package is None:
        raise NotFound(f"Package {name} does not exists in copr {project['full_name']}.")
    project_permissions.require_edit(call, project, NOT_YOURS)
    held = json.loads(package["source_json"]) if given else {}
    sent = {name: value for name, value in given.items() if value != [] or name != "python_versions"}
    form = _validated(call, kind or package["source_type"], {**held, **renamed(sent, source_forms.NAMES)})
    return _store(call, project, package["id"], kind or package["source_type"], form)


def _validated(call: Call, kind: str, given: Given) -> Form:
    source = source_forms.fields(call, kind)
    fields = (source_forms.package_name(), *source_forms.package(call), source_forms.timeout(call), *source)
    form = Form(fields, given)
    if not form.validate():
        raise form.lines()
    return form


def _store(call: Call, project: Row, package_id: int, kind: str, form: Form) -> Row:
    values = {"source_type": kind, "source_json": json.dumps(source_forms.source(call, kind, form))}
    turned = {
        "webhook_rebuild": form["webhook_rebuild"],
        "max_builds": form["max_builds"] or None,
        "timeout": form["timeout"] or call.settings.copr.default_build_timeout,
        "chroot_denylist": form["chroot_denylist"] or "",
    }
    values.update({name: value for name, value in turned.items() if name in form.given})
    _change(call, project, package_id, values)
    found = _all().also("k.id = :id", id=package_id).one(call.tx)
    assert found is not None
    return shown(call, project, found)


def _change(call: Call, project: Row, package_id: int, values: Row) -> None:
    before = call.tx.row("SELECT * FROM copr_package WHERE id = :id", {"id": package_id})
    assert before is not None
    call.tx.update(CoprPackage, values, id=package_id)
    project_history.note(call, project["id"], "package", before["name"], before, values)


def reset(call: Call, project: Row, package: Row) -> Row:
    """Forget where a package's source comes from; the package as the API shows it then."""
    project_permissions.require_edit(call, project, f"You are not allowed to reset package `{package['id']}`.")
    _change(call, project, package["id"], {"source_type": "unset", "source_json": "{}"})
    return shown(call, project, find(call, project, package["name"]))


# what builds need to know


def chroots(package: Row, enabled: list[Row]) -> list[Row]:
    """Those of the project's chroots that the package is not kept from; all, if it is kept from each."""
    patterns = [pattern.strip() for pattern in package["chroot_denylist"].split(",") if pattern.strip()]
    denied = {name for pattern in patterns for name in matching(pattern, [chroot["name"] for chroot in enabled])}
    return [chroot for chroot in enabled if chroot["name"] not in denied] or enabled

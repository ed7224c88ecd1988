"""Submitting builds to a project: from an address, a file, or any source that a package may have."""

import json
import os
import secrets
import shutil
from fnmatch import fnmatchcase
from pathlib import Path

from appliance.db.connection import Row
from appliance.db.models.copr import CoprBuild, CoprBuildChroot
from appliance.errors import AccessRestricted, BadRequest, Unprocessable
from appliance.hub import (
    batches,
    build_forms,
    copr_builds,
    copr_packages,
    copr_results,
    copr_tasks,
    host_programs,
    mock_chroots,
    project_dirs,
    project_permissions,
    projects,
    source_forms,
)
from appliance.hub.fields import Form, Given, Received
from appliance.hub.hub import Call
from appliance.paths import inside, plain

_IN_USE = "UPDATE project_chroot SET delete_after = NULL, delete_notify = NULL WHERE id IN :ids"

SUBMITTED = "/tmp"  # noqa: S108  where Copr's clients find what was uploaded
UPLOADS = ("upload", "rpm_upload")  # source packages or spec files; packages that are built already
SAFE = "It should be safe to submit a build like this"


def check(call: Call, project: Row, given: Given) -> str:
    """Say that a build like GIVEN could be submitted, before a large upload; raises what that would."""
    if given.get("project_dirname"):
        project_dirs.check(call, project, given["project_dirname"])
    who = call.session.user_name
    project_permissions.require_build(
        call, project, f"User '{who}' is not allowed to build in '{project['full_name']}'"
    )
    form = build_forms.submission(call, "check", projects.chroots(call, project["id"]), given)
    if not form.validate():
        raise form.printed()
    return SAFE


def create(call: Call, project: Row, kind: str, given: Given) -> list[Row]:
    """Submit builds of KIND, several for several addresses; they, as the API shows them."""
    enabled = projects.chroots(call, project["id"])
    form = build_forms.submission(call, kind, enabled, given)
    if not form.validate():
        raise form.printed()
    project_permissions.require_build(
        call,
        project,
        f"User {call.session.user_name} is not allowed to build in the copr: {project['full_name']}",
    )
    wanted = {**_options(form), "chroots": build_forms.chosen(form, enabled)}
    parts = _sources(call, kind, form)
    for part in parts:
        host_programs.for_source(call.hub, part["source_type"], part["source"])
    made: list[int] = []
    for part in parts:
        made.append(submit(call, project, {**wanted, **_together(made, wanted), **part}))
    return [_shown(call, build_id) for build_id in made]


def _together(made: list[int], wanted: Row) -> Row:
    """What is asked for at once is one batch, so that it is built in the order that it needs."""
    return {"with_build_id": made[0]} if made and not wanted.get("after_build_id") else {}


def _options(form: Form) -> Row:
    """What a form says of the build itself, whatever its source."""
    names = (
        "timeout",
        "enable_net",
        "background",
        "project_dirname",
        "bootstrap",
        "isolation",
        "after_build_id",
        "with_build_id",
        "packit_forge_project",
    )
    return {name: form[name] for name in names if form[name] is not None}


def _sources(call: Call, kind: str, form: Form) -> list[Row]:
    """For each build that a form asks for: its source, and where a ready source package is."""
    if kind == "link":
        return [_link(url) for url in form["pkgs"].split("\n")]
    if kind in UPLOADS:
        return [_received(call, kind, form["pkgs"])]
    source = source_forms.source(call, kind, form)
    if kind == "pypi":
        source["python_versions"] = source["python_versions"] or ["3"]
    return [{"source_type": kind, "source": source}]


def _link(url: str) -> Row:
    return {"source_type": "link", "source": {"url": url}, "srpm_url": _package_url(url)}


def _received(call: Call, kind: str, received: Received) -> Row:
    """Keep a file that was sent where builders can fetch it, below a name that cannot be guessed."""
    name = plain(received.filename)
    room, folder = _room(call)
    os.replace(received.path, folder / name)
    return _uploaded(kind, room, name)


def _received_before(call: Call, build: Row) -> Row:
    """What was sent for a build, once more: it lies among the results since. Raises BadRequest if it does not."""
    kept = copr_results.source_package(call, build)
    if not kept.is_file():
        raise BadRequest(f"What was uploaded for build {build['id']} is not kept any more; upload it again")
    room, folder = _room(call)
    shutil.copyfile(kept, folder / kept.name)
    return _uploaded(build["source_type"], room, kept.name)


def _room(call: Call) -> tuple[str, Path]:
    """A name that cannot be guessed, and the directory of that name."""
    room = secrets.token_urlsafe(16)
    folder = inside(call.paths.submitted, room)
    folder.mkdir(parents=True)
    call.tx.on_rollback(lambda: shutil.rmtree(folder, ignore_errors=True))
    return room, folder


def _uploaded(kind: str, room: str, name: str) -> Row:
    url = f"{SUBMITTED}/{room}/{name}"
    return {
        "source_type": kind,
        "source": {"url": url, "pkg": name, "tmp": room},
        "srpm_url": _package_url(url),
    }


def _package_url(url: str) -> str | None:
    return None if url.endswith(".spec") else url


def rebuild(call: Call, project: Row, given: Given) -> Row:
    """Build the package that GIVEN names from its stored source; the build as the API shows it.

    An empty timeout is the usual one, whatever the package's is.
    """
    enabled = projects.chroots(call, project["id"])
    form = build_forms.rebuild(call, enabled, given)
    package = copr_packages.find(call, project, form["package_name"])
    if not form.validate():
        raise form.lines()
    if package["source_type"] in ("unset", "link", *UPLOADS):
        raise BadRequest(
            f"Package 'Unset default source for package {package['name']}' doesn't have the default"
            " source method set, but it is required for the rebuild request.  Please configure some"
            " source  method first"
        )
    usual = {"timeout": call.settings.copr.default_build_timeout}
    options = {name: value for name, value in {**usual, **_options(form)}.items() if name in form.given}
    options.update(chroots=build_forms.chosen(form, enabled), package=package)
    source = {"source_type": package["source_type"], "source": json.loads(package["source_json"])}
    host_programs.for_source(call.hub, **source)
    return _shown(call, submit(call, project, {**options, **source}))


def _shown(call: Call, build_id: int) -> Row:
    return copr_builds.shown(call, copr_builds.get(call, build_id))


def again(call: Call, build: Row) -> int:
    """Submit a build of the same source for the same chroots once more; its id."""
    project = projects.get(call, build["project_id"])
    enabled = {chroot["name"] for chroot in projects.chroots(call, project["id"])}
    chroots = [each["name"] for each in copr_builds.chroots_of(call, [build["id"]]) if each["name"] in enabled]
    same = ("timeout", "enable_net", "isolation", "bootstrap", "source_type", "srpm_url")
    wanted = {
        **{name: build[name] for name in same},
        "background": build["is_background"],
        "source": json.loads(build["source_json"]),
        "project_dirname": build["dirname"],
        "chroots": chroots,
        **(_received_before(call, build) if build["source_type"] in UPLOADS else {}),
    }
    if build["package_name"]:
        wanted["package"] = copr_packages.look(call, project, build["package_name"])
    return submit(call, project, wanted)


def submit(call: Call, project: Row, wanted: Row) -> int:
    """Make a build; its id.

    WANTED has source_type and source, and may have srpm_url, package (a row), chroots (names), timeout,
    enable_net, background, project_dirname, bootstrap, isolation, after_build_id, with_build_id,
    packit_forge_project, submitted_by, and user_id (else it is the asking user's build).
    """
    enabled = projects.chroots(call, project["id"])
    if not enabled:
        raise BadRequest(f"Can't create build - project {project['full_name']} has no active chroots")
    _refuse_forge(project, wanted.get("packit_forge_project"))
    project_permissions.require_build(call, project, "You don't have permissions to build in this copr.")
    batch_id = _batch(call, wanted)
    dir_id = project_dirs.of_build(call, project, wanted.get("project_dirname"))
    build_id = call.tx.insert(CoprBuild, **_values(call, project, wanted), dir_id=dir_id, batch_id=batch_id)
    assign(call, build_id, _chroots(wanted, enabled))
    if not batches.blocked(call, batch_id):
        copr_tasks.begin(call, build_id)
    call.ring("builds")
    return build_id


def _refuse_forge(project: Row, forge: str | None) -> None:
    allowed = project["packit_forge_projects_allowed"].split()
    if forge and not any(fnmatchcase(forge, pattern) for pattern in allowed):
        raise AccessRestricted(f"Forge project {forge} can't build in this Copr via Packit.")


def _batch(call: Call, wanted: Row) -> int | None:
    if wanted.get("with_build_id"):
        return batches.of_build(call, copr_builds.get(call, wanted["with_build_id"]), modify=True)
    if wanted.get("after_build_id"):
        ahead = batches.of_build(call, copr_builds.get(call, wanted["after_build_id"]), modify=False)
        return batches.behind(call, ahead)
    return None


def _values(call: Call, project: Row, wanted: Row) -> Row:
    package, limits = wanted.get("package"), call.settings.copr
    usual = (package and package["timeout"]) or limits.default_build_timeout
    return {
        "project_id": project["id"],
        "user_id": wanted.get("user_id", call.session.user_id),
        "submitted_by": wanted.get("submitted_by"),
        "package_id": package and package["id"],
        "source_type": wanted["source_type"],
        "source_json": json.dumps(_source(call, project, wanted)),
        "srpm_url": wanted.get("srpm_url"),
        "submitted_on": int(call.now()),
        "timeout": wanted.get("timeout", usual),
        "memory_reqs": limits.default_memory,
        "repos": project["repos"],
        "enable_net": wanted.get("enable_net", project["build_enable_net"]),
        "is_background": wanted.get("background", False),
        "isolation": wanted.get("isolation") or "unchanged",
        "bootstrap": wanted.get("bootstrap"),
    }


def _source(call: Call, project: Row, wanted: Row) -> Row:
    source = dict(wanted["source"])
    if wanted["source_type"] == "custom":
        source["chroot"] = mock_chroots.latest(call, source["chroot"])
    if project["fedora_review"]:
        source["fedora_review"] = True
    return source


def _chroots(wanted: Row, enabled: list[Row]) -> list[Row]:
    """The chroots that are known now; none where that waits for the package's name."""
    chosen = [chroot for chroot in enabled if chroot["name"] in wanted.get("chroots", ())]
    if chosen or wanted.get("package") is None:
        return chosen
    found = copr_packages.chroots(wanted["package"], enabled)
    if not found:
        raise Unprocessable(
            f'No chroots selected (or automatically selectable) for the package "{wanted["package"]["name"]}"'
        )
    return found


def assign(call: Call, build_id: int, chroots: list[Row]) -> None:
    """Give a build its chroots; a project's chroot that is built for again is in use again."""
    for chroot in chroots:
        call.tx.insert(CoprBuildChroot, build_id=build_id, mock_chroot_id=chroot["mock_chroot_id"])
    if chroots:
        call.tx.execute(_IN_USE, {"ids": [chroot["id"] for chroot in chroots]})

"""Submitting builds: the source goes where Koji's or Copr's clients would have sent it."""

import secrets
import shutil
import time
from typing import Any

from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import copr_submissions, projects, submissions, targets, uploads
from appliance.hub.authority import LOGIN
from appliance.hub.fields import Received
from appliance.paths import plain
from appliance.ui.forms import Form
from appliance.ui.pages.submit import submit as submit_page
from appliance.ui.site import act
from appliance.ui.visit import Visit

_KINDS = ("file", "url", "pypi", "gem", "distgit_package")
_PACKAGES = (".src.rpm", ".nosrc.rpm", ".spec")


@act("/submit", need=LOGIN, page=submit_page, uploads=True, like="build")
def submit(visit: Visit, form: Form) -> str:
    """Submit a build of the one source that the form names, or of several files in the order that they need."""
    named = [kind for kind in _KINDS if kind in form.files or form.text(kind)]
    if len(named) != 1:
        raise GenericError("Give one source: a file, an address, or the name of a package.")
    world, _, name = form.text("where").partition(":")
    if not name:
        raise GenericError("Say for which target or project.")
    return _for_target(visit, form, named[0], name) if world == "target" else _for_project(visit, form, named[0], name)


def _for_target(visit: Visit, form: Form, kind: str, name: str) -> str:
    target = targets.require(visit.call, name)
    if kind not in ("file", "url"):
        raise GenericError("For a target the source is a file or an address; projects know where the others are from.")
    options = {"scratch": True} if form.flag("scratch") else {}
    sources = _uploaded(visit, form.files["file"]) if kind == "file" else [form.text("url")]
    if len(sources) > 1 and options:
        raise GenericError("A scratch build is of one package: what it gives is in no repository for the next.")
    if len(sources) > 1:
        task_id = submissions.chain_build(visit.call, [sources], target["name"], options)
    else:
        task_id = submissions.build(visit.call, sources[0], target["name"], options)
    visit.notice = f"Submitted, as task {task_id}."
    return f"/tasks/{task_id}"


def _uploaded(visit: Visit, received: list[Received]) -> list[str]:
    """Put source packages where Koji's clients put theirs; their names below the work directory."""
    names = [plain(each.filename) for each in received]
    for name in names:
        if not name.endswith(".src.rpm"):
            raise GenericError(f"{name} is no source package: for a target that is a .src.rpm file.")
        if names.count(name) > 1:
            raise GenericError(f"{name} is there twice.")
    directory = f"cli-build/{time.time():.6f}.{secrets.token_urlsafe(6).replace('-', '_')}"
    for each, name in zip(received, names, strict=True):
        shutil.move(each.path, uploads.claim(visit.call, directory, name))
    return [f"{directory}/{name}" for name in names]


def _for_project(visit: Visit, form: Form, kind: str, full_name: str) -> str:
    owner, _, name = full_name.partition("/")
    project = projects.find(visit.call, owner, name)
    options: Row = {"background": form.flag("background")}
    if form.all("chroots"):
        options["chroots"] = form.all("chroots")
    if kind == "file":
        return _of_files(visit, project, form.files["file"], options)
    what, given = _source(form, kind)
    made = copr_submissions.create(visit.call, project, what, {**given, **options})
    visit.notice = "Submitted."
    return f"/coprs/build/{made[0]['id']}"


def _of_files(visit: Visit, project: Row, received: list[Received], options: Row) -> str:
    """A build of each file; several are one batch, which is built in the order that its packages need."""
    made: list[int] = []
    for each in received:
        batch = {"with_build_id": made[0]} if made else {}
        created = copr_submissions.create(visit.call, project, "upload", {"pkgs": each, **options, **batch})
        made += [build["id"] for build in created]
    visit.notice = "Submitted." if len(made) == 1 else f"Submitted {len(made)} builds, which go together."
    return f"/coprs/build/{made[0]}"


def _source(form: Form, kind: str) -> tuple[str, dict[str, Any]]:
    """(the kind of source as Copr calls it, what its form says)."""
    if kind == "pypi":
        version = {"pypi_package_version": form.text("version")} if form.text("version") else {}
        return "pypi", {"pypi_package_name": form.text("pypi"), **version}
    if kind == "gem":
        return "rubygems", {"gem_name": form.text("gem")}
    if kind == "distgit_package":
        given = {"package_name": form.text("distgit_package"), "distgit": form.text("distgit")}
        return "distgit", given | ({"committish": form.text("committish")} if form.text("committish") else {})
    return _address(form)


def _address(form: Form) -> tuple[str, dict[str, Any]]:
    """A source package at an address, or a repository of sources."""
    if form.text("url").partition("?")[0].endswith(_PACKAGES):
        return "link", {"pkgs": form.text("url")}
    names = ("committish", "subdirectory", "spec", "srpm_build_method", "scm_type")
    return "scm", {
        "clone_url": form.text("url"),
        **{name: form.text(name) for name in names if form.text(name)},
    }

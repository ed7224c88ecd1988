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
    """Submit a build of the one source that the form names."""
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
    source = _uploaded(visit, form.files["file"]) if kind == "file" else form.text("url")
    options = {"scratch": True} if form.flag("scratch") else {}
    task_id = submissions.build(visit.call, source, target["name"], options)
    visit.notice = f"Submitted, as task {task_id}."
    return f"/tasks/{task_id}"


def _uploaded(visit: Visit, received: Received) -> str:
    """Put a source package where Koji's clients put theirs; its name below the work directory."""
    name = plain(received.filename)
    if not name.endswith(".src.rpm"):
        raise GenericError(f"{name} is no source package: for a target that is a .src.rpm file.")
    directory = f"cli-build/{time.time():.6f}.{secrets.token_urlsafe(6).replace('-', '_')}"
    shutil.move(received.path, uploads.claim(visit.call, directory, name))
    return f"{directory}/{name}"


def _for_project(visit: Visit, form: Form, kind: str, full_name: str) -> str:
    owner, _, name = full_name.partition("/")
    project = projects.find(visit.call, owner, name)
    what, given = _source(form, kind)
    options: Row = {"background": form.flag("background")}
    if form.all("chroots"):
        options["chroots"] = form.all("chroots")
    made = copr_submissions.create(visit.call, project, what, {**given, **options})
    visit.notice = "Submitted."
    return f"/coprs/build/{made[0]['id']}"


def _source(form: Form, kind: str) -> tuple[str, dict[str, Any]]:
    """(the kind of source as Copr calls it, what its form says)."""
    if kind == "file":
        return "upload", {"pkgs": form.files["file"]}
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

"""The forms for where a source comes from, and what is stored of each; builds and packages share them."""

import posixpath
import re
from collections.abc import Callable
from typing import Any

from appliance.db.connection import Row
from appliance.errors import BadRequest
from appliance.hub import dist_gits, mock_chroots, project_forms, projects, rules
from appliance.hub.fields import (
    Area,
    Choice,
    Choices,
    Entry,
    Field,
    Flag,
    Form,
    Invalid,
    Number,
    Text,
    matching,
)
from appliance.hub.hub import Call

MAX_NAME = 100
MAX_SCRIPT = 4096
MAX_KEPT = 100  # how many builds of a package `max_builds` can ask to keep

_NAME = r"^[-+_.a-zA-Z0-9]+$"
_DENIED = r"^[a-z0-9-_*.+]+$"

# What clients call otherwise than the forms do.
NAMES = {
    "is_background": "background",
    "memory_limit": "memory_reqs",
    "source_build_method": "srpm_build_method",
    "script_builddeps": "builddeps",
    "script_resultdir": "resultdir",
    "script_chroot": "chroot",
    "script_repos": "repos",
}


# what every package has


def package_name() -> Text:
    return Text(
        "package_name",
        (
            rules.at_most(MAX_NAME),
            rules.pattern(_NAME, f"Please enter a valid package name in {_NAME}"),
        ),
    )


def package(call: Call) -> tuple[Field, ...]:
    """The fields of a package whatever its source, without name and timeout."""
    return (
        Flag("webhook_rebuild"),
        Text("chroot_denylist", (rules.optional, _denylist(call)), (_tidy_list,)),
        Number("max_builds", (rules.optional, rules.between(0, MAX_KEPT))),
    )


def timeout(call: Call) -> Number:
    limits = call.settings.copr
    return Number(
        "timeout",
        (rules.optional, rules.between(0, limits.max_build_timeout)),
        default=limits.default_build_timeout,
    )


def _tidy_list(value: Any) -> Any:
    return ", ".join(item.strip() for item in value.split(",")) if value else value


def _denylist(call: Call) -> Callable[[Entry, Form], None]:
    allowed = re.compile(_DENIED)
    names = mock_chroots.active_names(call)

    def rule(entry: Entry, form: Form) -> None:
        for item in entry.data.split(", ") if entry.data else ():
            if not allowed.match(item):
                raise Invalid(f'Pattern "{item}" does not match "{_DENIED}"')
            if not matching(item, names):
                raise Invalid(f'no chroot matched by pattern "{item}"')

    return rule


# where sources come from


def _scm(call: Call) -> tuple[Field, ...]:
    return (
        Choice("scm_type", choices=("git", "svn"), default="git"),
        Text("clone_url", (rules.required(), rules.url)),
        Text("committish", (rules.optional,)),
        Text("subdirectory", (rules.optional,)),
        Text("spec", (rules.optional, rules.pattern(r"^.+\.spec$", "RPM spec file must end with .spec"))),
        Choice("srpm_build_method", choices=("rpkg", "tito", "tito_test", "make_srpm"), default="rpkg"),
    )


def _scm_source(call: Call, form: Form) -> Row:
    return {
        "type": form["scm_type"],
        "clone_url": form["clone_url"],
        "subdirectory": form["subdirectory"],
        "committish": form["committish"],
        "spec": form["spec"],
        "srpm_build_method": form["srpm_build_method"],
    }


def _pypi(call: Call) -> tuple[Field, ...]:
    return (
        Text("pypi_package_name", (rules.required(), rules.at_most(MAX_NAME - len("python-")))),
        Text("pypi_package_version", (rules.optional,)),
        Choice("spec_generator", choices=("pyp2rpm", "pyp2spec"), default="pyp2spec"),
        Choice("spec_template", choices=("", "fedora", "epel7", "mageia", "pld"), default=""),
        Choices("python_versions", choices=("3", "2")),
    )


def _pypi_source(call: Call, form: Form) -> Row:
    return {
        name: form[name]
        for name in (
            "pypi_package_name",
            "pypi_package_version",
            "spec_generator",
            "spec_template",
            "python_versions",
        )
    }


def _rubygems(call: Call) -> tuple[Field, ...]:
    return (Text("gem_name", (rules.required(), rules.at_most(MAX_NAME - len("rubygem-")))),)


def _rubygems_source(call: Call, form: Form) -> Row:
    return {"gem_name": form["gem_name"]}


def _custom(call: Call) -> tuple[Field, ...]:
    known = project_forms.repositories(lambda *name: projects.exists(call, *name))
    return (
        Area(
            "script",
            (rules.required(), rules.at_most(MAX_SCRIPT, "Maximum script size is 4kB")),
            (_tidy_script,),
        ),
        Text("builddeps", (rules.optional,)),
        Area("repos", (known,), (rules.words_as_lines,)),
        Choice("chroot", choices=mock_chroots.script_choices(call), default=f"{mock_chroots.LATEST}x86_64"),
        Text("resultdir", (rules.optional,)),
    )


def _tidy_script(value: Any) -> Any:
    """A script with Unix line ends, also at its end."""
    if not value:
        return value
    if value.split("\n", 1)[0].endswith("\r"):
        value = value.replace("\r\n", "\n")
    return value if value.endswith("\n") else value + "\n"


def _custom_source(call: Call, form: Form) -> Row:
    return {name: form[name] for name in ("script", "chroot", "builddeps", "resultdir", "repos")}


def _distgit(call: Call) -> tuple[Field, ...]:
    names = dist_gits.names(call)
    return (
        Choice("distgit", (_known(names),), (rules.instead_of_none(names[0] if names else None),), choices=names),
        Text("committish", (rules.optional,)),
        Text("namespace", (rules.optional,), (lambda value: posixpath.normpath(value) if value else None,)),
    )


def _known(names: list[str]) -> Callable[[Entry, Form], None]:
    def rule(entry: Entry, form: Form) -> None:
        if entry.data not in names:
            raise Invalid(f"DistGit ID must be one of: {', '.join(names)}")

    return rule


def _distgit_source(call: Call, form: Form) -> Row:
    url = dist_gits.clone_url(call, form["distgit"], form["package_name"], form["namespace"])
    given = {name: form[name] for name in ("distgit", "namespace", "committish") if form[name]}
    return {"clone_url": url, **given}


_KINDS: dict[str, tuple[Callable[[Call], tuple[Field, ...]], Callable[[Call, Form], Row]]] = {
    "scm": (_scm, _scm_source),
    "pypi": (_pypi, _pypi_source),
    "rubygems": (_rubygems, _rubygems_source),
    "custom": (_custom, _custom_source),
    "distgit": (_distgit, _distgit_source),
}


def fields(call: Call, kind: str) -> tuple[Field, ...]:
    """The fields of a source of KIND. Raises BadRequest for one that packages can not have."""
    if kind not in _KINDS:
        raise BadRequest(f"Unsupported package source type {kind}")
    return _KINDS[kind][0](call)


def source(call: Call, kind: str, form: Form) -> Row:
    """What is stored of a validated form of KIND, by the names that Copr's API shows."""
    return _KINDS[kind][1](call, form)

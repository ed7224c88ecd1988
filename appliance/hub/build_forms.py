"""The forms that submit a build: what every build may be told, and what each kind of source asks for."""

from collections.abc import Callable

from appliance.db.connection import Row
from appliance.hub import batches, copr_builds, project_forms, rules, source_forms
from appliance.hub.fields import (
    Area,
    Entry,
    Field,
    Flag,
    Form,
    Given,
    Invalid,
    Number,
    Patterns,
    Text,
    Tristate,
    Upload,
    matching,
    renamed,
)
from appliance.hub.hub import Call

# The kinds whose sources a package may have too.
SOURCES = ("scm", "pypi", "rubygems", "custom", "distgit")

_NAMES = {"source_build_method": "srpm_build_method"}


def submission(call: Call, kind: str, enabled: list[Row], given: Given) -> Form:
    """The form for a build of KIND (a kind of source, `link`, `upload`, `rpm_upload` or `check`) in chroots of ENABLED."""
    options = _options(call, enabled, own_name=kind == "distgit")
    if kind == "pypi":
        given = _first_ones(given)
    if kind in SOURCES:
        name = (source_forms.package_name(),) if kind == "distgit" else ()
        fields = (*name, *source_forms.package(call), *source_forms.fields(call, kind), *options)
        return Form(fields, renamed(given, _NAMES if kind in ("scm", "distgit") else {}))
    return Form((*options, *_PACKAGES.get(kind, ())), given)


def _first_ones(given: Given) -> Given:
    """Of a list that stands for one value Copr takes the first here, where it otherwise joins them.

    One that begins with null counts as not sent.
    """
    sent = {
        name: value for name, value in given.items() if not isinstance(value, list) or value[:1] not in ([], [None])
    }
    several = ("chroots", "exclude_chroots", "python_versions")
    return {
        name: value[0] if isinstance(value, list) and name not in several else value for name, value in sent.items()
    }


def _source_package(entry: Entry, form: Form) -> None:
    if not entry.data.filename.lower().endswith(rules.PACKAGE_SUFFIXES):
        raise Invalid("You can upload only .src.rpm, .nosrc.rpm, and .spec files")


def _ready_package(entry: Entry, form: Form) -> None:
    name = entry.data.filename.lower()
    if not name.endswith(".rpm") or name.endswith(rules.PACKAGE_SUFFIXES):
        raise Invalid("You can upload only .rpm files that are no source packages")


_PACKAGES: dict[str, tuple[Field, ...]] = {
    "link": (
        Area(
            "pkgs",
            (
                rules.required("URLs to packages are required"),
                rules.urls,
                rules.package_urls,
            ),
            (rules.words_as_lines,),
        ),
    ),
    "upload": (Upload("pkgs", (rules.attached, _source_package)),),
    "rpm_upload": (Upload("pkgs", (rules.attached, _ready_package)),),
}


def rebuild(call: Call, enabled: list[Row], given: Given) -> Form:
    """The form for building a package again from its stored source."""
    return Form(_options(call, enabled, own_name=False), renamed(given, source_forms.NAMES))


def _options(call: Call, enabled: list[Row], own_name: bool) -> tuple[Field, ...]:
    """What every build may be told. OWN_NAME: the source's form has a package's name already."""
    names = sorted(chroot["name"] for chroot in enabled)
    none = rules.instead_of_none(None)
    return (
        source_forms.timeout(call),
        Tristate("enable_net"),
        Flag("background"),
        Text("project_dirname"),
        project_forms.bootstrap(("unchanged", *project_forms.BOOTSTRAPS)),
        project_forms.isolation(("unchanged", *project_forms.ISOLATIONS)),
        *(() if own_name else (Text("package_name"),)),
        Patterns("chroots", choices=names),
        Patterns("exclude_chroots", choices=names),
        Number("after_build_id", (rules.optional, _batched(call, "with_build_id", modify=False)), (none,)),
        Number("with_build_id", (rules.optional, _batched(call, "after_build_id", modify=True)), (none,)),
        Text("packit_forge_project"),
    )


def _batched(call: Call, counterpart: str, modify: bool) -> Callable[[Entry, Form], None]:
    def rule(entry: Entry, form: Form) -> None:
        if form[counterpart]:
            raise Invalid("Only one batch option can be specified")
        if entry.data:
            _check_batch(call, entry.data, modify)

    return rule


def _check_batch(call: Call, build_id: int, modify: bool) -> None:
    build = copr_builds.look(call, build_id)
    if build is None:
        raise Invalid(f"Build {build_id} not found")
    problem = batches.objection(call, build, modify)
    if problem is not None:
        raise Invalid(problem)


def chosen(form: Form, enabled: list[Row]) -> list[str]:
    """The chroots that a form asks for; none where it does not say, or excludes them all."""
    names = [chroot["name"] for chroot in enabled]
    wanted = _expanded(form["chroots"], names)
    if form["exclude_chroots"]:
        excluded = _expanded(form["exclude_chroots"], names)
        wanted = [name for name in wanted or names if name not in excluded]
    return wanted


def _expanded(patterns: list[str], names: list[str]) -> list[str]:
    found = {name for pattern in patterns for name in matching(pattern, names)}
    return [name for name in names if name in found]

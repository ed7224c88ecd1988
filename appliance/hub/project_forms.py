"""The forms for making, changing and forking a project."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlparse

from appliance.db.connection import Row
from appliance.errors import BadRequest
from appliance.hub import mock_chroots, rules
from appliance.hub.fields import (
    Area,
    Choice,
    Choices,
    Entry,
    Field,
    Flag,
    Form,
    Given,
    Invalid,
    Number,
    Rule,
    Switch,
    Text,
    renamed,
)
from appliance.hub.hub import Call
from appliance.hub.project_owners import Owner

BOOTSTRAPS = ("default", "off", "on", "image")
ISOLATIONS = ("default", "nspawn", "simple")
MAX_DAYS = 720
MAX_NAME = 100

_NAMES = {"devel_mode": "disable_createrepo", "additional_repos": "repos"}
_UNTITLED = "Name must contain only letters, digits, underscores, dashes and dots."

Finder = Callable[[str], Row | None]


def repositories(exists: Callable[[str, str], bool]) -> Rule:
    """A list of addresses of repositories, or of projects as copr://owner/project, which must EXIST."""

    def holds(word: str) -> bool:
        parts = rules.split(word)
        if parts is None or parts.scheme not in ("http", "https", "copr") or not parts.netloc:
            return False
        if parts.scheme != "copr":
            return True
        name = parts.path.split("/")[1] if "/" in parts.path else ""
        if name and not exists(parts.netloc, name.split(":")[0]):
            raise Invalid(f"{word} does not exist.")
        return bool(name)

    return rules.each_of(
        holds,
        "A list of http[s] URLs separated by whitespace characters is needed ('{}' doesn't seem to be a valid URL).",
    )


def bootstrap(choices: Sequence[str]) -> Choice:
    return Choice("bootstrap", (rules.optional,), (rules.instead_of_none(None),), choices=choices)


def isolation(choices: Sequence[str]) -> Choice:
    return Choice("isolation", (rules.optional,), (rules.instead_of_none(None),), choices=choices)


def _texts(known: Rule) -> tuple[Field, ...]:
    return (
        Area("description"),
        Area("instructions"),
        Text("homepage", (rules.optional, rules.url), (rules.none_if_blank,)),
        Text("contact", (rules.optional, rules.mail_or_url), (rules.none_if_blank,)),
        Area("repos", (known,), (rules.words_as_lines,)),
        Area("runtime_dependencies", (known,), (rules.words_as_lines,)),
        Area("initial_pkgs", (rules.urls, rules.package_urls), (rules.words_as_lines,)),
    )


def _without_scheme(value: Any) -> str:
    return "\n".join(_bare(word) for word in (value or "").split())


def _bare(address: str) -> str:
    """What stands between an address's scheme and its parameters."""
    if rules.split(address) is None:
        raise Invalid(f"{address} is no address of a project.")
    parts = urlparse(address)
    return parts.netloc + parts.path


_SWITCHES: tuple[Field, ...] = (
    Flag("disable_createrepo", default=False),
    Flag("unlisted_on_hp", default=False),
    Flag("auto_prune", default=True),
    Switch("use_bootstrap_container"),
    bootstrap(BOOTSTRAPS),
    isolation(ISOLATIONS),
    Flag("follow_fedora_branching", default=True),
    Flag("multilib", default=False),
    Flag("build_enable_net", default=False),
    Flag("enable_net", default=False),
    Flag("module_hotfixes", default=False),
    Flag("fedora_review", default=False),
    Flag("appstream", default=False),
    Area("packit_forge_projects_allowed", (rules.optional,), (_without_scheme,)),
    Number("repo_priority", (rules.optional, rules.at_least(1), rules.storable)),
    Choice("storage", (rules.optional,), choices=("backend", "pulp")),
)
_DAYS = (rules.optional, rules.between(-1, MAX_DAYS))


def adding(call: Call, owner: Owner, given: Given, exists: Callable[[str, str], bool], taken: Finder) -> Form:
    """The form for a new project of OWNER; TAKEN finds a project of that name."""
    return Form(_adding_fields(call, owner, exists, taken), _with_defaults(renamed(given, _NAMES)))


def _adding_fields(call: Call, owner: Owner, exists: Callable[[str, str], bool], taken: Finder) -> tuple[Field, ...]:
    return (
        *_texts(repositories(exists)),
        *_SWITCHES,
        Text(
            "name",
            (
                rules.required(),
                rules.pattern(r"^[\w.-]+$", _UNTITLED),
                rules.at_most(MAX_NAME),
                _free(owner, taken),
                _no_number,
            ),
        ),
        Flag("persistent", default=False),
        Number("delete_after_days", _DAYS),
        Choices("chroots", choices=mock_chroots.active_names(call)),
    )


def _with_defaults(given: Given) -> Given:
    """Flags that were not sent have their default."""
    return {**{field.name: field.default for field in _SWITCHES if isinstance(field, Flag)}, **given}


def with_chroots(given: Given) -> Given:
    """What was sent for a new project; missing chroots are the wrong choice `[]`, as in Copr."""
    return {**given, "chroots": [[]]} if given.get("chroots") in (None, []) else given


def _free(owner: Owner, taken: Finder) -> Rule:
    def rule(entry: Entry, form: Form) -> None:
        if taken(str(entry.data)) is None:
            return
        if owner.group_name is None:
            raise Invalid(f"You already have a project named '{entry.data}'.")
        group = f"{owner.group_name} (fas: {owner.group_name})"
        raise Invalid(f"Group {group} already has a project named '{entry.data}'.")

    return rule


def _no_number(entry: Entry, form: Form) -> None:
    if str(entry.data).isdigit():
        raise Invalid("Project's name can not be just number.")


def check_adding(form: Form) -> None:
    """Refuse a validated form that has errors, or settings that exclude each other."""
    if form.errors:
        raise form.lines()
    if form["persistent"] and form["delete_after_days"]:
        raise BadRequest("delete_after_days: 'delete after' can not be combined with persistent")


def editing(call: Call, given: Given, exists: Callable[[str, str], bool]) -> Form:
    """The form for changing a project; raises BadRequest where something is wrong."""
    days = Number("delete_after_days", _DAYS, (lambda value: -1 if value is None else value,))
    texts = _texts(repositories(exists))
    chroots = Choices("chroots", choices=mock_chroots.active_names(call))
    form = Form((chroots, *texts[:4], days, *texts[4:], *_SWITCHES), renamed(given, _NAMES))
    if not form.validate():
        raise form.lines()
    return form


def forking(owners: Sequence[str], name: str, given: Given) -> Form:
    """The form for forking the project NAME to one of OWNERS; raises BadRequest if something is wrong."""
    fields = (
        Choice("owner", (rules.required(),), choices=owners),
        Text(
            "name",
            (rules.required(), rules.pattern(r"^[\w.-]+$", _UNTITLED), rules.at_most(MAX_NAME)),
            default=name,
        ),
        Flag("confirm"),
    )
    form = Form(fields, {**given, "owner": given.get("ownername")})
    if not form.validate():
        raise form.lines()
    return form


def refuse_letters(given: Given) -> None:
    """Chroots that come as a plain form's text are taken letter by letter, and so refused, as in Copr."""
    if isinstance(given.get("chroots"), str):
        raise BadRequest("Unexpected chroot: " + ", ".join(dict.fromkeys(given["chroots"])))

"""The bootstrap file: brings the hub to what a TOML file says; a second time it changes nothing."""

import importlib
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.errors import ConfigurationError, GenericError
from appliance.hub.entry_forms import Form, check_all
from appliance.hub.hub import Call, Hub, Session

Entry = dict[str, Any]
Step = Callable[[Call, Entry], list[str]]

STEPS: dict[str, tuple[Step, Form]] = {}
_NOUNS = (
    "wanted_entries",
    "users",
    "user_groups",
    "content_generators",
    "hosts",
    "mock_chroots",
    "dist_gits",
    "tag_entries",
)  # have the steps
ORDER = (
    "permission", "channel", "user", "group", "content_generator", "host", "chroot", "distgit", "external_repo", "tag",
    "target", "project",
)  # fmt: skip


def step(name: str, form: Form) -> Callable[[Step], Step]:
    """Register what brings one `[[NAME]]` entry of that FORM about; it returns lines to print."""

    def register(function: Step) -> Step:
        STEPS[name] = function, form
        return function

    return register


def apply(hub: Hub, path: Path) -> list[str]:
    """Apply a bootstrap file in one transaction; lines that say what was made."""
    wanted = read(path)
    with hub.write() as call:
        return bring_about(call, wanted)


def read(path: Path) -> dict[str, list[Entry]]:
    """What a bootstrap file says. Raises ConfigurationError for what is no TOML, or can't be meant so."""
    try:
        wanted = tomllib.loads(path.read_text())
        _check(wanted)
    except (ValueError, ConfigurationError) as error:
        raise ConfigurationError(f"{path}: {error}") from None
    return wanted


def _check(wanted: dict[str, Any]) -> None:
    _load()
    for name, entries in wanted.items():
        if name not in STEPS:
            raise ConfigurationError(f"unknown entry [[{name}]]; known are {', '.join(ORDER)}")
        check_all(STEPS[name][1], entries, name)


def bring_about(call: Call, wanted: dict[str, list[Entry]]) -> list[str]:
    """Bring the hub to what the entries say; lines that say what was made.

    What the hub refuses is a ConfigurationError that names the entry.
    """
    _load()
    lines: list[str] = []
    for name in ORDER:
        for entry in wanted.get(name, []):
            call.session = operator(call)
            try:
                lines.extend(STEPS[name][0](call, entry))
            except GenericError as error:
                raise ConfigurationError(f"[[{name}]] {entry['name']}: {error}") from error
            call.tx.end_event()
    return lines


def _load() -> None:
    """Import the modules that have the steps."""
    for noun in _NOUNS:
        importlib.import_module(f"appliance.hub.{noun}")


def operator(call: Call) -> Session:
    """The person at the machine acts as the first admin, or as the first user there is."""
    found = call.tx.row(
        "SELECT u.id, u.name FROM users u LEFT JOIN user_perms h ON h.user_id = u.id AND h.revoke_event IS NULL"
        " AND h.perm_id = (SELECT id FROM permissions WHERE name = 'admin') ORDER BY h.perm_id IS NULL, u.id LIMIT 1"
    )
    if found is None:
        return Session(perms=frozenset({"admin"}))
    return Session(user_id=found["id"], user_name=found["name"], perms=frozenset({"admin"}))

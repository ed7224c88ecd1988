"""What an entry of a bootstrap file may say: the kind of each key's value, and which keys must be there."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from appliance.errors import ConfigurationError


@dataclass(frozen=True)
class Kind:
    """What a value is, in words, and whether one is that."""

    words: str
    fits: Callable[[Any], bool]


def _of(words: str, *types: type) -> Kind:
    return Kind(words, lambda value: isinstance(value, types) and (bool in types or not isinstance(value, bool)))


TEXT, FLAG, NUMBER = _of("text", str), _of("true or false", bool), _of("a number", int, float)
WHOLE, TABLE, LIST = _of("a whole number", int), _of("a table", dict), _of("a list", list)
TEXTS = Kind("a list of texts", lambda value: LIST.fits(value) and all(map(TEXT.fits, value)))
ANY = Kind("anything", lambda _: True)  # is looked at where it is used


@dataclass(frozen=True)
class Form:
    """The keys that an entry NEEDS, and those that it may have; a Form in the place of a Kind is of a list of tables."""

    needs: Mapping[str, Kind]
    takes: "Mapping[str, Kind | Form | Names]" = field(default_factory=dict)

    def check(self, entry: Any, what: str) -> None:
        """Raise ConfigurationError for an entry `[[WHAT]]` that can't be meant so."""
        if not isinstance(entry, dict):
            raise ConfigurationError(f"[[{what}]] must be a table, not {entry!r}")
        title = f"[[{what}]] {entry['name']}" if "name" in entry else f"a [[{what}]]"
        for key in self.needs:
            if key not in entry:
                raise ConfigurationError(f"{title} has no {key}")
        for key, value in entry.items():
            self._check_value(title, what, key, value)

    def _check_value(self, title: str, what: str, key: str, value: Any) -> None:
        known = {**self.needs, **self.takes}
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
            raise ConfigurationError(f"{title}: unknown key {key}; {hint}")
        kind = known[key]
        if isinstance(kind, Form):
            check_all(kind, value, f"{what}.{key}")
        elif isinstance(kind, Names):
            kind.check(value, title, f"{what}.{key}")
        elif not kind.fits(value):
            raise ConfigurationError(f"{title}: {key} must be {kind.words}, not {value!r}")


@dataclass(frozen=True)
class Names:
    """A list of names, any of which may be a table of FORM instead; KEY is what the form calls the name."""

    form: Form
    key: str = "name"

    def check(self, value: Any, title: str, what: str) -> None:
        """Raise ConfigurationError for a value that can't be meant so."""
        for entry in self._entries(value, title, what.rpartition(".")[2]):
            self.form.check(entry, what)

    def _entries(self, value: Any, title: str, key: str) -> list[Any]:
        if not isinstance(value, list):
            raise ConfigurationError(f"{title}: {key} must be a list, not {value!r}")
        return [each if isinstance(each, dict) else {self.key: each} for each in value]


@dataclass(frozen=True)
class ByName(Names):
    """A table of such tables by name, or of what ALONE would be in each; with LISTS a list of names will do as well."""

    alone: str = ""
    lists: bool = False

    def _entries(self, value: Any, title: str, key: str) -> list[Any]:
        if self.lists and isinstance(value, list):
            return super()._entries(value, title, key)
        if not isinstance(value, dict):
            raise ConfigurationError(f"{title}: {key} must be {'a list or ' * self.lists}a table, not {value!r}")
        tables = {name: each if isinstance(each, dict) else {self.alone: each} for name, each in value.items()}
        return [{**table, self.key: name} for name, table in tables.items()]


def check_all(form: Form, entries: Any, what: str) -> None:
    """Check a list of entries."""
    if not isinstance(entries, list):
        raise ConfigurationError(f"{what} must be written [[{what}]], a table for each, not as {entries!r}")
    for entry in entries:
        form.check(entry, what)

"""Forms: fields that take what a client sent, filters that tidy it, rules that refuse it in Copr's words.

The order in which things happen, and what an absent or empty value means, is that of the forms which Copr's
clients know: a field's own check first, then its rules; a rule that raises Stop ends them.
"""

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import partial
from typing import Any, ClassVar

from appliance.errors import BadRequest

NO_TEXT = "Not a valid text."

Given = dict[str, Any]
Rule = Callable[["Entry", "Form"], None]
Filter = Callable[[Any], Any]


class Invalid(Exception):
    """A value breaks a rule; the text is shown beside the field's name."""


class Stop(Exception):
    """No further rule needs to look; with a text, it is the last error."""


@dataclass(frozen=True)
class Field:
    """A value as it came; `rules` and `filters` apply in their order."""

    name: str
    rules: tuple[Rule, ...] = ()
    filters: tuple[Filter, ...] = ()
    default: Any = None

    many: ClassVar[bool] = False

    def raw(self, given: Given) -> list[Any]:
        """The values that were sent: none or one, or several for a field that takes many."""
        if self.name not in given:
            return []
        value = given[self.name]
        if isinstance(value, list):
            return value if self.many else [" ".join(map(str, value))]
        return [value]

    def take(self, raw: list[Any]) -> Any:
        """The field's value; raises Invalid for what can not be one."""
        return raw[0] if raw else self.default

    def stored(self, value: Any) -> Any:
        """The field's value as a database keeps it."""
        return value

    def check(self, entry: "Entry") -> None:
        """What must hold of the value whatever its rules; raises Invalid."""


@dataclass(frozen=True)
class Area(Field):
    """Text of several lines, kept as it is. What JSON has besides is taken too, but can't be tidied."""

    def take(self, raw: list[Any]) -> Any:
        value = raw[0] if raw else self.default
        if value and (isinstance(value, (dict, Received)) or (self.filters and not isinstance(value, str))):
            raise Invalid(NO_TEXT)
        return value

    def stored(self, value: Any) -> Any:
        if isinstance(value, dict):
            raise BadRequest(f"{self.name}: {NO_TEXT}")
        return str(value).lower() if isinstance(value, bool) else value


@dataclass(frozen=True)
class Text(Area):
    """A line of text, without white space around it."""

    def take(self, raw: list[Any]) -> Any:
        value = super().take(raw)
        return value.strip() if isinstance(value, str) else value


@dataclass(frozen=True)
class Switch(Field):
    """True or False where that is said, also as text; None for anything else."""

    def take(self, raw: list[Any]) -> Any:
        return next((said for said in (True, False) if raw and raw[0] in (said, str(said).lower())), None)


@dataclass(frozen=True)
class Number(Field):
    def take(self, raw: list[Any]) -> Any:
        if not raw:
            return self.default
        try:
            return int(raw[0])
        except (ValueError, TypeError):
            raise Invalid("Not a valid integer value.") from None


@dataclass(frozen=True)
class Flag(Field):
    """True unless absent or one of false, "false", "" and 0."""

    def take(self, raw: list[Any]) -> Any:
        if raw and isinstance(raw[0], dict):
            raise Invalid("Not a valid truth value.")
        return bool(raw) and raw[0] not in (False, "false", "")


@dataclass(frozen=True)
class Tristate(Flag):
    """A flag that is None where nothing was said."""

    def take(self, raw: list[Any]) -> Any:
        return super().take(raw) if raw else None


@dataclass(frozen=True)
class Choice(Field):
    """One of `choices`."""

    choices: Sequence[str] = ()

    def take(self, raw: list[Any]) -> Any:
        return str(raw[0]) if raw else self.default

    def check(self, entry: "Entry") -> None:
        if entry.data not in self.choices:
            raise Invalid("Not a valid choice.")


@dataclass(frozen=True)
class Choices(Field):
    """Any of `choices`."""

    choices: Sequence[str] = ()

    many: ClassVar[bool] = True

    def take(self, raw: list[Any]) -> Any:
        return [str(value) for value in raw]

    def check(self, entry: "Entry") -> None:
        wrong = list(dict.fromkeys(value for value in entry.data if value not in self.choices))
        if len(wrong) == 1:
            raise Invalid(f"'{wrong[0]}' is not a valid choice for this field.")
        if wrong:
            raise Invalid("'{}' are not valid choices for this field.".format("', '".join(wrong)))


@dataclass(frozen=True)
class Patterns(Choices):
    """Names or shell patterns, each of which must fit one of `choices`."""

    def check(self, entry: "Entry") -> None:
        for value in entry.data:
            if not matching(value, self.choices):
                raise Invalid(f"'{value}' is not a valid choice for this field.")


@dataclass(frozen=True)
class Joined(Field):
    """A list, or text that is one already, separated by commas."""

    many: ClassVar[bool] = True

    def take(self, raw: list[Any]) -> Any:
        return ", ".join(raw)


@dataclass(frozen=True)
class Upload(Field):
    """A file (a `Received`); one without a name counts as absent."""

    def raw(self, given: Given) -> list[Any]:
        value = given.get(self.name)
        return [value] if isinstance(value, Received) and value.filename else []


@dataclass
class Received:
    """A file that a client sent: its name there, and where it lies here until somebody moves it away."""

    filename: str
    path: str


@dataclass
class Entry:
    """A field with what was sent for it, what that means, and what is wrong with it."""

    field: Field
    raw: list[Any]
    data: Any = None
    errors: list[str] = attribute(default_factory=list)


class Form:
    """Fields filled from GIVEN: `form[name]` is a value, `errors` what is wrong, in the fields' order.

    A field that takes many values counts as absent where there is none.
    """

    def __init__(self, fields: Sequence[Field], given: Given) -> None:
        many = {each.name for each in fields if each.many}
        self.given = {name: value for name, value in given.items() if value != [] or name not in many}
        self.entries = {each.name: _entry(each, self.given) for each in fields}

    def __getitem__(self, name: str) -> Any:
        return self.entries[name].data

    def stored(self, name: str) -> Any:
        """A value as a database keeps it."""
        entry = self.entries[name]
        return entry.field.stored(entry.data)

    @property
    def errors(self) -> dict[str, list[str]]:
        return {name: entry.errors for name, entry in self.entries.items() if entry.errors}

    def validate(self) -> bool:
        """Apply each field's check and rules; whether nothing is wrong."""
        for entry in self.entries.values():
            self._validate(entry)
        return not self.errors

    def _validate(self, entry: Entry) -> None:
        _try(entry, lambda: entry.field.check(entry))
        for rule in entry.field.rules:
            try:
                rule(entry, self)
            except Invalid as error:
                entry.errors.append(str(error))
            except Stop as end:
                entry.errors.extend(end.args)
                return

    def lines(self) -> BadRequest:
        """The refusal as `field: what is wrong`, a line each."""
        return BadRequest("\n".join(f"{name}: {text}" for name, texts in self.errors.items() for text in texts))

    def printed(self) -> BadRequest:
        """The refusal as Python prints the errors."""
        return BadRequest(f"Bad request parameters: {self.errors}")


def _entry(field: Field, given: Given) -> Entry:
    entry = Entry(field, field.raw(given))
    _try(entry, lambda: setattr(entry, "data", field.take(entry.raw)))
    for tidy in field.filters:
        _try(entry, partial(_tidy, entry, tidy))
    return entry


def _tidy(entry: Entry, tidy: Filter) -> None:
    entry.data = tidy(entry.data)


def _try(entry: Entry, step: Callable[[], None]) -> None:
    try:
        step()
    except Invalid as error:
        entry.errors.append(str(error))


def renamed(given: Mapping[str, Any], names: Mapping[str, str]) -> Given:
    """GIVEN with the API's names turned into those of the form; the first of two that meet stays."""
    answer: Given = {}
    for name, value in given.items():
        answer.setdefault(names.get(name, name), value)
    return answer


def matching(pattern: str, names: Sequence[str]) -> list[str]:
    """Those of NAMES that are PATTERN, or fit it as shells match file names."""
    if pattern in names:
        return [pattern]
    return fnmatch.filter(names, pattern)

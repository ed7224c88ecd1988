"""The rules and filters that form fields share, with the words in which Copr refuses."""

import ipaddress
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from appliance.hub.fields import NO_TEXT, Entry, Filter, Form, Invalid, Rule, Stop

REQUIRED = "This field is required."

_WORD = r"[^@\s\".(),:;<>\[\\\]]+"
_ADDRESS = re.compile(rf"{_WORD}(\.{_WORD})*@[^@\s]+\Z")
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+([a-z0-9][a-z0-9-]*)?[a-z]\Z", re.IGNORECASE)
_LABEL = re.compile(r"(xn-|[a-z0-9_]+)(-[a-z0-9_-]+)?\Z", re.IGNORECASE)
_TOP_LEVEL = re.compile(r"([a-z]{2,20}|xn--([a-z0-9]+-)*[a-z0-9]+)\Z", re.IGNORECASE)
_MAX_MAIL, _MAX_HOST, _MAX_LABEL = 254, 253, 63
_NO_MAIL = (".arpa", ".invalid", ".local", ".localhost", ".onion", ".test")


def optional(entry: Entry, form: Form) -> None:
    """Nothing sent, or white space alone, is right, whatever else was found."""
    if not entry.raw or (isinstance(entry.raw[0], str) and not entry.raw[0].strip()):
        entry.errors.clear()
        raise Stop


def required(message: str = REQUIRED) -> Rule:
    """Something must have been sent; MESSAGE alone is shown where nothing was."""

    def rule(entry: Entry, form: Form) -> None:
        if not entry.data or (isinstance(entry.data, str) and not entry.data.strip()):
            entry.errors.clear()
            raise Stop(message)

    return rule


def attached(entry: Entry, form: Form) -> None:
    """A file must have been sent."""
    if entry.data is None:
        raise Stop(REQUIRED)


def pattern(expression: str, message: str) -> Rule:
    compiled = re.compile(expression)

    def rule(entry: Entry, form: Form) -> None:
        if entry.data and not isinstance(entry.data, str):
            raise Invalid(NO_TEXT)
        if not compiled.match(entry.data or ""):
            raise Invalid(message)

    return rule


def at_most(length: int, message: str = "") -> Rule:
    message = message or f"Field cannot be longer than {length} characters."

    def rule(entry: Entry, form: Form) -> None:
        if entry.data and not isinstance(entry.data, str):
            raise Invalid(NO_TEXT)
        if len(_text(entry.data)) > length:
            raise Invalid(message)

    return rule


def between(low: int, high: int) -> Rule:
    return _range(lambda value: low <= value <= high, f"Number must be between {low} and {high}.")


def at_least(low: int) -> Rule:
    return _range(lambda value: value >= low, f"Number must be at least {low}.")


def storable(entry: Entry, form: Form) -> None:
    """Numbers are kept in 32 bits, as in Copr."""
    if entry.data is not None and entry.data >= 1 << 31:
        raise Invalid("Number is too large.")


def _range(holds: Callable[[int], bool], message: str) -> Rule:
    def rule(entry: Entry, form: Form) -> None:
        if entry.data is None or not holds(entry.data):
            raise Invalid(message)

    return rule


def _text(value: Any) -> str:
    return "" if value is None else str(value)


# addresses


def url(entry: Entry, form: Form) -> None:
    if not is_url(_text(entry.data)):
        raise Invalid("Invalid URL.")


def mail_or_url(entry: Entry, form: Form) -> None:
    value = _text(entry.data)
    if not is_mail(value) and not is_url(value):
        raise Invalid(f"{entry.field.name.capitalize()} must be email address or URL")


def is_url(value: str) -> bool:
    """Whether VALUE is an http or https address of a public name or an IP, without user or password."""
    parts = split(value)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    return not parts.username and not parts.password and is_host(parts.hostname)


def is_mail(value: str) -> bool:
    """Whether VALUE is an address in a domain that can have mail."""
    domain = value.rpartition("@")[2].lower()
    return len(value) <= _MAX_MAIL and bool(_ADDRESS.match(value)) and _has_mail(domain)


def _has_mail(domain: str) -> bool:
    name = _ascii(domain)
    if domain.endswith(_NO_MAIL) or len(name) > _MAX_HOST or not _HOST.match(name):
        return False
    return all(len(label) <= _MAX_LABEL for label in name.split("."))


def is_host(name: str) -> bool:
    """Whether NAME is an IP address, or a host name below a top-level domain."""
    return _is_address(name) or _is_domain(name)


def _is_domain(name: str) -> bool:
    labels = _ascii(name).split(".")
    if len(name) > _MAX_HOST or len(labels) < 2 or not _TOP_LEVEL.match(labels[-1]):
        return False
    return all(len(label) <= _MAX_LABEL and _LABEL.match(label) for label in labels)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _ascii(name: str) -> str:
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def split(value: str) -> SplitResult | None:
    """The parts of an address; None for one that has none."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return parts


def urls(entry: Entry, form: Form) -> None:
    """A list of http addresses."""
    each_of(
        _is_http,
        "A list of http[s] URLs separated by whitespace characters is needed ('{}' doesn't seem to be a valid URL).",
    )(entry, form)


def package_urls(entry: Entry, form: Form) -> None:
    """A list of addresses of source packages or spec files."""
    each_of(
        _is_package,
        "URLs must end with .src.rpm, .nosrc.rpm, or .spec ('{}' doesn't seem to be a valid URL).",
    )(entry, form)


def each_of(holds: Callable[[str], bool], message: str) -> Rule:
    """Every word must be right; MESSAGE has a place for the first that is not."""

    def rule(entry: Entry, form: Form) -> None:
        for word in _text(entry.data).split():
            if not holds(word):
                raise Invalid(message.format(word))

    return rule


def _is_http(value: str) -> bool:
    parts = split(value)
    return parts is not None and parts.scheme.startswith("http") and bool(parts.netloc)


PACKAGE_SUFFIXES = (".src.rpm", ".nosrc.rpm", ".spec")


def _is_package(value: str) -> bool:
    parts = split(value)
    return parts is not None and parts.path.endswith(PACKAGE_SUFFIXES)


# filters


def words_as_lines(value: Any) -> str:
    """Words, one a line; "" for nothing."""
    return "\n".join(str(value).split()) if value else ""


def none_if_blank(value: Any) -> Any:
    return None if value is None or not str(value).strip() else value


def none_if_empty(value: Any) -> Any:
    return value or None


def instead_of_none(default: Any) -> Filter:
    """DEFAULT for None, also where it came as text."""
    return lambda value: default if value in (None, "None") else value

"""Templates: escaped by default, strict about what is undefined, with the words and measures that people
read.
"""

import hashlib
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from markupsafe import Markup, escape

HERE = Path(__file__).parent
STATIC = HERE / "static"
NONE, MINUS = "\u2013", "\u2212"  # a dash where there is nothing, and the sign that is as wide as a plus
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_SPANS = ((86400 * 365, "y"), (86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@cache
def environment() -> jinja2.Environment:
    """The one environment of all pages."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(FILTERS)
    made.globals.update(asset=asset, now=time.time)
    return made


@cache
def asset(name: str) -> str:
    """The address of a static file, which changes when the file does."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def breakable(address: Any) -> Markup:
    """An address that may go on in the next line after a slash, rather than amid a word."""
    return escape(address).replace("/", "/" + Markup("<wbr>"))


def size(count: Any) -> str:
    """Bytes as people say them: `1.4 MB`."""
    if count is None:
        return NONE
    value, unit = float(count), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 or value >= 99.5 else f"{value:.1f} {_UNITS[unit]}"


def span(seconds: Any) -> str:
    """A duration in at most two units: `3 min 20 s`, `2 h 5 min`."""
    if seconds is None:
        return NONE
    left, parts = max(round(seconds), 0), list[str]()
    for length, unit in _SPANS:
        if left >= length or (unit == "s" and not parts):
            parts.append(f"{left // length} {unit}")
            left %= length
        elif parts:
            break
    return " ".join(parts[:2])


def ago(moment: Any) -> str:
    """How long a moment is past, in one unit: `5 min ago`."""
    if moment is None:
        return NONE
    past = time.time() - float(moment)
    if past < 0:
        return "in " + span(-past).split(" ")[0] + " " + span(-past).split(" ")[1]
    return "just now" if past < 1.5 else " ".join(span(past).split(" ")[:2]) + " ago"


def moment(seconds: Any) -> str:
    """A moment in full: `2026-11-21 20:30:31 UTC`."""
    return NONE if seconds is None else datetime.fromtimestamp(float(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(seconds: Any) -> str:
    """A moment for machines."""
    return datetime.fromtimestamp(float(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(seconds: Any) -> str:
    return NONE if seconds is None else datetime.fromtimestamp(float(seconds), UTC).strftime("%Y-%m-%d")


def number(value: Any) -> str:
    """A count, its thousands set apart by a narrow space."""
    return NONE if value is None else f"{value:,}".replace(",", "\u202f")


def plural(count: int, one: str, many: str = "") -> str:
    """`1 build`, `2 builds`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def signed(value: int) -> str:
    """A difference in bytes with its sign."""
    return ("+" if value > 0 else MINUS if value < 0 else "±") + size(abs(value))


def part(text: Any) -> str:
    """One part of an address, whatever it is made of."""
    return quote(str(text), safe="@~+:^,")


def path(text: Any) -> str:
    """A part of an address that may have slashes in it."""
    return quote(str(text), safe="/@~+:^,")


def query(values: dict[str, Any]) -> str:
    """`?a=b` of what is given; nothing for nothing."""
    given = {name: value for name, value in values.items() if value not in (None, "")}
    return f"?{urlencode(given)}" if given else ""


def safe_url(address: Any) -> str | None:
    """ADDRESS if it can be followed without harm: http or https; else None, and it is shown as text."""
    text = str(address or "").strip()
    return text if text.lower().startswith(("http://", "https://")) else None


def nvr(row: dict[str, Any]) -> str:
    return f"{row['name']}-{row['version']}-{row['release']}"


def evr(row: dict[str, Any]) -> str:
    epoch = row.get("epoch")
    return (f"{epoch}:" if epoch else "") + f"{row['version']}-{row['release']}"


def percent(share: Any) -> int:
    """A share of one in whole percents, from 0 to 100."""
    return 0 if share is None or math.isnan(share) else max(0, min(100, round(100 * share)))


FILTERS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        size,
        span,
        ago,
        moment,
        iso,
        day,
        number,
        plural,
        signed,
        part,
        path,
        query,
        safe_url,
        nvr,
        evr,
        percent,
        breakable,
    )
}

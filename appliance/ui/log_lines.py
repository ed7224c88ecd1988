"""Lines of logs as HTML: colours of terminals as classes, what matters marked, nothing believed."""

import re

from markupsafe import Markup, escape

LONGEST = 1500  # characters of a line that are shown
_CODE = re.compile(r"\x1b(?:\[([0-9;]*)([A-Za-z])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|.)?")
_ERROR = re.compile(
    r"(?:^|[\s:\]])(?:fatal )?(?:error|errors?:|fatal|failed|failure)(?:[\s:\[!]|$)"
    r"|\*\*\* \[|undefined reference|command not found|No such file or directory"
    r"|^Traceback |^\w*(?:Error|Exception): |cannot find -l|\bFAILED\b",
    re.IGNORECASE,
)
_HARMLESS = re.compile(r"-Werror|error[-_.]|[-_/]error|errors?[=(]|0 (?:errors|failed)|no errors", re.IGNORECASE)
_WARNING = re.compile(r"(?:^|[\s:])warning:", re.IGNORECASE)
_STAGE = re.compile(r"Executing\(%[a-z_]+\)|Start: |Finish: |RPM build errors:|Processing files: |Wrote: ")
_COLOURS = {30 + n: f"c{n}" for n in range(7)} | {90 + n: f"c{n}" for n in range(7)} | {1: "cb", 2: "c0"}


def html(text: bytes, query: str = "") -> Markup:
    """A line's text as HTML; the QUERY is marked where it stands in it."""
    line = text.decode("utf-8", "replace").rstrip("\r\n")
    line = line.rpartition("\r")[2]  # a progress bar's last word
    rest = len(line) - LONGEST
    shown = _painted(line[:LONGEST], query)
    return shown + Markup(' <span class="c0">… {} more characters</span>').format(rest) if rest > 0 else shown


def plain(text: bytes, longest: int = 240) -> str:
    """A line's text without colours and control characters."""
    line = _CODE.sub("", text.decode("utf-8", "replace")).rpartition("\r")[2].rstrip()
    return _visible(line[:longest])


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign == "\t" else "\ufffd" for sign in text)


def kind(text: bytes) -> str:
    """What sort of line it is: `err`, `warn`, `stage`, or ""."""
    line = text[:400].decode("utf-8", "replace")
    if _STAGE.match(line):
        return "stage"
    if _WARNING.search(line):
        return "warn"
    return "err" if _ERROR.search(line) and not _HARMLESS.search(line) else ""


def _painted(line: str, query: str) -> Markup:
    parts, classes, at = [], set[str](), 0
    for code in _CODE.finditer(line):
        parts.append(_span(line[at : code.start()], classes, query))
        if code[2] == "m":
            classes = _applied(classes, code[1])
        at = code.end()
    parts.append(_span(line[at:], classes, query))
    return Markup("").join(parts)


def _applied(classes: set[str], numbers: str) -> set[str]:
    """The classes after a terminal's code such as `1;31`."""
    for number in (int(each) for each in numbers.split(";") if each) if numbers else [0]:
        if number in (0, 39):
            classes = set()
        elif number in _COLOURS:
            kept = {"cb"} if number >= 30 else classes
            classes = (classes & kept) | {_COLOURS[number]}
    return classes


def _span(text: str, classes: set[str], query: str) -> Markup:
    if not text:
        return Markup("")
    marked = _marked(_visible(text), query)
    return Markup('<span class="{}">{}</span>').format(" ".join(sorted(classes)), marked) if classes else marked


def _marked(text: str, query: str) -> Markup:
    if not query:
        return escape(text)
    flags = 0 if query != query.lower() else re.IGNORECASE
    parts = re.split(f"({re.escape(query)})", text, flags=flags)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(part) if odd else escape(part)
        for part, odd in zip(parts, [False, True] * len(parts), strict=False)
    )

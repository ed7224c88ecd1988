"""The first error of a failed job: which line of which log says what went wrong, and what it concerns.

Each rule names one message of one program. Where no rule matches, nothing is claimed.
"""

import mmap
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from appliance.builder.outcome import FailureClass

BUILD, ROOT = "build.log", "root.log"
LINE = 2000  # bytes of a line that are looked at and shown
SHOWN = 6  # lines of a finding
PREFIX = re.compile(rb"^(?:DEBUG|INFO|WARNING|ERROR) \w+\.py:\d+: +")
ENDED = re.compile(rb"\s*(?:error: )?Bad exit status from \S+ \((?P<subject>%[a-z_]+)\)")
# A section that failed is named in a line that is whole, that mock has parted, or in the list with which rpm ends.
ENDS = tuple(b"\n" + start + b"Bad exit status from " for start in (b"error: ", b"", b"    "))

_COLOUR = r"(?:\x1b\[[\d;]*m)*"
# rpm writes `error: ` and then the message; mock reads two streams, so what rpmbuild printed may come in between. A
# message that could be any program's is known by its place in the list that rpm ends with, too.
_RPM, _RPM_LISTS = r"\s*(?:error: )?", r"(?:error: |    )"
_MAVEN = rf"\[{_COLOUR}(?:ERROR|FATAL){_COLOUR}\] {_COLOUR}"


@dataclass(frozen=True)
class Rule:
    """One message. `needle` is in every line of it; `pattern` matches the line and names its subject.

    `failure` is set where the message proves another class of failure than the one the builder saw.
    """

    name: str
    log: str
    needle: bytes
    pattern: re.Pattern[bytes]
    failure: FailureClass | None = None


@dataclass(frozen=True)
class Finding:
    """A rule that matched: its name, the class it proves (if any), and where it stands.

    `stage` is rpm's section (`%build`) where the log names one, `line` counts from 1, `lines` are the message
    and what follows it, `subject` is the package, file, function or address that the message is about.
    """

    rule: str
    failure: FailureClass | None
    stage: str
    log: str
    line: int
    lines: tuple[str, ...]
    subject: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def _rule(name: str, log: str, needle: str, pattern: str, failure: FailureClass | None = None) -> Rule:
    return Rule(name, log, needle.encode(), re.compile(pattern.encode()), failure)


RULES = (
    # the machine's resources, whoever complains
    _rule("no-space", BUILD, "No space left on device", r"(?P<subject>.*): No space left on device", "disk-full"),
    _rule("no-space", ROOT, "No space left on device", r"(?P<subject>.*): No space left on device", "disk-full"),
    _rule("no-space", ROOT, "more space needed", r"At least (?P<subject>\S+) more space needed", "disk-full"),
    _rule(
        "no-memory",
        BUILD,
        "emory exhausted",
        r"(?P<subject>.*): (virtual )?[Mm]emory exhausted",
        "out-of-memory",
    ),
    _rule(
        "no-memory",
        BUILD,
        "out of memory allocating",
        r"(?P<subject>.*): out of memory allocating",
        "out-of-memory",
    ),
    _rule(
        "compiler-killed",
        BUILD,
        "Killed signal terminated program",
        r".*Killed signal terminated program (?P<subject>\S+)",
    ),
    # rpm: the spec file and what it names
    _rule(
        "missing-source",
        BUILD,
        "Bad ",
        rf"{_RPM}Bad (?:source|file): (?P<subject>\S+?): No such file or directory",
    ),
    _rule("spec-line", BUILD, "error: line ", r"error: (?P<subject>line \d+): "),
    _rule(
        "wrong-arch",
        BUILD,
        "rchitecture",
        rf"{_RPM}(?:Architecture is (?:not included|excluded): (?P<subject>\S+)"
        r"|No compatible architectures found for build)",
    ),
    _rule("missing-requires", BUILD, "is needed by", r"\s+(?P<subject>.+) is needed by \S+"),
    _rule(
        "unpackaged-files",
        BUILD,
        "Installed (but unpackaged)",
        rf"{_RPM_LISTS}Installed \(but unpackaged\) file\(s\) found:",
    ),
    _rule("missing-file", BUILD, "ile not found", rf"{_RPM_LISTS}File not found(?: by glob)?: (?P<subject>\S+)"),
    _rule(
        "missing-directory",
        BUILD,
        "Directory not found",
        rf"{_RPM_LISTS}Directory not found: (?P<subject>\S+)",
    ),
    # sources and patches
    _rule("patch-rejected", BUILD, "saving rejects to file", r".* -- saving rejects to file (?P<subject>\S+)"),
    _rule("patch-without-file", BUILD, "can't find file to patch", r"can't find file to patch"),
    # configuring
    _rule("configure", BUILD, "configure: error: ", r"configure: error: (?P<subject>.+)"),
    _rule("cmake", BUILD, "CMake Error", r"CMake Error(?: at (?P<subject>[^:\s]+))?"),
    _rule("meson", BUILD, ": ERROR: ", r"(?P<subject>\S*meson\.build):\d+:\d+: ERROR: "),
    _rule(
        "pkg-config",
        BUILD,
        "was not found in the pkg-config",
        r"Package (?P<subject>\S+) was not found in the pkg-",
    ),
    # compiling and linking
    _rule(
        "missing-header",
        BUILD,
        "fatal error: ",
        r"[^\s:]+:\d+(?::\d+)?: fatal error: (?P<subject>\S+): No such file or directory",
    ),
    _rule("compiler", BUILD, "error: ", r"(?P<subject>[^\s:]+\.\w+):\d+(?::\d+)?: (?:fatal )?error: "),
    _rule("missing-library", BUILD, "cannot find -l", r".*: cannot find -l(?P<subject>[^\s:]+)"),
    _rule(
        "undefined-reference",
        BUILD,
        "undefined reference to",
        r".*undefined reference to [`'](?P<subject>[^']+)'",
    ),
    _rule("rustc", BUILD, "error[E", r"error\[E\d+\]: (?P<subject>.+)"),
    _rule("cargo", BUILD, "error: could not compile", r"error: could not compile `(?P<subject>[^`]+)`"),
    _rule("go", BUILD, ".go:", r"(?P<subject>\S+\.go):\d+:\d+: (?!warning)"),
    _rule(
        "python-module",
        BUILD,
        "ModuleNotFoundError",
        r"(?:.*\s)?ModuleNotFoundError: No module named '(?P<subject>[^']+)'",
    ),
    _rule("perl-module", BUILD, "Can't locate ", r"Can't locate (?P<subject>\S+) in @INC"),
    _rule("missing-command", BUILD, "command not found", r".*: (?P<subject>[^\s:]+): command not found"),
    _rule("no-make-rule", BUILD, "No rule to make target", r".*No rule to make target [`'](?P<subject>[^']+)'"),
    _rule(
        "make",
        BUILD,
        ": *** [",
        r"(?:g?make)(?:\[\d+\])?: \*\*\* \[(?:[^\]]*: )?(?P<subject>[^\]]+)\] Error \d+",
    ),
    # Maven: what only announces an error is none
    _rule(
        "missing-artifact",
        BUILD,
        "Could not find artifact ",
        _MAVEN + r".*Could not find artifact (?P<subject>\S+)",
    ),
    _rule(
        "missing-plugin",
        BUILD,
        "Plugin not found in any",
        _MAVEN + r".*version for plugin '(?P<subject>[^']+)'.*: Plugin not found in any",
    ),
    _rule("failed-tests", BUILD, "<<< ", _MAVEN + r".*<<< (?:FAILURE|ERROR)!.* -+ in (?P<subject>\S+)"),
    _rule("javac", BUILD, ".java:[", _MAVEN + r"(?P<subject>\S+\.java):\[\d+(?:,\d+)?\] "),
    _rule("maven", BUILD, "ERROR", _MAVEN + r"(?!COMPILATION ERROR|\[ERROR\] Some problems )(?P<subject>.+)"),
    _rule("maven", BUILD, "[FATAL] ", r"\[FATAL\] (?P<subject>.+)"),
    # kiwi
    _rule("kiwi-schema", BUILD, ":ERROR:RELAXNGV:", r"(?:\[ INFO .*--> )?\S+?:(?P<subject>\d+:\d+:ERROR:RELAXNGV:.+)"),
    _rule("kiwi", BUILD, "[ ERROR ", r"\[ ERROR +\]: [\d:]+ \| (?P<subject>Kiwi.+)"),
    # dnf: repositories, then packages
    _rule(
        "repository",
        ROOT,
        "Failed to download metadata for repo",
        r".*Failed to download metadata for repo '(?P<subject>[^']+)'",
    ),
    _rule(
        "not-signed-by-known-key",
        ROOT,
        "is not installed",
        r"Public key for (?P<subject>\S+) is not installed",
    ),
    _rule("bad-signature", ROOT, "GPG check FAILED", r".*GPG check FAILED"),
    _rule("download", ROOT, "Status code: ", r".*Status code: \d+ for (?P<subject>\S+)"),
    _rule("download", ROOT, "Curl error", r".*Curl error \(\d+\): .* for (?P<subject>\S+)"),
    _rule("no-group", ROOT, "is not available", r"(?:Module or )?Group '(?P<subject>[^']+)' is not available"),
    _rule(
        "no-package",
        ROOT,
        "No matching package to install",
        r"No matching package to install: '(?P<subject>[^']+)'",
    ),
    _rule("no-package", ROOT, "No match for argument", r"(?:Error: )?No match for argument: (?P<subject>.+)"),
    _rule("unresolved", ROOT, "nothing provides", r".*nothing provides (?P<subject>.+?) needed by "),
    _rule(
        "unresolved",
        ROOT,
        "none of the providers can be installed",
        r".* requires (?P<subject>.+), but none of the providers can be installed",
    ),
    _rule(
        "file-conflict",
        ROOT,
        "conflicts between attempted installs",
        r".*file (?P<subject>\S+) conflicts between attempted installs",
    ),
    _rule(
        "file-conflict",
        ROOT,
        "conflicts with file from package",
        r".*file (?P<subject>\S+) (?:from install of \S+ )?conflicts with file from package",
    ),
    _rule("scriptlet", ROOT, "scriptlet failed", r".*scriptlet failed, .*|.*: (?P<subject>\S+) scriptlet failed"),
    _rule(
        "damaged-package",
        ROOT,
        "unpacking of archive failed",
        r"error: unpacking of archive failed"
        r"(?: on file (?P<subject>\S+?))?[;:]",
    ),
    _rule("damaged-package", ROOT, "not an rpm package", r"error: (?P<subject>\S+): not an rpm package"),
)

# Where the error of a class is looked for, in this order.
LOGS: dict[str, tuple[str, ...]] = {
    "build-failed": (BUILD,),
    "out-of-memory": (BUILD,),
    "disk-full": (BUILD, ROOT),
    "no-srpm": (ROOT, BUILD),
    "unmet-buildrequires": (ROOT,),
    "root-failed": (ROOT,),
}


def find(results: Path, failure: str) -> Finding | None:
    """The first error in the logs of a job that failed so; None where no rule knows it."""
    found = (_in_log(results / name) for name in LOGS.get(failure, ()))
    return next((finding for finding in found if finding), None)


def _in_log(path: Path) -> Finding | None:
    if not path.exists() or not path.stat().st_size:
        return None
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as log:
        start, stop, section = _failed_section(log)
        hits = [hit for rule in RULES if rule.log == path.name and (hit := _first(rule, log, start, stop))]
        at, rule, match = min(hits, key=lambda hit: hit[0], default=(0, None, None))
        if rule and match:
            return _finding(rule.name, rule.failure, section, log, path.name, at, match)
        ended = ENDED.match(_line(log, stop)) if section else None
        return _finding("section", None, section, log, path.name, stop, ended) if ended else None


def _failed_section(log: mmap.mmap) -> tuple[int, int, str]:
    """Where rpm's section that failed begins and ends, and its name; the whole log where rpm names none.

    Messages of sections that succeeded are no errors: test programs and configure scripts print many.
    """
    stop = next((at + 1 for words in ENDS if (at := log.rfind(words)) >= 0), 0)
    ended = ENDED.match(_line(log, stop)) if stop else None
    if not ended:
        return 0, len(log), ""
    name = ended["subject"]
    return max(log.rfind(b"Executing(%s)" % name, 0, stop), 0), stop, name.decode()


def _first(rule: Rule, log: mmap.mmap, start: int, stop: int) -> tuple[int, Rule, re.Match[bytes]] | None:
    """The first line of a rule: finding the needle is a plain search, so that a large log costs little."""
    for at in _lines_with(rule.needle, log, start, stop):
        if match := rule.pattern.match(_line(log, at)):
            return at, rule, match
    return None


def _lines_with(needle: bytes, log: mmap.mmap, start: int, stop: int) -> Iterator[int]:
    """Where the lines begin that hold the needle near their beginning."""
    at = log.find(needle, start, stop)
    while at >= 0:
        begin = log.rfind(b"\n", max(at - LINE, 0), at) + 1
        if begin or at <= LINE:
            yield begin
        following = log.find(b"\n", at)
        at = log.find(needle, following, stop) if following >= 0 else -1


def _line(log: mmap.mmap, at: int) -> bytes:
    return _plain(log[at : at + LINE].partition(b"\n")[0])


def _plain(line: bytes) -> bytes:
    """A line without what mock puts before it in root.log, and without a terminal's line ends."""
    return PREFIX.sub(b"", line.rstrip(b"\r"))


def _finding(
    name: str,
    failure: FailureClass | None,
    section: str,
    log: mmap.mmap,
    path: str,
    at: int,
    match: re.Match[bytes],
) -> Finding:
    shown = [_plain(line) for line in log[at : at + SHOWN * LINE].split(b"\n")[:SHOWN]]
    subject = match.groupdict().get("subject") or b""
    if not subject and len(shown) > 1:
        subject = shown[1].strip()  # messages that end with a colon name their subject on the next line
    return Finding(name, failure, section, path, _count_lines(log, at), _texts(shown), _text(subject))


def _count_lines(log: mmap.mmap, at: int) -> int:
    return 1 + sum(log[begin : min(begin + (1 << 20), at)].count(b"\n") for begin in range(0, at, 1 << 20))


def _texts(lines: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(_text(line) for line in lines if line.strip())


def _text(line: bytes) -> str:
    """A line as a page can show it: no terminal's colours, no control characters, not endless."""
    plain = re.sub(rb"\x1b\[[0-9;]*[A-Za-z]", b"", line[:400])
    return "".join(sign for sign in plain.decode("utf-8", "replace").rstrip() if sign.isprintable() or sign == "\t")

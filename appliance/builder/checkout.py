"""Fetching and arranging a job's sources with the host's tools: as nobody, without sight of the host's data."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from appliance.builder import layer, results, stages
from appliance.builder.logs import Log
from appliance.builder.outcome import BuildFailure
from appliance.builder.sandbox import PATH, TO_DROP, bound, each, passable
from appliance.builder.spec import JobSpec, result_dir, work_dir

LOG = "checkout.log"
PLACE, NOTES, KEPT, HOME = "/checkout", "/notes", "/kept", "/home/checkout"
_PLACES = {"checkout": PLACE, "notes": NOTES, "kept": KEPT, "home": HOME}
_SAID = 300  # characters of a reason that are worth showing
_SYSTEM = ("usr", "bin", "sbin", "lib", "lib64", "lib32", "libx32")
_CONFIGURATION = (
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/nsswitch.conf",
    "/etc/pki/ca-trust",
    "/etc/pki/tls",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
)


def fetch(jobdir: Path, spec: JobSpec) -> Path:
    """Run the job's commands to `fetch` and to `arrange`; the directory that they filled.

    They begin in `/checkout`, where what they make stays. What they write to `/notes/revision` is the outcome's
    revision, to `/notes/reason` why one fails; files in `/kept` are results of the job, whatever comes of it.
    Their output is checkout.log. BuildFailure where one fails.
    """
    work = work_dir(jobdir)
    _make_places(work, spec)
    state = stages.StateLog(result_dir(jobdir) / "state.log")
    log = Log(result_dir(jobdir) / LOG, spec.log_mb)
    with state.stage(stages.CHECKOUT):
        try:
            for words in spec.fetch:
                _must(work, log.run(_command(work, spec, words)), f"The sources could not be fetched; see {LOG}.")
            for words in spec.arrange:
                alone = _command(work, spec, words, "--unshare-net")
                _must(work, log.run(alone), f"The sources could not be prepared; see {LOG}.")
        finally:
            _show_kept(work, result_dir(jobdir))
    return work / "checkout"


def _make_places(work: Path, spec: JobSpec) -> None:
    for name in _PLACES:
        (work / name).mkdir()
    if spec.fetch_home:
        layer.copy_tree(Path(spec.fetch_home), work / "home")
    for name in _PLACES:
        layer.own(work / name, spec.uid)
    (work / "passwd").write_text(f"{layer.USER}:x:{spec.uid}:{spec.uid}:Build user:{HOME}:/bin/sh\n")


def _must(work: Path, code: int, otherwise: str) -> None:
    if code:
        raise BuildFailure("no-srpm", stages.CHECKOUT, _noted(work, "reason", _SAID) or otherwise, code)


def _show_kept(work: Path, shown: Path) -> None:
    """Make results of what the commands kept, but never in place of a log of the builder's own."""
    taken = work / "kept-results"
    taken.mkdir()
    with results.directory(work, "kept") as opened:
        if opened is not None:
            results.take(opened, taken)
    for path in sorted(taken.iterdir()):
        if not results.is_log(path.name):
            (shown / path.name).unlink(missing_ok=True)
            results.show(path, shown / path.name)


def python(module: ModuleType, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module which needs nothing else of this program."""
    return (sys.executable, "-I", "-c", Path(str(module.__file__)).read_text(), *arguments)


def revision(jobdir: Path) -> str:
    """What the fetch command said that it fetched; "" if nothing that could be a revision."""
    told = _noted(work_dir(jobdir), "revision", 65)
    return told if re.fullmatch(r"[A-Za-z0-9]{1,64}", told) else ""


def _noted(work: Path, name: str, most: int) -> str:
    """The beginning of a note in one line; "" if there is none."""
    try:
        with open(os.open(work / "notes" / name, results.FILE), "rb") as stream:
            told = stream.read(4 * most).decode(errors="replace")
    except OSError:
        return ""
    return " ".join("".join(each if each.isprintable() else " " for each in told).split())[:most]


def _command(work: Path, spec: JobSpec, words: Sequence[str], *apart: str) -> list[str]:
    """The command line that runs a command where it sees programs, certificates and its own place.

    APART are further things that it does not share with the host.
    """
    return [
        "bwrap",
        *apart,
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--die-with-parent",
        *_system(),
        *(word for name in ("/etc/pki", "/etc/ssl") for word in passable(Path(name))),
        *each("--ro-bind-try", _CONFIGURATION, twice=True),
        "--ro-bind-try",
        os.path.realpath("/etc/resolv.conf"),
        "/etc/resolv.conf",
        "--ro-bind",
        str(work / "passwd"),
        "/etc/passwd",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--tmpfs",
        "/tmp",  # noqa: S108
        *passable(Path(HOME).parent),
        *_own_programs(),
        *_own(work),
        *bound("--ro-bind", spec.fetch_shown),
        "--clearenv",
        *_setenv({"HOME": HOME, "PATH": PATH, "LANG": "C.UTF-8", "USER": layer.USER, **spec.fetch_env}),
        "--cap-drop",
        "ALL",
        *each("--cap-add", TO_DROP),
        "--",
        "chroot",
        f"--userspec={spec.uid}:{spec.uid}",
        "--groups=",
        "/",
        "/bin/sh",
        "-c",
        'umask 022; cd "$0" && exec "$@"',
        PLACE,
        *words,
    ]


def _system() -> list[str]:
    """The host's programs and libraries, read-only, whether or not /bin is a link to /usr/bin here."""
    words = []
    for name in _SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    return words


def _own_programs() -> list[str]:
    """The appliance's Python, with the tools that are installed beside it, where that is not the system's."""
    words = []
    for prefix in sorted({sys.prefix, sys.base_prefix}):
        if Path(prefix).parts[:2] != ("/", "usr"):
            words += [*passable(Path(prefix).parent), "--ro-bind", prefix, prefix]
    return words


def _own(work: Path) -> list[str]:
    return [word for name, target in _PLACES.items() for word in ("--bind", str(work / name), target)]


def _setenv(values: dict[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in ("--setenv", name, value)]


def forget(jobdir: Path) -> None:
    """Remove what the fetch command had besides its results: nothing of it is for the job's own code."""
    subprocess.run(["rm", "-rf", "--", str(work_dir(jobdir) / "home")], check=False)

"""Fetching a job's sources with the host's tools: as nobody, with the network, without sight of the host's data."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from appliance.builder import layer, stages
from appliance.builder.logs import Log
from appliance.builder.outcome import BuildFailure
from appliance.builder.sandbox import PATH, TO_DROP, each
from appliance.builder.spec import JobSpec, result_dir, work_dir

LOG = "checkout.log"
PLACE, NOTES, HOME = "/checkout", "/notes", "/home/checkout"
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
    """Run the job's `fetch` commands; the directory that they filled.

    They begin in `/checkout`, where their results stay; what they write to `/notes/revision` is the outcome's
    revision. Their output is checkout.log. BuildFailure where one fails.
    """
    work = work_dir(jobdir)
    for name in ("checkout", "notes", "home"):
        (work / name).mkdir()
    if spec.fetch_home:
        layer.copy_tree(Path(spec.fetch_home), work / "home")
    for name in ("checkout", "notes", "home"):
        layer.own(work / name, spec.uid)
    (work / "passwd").write_text(f"{layer.USER}:x:{spec.uid}:{spec.uid}:Build user:{HOME}:/bin/sh\n")
    state = stages.StateLog(result_dir(jobdir) / "state.log")
    log = Log(result_dir(jobdir) / LOG, spec.log_mb)
    with state.stage(stages.CHECKOUT):
        for words in spec.fetch:
            if code := log.run(_command(work, spec, words)):
                text = f"The sources could not be fetched; see {LOG}."
                raise BuildFailure("no-srpm", stages.CHECKOUT, text, code)
    return work / "checkout"


def revision(jobdir: Path) -> str:
    """What the fetch command said that it fetched; "" if nothing that could be a revision."""
    path = work_dir(jobdir) / "notes" / "revision"
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
            told = stream.read(200).decode(errors="replace").strip()
    except OSError:
        return ""
    return told if re.fullmatch(r"[A-Za-z0-9]{1,64}", told) else ""


def _command(work: Path, spec: JobSpec, words: Sequence[str]) -> list[str]:
    """The command line that runs a fetch command where it sees programs, certificates and its own place."""
    return [
        "bwrap",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--die-with-parent",
        *_system(),
        *_own_programs(),
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
        *_open(Path(HOME).parent),
        *_python(),
        *_own(work),
        *(word for place, outer in spec.fetch_shown.items() for word in ("--ro-bind", outer, place)),
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
            words += [*_open(Path(prefix).parent), "--ro-bind", prefix, prefix]
    return words


def _open(directory: Path) -> list[str]:
    """Make a directory that everybody may pass; those that bubblewrap makes unasked are root's alone."""
    return [word for each in [*reversed(directory.parents), directory][1:] for word in ("--dir", str(each))]


def _python() -> list[str]:
    """This program's own Python, for the commands that need one."""
    places = dict.fromkeys(os.path.realpath(path) for path in (sys.base_prefix, sys.prefix))
    return [word for path in places if not path.startswith("/usr/lib") and path != "/usr"
            for word in ("--ro-bind", path, path)]  # fmt: skip


def _own(work: Path) -> list[str]:
    pairs = ((work / "checkout", PLACE), (work / "notes", NOTES), (work / "home", HOME))
    return [word for source, target in pairs for word in ("--bind", str(source), target)]


def _setenv(values: dict[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in ("--setenv", name, value)]


def forget(jobdir: Path) -> None:
    """Remove what the fetch command had besides its results: nothing of it is for the job's own code."""
    subprocess.run(["rm", "-rf", "--", str(work_dir(jobdir) / "home")], check=False)

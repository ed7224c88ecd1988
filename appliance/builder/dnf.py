"""The host's dnf, working on a buildroot: its configuration and its command line."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from appliance.builder import claims, sandbox
from appliance.builder.logs import Log
from appliance.builder.spec import JobSpec, RepoSpec
from appliance.durable import write_whole

DBPATH = "/var/lib/rpm"
# What is mounted in the root while packages are installed is none of theirs to chown. rpm's plugin that gives each
# scriptlet namespaces of its own (rpm 6 has it on) has no power to do so here, where all of them have namespaces already.
MACROS = "%_dbpath {dbpath}\n%_netsharedpath /dev:/proc\n%__transaction_unshare %{{nil}}\n"
MAIN = """[main]
keepcache=1
install_weak_deps=0
best=1
obsoletes=1
assumeyes=1
protected_packages=
metadata_expire=never
skip_if_unavailable=0
reposdir=/dev/null
varsdir=/dev/null
pluginconfpath=/dev/null
retries=3
timeout=60
"""


def configuration(repos: Sequence[RepoSpec]) -> str:
    """dnf.conf, whole, with its repositories; nothing of the host's own configuration comes in."""
    return MAIN + "".join(section(repo) for repo in repos)


def section(repo: RepoSpec) -> str:
    values: dict[str, object] = {
        "name": repo.name or repo.id,
        "baseurl": " ".join(repo.baseurl),
        "mirrorlist": repo.mirrorlist,
        "metalink": repo.metalink,
        "priority": repo.priority,
        "cost": repo.cost,
        "gpgkey": " ".join(repo.gpgkeys),
        "gpgcheck": int(repo.gpgcheck),
        "module_hotfixes": int(repo.module_hotfixes),
        "enabled": 1,
        "excludepkgs": ",".join(repo.excludes),
        "includepkgs": ",".join(repo.includes),
        **repo.options,
    }
    lines = [f"{key}={value}" for key, value in values.items() if value not in (None, "")]
    return "\n".join([f"\n[{repo.id}]", *lines, ""])


def to_download(place: Path) -> list[str]:
    """Options with which `dnf install` installs nothing, but leaves the packages of the transaction below PLACE."""
    program = Path(shutil.which("dnf", path=sandbox.PATH) or "dnf").resolve()
    return [f"--store={place}/stored"] if program.name == "dnf5" else ["--downloadonly", f"--destdir={place}"]


class Dnf:
    """dnf for one kind of root. `place` keeps its cache between jobs; one dnf at a time may work in a place.

    Its metadata are those of one revision of the repositories (see `revision`); dnf itself never asks whether
    they are fresh, which spares each run a look at the network.
    """

    def __init__(self, spec: JobSpec, place: Path, revision: str, log: Log) -> None:
        self.spec, self.place, self.log = spec, place, log
        for name in ("cache", "log", "tmp", "home"):
            (place / name).mkdir(parents=True, exist_ok=True)
        (place / "dnf.conf").write_text(configuration(spec.root.repos))
        known = place / "revision"
        if not known.exists() or known.read_text() != revision:
            _forget_metadata(place / "cache")
            write_whole(known, revision)

    def run(self, root: Path, words: Sequence[str], *, dbpath: str = DBPATH, writable: Sequence[Path] = ()) -> int:
        """Run `dnf WORDS` on the root; its exit code. WORDS go to dnf as they are."""
        (self.place / "home" / ".rpmmacros").write_text(MACROS.format(dbpath=dbpath))
        jail = sandbox.installer(root, [self.place, *writable], self.spec.hide, self.spec.root.arch)
        return self.log.run([*jail, *self._options(root), *words], env=self._environment())

    def _options(self, root: Path) -> list[str]:
        arch = self.spec.root.arch
        kept = {"cachedir": "cache", "logdir": "log"}
        return [
            "dnf",
            f"--config={self.place}/dnf.conf",
            f"--installroot={root}",
            f"--releasever={self.spec.root.releasever or '0'}",
            *(f"--setopt={option}={self.place}/{name}" for option, name in kept.items()),
            *([f"--forcearch={arch}"] if arch != os.uname().machine else []),
            "--disableplugin=*",
            "--enableplugin=builddep",
        ]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": sandbox.PATH,
            "HOME": str(self.place / "home"),
            "TMPDIR": str(self.place / "tmp"),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
        }


def _forget_metadata(cache: Path) -> None:
    """Remove all but downloaded packages, which are told apart by their checksums."""
    for path in [*cache.iterdir(), *cache.glob("*/*")]:
        if not path.is_dir() or (path.parent != cache and path.name != "packages"):
            claims.remove(path)

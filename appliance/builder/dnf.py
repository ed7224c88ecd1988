"""The host's dnf, working on a buildroot: its configuration from the root's description, and its command line."""

import os
from collections.abc import Sequence
from pathlib import Path

from appliance.builder import sandbox
from appliance.builder.logs import Log
from appliance.builder.spec import JobSpec, RepoSpec

DBPATH = "/var/lib/rpm"
MAIN = """[main]
keepcache=1
install_weak_deps=0
best=1
obsoletes=1
assumeyes=1
protected_packages=
metadata_expire=0
skip_if_unavailable=0
reposdir=/dev/null
varsdir=/dev/null
pluginconfpath=/dev/null
retries=3
timeout=60
"""


def configuration(repos: Sequence[RepoSpec]) -> str:
    """dnf.conf, whole, with its repositories; nothing of the host's own configuration comes in."""
    return MAIN + "".join(_section(repo) for repo in repos)


def _section(repo: RepoSpec) -> str:
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


class Dnf:
    """dnf for one kind of root. `place` keeps its cache between jobs; one dnf at a time may work in a place."""

    def __init__(self, spec: JobSpec, place: Path, log: Log) -> None:
        self.spec, self.place, self.log = spec, place, log
        for name in ("cache", "log", "state", "tmp", "home"):
            (place / name).mkdir(parents=True, exist_ok=True)
        (place / "dnf.conf").write_text(configuration(spec.root.repos))

    def run(
        self, root: Path, words: Sequence[str], *, dbpath: str = DBPATH, writable: Sequence[Path] = ()
    ) -> int:
        """Run `dnf WORDS` on the root; its exit code. WORDS go to dnf as they are."""
        (self.place / "home" / ".rpmmacros").write_text(f"%_dbpath {dbpath}\n")
        jail = sandbox.installer(root, [self.place, *writable], self.spec.hide, self.spec.root.arch)
        return self.log.run([*jail, *self._options(root), *words], env=self._environment())

    def _options(self, root: Path) -> list[str]:
        arch = self.spec.root.arch
        kept = {"cachedir": "cache", "logdir": "log", "persistdir": "state"}
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

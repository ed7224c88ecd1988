"""What stands for the database in these tests, and the commands that tell what is right."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import createrepo_c

from appliance.repodata import Entry, Fragment, from_package, from_rpm

HERE = Path(__file__).parent
KIT = HERE.parent / "koji_kit" / "fixtures"
BIN = Path(sys.executable).parent
NOW = 1_700_000_000
METHODS = {"copy", "nvra", "nevra"}
ATTRIBUTES = [name for name in dir(createrepo_c.Package) if not name.startswith("_") and name not in METHODS]


class Shelf:
    """Packed fragments by digest, the digests that were asked for, and a cache in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.cache: dict[str, bytes] = {}

    def put(self, fragment: Fragment) -> Fragment:
        self.rows[fragment.digest] = fragment.pack()
        return fragment

    def add(self, path: Path, href: str = "", origin: str = "") -> Entry:
        return self.put(from_rpm(path)).entry(href or path.name, origin=origin)

    def load(self, digests: Sequence[str]) -> dict[str, bytes]:
        self.asked += digests
        return {digest: self.rows[digest] for digest in digests}


def synthetic(shelf: Shelf, count: int) -> Iterator[Entry]:
    """Packages that have no files anywhere, stored and ready to be listed."""
    package = createrepo_c.Package()
    package.version = package.release = "1"
    package.epoch, package.arch, package.checksum_type = "0", "noarch", "sha256"
    for number in range(count):
        package.name = f"pkg{number}"
        package.pkgId = hashlib.sha256(package.name.encode()).hexdigest()
        yield shelf.put(from_package(package)).entry(f"p/{package.name}.rpm")


def run(*command: object) -> str:
    """Standard output of a command that must succeed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def createrepo(directory: Path, *options: object) -> Path:
    run(BIN / "createrepo_c", "--quiet", *options, directory)
    return directory


def packages(repo: Path) -> list:
    """What createrepo_c's own reader finds, in order; any warning is a failure."""
    warnings: list[str] = []

    def warn(_kind: int, message: str) -> bool:
        warnings.append(message)
        return True

    found = list(createrepo_c.RepositoryReader.from_path(str(repo), warningcb=warn).iter_packages())
    assert warnings == []
    return found


def facts(package: object) -> dict[str, object]:
    return {name: getattr(package, name) for name in ATTRIBUTES}


def records(repo: Path) -> dict[str, createrepo_c.RepomdRecord]:
    index = createrepo_c.Repomd(str(repo / "repodata" / "repomd.xml"))
    return {record.type: record for record in index.records}


def dnf(root: Path, repo: Path, *arguments: object) -> str:
    """dnf with nothing of this machine's: only the repository at REPO, everything else below ROOT."""
    (root / "log").mkdir(exist_ok=True)
    options = {
        "cachedir": root / "cache",
        "logdir": root / "log",
        "persistdir": root / "persist",
        "reposdir": root / "none",
        "keepcache": "False",
        "gpgcheck": "False",
        "install_weak_deps": "False",
    }
    settings = [f"--setopt={key}={value}" for key, value in options.items()]
    return run(
        "dnf", "--quiet", "--assumeyes", "--noplugins", "--refresh", f"--installroot={root / 'installed'}", *settings,
        "--releasever=1", f"--repofrompath=ours,file://{repo}", "--repo=ours", *arguments,
    )  # fmt: skip

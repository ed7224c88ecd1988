"""The sample distribution and its source packages: made once for all tests, kept in the user's cache."""

import fcntl
import hashlib
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent / "rpmdistro"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mkdistro"


def distribution(packages="gcc", arch="x86_64"):
    """A dnf repository with the groups `build`, `srpm-build` and mock's; its directory. Never write to it."""
    command = [HERE / "mkdistro", "--with", packages, "--arch", arch, "--cache", CACHE]
    return _made(f"{packages}-{arch}", HERE / "mkdistro", command)


def source_packages():
    """The directory with the source RPMs of the sample specs."""
    return _made("srpms", *sorted(HERE.glob("samples/*")), [HERE / "samples" / "make-srpms"])


def source_package(name):
    """The sample's source RPM, by the name of its spec file."""
    return next(source_packages().glob(f"{name}-[0-9]*.src.rpm"))


def _made(name, *sources_and_command):
    """What COMMAND makes in a directory given to it last; made anew when what it is made from changes."""
    *sources, command = sources_and_command
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    target = CACHE / "made" / f"{name}-{digest}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with _locked(target.parent / "lock"):
        if not (target / ".made").exists():
            subprocess.run(["rm", "-rf", target], check=True)
            done = subprocess.run([*command, target], capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
            (target / ".made").touch()
    return target


@contextmanager
def _locked(path):
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""Buildroots kept between jobs: installed once, found again by what their repositories resolve to."""

import fcntl
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from appliance.builder import claims, kept, namespace, revision, stages
from appliance.builder.dnf import DBPATH, Dnf, to_download
from appliance.builder.logs import Log
from appliance.builder.outcome import BuildFailure
from appliance.builder.process import boot_id
from appliance.builder.sandbox import Sandbox
from appliance.builder.spec import JobSpec, work_dir

KEPT = 3  # finished roots of one kind that stay on disk
SETTLED = 300  # seconds after which what was written is on disk
# The time tells packages apart that have no MD5; tags of better digests are not known to every rpm inside.
IDENTITY = "%{NAME} %{EPOCH} %{VERSION} %{RELEASE} %{ARCH} %{BUILDTIME} %{SIGMD5}\\n"
Fill = Callable[[Path], str]  # installs a root in an empty directory; where its rpm database is


@dataclass(frozen=True)
class Root:
    """An installed buildroot, held by a shared lock for as long as `lock` is open: never write to `path`."""

    path: Path
    dbpath: str
    lock: int

    def lay(self, work: Path, merged: Path) -> None:
        """Lay a job's own layer, WORK/upper, over the root at MERGED; what it lies on is on record (see `kept`)."""
        (work / kept.BASE).write_text(str(self.path))
        (work / "ovl").mkdir()
        namespace.overlay(self.path, work / "upper", work / "ovl", merged)


class Roots:
    """The buildroots of one kind: those with the same name, arch, package list and modules, made the same way.

    In the directory: `sets/ID/root` are installed roots, ID being a checksum of the packages in them;
    `revisions/REV` is a link to the set that the repositories resolve to at that revision.
    """

    def __init__(self, spec: JobSpec, jobdir: Path, token: str, log: Log, *way: str) -> None:
        """WAY tells those who make roots differently apart."""
        root = spec.root
        kind = revision.digest([root.name, root.arch, root.install, root.modules, root.releasever, *way])
        self.spec, self.token, self.log = spec, token, log
        self.place = Path(spec.cache_dir) / "roots" / kind[:32]
        for name in ("sets", "revisions", "new"):
            (self.place / name).mkdir(parents=True, exist_ok=True)
        claims.add(work_dir(jobdir) / claims.FILE, self.half_made)

    @property
    def half_made(self) -> Path:
        """Where this job puts a root together; whatever is found here after the job is not whole."""
        return self.place / "new" / self.token

    @cached_property
    def revision(self) -> str:
        """The state of the repositories when the job first asked; it is not looked at again."""
        try:
            return revision.of(self.spec.root)
        except revision.Unreachable as error:
            raise BuildFailure("root-failed", stages.CHROOT, str(error)) from error

    @contextmanager
    def package_manager(self) -> Iterator[Dnf]:
        """dnf of this kind of root; one job at a time has it."""
        lock = _locked(self.place / "lock", fcntl.LOCK_EX)
        try:
            yield Dnf(self.spec, self.place, self.revision, self.log)
        finally:
            os.close(lock)

    def current(self, fill: Fill | None = None) -> Root:
        """The root as its repositories are now: found, resolved to one that is here, or installed by FILL or dnf."""
        link = self.place / "revisions" / self.revision
        if found := self._open(link):
            return found
        with self.package_manager() as dnf:
            return self._open(link) or self._make(dnf, link, fill or partial(self._fill, dnf))

    def _make(self, dnf: Dnf, link: Path, fill: Fill) -> Root:
        """Point the revision at a set that is here already if it resolves to one, else at a new one."""
        for path in [path for path in self._sets() if not _on_disk(path)]:
            self._remove(path)
        known = self._resolved(dnf) if self._sets() else ""
        if not (known and (self.place / "sets" / known).is_dir()):
            known = self._install(fill)
        beside = link.with_name(f".{link.name}")
        beside.unlink(missing_ok=True)
        beside.symlink_to(f"../sets/{known}")
        beside.replace(link)
        self._prune(known)
        root = self._open(link)
        assert root, "nobody removes a set without the lock that we hold"
        return root

    def _open(self, link: Path) -> Root | None:
        """The root behind a link, locked against removal."""
        try:
            lock = _locked(link / "used", fcntl.LOCK_SH)
        except FileNotFoundError:
            return None
        if not ((link / "root").is_dir() and _on_disk(link)):
            os.close(lock)
            return None
        os.utime(link / "used")
        return Root((link / "root").resolve(), (link / "dbpath").read_text(), lock)

    def _resolved(self, dnf: Dnf) -> str:
        """The identity of what dnf would install now, from the headers of the packages that it fetches.

        "" if dnf cannot do it: the installation will tell why.
        """
        packages, empty = self.half_made / "packages", self.half_made / "empty"
        packages.mkdir(parents=True)
        if self._dnf_install(dnf, empty, *to_download(packages)):
            claims.remove(self.half_made)
            return ""
        files = sorted(str(path) for path in packages.rglob("*.rpm"))
        found = subprocess.run(
            ["rpm", "-qp", "--nosignature", "--nodigest", "--qf", IDENTITY, *files],
            capture_output=True,
            text=True,
            check=False,
        )
        claims.remove(self.half_made)
        return _identity(found.stdout)

    def _install(self, fill: Fill) -> str:
        """Install a root beside the others and rename it into place; its identity."""
        root = self.half_made / "root"
        mounted = self._unsynced(root)
        dbpath = fill(mounted)
        namespace.unmount(mounted)
        inside = Sandbox(root, self.spec.root.arch, self.spec.uid)
        listed = subprocess.run(
            inside.command(["rpm", "-qa", "--qf", IDENTITY], cwd="/"),
            capture_output=True,
            text=True,
            check=False,
        )
        name = _identity(listed.stdout)
        (self.half_made / "dbpath").write_text(dbpath)
        (self.half_made / "boot").write_text(boot_id())
        (self.half_made / "used").touch()
        if (self.place / "sets" / name).exists():
            claims.remove(self.half_made)
        else:
            self.half_made.rename(self.place / "sets" / name)
        return name

    def _unsynced(self, root: Path) -> Path:
        """Where to write what is to become ROOT, so that the installation's many syncs cost nothing."""
        none, work, mounted = (self.half_made / name for name in ("none", "ovl", "mounted"))
        for path in (none, work, mounted, root):
            path.mkdir(parents=True)
        namespace.overlay(none, root, work, mounted)
        return mounted

    def _fill(self, dnf: Dnf, root: Path) -> str:
        if code := self._dnf_install(dnf, root):
            message = f"The buildroot {self.spec.root.name} could not be installed; see root.log."
            raise BuildFailure("root-failed", stages.CHROOT, message, code)
        return self._settle_database(root)

    def _dnf_install(self, dnf: Dnf, root: Path, *options: str) -> int:
        """Have dnf install the kind's packages; the exit code of the first of its commands that fails, or 0."""
        root.mkdir(parents=True, exist_ok=True)
        modules = [["module", *action.split()] for action in self.spec.root.modules]
        install = ["install", *options, "--", *self.spec.root.install]
        codes = (dnf.run(root, words, writable=[self.half_made]) for words in [*modules, install])
        return next((code for code in codes if code), 0)

    def _settle_database(self, root: Path) -> str:
        """Put rpm's database where the rpm inside looks for it; that place."""
        inside = Sandbox(root, self.spec.root.arch, self.spec.uid)
        asked = subprocess.run(
            inside.command(["rpm", "-E", "%{_dbpath}"], cwd="/"), capture_output=True, text=True, check=False
        )
        wanted = asked.stdout.strip() if asked.returncode == 0 else DBPATH
        if wanted != DBPATH and wanted.startswith("/"):
            script = f'mkdir -p "$(dirname "$1")" && rm -rf "$1" && mv {DBPATH} "$1"'
            subprocess.run(inside.command(["/bin/sh", "-c", script, "sh", wanted], cwd="/", as_root=True), check=True)
            return wanted
        return DBPATH

    def _prune(self, newest: str) -> None:
        """Remove the sets that were used least lately, unless a job still uses them; and links to nothing."""
        old = [path for path in self._sets() if path.name != newest]
        for path in sorted(old, key=lambda path: (path / "used").stat().st_mtime)[: 1 - KEPT]:
            self._remove(path)
        for link in (self.place / "revisions").iterdir():
            if not link.exists():
                link.unlink()

    def _sets(self) -> list[Path]:
        return list((self.place / "sets").iterdir())

    def _remove(self, path: Path) -> None:
        """Remove a set that no job uses; out of sight first, so that nobody finds half of it."""
        try:
            lock = _locked(path / "used", fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        path.rename(self.half_made)
        claims.remove(self.half_made)
        os.close(lock)


def _on_disk(place: Path) -> bool:
    """True if a set is safe from a power cut, or there was none since it was made.

    Waiting for the disk would cost more than the installation. The kernel writes by itself within a minute; a
    set that is not that old when the machine goes down is made anew.
    """
    made = place / "boot"
    if not made.exists():
        return True
    if made.read_text() != boot_id():
        return False
    if time.time() - made.stat().st_mtime > SETTLED:
        made.unlink()
    return True


def _locked(path: Path, how: int) -> int:
    """An open file with a lock on it, waited for; the kernel lets go of it when its last holder ends."""
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(number, how)
    except OSError:
        os.close(number)
        raise
    return number


def _identity(listing: str) -> str:
    """A checksum of a package list; imported keys, which rpm lists as packages, are no part of it."""
    lines = sorted(line for line in listing.splitlines() if line and not line.startswith("gpg-pubkey "))
    return revision.digest(lines)[:32]

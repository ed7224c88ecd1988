"""Building with mock: what it is told, where it works, and what is taken from it."""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from appliance.builder import (
    claims,
    installed,
    layer,
    mockconfig,
    mockverdict,
    namespace,
    process,
    results,
    stages,
)
from appliance.builder.dnf import DBPATH
from appliance.builder.logs import Log
from appliance.builder.outcome import BuildFailure
from appliance.builder.roots import Root, Roots
from appliance.builder.sandbox import PATH, Sandbox
from appliance.builder.spec import JobSpec, RepoSpec, RootSpec, result_dir, work_dir
from appliance.builder.stages import StateLog
from appliance.durable import write_whole

PROGRAMS = ("/usr/libexec/mock/mock", "mock")  # the program itself; on PATH it may be a door for users
SECONDS = 60  # that mock may take to say which version it is
LOGS = ("build.log", "root.log", "state.log", "hw_info.log", "installed_pkgs.log")
HOME = "/builddir"
# All in one stream: mock drops what is left of one when the other ends, so a shell keeps that other to the
# end. The second command is what has it stay: with one alone it would turn into that one.
IN_ONE_STREAM = ("/bin/sh", "-c", '"$@" 2>&1; exit $?', "sh")
TOPDIR = ("builddir", "build")  # results are taken from here: mock's own copies follow links that a build has planted


def version() -> str:
    """The version of the mock that can be used here, "" if there is none."""
    return _asked()[0]


def known(cache: Path) -> str:
    """As `version`, noted in a cache: mock takes a third of a second to say it, and says the same until replaced."""
    found = program()
    if not found:
        return ""
    stamp, note = f"{found} {Path(found).stat().st_mtime_ns}", cache / "mock" / "version"
    noted, _, told = note.read_text().partition("\n") if note.exists() else ("", "", "")
    if noted != stamp and (told := version()):
        note.parent.mkdir(parents=True, exist_ok=True)
        write_whole(note, f"{stamp}\n{told}")
    return told


def problem() -> str:
    """Why the mock that is here cannot be used; "" if it can, and where there is none."""
    return _asked()[1]


def _asked() -> tuple[str, str]:
    """What mock says its version is when it runs as jobs run it, and why it says none.

    PyPI has a library of that name: only a program that tells a version of itself counts.
    """
    found = program()
    if not found:
        return "", ""
    environment = {**os.environ, "SUDO_UID": "0"}
    status, printed = process.answer([*process.as_root(), found, "--version"], SECONDS, environment)
    said = printed.strip().splitlines()
    told = next((line for line in said if re.fullmatch(r"\d+(\.\d+)+", line)), "")
    if status == 0 and told:
        return told, ""
    return "", f"{found}: {said[-1] if said else f'it ends with status {status} and tells no version'}"


def program() -> str:
    """Where mock is, "" if it is nowhere."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), "")


class Mock:
    """The mock builder of one job; see `spec.Builder`.

    In the job's own mount namespace mock's directories are ours, and the account that it builds as exists: so
    nothing of the host's own use of mock is met, and no account of the host's owns what is built.

    mock installs a root once. Later jobs find it under an overlay of their own, which costs no unpacking of mock's
    root cache, and is found again when repositories change and resolve to the same packages. Where a configuration
    file or a bootstrap chroot has a part in the root, only mock knows what that is made of: its own cache serves.
    """

    def __init__(self, jobdir: Path, spec: JobSpec, token: str, told: str) -> None:
        self.name = f"mock {told}"
        self.spec, self.token = spec, token
        self.work, self.results = work_dir(jobdir), result_dir(jobdir)
        self.out = self.work / "out"
        self.lib, self.cache = (Path(spec.cache_dir) / "mock" / name for name in ("lib", "cache"))
        self.order = self.lib / f"order-{token}"
        self.root_name = mockconfig.root_name(spec.root)
        self.place = self.lib / f"{self.root_name}-{token}"
        self.root = mockconfig.LIB / self.place.name / "root"
        self.state = StateLog(self.results / "state.log")
        self.output = Log(self.results / mockverdict.OUTPUT, spec.log_mb)
        kind = ("mock", told, spec.root.package_manager)
        self.roots = Roots(spec, jobdir, token, self.output, *kind) if _is_plain(spec.root) else None
        self.tree = self.work / "upper" if self.roots else self.place / "root"
        self.lower: Root | None = None
        self.refused: list[str] = []
        self.arguments: list[str] = []

    def prepare(self) -> None:
        self._claim()
        for path in (self.lib / "configurations", self.cache, self.order / "result", self.order / "source"):
            path.mkdir(parents=True, exist_ok=True)
        self.out.mkdir()
        self._take_over()
        self._share_logs()
        layer.copy_source(self.spec, self.order / "source")
        _own(self.order, self.spec.uid)
        if self.roots:
            self._lay_root(self.roots)
        else:
            self.arguments = self._arguments(self.spec, cached=self._is_used_again())
        self.arguments += [*self._options(), *self._share_directories()]
        if not self._needs_network():
            namespace.leave_network()

    def _lay_root(self, roots: Roots) -> None:
        """Lay the job's own layer over the root that is kept, where mock will look for one."""
        self.root.mkdir(parents=True)
        self.lower = roots.current(self._install)
        self.tree.mkdir()
        self.lower.lay(self.work, self.root)
        self.arguments = [*self._arguments(self.spec, filled=True), "--no-clean"]

    def _install(self, root: Path) -> str:
        """Have mock install a root; what it adds for a job's own use (user, home, macros) it adds for each again."""
        namespace.bind(root, self.root)
        self.arguments = [*self._arguments(replace(self.spec, network=False, env={})), "--no-clean"]
        self._must("--init")
        namespace.unmount(self.root)
        for name in (".initialized", HOME.strip("/")):
            claims.remove(root / name)
        return DBPATH

    def run(self) -> None:
        ways: dict[str, Callable[[], None]] = {
            "rebuild": self._rebuild,
            "resrpm": self._remake_source,
            "buildsrpm": self._make_source,
            "build": self._build_tree,
            "script": self._script,
        }
        ways[self.spec.kind]()

    def cleanup(self) -> None:
        """The chroot is claimed and goes with the job; the logs become ours again."""
        for name in LOGS:
            path = self.results / name
            if path.exists():
                os.chown(path, os.geteuid(), os.getegid())

    def _build_tree(self) -> None:
        """A source package of a directory, and what is built from it."""
        self._make_source()
        (made,) = self.out.glob("*.src.rpm")
        shutil.rmtree(self.order / "source")
        (self.order / "source").mkdir()
        made.rename(self.order / "source" / made.name)
        _own(self.order, self.spec.uid)
        self._rebuild()

    def _rebuild(self) -> None:
        source = self._seen(next((self.order / "source").iterdir()))
        if self._needs_network() and not self.spec.network:
            self._must("--calculate-build-dependencies", source)
            namespace.leave_network()
            self._must("--no-clean", "--offline", "--rebuild", source)
        else:
            self._must("--rebuild", source)
        installed.note(Sandbox(self.root, self.spec.root.arch, self.spec.uid), self.work, self.results)
        self._take(self.root, *TOPDIR, "SRPMS", suffix=".src.rpm")
        self._take(self.root, *TOPDIR, "RPMS", suffix=".rpm")

    def _make_source(self) -> None:
        tree = self.order / "source"
        spec_file = layer.choose_spec(os.listdir(tree), self.spec.spec_file)
        self._must("--buildsrpm", "--spec", self._seen(tree / spec_file), "--sources", self._seen(tree))
        self._take(self.root, *TOPDIR, "SRPMS", suffix=".src.rpm")

    def _remake_source(self) -> None:
        """A source package from one: mock has no order for that, so its chroot is given the two commands."""
        self._init(Path("build", "originals"))
        name = next((self.order / "source").iterdir()).name
        unpack = f"rpm -Uvh --nodeps --nosignature {HOME}/build/originals/{name}"
        make = f"rpmbuild -bs --nodeps --target {self.spec.target} {HOME}/build/SPECS/*.spec"
        with self.state.stage(stages.SRPM):
            self._inside("/bin/sh", "-c", f"{unpack} && {make}", directory=HOME)
        self._take(self.root, *TOPDIR, "SRPMS", suffix=".src.rpm")

    def _script(self) -> None:
        self._init(Path("work"))
        below = [part for part in self.spec.output.split("/") if part not in ("", ".")]
        try:
            with self.state.stage(stages.SCRIPT):
                self._inside(*self.spec.command, directory=f"{HOME}/work")
        finally:
            self._take(self.root, "builddir", "work", *below, deep=self.spec.tree)

    def _init(self, place: Path) -> None:
        """See the chroot made, install what the job needs, and put its sources below the user's home.

        Nothing that a package's author wrote has run in it yet.
        """
        if not self.roots:
            self._must("--init")
        if self.spec.requires:
            self._must("--install", *self.spec.requires)
        target = self.root / HOME.strip("/") / place
        target.mkdir(parents=True, exist_ok=True)
        installed.note(Sandbox(self.root, self.spec.root.arch, self.spec.uid), self.work, self.results)
        layer.copy_tree(self.order / "source", target)
        _own(target, self.spec.uid)

    def _inside(self, *command: str, directory: str) -> None:
        """Run a command of the job's in the chroot, with its output in build.log."""
        user = [] if self.spec.as_root else ["--unpriv"]
        network = ["--enable-network"] if self.spec.network else []
        arch = [] if self.spec.own_arch else ["--arch", os.uname().machine]
        words = ["--quiet", "--chroot", *user, *network, *arch, "--cwd", directory, "--", *IN_ONE_STREAM, *command]
        code = self._mock(*words, log=Log(self.results / "build.log", self.spec.log_mb))
        if code:
            text = f"The command ended with exit code {code}."
            raise BuildFailure("build-failed", stages.SCRIPT, text, code)

    def _must(self, *words: str) -> None:
        """Run mock to a good end; once more without its root cache if that was damaged."""
        code = self._mock(*words)
        if code == mockverdict.DAMAGED:
            self._mock("--scrub=root-cache")
            code = self._mock(*words)
        if code:
            raise mockverdict.failure(code, self.results)

    def _mock(self, *words: str, log: Log | None = None) -> int:
        environment = {"PATH": f"{os.environ.get('PATH', '')}:{PATH}", "SUDO_UID": str(self.spec.uid),
                       "LANG": "C.UTF-8", "HOME": "/"}  # fmt: skip
        return (log or self.output).run([program(), *self.arguments, *words], env=environment, cwd="/")

    def _arguments(self, spec: JobSpec, *, cached: bool = False, filled: bool = False) -> list[str]:
        """What tells mock which root, and where results go; the two as in `mockconfig.configuration`."""
        config = mockconfig.write(spec, self.lib / "configurations", cached=cached, filled=filled)
        return ["-r", self._seen(config), "--uniqueext", self.token, "--resultdir", self._seen(self.order / "result")]

    def _options(self) -> list[str]:
        root, spec = self.spec.root, self.spec
        return [
            *(["--target", spec.arch] if spec.arch and spec.arch != root.arch else []),
            *(["--nocheck"] if spec.nocheck else []),
            *(word for name in root.with_ for word in ("--with", name)),
            *(word for name in root.without for word in ("--without", name)),
            *(f"--additional-package={name}" for name in spec.requires if spec.kind != "script"),
        ]

    def _needs_network(self) -> bool:
        """True if packages come over the network, or the job itself asks for it."""
        root = self.spec.root
        return self.spec.network or bool(root.config) or not all(_is_local(repo) for repo in root.repos)

    def _is_used_again(self) -> bool:
        """True from the second job in a root on: to cache roots that are soon replaced costs disk."""
        mark = self.cache / self.root_name / "used"
        if mark.exists():
            return True
        mark.parent.mkdir(exist_ok=True)
        mark.touch()
        return False

    def _claim(self) -> None:
        """On record: the chroot, the order, and a root cache if the job dies while it is written."""
        name, record = self.root_name, self.work / claims.FILE
        claims.add(record, self.order, self.place, self.lib / f"{name}-bootstrap-{self.token}")
        claims.add(record, self.cache / name / "root_cache", during=mockverdict.CACHING)
        claims.add(self.work / claims.TAKEN, self.place)

    def _take_over(self) -> None:
        """Mount what mock finds in its usual places: our directories, and a list of accounts with ours."""
        for ours, its in ((self.lib, mockconfig.LIB), (self.cache, mockconfig.CACHE)):
            Path(its).mkdir(parents=True, exist_ok=True)
            namespace.bind(ours, its)
        accounts = self.work / "passwd"
        known = "".join(f"{':'.join(map(str, entry))}\n" for entry in pwd.getpwall() if entry.pw_uid != self.spec.uid)
        user = f"{layer.USER}-{self.spec.uid}:x:{self.spec.uid}:{self.spec.uid}:Builds:/:/bin/sh\n"
        accounts.write_text(known + user)
        namespace.bind(accounts, "/etc/passwd")

    def _share_logs(self) -> None:
        """mock appends to logs that are there: give it the files that others read while they grow."""
        for name in LOGS:
            path = self.results / name
            path.touch()
            os.chown(path, self.spec.uid, -1)
            (self.order / "result" / name).touch()
            namespace.bind(path, self._seen(self.order / "result" / name))

    def _share_directories(self) -> list[str]:
        """The option that lets the job see its `shown` and `shared` directories, the former read-only."""
        mounts = [(outer, place) for place, outer in self.spec.shared.items()]
        for number, (place, outer) in enumerate(self.spec.shown.items()):
            frozen = self.work / f"shown-{number}"
            frozen.mkdir()
            namespace.bind(outer, frozen, read_only=True)
            mounts.append((str(frozen), place))
        return [f"--plugin-option=bind_mount:dirs={mounts!r}"] if mounts else []

    def _take(self, base: Path, *parts: str, suffix: str = "", deep: bool = False) -> None:
        with results.directory(base, *parts) as opened:
            if opened is not None:
                self.refused += results.take_tree(opened, self.out) if deep else results.take(opened, self.out, suffix)

    def _seen(self, path: Path) -> str:
        """How mock sees a path in our directory."""
        return str(mockconfig.LIB / path.relative_to(self.lib))


def _is_plain(root: RootSpec) -> bool:
    """True if the root's description says all that it is made of."""
    return not root.config and root.bootstrap in ("", "off")


def _is_local(repo: RepoSpec) -> bool:
    return all(url.startswith(("file:", "/")) for url in (*repo.baseurl, repo.mirrorlist, repo.metalink) if url)


def _own(tree: Path, uid: int) -> None:
    subprocess.run(["chown", "-R", "-h", str(uid), "--", str(tree)], check=True)

"""Building without mock: a root installed by dnf, an overlay on it for the job, rpmbuild in a sandbox."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from appliance.builder import claims, installed, layer, results, stages
from appliance.builder.logs import Log
from appliance.builder.outcome import BuildFailure
from appliance.builder.roots import Root, Roots
from appliance.builder.sandbox import Sandbox
from appliance.builder.spec import JobSpec, result_dir, work_dir
from appliance.builder.stages import StateLog

MISSING = 11  # what rpmbuild exits with when generated BuildRequires are not installed
ROUNDS = 10  # of generated BuildRequires; each must bring something new, so more of them is a loop
TOPDIR = "/builddir/build"
SPECS, SRPMS, RPMS = (("builddir", "build", name) for name in ("SPECS", "SRPMS", "RPMS"))


class Overlay:
    """The overlay builder of one job; see `spec.Builder`."""

    name = "overlay"

    def __init__(self, jobdir: Path, spec: JobSpec, token: str) -> None:
        self.spec, self.work, self.results = spec, work_dir(jobdir), result_dir(jobdir)
        self.state = StateLog(self.results / "state.log")
        self.root_log = Log(self.results / "root.log", spec.log_mb)
        self.build_log = Log(self.results / "build.log", spec.log_mb)
        self.roots = Roots(spec, jobdir, token, self.root_log)
        self.merged, self.upper, self.out = self.work / "merged", self.work / "upper", self.work / "out"
        self.tree = self.upper
        arch = spec.root.arch if spec.own_arch else platform.machine()
        self.sandbox = Sandbox(
            self.merged, arch, spec.uid, spec.network, spec.env, spec.shown, spec.shared, spec.mounts
        )
        self.root: Root | None = None
        self.refused: list[str] = []

    def prepare(self) -> None:
        with self.state.stage(stages.CHROOT):
            self.root = self.roots.current()
            for path in (self.upper, self.merged, self.out):
                path.mkdir()
            layer.fill(self.spec, self.root.path, self.upper)
            self.root.lay(self.work, self.merged)

    def run(self) -> None:
        if self.spec.kind == "script":
            self._script()
        else:
            self._package()

    def cleanup(self) -> None:
        """Nothing outlives the namespaces: the overlay goes with the job's directory."""

    def _script(self) -> None:
        self._install_requires()
        installed.note(self.sandbox, self.work, self.results)
        with self.state.stage(stages.SCRIPT):
            command = self.sandbox.command(self.spec.command, cwd="/builddir/work", as_root=self.spec.as_root)
            code = self.build_log.run(command)
            below = [part for part in self.spec.output.split("/") if part not in ("", ".")]
            self._take(("builddir", "work", *below), deep=self.spec.tree)
            if code:
                raise BuildFailure("build-failed", stages.SCRIPT, f"The command ended with exit code {code}.", code)

    def _package(self) -> None:
        if self.spec.kind not in layer.TREES:
            self._unpack()
        self._install_requires()
        with self.state.stage(stages.SRPM):
            code = self._rpmbuild("-bs", "--nodeps")
            self._must_build(code, "The source package could not be made from its spec file; see build.log.")
        if self.spec.kind in ("rebuild", "build"):
            self._build()
        else:
            installed.note(self.sandbox, self.work, self.results)
        self._take(SRPMS, ".src.rpm")
        self._take(RPMS, ".rpm")

    def _unpack(self) -> None:
        """Install the source package inside: nothing of it is looked at on the host."""
        name = Path(self.spec.source).name
        command = ["rpm", "-Uvh", "--nodeps", "--nosignature", f"{TOPDIR}/originals/{name}"]
        if code := self.root_log.run(self.sandbox.command(command)):
            raise BuildFailure("no-srpm", stages.SETUP, f"rpm cannot unpack {name}; see root.log.", code)

    def _install_requires(self) -> None:
        """What the job asks for besides the source package's own requirements."""
        if self.spec.requires:
            with self.state.stage(stages.SETUP):
                self._dnf("install", "--", *self.spec.requires)

    def _build(self) -> None:
        with self.state.stage(stages.SETUP):
            if not installed.satisfy(self.sandbox, f"{TOPDIR}/SRPMS"):
                self._builddep(".src.rpm")
        installed.note(self.sandbox, self.work, self.results)
        with self.state.stage(stages.BUILD):
            code = self._rpmbuild("-bb")
            for _ in range(ROUNDS):
                code = self._build_with_more() if code == MISSING else code
            self._must_build(code, "The package could not be built; see build.log.")

    def _build_with_more(self) -> int:
        """Go on with the requirements that the build generated; the source package will list them, too."""
        self._builddep(".buildreqs.nosrc.rpm")
        installed.note(self.sandbox, self.work, self.results)
        return self._rpmbuild("-ba", "--noprep")

    def _builddep(self, suffix: str) -> None:
        """Install what the header of the source package that was just made inside requires."""
        requires = self.work / "requires"
        requires.mkdir(exist_ok=True)
        with results.directory(self.upper, *SRPMS) as opened:
            assert opened is not None
            results.take(opened, requires, suffix)
        self._dnf("builddep", "--srpm", "--", *sorted(str(path) for path in requires.iterdir()))
        claims.remove(requires)

    def _dnf(self, *words: str) -> None:
        assert self.root
        with self.roots.package_manager() as dnf:
            code = dnf.run(self.merged, words, dbpath=self.root.dbpath, writable=[self.work])
        if code:
            raise BuildFailure(
                "unmet-buildrequires",
                stages.SETUP,
                "Not all requirements of the build can be installed; see root.log.",
                code,
            )

    def _rpmbuild(self, *words: str) -> int:
        command = ["rpmbuild", *words, *self._options(), self._spec_file()]
        return self.build_log.run(self.sandbox.command(command))

    def _options(self) -> list[str]:
        """What every call of rpmbuild gets."""
        root = self.spec.root
        return [
            "--noclean",
            "--target",
            self.spec.target,
            *(["--nocheck"] if self.spec.nocheck else []),
            *(word for name in root.with_ for word in ("--with", name)),
            *(word for name in root.without for word in ("--without", name)),
        ]

    def _spec_file(self) -> str:
        """The one spec file among those that the source package or the source directory brought."""
        with results.directory(self.upper, *SPECS) as opened:
            found = [name for name in os.listdir(opened) if name.endswith(".spec")] if opened is not None else []
        return f"{TOPDIR}/SPECS/{layer.choose_spec(found, self.spec.spec_file)}"

    def _must_build(self, code: int, message: str) -> None:
        if code:
            raise BuildFailure("build-failed", stages.BUILD, message, code)

    def _take(self, parts: Sequence[str], suffix: str = "", deep: bool = False) -> None:
        """Copy what the job made out of its layer; what is not taken is told in the outcome."""
        with results.directory(self.upper, *parts) as opened:
            if opened is not None:
                self.refused += results.take_tree(opened, self.out) if deep else results.take(opened, self.out, suffix)

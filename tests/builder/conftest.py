"""Jobs for tests: a buildroot from the sample distribution, source packages from spec text, both builders."""

import os
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass, replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from appliance.builder import job
from appliance.builder.spec import JobSpec, RepoSpec, RootSpec
from tests import builders, distribution

NEEDED = ("bwrap", "dnf", "rpmbuild", "createrepo_c")
missing = [program for program in NEEDED if not shutil.which(program)]


def pytest_collection_modifyitems(items):
    """Builds need these programs, and root for their mounts or subordinate ids in its place."""
    for item in items:
        if "workshop" in getattr(item, "fixturenames", ()) and missing:
            item.add_marker(pytest.mark.skip(reason=f"not installed: {', '.join(missing)}"))


@pytest.fixture(scope="session")
def distro():
    return distribution.distribution()


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Where buildroots are kept: one place for all workers of a run."""
    place = tmp_path_factory.getbasetemp()
    place = place.parent if os.environ.get("PYTEST_XDIST_WORKER") else place
    made = place / "roots"
    made.mkdir(exist_ok=True)
    return made


@dataclass
class Workshop:
    """Makes jobs and runs them. `build` is for those that come to an end by themselves."""

    place: Path
    root: RootSpec
    cache: Path
    builder: str
    made: int = 0

    def spec(self, source="", kind="rebuild", **options):
        options = {"root": self.root, "timeout": 300, "builder": self.builder, **options}
        return JobSpec(id=str(self.made), kind=kind, cache_dir=str(self.cache), source=str(source), **options)

    def start(self, source="", waiting=None, **options):
        """A running job's directory; done by the process that is WAITING, if that is given."""
        self.made += 1
        jobdir = self.place / "jobs" / str(self.made)
        jobdir.mkdir(parents=True)
        job.start(jobdir, self.spec(source, **options), waiting)
        return jobdir

    def build(self, source="", **options):
        """(directory, outcome) of a job."""
        jobdir = self.start(source, **options)
        outcome = job.attach(jobdir).wait(300)
        assert outcome, "the job did not end"
        return jobdir, outcome

    def script(self, text, **options):
        """The outcome of a shell script in the buildroot, and what it printed."""
        jobdir, outcome = self.build(kind="script", command=("/bin/sh", "-c", text), **options)
        return outcome, (jobdir / "result" / "build.log").read_text(errors="replace")

    def repo(self, *directories):
        """The job's root with further repositories in these directories."""
        for directory in directories:
            subprocess.run(["createrepo_c", "--quiet", directory], check=True)
        more = tuple(RepoSpec(f"r{n}", (f"file://{path}",)) for n, path in enumerate(directories))
        return replace(self.root, repos=self.root.repos + more)

    def srpm(self, name, body, **sources):
        """A source package of our own; BODY is its spec file from BuildRequires on."""
        top = self.place / "srpm" / name
        (top / "SOURCES").mkdir(parents=True)
        for file, text in sources.items():
            (top / "SOURCES" / file).write_text(text)
        (top / f"{name}.spec").write_text(spec_text(name, body))
        made = subprocess.run(
            ["rpmbuild", "-bs", "--quiet", "-D", f"_topdir {top}", "-D", "dist %{nil}", top / f"{name}.spec"],
            capture_output=True,
            text=True,
        )
        assert made.returncode == 0, made.stderr
        return next((top / "SRPMS").glob("*.src.rpm"))


def spec_text(name, body):
    return f"Name: {name}\nVersion: 1\nRelease: 1%{{?dist}}\nSummary: Test\nLicense: MIT\n{body}"


@pytest.fixture(params=builders.ALL)
def builder(request):
    return request.param


@pytest.fixture
def workshop(tmp_path, distro, cache, builder):
    repo = RepoSpec("rpmdistro", (f"file://{distro}",))
    root = RootSpec("rpmdistro", "x86_64", ("@buildsys-build",), (repo,), releasever="12")
    return Workshop(tmp_path, root, cache, builder)


@pytest.fixture
def overlay(tmp_path, distro, cache):
    """A workshop for what the overlay builder alone promises."""
    repo = RepoSpec("rpmdistro", (f"file://{distro}",))
    root = RootSpec("rpmdistro", "x86_64", ("@buildsys-build",), (repo,), releasever="12")
    return Workshop(tmp_path, root, cache, "overlay")


@pytest.fixture
def public():
    """A directory that every user may look into, as mock's build user has to."""
    made = Path(tempfile.mkdtemp(prefix="appliance-public-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def sample():
    return distribution.source_package


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Requests are nobody's business here."""


@pytest.fixture
def served(distro):
    """The sample distribution at an http address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: Quiet(*given, directory=str(distro)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()

"""Every type of source through the real copr-cli: each makes a source package, and what can be built of them is."""

import contextlib
import functools
import gzip
import hashlib
import hmac
import http.server
import json
import re
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from tests.clients import tools
from tests.clients.scmserver import SvnServer
from tests.clients.site import CHROOT, Site, distribution
from tests.clients.test_copr_user import finish

SPEC = """\
Name: {name}
Version: 1.0
Release: 1
Summary: Made by a test
License: MIT
BuildArch: noarch
Source0: {source}

%description
Made by a test.

%install
install -D -m 0644 %{{SOURCE0}} %{{buildroot}}/usr/share/{name}/data

%files
/usr/share/{name}
"""

MAKEFILE = 'srpm:\n\trpmbuild -bs --define "_sourcedir $(CURDIR)" --define "_srcrpmdir $(outdir)" $(spec)\n'


def run(*words, cwd):
    subprocess.run([str(word) for word in words], cwd=cwd, check=True, capture_output=True)


def write_package(directory: Path, name: str, source: str = "data.txt") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.spec").write_text(SPEC.format(name=name, source=source))
    if "://" not in source:
        (directory / source).write_text("data\n")
    return directory


@pytest.fixture(scope="module")
def forge(tmp_path_factory, builder):
    """A directory that is served over HTTP, and its address; each builder's tests have their own."""
    root = tmp_path_factory.mktemp("forge")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=root))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield root, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def publish(forge, name: str, tree: Path, tag: str = "v1") -> str:
    """The address of a git repository with what a directory holds."""
    root, url = forge
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    run("git", "init", "-q", "-b", "main", tree, cwd=root)
    run("git", "add", ".", cwd=tree)
    run("git", *identity, "commit", "-q", "-m", "first", cwd=tree)
    run("git", *identity, "tag", "-m", tag, tag, cwd=tree)
    run("git", "clone", "-q", "--bare", tree, root / f"{name}.git", cwd=root)
    run("git", "update-server-info", cwd=root / f"{name}.git")
    return f"{url}/{name}.git"


@pytest.fixture(scope="module")
def project(site: Site) -> str:
    site.copr("create", "sources", "--chroot", CHROOT)
    return "sources"


def built(site: Site, *words: object) -> str:
    number = finish(site, site.copr(*words))
    state = site.build_state(number)
    assert state == "succeeded", (state, logs(site, number))
    return number


def made(site: Site, *words: object) -> str:
    """The number of a build whose source package was made; its chroots are not waited for."""
    number = re.findall(r"\d+", site.copr(*words))[-1]
    end = time.monotonic() + 120
    while (state := site.build_state(number)) in ("pending", "starting", "importing", "running"):
        assert time.monotonic() < end, "the source package was not made in time"
        if "success" in sources(site, number, str(words[2])):
            with contextlib.suppress(AssertionError):  # it may have ended by itself by now
                site.copr("cancel", number)
            return number
        time.sleep(0.3)
    assert "success" in sources(site, number, str(words[2])), (state, logs(site, number))
    return number


def failed(site: Site, *words: object) -> str:
    """Everything that a failed source build said."""
    number = finish(site, site.copr(*words))
    assert site.build_state(number) == "failed"
    return logs(site, number)


def logs(site: Site, number: str) -> str:
    """The logs of a build that has ended: its source half's, then its chroots'."""
    found = (site.state / "copr/results/alice").glob(f"*/*/{int(number):08d}*/builder-live.log.gz")
    return "".join(gzip.decompress(path.read_bytes()).decode() for path in sorted(found, reverse=True))


def sources(site: Site, number: str, project: str = "sources") -> set[str]:
    place = site.state / "copr/results/alice" / project / "srpm-builds" / f"{int(number):08d}"
    return {path.name for path in place.iterdir()} if place.is_dir() else set()


def test_git_with_a_plain_spec_file(site: Site, project: str, forge, tmp_path: Path) -> None:
    url = publish(forge, "plain", write_package(tmp_path / "tree" / "rpm", "plain").parent)
    number = built(site, "buildscm", "--nowait", project, "--clone-url", url, "--subdir", "rpm", "--commit", "v1")
    assert {"plain-1.0-1.src.rpm", "plain.spec", "results.json", "success"} <= sources(site, number)


def test_git_fetches_what_the_spec_file_names(site: Site, project: str, forge, tmp_path: Path) -> None:
    root, base = forge
    (root / "far-1.0.txt").write_text("far away\n")
    url = publish(forge, "far", write_package(tmp_path / "tree", "far", base + "/%{name}-%{version}.txt"))
    built(site, "buildscm", "--nowait", project, "--clone-url", url)


def test_make_srpm(site: Site, project: str, forge, tmp_path: Path) -> None:
    tree = write_package(tmp_path / "tree", "made")
    (tree / ".copr").mkdir()
    (tree / ".copr" / "Makefile").write_text(MAKEFILE)
    url = publish(forge, "made", tree)
    built(site, "buildscm", "--nowait", project, "--clone-url", url, "--method", "make_srpm", "--spec", "made.spec")


@pytest.fixture(scope="module")
def tooled(site: Site, forge) -> str:
    """A project whose chroot has the tools that write spec files and make source packages."""
    packages = tools.repository(site.directory / "tools", forge[1].removeprefix("http://"))
    bootstrap = site.directory / "tools.toml"
    bootstrap.write_text(
        '[[chroot]]\nname = "tools-1-x86_64"\ninstall = ["@buildsys-build"]\n'
        f'[[chroot.repo]]\nname = "base"\nbaseurl = "file://{distribution("tools")}"\n'
        f'[[chroot.repo]]\nname = "tools"\nbaseurl = "file://{packages}"\n'
    )
    site.appliance("bootstrap", bootstrap)
    site.copr("create", "tooled", "--chroot", "tools-1-x86_64")
    return "tooled"


def tito_tree(directory: Path, name: str) -> Path:
    """A package that tito has tagged as version 1.0, in a repository of its own, and a change since."""
    tree = write_package(directory, name)
    spec = (tree / f"{name}.spec").read_text().replace("data.txt", f"{name}-%{{version}}.tar.gz")
    spec = spec.replace("%install\n", "%prep\n%setup -q\n%install\n").replace("%{SOURCE0}", "data.txt")
    (tree / f"{name}.spec").write_text(spec)
    (tree / ".tito" / "packages").mkdir(parents=True)
    (tree / ".tito" / "packages" / name).write_text("1.0-1 ./\n")
    (tree / ".tito" / "tito.props").write_text(
        "[buildconfig]\nbuilder = tito.builder.Builder\ntagger = tito.tagger.VersionTagger\n"
    )
    return tree


@pytest.mark.parametrize(("method", "release"), [("tito", "1.0-1"), ("tito_test", "1.0-1.git.")])
def test_tito(site: Site, tooled: str, forge, tmp_path: Path, method: str, release: str) -> None:
    name = method.replace("_", "")
    url = publish(forge, name, tito_tree(tmp_path / "tree", name), tag=f"{name}-1.0-1")
    number = made(site, "buildscm", "--nowait", tooled, "--clone-url", url, "--method", method)
    assert any(each.startswith(f"{name}-{release}") for each in sources(site, number, tooled))


def test_rubygems(site: Site, tooled: str, forge) -> None:
    (forge[0] / "gems").mkdir()
    (forge[0] / "gems" / "sample-1.0.gem").write_bytes(b"a gem")
    number = made(site, "buildgem", "--nowait", tooled, "--gem", "sample")
    assert {"rubygem-sample-1.0-1.src.rpm", "sample.spec"} <= sources(site, number, tooled)


@pytest.mark.parametrize("method", ["tito", "rpkg"])
def test_a_tool_that_is_missing_is_named(site: Site, project: str, forge, tmp_path: Path, method: str) -> None:
    tree = write_package(tmp_path / "tree", "template")
    (tree / "template.spec").write_text("Name: {{{ git_dir_name }}}\n")
    url = publish(forge, f"template-{method}", tree)
    assert method in failed(site, "buildscm", "--nowait", project, "--clone-url", url, "--method", method)


@pytest.mark.skipif(SvnServer.missing(), reason="Apache with mod_dav_svn is not installed")
def test_subversion(site: Site, project: str, tmp_path: Path) -> None:
    tree = write_package(tmp_path / "tree" / "rpm", "subversive").parent
    with tempfile.TemporaryDirectory(prefix="svn-") as place:
        server = SvnServer(Path(place))
        words = ["--type", "svn", "--clone-url", server.repository("subversive", tree), "--commit", "1"]
        number = made(site, "buildscm", "--nowait", project, *words, "--subdir", "rpm")
        server.stop()
    assert "subversive-1.0-1.src.rpm" in sources(site, number)


def test_a_push_is_built_and_told_of(site: Site, project: str, forge, tmp_path: Path) -> None:
    tree = write_package(tmp_path / "tree", "pushed")
    url = publish(forge, "pushed", tree)
    site.copr("add-package-scm", project, "--name", "pushed", "--clone-url", url, "--webhook-rebuild", "on")
    secret = site.copr("new-webhook-secret", project, answer="y\n").split()[-1]
    number = json.loads(site.get(f"/api_3/project?ownername=alice&projectname={project}"))["id"]
    since = json.loads(site.get("/api_3/events"))["next"]
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tree, capture_output=True, text=True, check=True).stdout
    push = {"ref": "refs/heads/main", "after": commit.strip(), "repository": {"clone_url": url}}
    body = json.dumps({**push, "commits": [{"added": ["pushed.spec"], "modified": [], "removed": []}]}).encode()
    signed = {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
    asked = urllib.request.Request(f"{site.url}/webhooks/github/{number}/{secret}/", body, signed)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        (build,) = answer.read().decode().split()
    finish(site, f"build {build}")
    assert site.build_state(build) == "succeeded", logs(site, build)
    told = json.loads(site.get(f"/api_3/events?since={since}"))["events"]
    of_it = [each["body"] for each in told if each["topic"] == "copr.chroot" and each["body"]["build"] == int(build)]
    assert [each["state"] for each in of_it][-2:] == ["running", "succeeded"] and of_it[-1]["ended"]


def test_dist_git(site: Site, forge, tmp_path: Path) -> None:
    publish(forge, "distributed", write_package(tmp_path / "tree", "distributed"))
    bootstrap = tmp_path / "distgit.toml"
    bootstrap.write_text(f'[[distgit]]\nname = "local"\nclone_url = "{forge[1]}"\npath = "{{pkgname}}.git"\n')
    site.appliance("bootstrap", bootstrap)
    built(site, "build-distgit", "--nowait", "--name", "distributed", "--distgit", "local", "sources")


def test_a_custom_script(site: Site, project: str, tmp_path: Path) -> None:
    script = tmp_path / "script"
    spec = SPEC.format(name="scripted", source="data.txt")
    script.write_text(
        "#!/bin/bash\nset -e\nmkdir out\nid -u > out/data.txt\n"
        f"[ \"$COPR_OWNER/$COPR_PROJECT\" = alice/sources ]\ncat > out/scripted.spec <<'END'\n{spec}END\n"
    )
    words = ["--script", script, "--script-chroot", CHROOT, "--script-resultdir", "out"]
    number = built(site, "buildcustom", "--nowait", project, *words)
    assert "scripted.spec" in sources(site, number)


def test_a_script_that_fails_fails_the_build(site: Site, project: str, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\necho told you so\nexit 3\n")
    words = ["--script", script, "--script-chroot", CHROOT]
    assert "told you so" in failed(site, "buildcustom", "--nowait", project, *words)


def test_pypi(site: Site, project: str) -> None:
    number = made(site, "buildpypi", "--nowait", project, "--packagename", "six", "--packageversion", "1.17.0")
    assert "python-six-1.17.0-1.rd12.src.rpm" in sources(site, number)


def test_pypi_by_the_other_generator(site: Site, project: str) -> None:
    words = ["--packagename", "six", "--packageversion", "1.17.0", "--spec-generator", "pyp2rpm"]
    number = made(site, "buildpypi", "--nowait", project, *words, "--template", "fedora")
    assert {"python-six-1.17.0-1.rd12.src.rpm", "python-six.spec"} <= sources(site, number)


def test_rubygems_name_the_tool_where_the_chroot_has_none(site: Site, project: str) -> None:
    assert "gem2rpm" in failed(site, "buildgem", "--nowait", project, "--gem", "rake")


@pytest.mark.parametrize("way", ["scm", "upload"])
def test_a_spec_file_runs_nothing_on_the_host_and_takes_nothing_of_it(
    site: Site, project: str, forge, tmp_path: Path, way: str
) -> None:
    mark = Path(tempfile.gettempdir()) / f"{site.directory.name}-was-here"
    tree = write_package(tmp_path / "tree", "hostile", "file:///etc/passwd")
    spec = tree / "hostile.spec"
    spec.write_text(f"%(touch {mark}; cat {site.state}/keys/* > /checkout/keys)\n" + spec.read_text())
    if way == "upload":
        said = failed(site, "build", "--nowait", project, spec)
    else:
        url = publish(forge, "hostile", tree)
        said = failed(site, "buildscm", "--nowait", project, "--clone-url", url)
    assert "cannot fetch file:///etc/passwd: the protocol must be one of" in said
    assert not mark.exists()
    assert not sources(site, re.findall(r"\d+", site.copr("list-builds", project))[0]) & {"passwd", "keys"}


def test_a_spec_file_alone(site: Site, project: str, forge, tmp_path: Path) -> None:
    (forge[0] / "alone.txt").write_text("alone\n")
    tree = write_package(tmp_path, "alone", forge[1] + "/alone.txt")
    built(site, "build", "--nowait", project, tree / "alone.spec")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--clone-url", "https://git.example/x", "--commit=--upload-pack=x"], "invalid committish"),
        (["--clone-url", "https://git.example/x", "--commit", "a b"], "invalid committish"),
        (["--clone-url", "https://git.example/x", "--subdir", "../../etc"], "invalid subdirectory"),
        (["--clone-url", "https://git.example/a/%2e%2e/b"], "climbing"),
    ],
)
def test_an_address_that_is_more_than_one_is_refused(site: Site, project: str, words: list[str], answer: str) -> None:
    assert answer in failed(site, "buildscm", "--nowait", project, *words)

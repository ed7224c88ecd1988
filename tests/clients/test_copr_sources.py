"""Every type of source through the real copr-cli: each makes a source package, and what can be built of them is."""

import functools
import gzip
import http.server
import subprocess
import threading
from pathlib import Path

import pytest

from tests.clients.site import CHROOT, Site
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


def run(*words, cwd):
    subprocess.run([str(word) for word in words], cwd=cwd, check=True, capture_output=True)


def write_package(directory: Path, name: str, source: str = "data.txt") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.spec").write_text(SPEC.format(name=name, source=source))
    if "://" not in source:
        (directory / source).write_text("data\n")
    return directory


@pytest.fixture(scope="module")
def forge(tmp_path_factory):
    """A directory that is served over HTTP, and its address."""
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


def publish(forge, name: str, tree: Path) -> str:
    """The address of a git repository with what a directory holds."""
    root, url = forge
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    run("git", "init", "-q", "-b", "main", tree, cwd=root)
    run("git", "add", ".", cwd=tree)
    run("git", *identity, "commit", "-q", "-m", "first", cwd=tree)
    run("git", "tag", "v1", cwd=tree)
    run("git", "clone", "-q", "--bare", tree, root / f"{name}.git", cwd=root)
    run("git", "update-server-info", cwd=root / f"{name}.git")
    return f"{url}/{name}.git"


@pytest.fixture(scope="module")
def project(site: Site) -> str:
    site.copr("create", "sources", "--chroot", CHROOT)
    return "sources"


def built(site: Site, *words: object) -> str:
    number = finish(site, site.copr(*words))
    state = site.copr("status", number).strip()
    assert state == "succeeded", (state, logs(site, number))
    return number


def failed(site: Site, *words: object) -> str:
    """Everything that a failed source build said."""
    number = finish(site, site.copr(*words))
    assert site.copr("status", number).strip() == "failed"
    return logs(site, number)


def logs(site: Site, number: str) -> str:
    """The log of a source half that has ended."""
    return gzip.decompress(
        site.get(f"/results/alice/sources/srpm-builds/{int(number):08d}/builder-live.log.gz")
    ).decode()


def sources(site: Site, number: str) -> set[str]:
    place = site.state / "copr/results/alice/sources/srpm-builds" / f"{int(number):08d}"
    return {path.name for path in place.iterdir()}


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
    (tree / ".copr" / "Makefile").write_text(
        'srpm:\n\trpmbuild -bs --define "_sourcedir $(CURDIR)" --define "_srcrpmdir $(outdir)" $(spec)\n'
    )
    url = publish(forge, "made", tree)
    built(site, "buildscm", "--nowait", project, "--clone-url", url, "--method", "make_srpm", "--spec", "made.spec")


@pytest.mark.parametrize("method", ["tito", "rpkg"])
def test_a_tool_that_is_missing_is_named(site: Site, project: str, forge, tmp_path: Path, method: str) -> None:
    tree = write_package(tmp_path / "tree", "template")
    (tree / "template.spec").write_text("Name: {{{ git_dir_name }}}\n")
    url = publish(forge, f"template-{method}", tree)
    assert method in failed(site, "buildscm", "--nowait", project, "--clone-url", url, "--method", method)


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
    number = finish(
        site, site.copr("buildpypi", "--nowait", project, "--packagename", "six", "--packageversion", "1.17.0")
    )
    found = sources(site, number)
    assert any(name.startswith("python-six-1.17.0-") and name.endswith(".src.rpm") for name in found), logs(
        site, number
    )


def test_rubygems_name_the_tool_where_the_chroot_has_none(site: Site, project: str) -> None:
    assert "gem2rpm" in failed(site, "buildgem", "--nowait", project, "--gem", "rake")


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

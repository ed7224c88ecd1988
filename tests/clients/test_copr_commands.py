"""The subcommands of copr-cli that need no build: projects, chroots, packages, permissions, webhooks."""

import json
import re

import pytest

from tests.clients.site import CHROOT, Site, sample

GIT = "https://git.example/x.git"


@pytest.fixture(scope="module")
def project(site: Site) -> str:
    site.copr("create", "words", "--chroot", CHROOT)
    return "words"


def test_projects_are_changed_and_shown(site: Site, project: str) -> None:
    assert site.copr("whoami").strip() == "alice"
    site.copr("modify", project, "--description", "changed")
    assert "changed" in site.copr("list", "alice")
    site.copr("edit-chroot", f"{project}/{CHROOT}", "--packages", "make")
    assert json.loads(site.copr("get-chroot", f"{project}/{CHROOT}"))["additional_packages"] == ["make"]
    assert CHROOT in site.copr("list-chroots")


def test_permissions_are_asked_for_and_given(site: Site, project: str) -> None:
    site.copr("create", "theirs", "--chroot", CHROOT, user="admin")
    site.copr("request-permissions", "kojiadmin/theirs", "--builder")
    site.copr("edit-permissions", "theirs", "--builder", "alice", user="admin")
    assert "alice" in site.copr("list-permissions", "theirs", user="admin")
    assert "approved" in site.copr("list-permissions", "theirs", user="admin")


@pytest.mark.parametrize(
    ("kind", "options", "changed"),
    [
        ("scm", ["--clone-url", GIT], ["--method", "tito", "--clone-url", GIT]),
        ("pypi", ["--packagename", "six"], ["--packageversion", "1.17.0"]),
        ("rubygems", ["--gem", "rake"], ["--gem", "rdoc"]),
        ("custom", ["--script", "/dev/null", "--script-chroot", CHROOT], ["--script-builddeps", "make"]),
        ("distgit", [], ["--commit", "main"]),
    ],
)
def test_packages_of_each_type(site: Site, project: str, kind: str, options: list[str], changed: list[str]) -> None:
    if kind == "distgit":
        toml = site.directory / "distgit.toml"
        toml.write_text('[[distgit]]\nname = "local"\nclone_url = "http://x.example"\npath = "{pkgname}"\n')
        site.appliance("bootstrap", toml)
    if kind == "custom":
        script = site.directory / "script"
        script.write_text("#!/bin/sh\n")
        options = ["--script", str(script), *options[2:]]
        changed = [*changed, "--script", str(script)]
    name = f"of-{kind}"
    site.copr(f"add-package-{kind}", project, "--name", name, *options)
    site.copr(f"edit-package-{kind}", project, "--name", name, *changed)
    shown = json.loads(site.copr("get-package", project, "--name", name))
    assert shown["name"] == name and changed[1] in json.dumps(shown)
    assert name in site.copr("list-package-names", project) and name in site.copr("list-packages", project)
    site.copr("reset-package", project, "--name", name)
    site.copr("delete-package", project, "--name", name)
    assert name not in site.copr("list-package-names", project)


def test_a_build_is_cancelled_and_removed(site: Site, project: str) -> None:
    number = re.findall(r"\d+", site.copr("build", "--nowait", project, sample("slow")))[-1]
    site.copr("cancel", number)
    assert site.copr("status", number).strip() == "canceled"
    assert number in site.copr("list-builds", project)
    site.copr("delete-build", number)
    assert "does not exist" in site.copr("status", number, fails=True)


def test_a_package_is_built_by_name(site: Site, project: str) -> None:
    site.copr("add-package-scm", project, "--name", "named", "--clone-url", "http://127.0.0.1:1/x.git")
    said = site.copr("build-package", "--nowait", project, "--name", "named")
    assert re.search(r"\d+", said)
    assert "named" in site.copr("monitor", project)


def test_secrets_are_made_anew(site: Site, project: str) -> None:
    assert project in site.copr("get", project)
    made = [site.copr("new-webhook-secret", project, answer="y\n") for _ in range(2)]
    assert len({re.findall(r"[0-9a-f-]{36}", said)[-1] for said in made}) == 2
    config = site.directory / "copr-alice"
    before = config.read_text()
    site.copr("new-api-token")
    assert site.copr("whoami").strip() == "alice" and config.read_text() != before
    site.copr("modify", project, "--description", "with the new token")
    (site.directory / "copr-before").write_text(before)
    assert "Login invalid/expired" in site.copr("modify", project, "--description", "x", user="before", fails=True)

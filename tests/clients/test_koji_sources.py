"""Builds from source control with the real koji client: what is allowed, what is recorded, chains of them."""

import re
from collections.abc import Iterator

import pytest

from tests.clients.scmserver import GitServer, spec
from tests.clients.site import Site

SETTINGS = """
    [koji]
    allowed_scms = "!127.0.0.1*:/secret* 127.0.0.1*:/fetched*:no:/bin/sh,fetch 127.0.0.1*:/*:no:"
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, builder: str) -> Iterator[Site]:
    """A served appliance that builds from this machine's repositories, except secret ones."""
    found = Site(tmp_path_factory.mktemp("site"), "minimal", SETTINGS, builder)
    found.prepare()
    found.start()
    found.koji("add-pkg", "--owner", "kojiadmin", "demo", "one", "two", "three", "fetched", "inner")
    yield found
    found.stop()


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory, builder: str) -> Iterator[GitServer]:
    server = GitServer(tmp_path_factory.mktemp("git"))
    yield server
    server.stop()


def task_of(said: str) -> str:
    found = re.search(r"Created task: (\d+)", said)
    assert found, said
    return found[1]


def test_a_commit_becomes_a_build_that_names_it(site: Site, git: GitServer) -> None:
    url, commit = git.repository("one", {"one.spec": spec("one")})
    git.repository("one", {"one.spec": spec("one", "2.0")})
    said = site.koji("build", "--wait", "demo", f"{url}#{commit}")
    assert "buildSRPMFromSCM" in said and "completed successfully" in said
    info = site.koji("buildinfo", "one-1.0-1.rd12")
    assert f"Source: {url}#{commit}" in info
    assert "checkout.log" in site.koji("taskinfo", "-v", "-r", task_of(said))


def test_a_branch_is_recorded_as_its_commit(site: Site, git: GitServer) -> None:
    url, commit = git.repository("inner", {"rpm/SPECS/inner.spec": spec("inner"), "rpm/SOURCES/x": "x"})
    site.koji("build", "--wait", "demo", f"{url}?rpm#origin/main")
    assert f"Source: {url}?rpm#{commit}" in site.koji("buildinfo", "inner-1.0-1.rd12")


def test_a_source_command_brings_what_the_repository_lacks(site: Site, git: GitServer) -> None:
    files = {"fetched.spec": spec("fetched", files="Source0: data.txt"), "fetch": "echo fetched > data.txt\n"}
    url, commit = git.repository("fetched", files)
    site.koji("build", "--wait", "demo", f"{url}#{commit}")
    assert "fetched-1.0-1" in site.koji("list-tagged", "demo")


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("/secret.git#x", "is not in the list of allowed SCMs"),
        ("/public/../secret.git#x", "is not in the list of allowed SCMs"),
        ("/none.git#main", "The sources could not be fetched; see checkout.log"),
        ("/one.git#nosuch", "The sources could not be fetched; see checkout.log"),
        ("/empty.git#main", "No spec file found"),
        ("/many.git#main", "Multiple spec files found but none is matching SCM checkout dir name"),
    ],
)
def test_what_cannot_be_built_says_why(site: Site, git: GitServer, place: str, reason: str) -> None:
    git.repository("empty", {"README": place})
    git.repository("many", {"a.spec": spec("a"), "b.spec": spec("b"), "note": place})
    said = site.koji("build", "--wait", "--scratch", "demo", f"{git.address}{place}", fails=True)
    assert reason in said


def test_a_chain_is_built_level_by_level(site: Site, git: GitServer) -> None:
    """The second level needs what the first one gives; the repository is refreshed in between."""
    two, commit_two = git.repository("two", {"two.spec": spec("two")})
    three, commit_three = git.repository("three", {"three.spec": spec("three", requires="two")})
    said = site.koji("chain-build", "--wait", "demo", f"{two}#{commit_two}", ":", f"{three}#{commit_three}")
    assert "chainbuild" in said and "completed successfully" in said
    tagged = site.koji("list-tagged", "demo")
    assert "two-1.0-1" in tagged and "three-1.0-1" in tagged

"""Maven builds, chains of them and wrapper RPMs with the real koji client; a stand-in is the buildroot's Maven."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import standins
from tests.clients.scmserver import GitServer
from tests.clients.site import Site, task_of

SETTINGS = """
    [koji]
    allowed_scms = "127.0.0.1*:/*:no:"
"""


STRAY = """<project><groupId>g</groupId><artifactId>stray</artifactId><version>1</version></project>
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, builder: str) -> Iterator[Site]:
    found = Site(tmp_path_factory.mktemp("site"), "minimal", SETTINGS, builder)
    found.prepare()
    found.start()
    groups = {"maven-build": ["mvn"], "wrapper-rpm-build": []}
    admin = found.session()
    with admin.multicall(strict=True) as session:
        standins.offer(session, found.directory / "tools", groups)
        session.editTag2("demo-build", maven_support=True, maven_include_all=True)
        projects = [f"org.test-{name}" for name in ("base", "lib", "app", "one", "two")]
        for name in (*projects, "wrapped-org.test-app", "wrapped-org.test-two"):
            session.packageListAdd("demo", name, "kojiadmin")
    yield found
    found.stop()


def project(git: GitServer, name: str, version: str = "1.0", *needs: str) -> str:
    """The address of a Maven project org.test:NAME that needs others of the same group."""
    wanted = "".join(
        f"<dependency><groupId>org.test</groupId><artifactId>{each}</artifactId><version>1.0</version></dependency>\n"
        for each in needs
    )
    pom = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
<groupId>org.test</groupId>
<artifactId>{name}</artifactId>
<version>{version}</version>
<dependencies>
{wanted}</dependencies>
</project>
"""
    url, commit = git.repository(name, {"pom.xml": pom, "src/Main.java": "class Main {}\n"})
    return f"{url}#{commit}"


def test_a_project_is_built_imported_and_tagged(site: Site, git: GitServer) -> None:
    url = project(git, "base")
    patch = "--- a/pom.xml\n+++ b/pom.xml\n@@ -1,2 +1,3 @@\n <project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n+<!-- patched -->\n <groupId>org.test</groupId>\n"  # fmt: skip
    patches, commit = git.repository("patches", {"one.patch": patch})
    said = site.koji("maven-build", "--wait", "-Dfast", "-P", "quick", "-E", "FLAVOUR=sour", "-G", "verify",
                     "--patches", f"{patches}#{commit}", "demo", url)  # fmt: skip
    log = site.task_file(task_of(said, "buildMaven"), "build.log")
    assert "MAVEN_OPTS=-Xmx2048m FLAVOUR=sour mvn -C -Pquick -Dfast verify deploy" in log
    info = site.koji("buildinfo", "org.test-base-1.0-1")
    assert "Maven groupId: org.test" in info and "State: COMPLETE" in info
    for name in ("base-1.0.jar", "base-1.0.pom", "base-1.0-scm-sources.zip", "base-1.0-patches.zip"):
        assert name in info
    assert "org.test-base-1.0-1" in site.koji("list-tagged", "demo")
    place = "/kojifiles/packages/org.test-base/1.0/1/maven/org/test/base"
    build = site.session().getBuild("org.test-base-1.0-1")
    assert f'<a href="{place}/1.0/base-1.0.jar">'.encode() in site.get(f"/builds/{build['id']}")
    assert b"<!-- patched -->" in site.get(f"{place}/1.0/base-1.0.pom")
    assert b"<artifactId>base</artifactId>" in site.get(f"{place}/maven-metadata.xml")


def test_specfile_wraps_the_build_as_it_is_made(site: Site, git: GitServer) -> None:
    url = project(git, "lib", "1.0", "base")
    said = site.koji("maven-build", "--wait", "--specfile", f"{git.address}/wrapper.git#main", "demo", url)
    task = task_of(said, "buildMaven")
    assert "took org/test/base/1.0" in site.task_file(task, "build.log")
    admin = site.session()
    (root,) = admin.listBuildroots(taskID=int(task))
    used = admin.listArchives(componentBuildrootID=root["id"])
    assert {(each["filename"], each["project"]) for each in used} == {("base-1.0.jar", True), ("base-1.0.pom", True)}
    info = site.koji("buildinfo", "org.test-lib-1.0-1")
    assert "lib-1.0.jar" in info and "wrapped-org.test-lib-1.0-1.noarch.rpm" in info
    assert "Source0: lib-1.0" in site.task_file(task_of(said, "wrapperRPM"), "any.spec")


def test_finished_builds_are_wrapped_in_place_or_in_builds_of_their_own(site: Site, git: GitServer) -> None:
    site.koji("maven-build", "--wait", "--skip-tag", "demo", project(git, "app"))
    assert "org.test-app" not in site.koji("list-tagged", "demo")
    wrapper = f"{git.address}/wrapper.git#main"
    said = site.koji("wrapper-rpm", "--wait", "--scratch", "demo", "org.test-app-1.0-1", wrapper)
    number = task_of(said, "wrapperRPM")
    assert site.get(f"/kojifiles/scratch/kojiadmin/task_{number}/wrapped-org.test-app-1.0-1.noarch.rpm")
    site.koji("wrapper-rpm", "--wait", "--create-build", "demo", "org.test-app-1.0-1", wrapper)
    info = site.koji("buildinfo", "wrapped-org.test-app-1.0-1")
    assert "wrapped-org.test-app-1.0-1.noarch.rpm" in info and f"Source: {wrapper.split('#')[0]}#" in info
    assert "wrapped-org.test-app-1.0-1" in site.koji("list-tagged", "demo")
    said = site.koji("wrapper-rpm", "--wait", "demo", "org.test-base-1.0-1", wrapper)
    assert "wrapped-org.test-base-1.0-1.src.rpm" in site.koji("buildinfo", "org.test-base-1.0-1")
    said = site.koji("wrapper-rpm", "--wait", "demo", "org.test-base-1.0-1", wrapper, fails=True)
    assert "have already been built" in said


def test_what_windows_made_elsewhere_is_wrapped_too(site: Site, git: GitServer) -> None:
    (site.directory / "tool.exe").write_bytes(b"MZ")
    admin = site.session()
    admin.createWinBuild({"name": "tool", "version": "1", "release": "1", "epoch": None}, {"platform": "win10"})
    admin.uploadWrapper(str(site.directory / "tool.exe"), "cli-import/1")
    info = {"relpath": "bin", "platforms": ["x86_64"], "flags": []}
    admin.importArchive("cli-import/1/tool.exe", admin.getBuild("tool-1-1"), "win", info)
    site.koji("wrapper-rpm", "--wait", "demo", "tool-1-1", f"{git.address}/wrapper.git#main")
    assert "wrapped-tool-1-1.noarch.rpm" in site.koji("buildinfo", "tool-1-1")


def test_a_scratch_build_may_be_a_snapshot_and_stays_with_its_task(site: Site, git: GitServer) -> None:
    url = project(git, "shot", "2-SNAPSHOT")
    said = site.koji("maven-build", "--wait", "--scratch", "demo", url)
    place = f"/kojifiles/scratch/kojiadmin/task_{task_of(said, 'maven')}/org/test/shot/2-SNAPSHOT"
    assert b"<artifactId>shot</artifactId>" in site.get(f"{place}/shot-2-SNAPSHOT.pom")
    said = site.koji("maven-build", "--wait", "demo", url, fails=True)
    assert "-SNAPSHOT versions are only supported in scratch builds" in said


@pytest.fixture(scope="module")
def chain(site: Site, git: GitServer) -> Path:
    """The configuration of a chain: a project, one that needs it, and RPMs that wrap that one."""
    one, two = project(git, "one"), project(git, "two", "1.0", "one")
    place = site.directory / "chain.ini"
    place.write_text(
        f"[org.test-one]\nscmurl={one}\n[org.test-two]\nscmurl={two}\nbuildrequires=org.test-one\n"
        f"[wrapped-org.test-two]\ntype=wrapper\nscmurl={git.address}/wrapper.git#main\nbuildrequires=org.test-two\n"
    )
    return place


def test_a_chain_goes_in_order_and_not_twice(site: Site, chain: Path) -> None:
    """What was built from the same sources is not built again."""
    said = site.koji("maven-chain", "--wait", "demo", chain)
    assert "chainmaven (demo) completed successfully" in said
    tagged = site.koji("list-tagged", "demo")
    assert all(nvr in tagged for nvr in ("org.test-one-1.0-1", "org.test-two-1.0-1", "wrapped-org.test-two-1.0-1"))
    said = site.koji("maven-chain", "--wait", "demo", chain)
    again = re.search(r"Created task: (\d+)", said)
    assert again
    told = site.koji("call", "getTaskResult", again[1])
    assert "org.test-two-1.0-1 previously built from" in told and "buildMaven" not in said


def test_a_scratch_chain_depends_on_what_its_tasks_have_left(site: Site, chain: Path) -> None:
    said = site.koji("maven-chain", "--wait", "--scratch", "--force", "demo", chain)
    assert re.search(r"wrapperRPM.*closed", said)


@pytest.mark.parametrize(
    ("files", "options", "reason"),
    [
        ({"pom.xml": STRAY}, [], "files found in unexpected path in local Maven repo, directory: , files: stray.jar"),
        ({"other.xml": ""}, ["-M", "-f", "-M", "gone.xml"], "the POM file gone.xml does not exist"),
    ],
)
def test_what_cannot_be_built_says_why(
    site: Site, git: GitServer, files: dict[str, str], options: list[str], reason: str
) -> None:
    url, commit = git.repository(f"bad-{len(options)}", files)
    said = site.koji("maven-build", "--wait", "--scratch", *options, "demo", f"{url}#{commit}", fails=True)
    assert re.search(rf"FAILED: \w+Error: .*{re.escape(reason)}", said), said


def test_what_the_buildroot_or_the_tag_lacks_is_named(site: Site, git: GitServer) -> None:
    said = site.koji("maven-build", "--wait", "demo", project(git, "unlisted"), fails=True)
    assert "package org.test-unlisted not in list for tag demo" in said
    admin = site.session()
    repo = admin.getRepo("demo-build")
    poor = project(git, "poor", "1.0", "nowhere")
    task = admin.mavenBuild(poor, "demo", {"scratch": True, "repo_id": repo["id"]})
    said = site.koji("watch-task", task, fails=True)
    assert "Could not find artifact org/test/nowhere/1.0" in said and "waitrepo" not in said
    (root,) = admin.listBuildroots(taskID=int(task_of(said, "buildMaven")))
    assert root["repo_id"] == repo["id"]

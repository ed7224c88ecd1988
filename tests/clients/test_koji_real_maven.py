"""Maven builds, chains and wrapper RPMs as in `test_koji_maven`, but with Debian's Maven, and Java that is compiled."""

import hashlib
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import java
from tests.clients.scmserver import GitServer
from tests.clients.site import Site, task_of

pytestmark = pytest.mark.skipif(
    not os.environ.get("APPLIANCE_TEST_REAL_TOOLS"), reason="takes minutes: runs with APPLIANCE_TEST_REAL_TOOLS=1"
)

SETTINGS = """
    [koji]
    allowed_scms = "127.0.0.1*:/*:no:"
"""
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
{parent}
<groupId>org.test</groupId>
<artifactId>{name}</artifactId>
<version>{version}</version>
<properties><maven.compiler.release>17</maven.compiler.release></properties>
{more}
</project>
"""
SOURCES = """<build><plugins><plugin>
<artifactId>maven-source-plugin</artifactId>
<version>3.2.1</version>
<executions><execution><goals><goal>jar-no-fork</goal></goals></execution></executions>
</plugin></plugins></build>
"""
PARENT = "<parent><groupId>org.test</groupId><artifactId>{}</artifactId><version>1.0</version></parent>"
MODULES = "<packaging>pom</packaging><modules><module>left</module><module>right</module></modules>"
JUNIT = """<dependencies><dependency>
<groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter-engine</artifactId><version>5.9.2</version>
<scope>test</scope>
</dependency></dependencies>
"""
FAILING = """package org.test;
import static org.junit.jupiter.api.Assertions.assertEquals;
class BadTest { @org.junit.jupiter.api.Test void isGood() { assertEquals("good", Bad.words()); } }
"""
PROJECTS = ("word", "phrase", "one", "two", "whole")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, builder: str) -> Iterator[Site]:
    found = Site(tmp_path_factory.mktemp("site"), "maven", SETTINGS, builder)
    found.prepare()
    found.start()
    try:
        java.offer(found)
        admin = found.session()
        for name in (*(f"org.test-{name}" for name in PROJECTS), "wrapped-org.test-word", "wrapped-org.test-two"):
            admin.packageListAdd("demo", name, "kojiadmin")
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="module")
def word(site: Site, git: GitServer) -> str:
    """What the client said of building the project org.test:word."""
    url = committed(git, "word", project("word", more=SOURCES))
    return site.koji("maven-build", "--wait", "demo", url)


def project(name: str, needs: str = "", version: str = "1.0", parent: str = "", more: str = "") -> dict[str, str]:
    """A project org.test:NAME of one class, whose words are those of the class of NEEDS and its own."""
    wanted = f"<groupId>org.test</groupId><artifactId>{needs}</artifactId><version>1.0</version>"
    if needs:
        more += f"<dependencies><dependency>{wanted}</dependency></dependencies>"
    words = f'{needs.title()}.words() + " {name}"' if needs else f'"{name}"'
    source = (
        f"package org.test;\npublic class {name.title()} {{ public static String words() {{ return {words}; }} }}\n"
    )
    pom = POM.format(name=name, version=version, parent=PARENT.format(parent) if parent else "", more=more)
    return {"pom.xml": pom, f"src/main/java/org/test/{name.title()}.java": source}


def committed(git: GitServer, name: str, files: dict[str, str]) -> str:
    url, commit = git.repository(name, files)
    return f"{url}#{commit}"


def test_a_project_is_compiled_and_imported_as_it_was_deployed(site: Site, word: str) -> None:
    admin = site.session()
    archives = {each["filename"]: each for each in admin.listArchives(admin.getBuild("org.test-word-1.0-1")["id"])}
    assert archives.keys() == {
        "word-1.0.jar", "word-1.0.pom", "word-1.0-sources.jar", "word-1.0-scm-sources.zip",
    }  # fmt: skip
    for archive in archives.values():
        found = admin.getMavenArchive(archive["id"])
        assert (found["group_id"], found["artifact_id"], found["version"]) == ("org.test", "word", "1.0")
    listed = [each["name"] for each in admin.listArchiveFiles(archives["word-1.0.jar"]["id"])]
    assert {"org/test/Word.class", "META-INF/maven/org.test/word/pom.xml"} <= set(listed)
    (root,) = admin.listBuildroots(taskID=int(task_of(word, "buildMaven")))
    used = admin.listArchives(componentBuildrootID=root["id"])
    assert "maven-compiler-plugin-3.10.1.jar" in [each["filename"] for each in used if each["project"]]


def test_what_was_built_is_downloaded_as_a_maven_repository(site: Site, word: str) -> None:
    site.koji("download-build", "--type", "maven", "org.test-word-1.0-1")
    place = site.directory / "org/test/word/1.0"
    assert zipfile.ZipFile(place / "word-1.0.jar").read("org/test/Word.class").startswith(b"\xca\xfe\xba\xbe")
    assert "org/test/Word.java" in zipfile.ZipFile(place / "word-1.0-sources.jar").namelist()
    admin = site.session()
    for archive in admin.listArchives(admin.getBuild("org.test-word-1.0-1")["id"], type="maven"):
        content = (place / archive["filename"]).read_bytes()
        assert (archive["checksum"], archive["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
        beside = "/kojifiles/packages/org.test-word/1.0/1/maven/org/test/word/1.0/" + archive["filename"]
        assert site.get(f"{beside}.sha1").decode() == hashlib.sha1(content).hexdigest()


def test_another_project_finds_it_in_the_tags_repository(site: Site, git: GitServer, word: str) -> None:
    said = site.koji("maven-build", "--wait", "demo", committed(git, "phrase", project("phrase", "word")))
    (root,) = site.session().listBuildroots(taskID=int(task_of(said, "buildMaven")))
    used = site.session().listArchives(componentBuildrootID=root["id"])
    assert "word-1.0.jar" in [each["filename"] for each in used]
    metadata = site.get(f"/kojifiles/repos/demo-build/{root['repo_id']}/maven/org/test/word/maven-metadata.xml")
    assert b"<release>1.0</release>" in metadata


def test_what_was_built_is_wrapped_into_a_package(site: Site, git: GitServer, word: str) -> None:
    wrapper = f"{git.address}/wrapper.git#main"
    site.koji("wrapper-rpm", "--wait", "--create-build", "demo", "org.test-word-1.0-1", wrapper)
    session = site.session()
    (package,) = (each for each in session.listRPMs(session.getBuild("wrapped-org.test-word-1.0-1")["id"])
                  if each["arch"] == "noarch")  # fmt: skip
    files = {each["name"] for each in session.listRPMFiles(package["id"])}
    assert {"/usr/share/wrapped/word-1.0.jar", "/usr/share/wrapped/word-1.0.pom"} <= files


@pytest.fixture(scope="module")
def chain(site: Site, git: GitServer) -> Path:
    """The configuration of a chain: a project, one that needs it, and RPMs that wrap that one."""
    one, two = committed(git, "one", project("one")), committed(git, "two", project("two", "one"))
    place = site.directory / "chain.ini"
    place.write_text(
        f"[org.test-one]\nscmurl={one}\n[org.test-two]\nscmurl={two}\nbuildrequires=org.test-one\n"
        f"[wrapped-org.test-two]\ntype=wrapper\nscmurl={git.address}/wrapper.git#main\nbuildrequires=org.test-two\n"
    )
    return place


def test_a_chain_builds_what_depends_on_each_other(site: Site, chain: Path) -> None:
    site.koji("maven-chain", "--wait", "demo", chain)
    tagged = site.koji("list-tagged", "demo")
    assert all(nvr in tagged for nvr in ("org.test-one-1.0-1", "org.test-two-1.0-1", "wrapped-org.test-two-1.0-1"))


def test_a_scratch_chain_depends_on_what_its_tasks_have_left(site: Site, chain: Path) -> None:
    said = site.koji("maven-chain", "--wait", "--scratch", "--force", "demo", chain)
    assert re.search(r"wrapperRPM.*closed", said)


def test_a_snapshot_is_deployed_under_the_time_it_was_made(site: Site, git: GitServer) -> None:
    url = committed(git, "shot", project("shot", version="2-SNAPSHOT"))
    said = site.koji("maven-build", "--wait", "--scratch", "demo", url)
    place = f"/kojifiles/scratch/kojiadmin/task_{task_of(said, 'maven')}/org/test/shot/2-SNAPSHOT"
    told = site.get(f"{place}/maven-metadata.xml").decode()
    stamp = re.search(r"<value>(2-\d{8}\.\d{6}-1)</value>", told)
    assert stamp and site.get(f"{place}/shot-{stamp[1]}.jar").startswith(b"PK")


def test_the_modules_of_a_project_are_artifacts_of_one_build(site: Site, git: GitServer) -> None:
    left, right = project("left", parent="whole"), project("right", "left", parent="whole")
    files = {f"{name}/{path}": text for name, module in (("left", left), ("right", right))
             for path, text in module.items()}  # fmt: skip
    whole = POM.format(name="whole", version="1.0", parent="", more=MODULES)
    site.koji("maven-build", "--wait", "demo", committed(git, "whole", {**files, "pom.xml": whole}))
    session = site.session()
    found = session.listArchives(session.getBuild("org.test-whole-1.0-1")["id"], type="maven")
    assert {(each["artifact_id"], each["filename"]) for each in found} == {
        ("whole", "whole-1.0.pom"), ("whole", "whole-1.0-scm-sources.zip"),
        ("left", "left-1.0.pom"), ("left", "left-1.0.jar"), ("right", "right-1.0.pom"), ("right", "right-1.0.jar"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"src/main/java/org/test/Bad.java": "class Bad {\n  int one() { return 1 }\n}\n"}, r"Bad\.java:\[2,23\] ';' exp"),
        (project("bad", "nowhere"), r"Could not find artifact org\.test:nowhere:jar:1\.0 in koji-maven-repo-demo-build"),
        (project("bad", parent="gone"), r"Non-resolvable parent POM .* Could not find artifact org\.test:gone:pom:1\.0"),
        (project("bad", more=SOURCES.replace("3.2.1", "9")), r"Could not find artifact \S+:maven-source-plugin:jar:9"),
        (
            {**project("bad", more=JUNIT), "src/test/java/org/test/BadTest.java": FAILING},
            r"Tests run: 1, Failures: 1, .* FAILURE! - in org\.test\.BadTest",
        ),
        ({"pom.xml": "<project>\n"}, r"Non-readable POM /builddir/work/bad/pom\.xml: no more data available"),
    ],
)  # fmt: skip
def test_the_first_error_is_what_maven_found(site: Site, git: GitServer, files: dict[str, str], reason: str) -> None:
    url = committed(git, "bad", {**project("bad"), **files})
    said = site.koji("maven-build", "--wait", "--scratch", "demo", url, fails=True)
    assert re.search(rf"buildMaven.*FAILED: BuildError: .* First error: \[\w+\] .*{reason}", said), said

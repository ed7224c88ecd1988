"""A koji user's first day, with the real client: set up a tag, build, look, download, cancel, and be refused."""

import re
import time
from pathlib import Path

import koji
import pytest

from appliance.repodata.origins import origins
from tests.clients.site import Site, sample


@pytest.fixture(scope="module")
def built(site: Site) -> str:
    """What the client said while tiny-noarch was built."""
    site.koji("add-pkg", "--owner", "kojiadmin", "demo", "tiny-noarch", "slow", "unmet-buildrequires")
    return site.koji("build", "--wait", "demo", sample("tiny-noarch"))


def test_a_source_package_becomes_a_tagged_build(site: Site, built: str) -> None:
    assert "completed successfully" in built
    assert "tiny-noarch-1.0-1" in site.koji("list-tagged", "demo")
    assert "tiny-noarch-1.0-1" in site.koji("latest-build", "--quiet", "demo", "tiny-noarch")
    assert "tiny-noarch" in site.koji("list-builds", "--package=tiny-noarch")


def test_the_build_says_what_it_is_made_of(site: Site, built: str) -> None:
    nvr = site.koji("latest-build", "--quiet", "demo", "tiny-noarch").split()[0]
    said = site.koji("buildinfo", nvr)
    assert "State: COMPLETE" in said and f"{nvr}.noarch.rpm" in said
    assert "Buildroot:" in site.koji("rpminfo", f"{nvr}.noarch")


def test_the_packages_can_be_downloaded(site: Site, built: str) -> None:
    nvr = site.koji("latest-build", "--quiet", "demo", "tiny-noarch").split()[0]
    site.koji("download-build", "--noprogress", nvr)
    assert (site.directory / f"{nvr}.noarch.rpm").read_bytes().startswith(b"\xed\xab\xee\xdb")


def test_tasks_and_their_logs_can_be_read(site: Site, built: str) -> None:
    number = re.search(r"Created task: (\d+)", built)
    assert number is not None
    assert "State: closed" in site.koji("taskinfo", "--recurse", number[1])
    assert re.search(r"\d+ rebuildSRPM .*: closed|rebuildSRPM .* -> closed", built)
    child = re.search(r"(\d+) buildArch", built)
    assert child is not None
    assert "rpmbuild" in site.koji("watch-logs", child[1]) or "Executing" in site.koji("watch-logs", child[1])


def test_a_second_build_of_the_same_nvr_is_refused_and_leaves_nothing(site: Site, built: str) -> None:
    said = site.koji("build", "--wait", "demo", sample("tiny-noarch"), fails=True)
    assert "Build already exists" in said
    assert site.koji("list-builds", "--quiet", "--package=tiny-noarch").count("tiny-noarch") == 1


def test_a_scratch_build_tags_nothing(site: Site, built: str) -> None:
    said = site.koji("build", "--wait", "--scratch", "demo", sample("tiny-noarch"))
    assert "completed successfully" in said
    scratch = site.state / "koji" / "scratch" / "kojiadmin"
    assert list(scratch.glob("task_*/tiny-noarch-*.noarch.rpm"))


def test_a_new_repository_is_there_at_once(site: Site, built: str) -> None:
    begun = time.monotonic()
    site.koji(
        "wait-repo",
        "--build=" + site.koji("latest-build", "--quiet", "demo", "tiny-noarch").split()[0],
        "demo-build",
    )
    assert time.monotonic() - begun < 10
    site.koji("regen-repo", "demo-build")


def test_a_repository_says_where_its_packages_are_from_as_builders_of_kojis_ask_it(site: Site, built: str) -> None:
    hub = koji.ClientSession(f"{site.url}/kojihub")
    repo = hub.getRepo("demo-build")
    outside = hub.getExternalRepoList("demo-build", event=repo["create_event"])
    said = origins(site.state / "koji" / "repos" / "demo-build" / str(repo["id"]) / "x86_64")
    mine = said.pop(f"{site.koji('latest-build', '--quiet', 'demo', 'tiny-noarch').split()[0]}.noarch")
    assert mine.startswith("file://") and mine.endswith(f"/repo_{repo['id']}_premerge/")
    assert set(said.values()) == {each["url"].replace("$arch", "x86_64") for each in outside}


def test_unmet_requirements_are_named(site: Site, built: str) -> None:
    said = site.koji("build", "--wait", "demo", sample("unmet-buildrequires"), fails=True)
    assert "unmet-buildrequires" in said and "FAILED" in said


def test_a_build_can_be_cancelled(site: Site, built: str) -> None:
    said = site.koji("build", "--nowait", "demo", sample("slow"))
    number = re.search(r"Created task: (\d+)", said)
    assert number is not None
    _wait_for(lambda: "buildArch" in site.koji("taskinfo", "--recurse", number[1]))
    site.koji("cancel", number[1])
    assert "State: canceled" in site.koji("taskinfo", number[1])
    _wait_for(lambda: not list((site.state / "jobs").iterdir()))


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["build", "no-such-target", "x.src.rpm"], "No such build target"),
        (["list-tagged", "no-such-tag"], "No such tag"),
        (["buildinfo", "nothing-1-1"], "No such build"),
        (["add-pkg", "--owner", "nobody", "demo", "x"], "No such user"),
    ],
)
def test_wrong_words_get_kojis_answers(site: Site, words: list[str], answer: str) -> None:
    assert answer in site.koji(*words, fails=True)


def test_what_is_no_source_package_is_refused(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "garbage-1-1.src.rpm"
    path.write_bytes(b"nothing of the kind")
    said = site.koji("build", "--wait", "demo", path, fails=True)
    assert "FAILED" in said or "rror" in said


def test_a_wrong_password_is_refused(site: Site) -> None:
    words = [
        "koji",
        "-c",
        site.directory / "koji.conf",
        "--user",
        "kojiadmin",
        "--password",
        "wrong",
        "list-permissions",
        "--mine",
    ]
    assert "invalid username or password" in site._client(words, fails=True)


def test_people_and_permissions(site: Site) -> None:
    site.koji("add-user", "carol")
    site.koji("grant-permission", "repo", "carol")
    assert "repo" in site.koji("list-permissions", "--user", "carol")
    assert "localhost" in site.koji("list-hosts")
    assert "kojiadmin" in site.koji("hello")


def _wait_for(condition: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)

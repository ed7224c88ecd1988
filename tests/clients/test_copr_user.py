"""A Copr user's first day, with the real copr-cli and dnf: a project, builds, the repository, and being refused."""

import contextlib
import gzip
import json
import re
import subprocess
import time
import urllib.error
from pathlib import Path

import pytest

from appliance.testing.rpmfile import Spec, write
from tests.clients.site import CHROOT, Site, sample

ODD = """\
Name: odd++
Version: 1.0~rc1^git2
Release: 1
Summary: Has a name as packages may have
License: MIT
BuildArch: noarch
%description
For tests.
%files
"""
REPO = f"/coprs/alice/demo/repo/{CHROOT.rsplit('-', 1)[0]}/dnf.repo"


@pytest.fixture(scope="module")
def built(site: Site) -> str:
    """The number of a build of tiny-noarch that succeeded."""
    site.copr("create", "demo", "--chroot", CHROOT, "--description", "a first project")
    return finish(site, site.copr("build", "--nowait", "demo", sample("tiny-noarch")))


def finish(site: Site, said: str) -> str:
    """The number of the build that was just submitted, once it has ended."""
    number = re.findall(r"\d+", said)[-1]
    end = time.monotonic() + 120
    while site.build_state(number) in ("importing", "pending", "starting", "running", "waiting"):
        assert time.monotonic() < end, "the build did not end in time"
        time.sleep(0.1)
    return number


def test_an_uploaded_package_is_built(site: Site, built: str) -> None:
    assert site.copr("status", built).strip() == "succeeded"
    site.copr("watch-build", built)
    assert "tiny-noarch" in site.copr("list-builds", "demo")
    assert "demo" in site.copr("list")


def test_a_name_of_any_characters_is_uploaded(site: Site, built: str, tmp_path: Path) -> None:
    (tmp_path / "odd.spec").write_text(ODD)
    made = ["rpmbuild", "-bs", "--quiet", "-D", f"_srcrpmdir {tmp_path}", tmp_path / "odd.spec"]
    subprocess.run(made, check=True, capture_output=True)
    (source,) = tmp_path.glob("*.src.rpm")
    number = finish(site, site.copr("build", "--nowait", "demo", source.rename(tmp_path / "whatever.src.rpm")))
    assert site.copr("status", number).strip() == "succeeded"
    assert "odd++-1.0~rc1^git2-1.src.rpm" in names(site, "srpm-builds", f"{int(number):08d}")


def test_a_package_that_is_built_already_is_published(site: Site, built: str) -> None:
    (package,) = (site.state / "copr/results/alice/demo" / CHROOT).glob("*-tiny-noarch/*.noarch.rpm")
    site.copr("create", "ready", "--chroot", CHROOT)
    number = finish(site, site.copr("uploadrpm", "--nowait", "ready", package))
    assert site.copr("status", number).strip() == "succeeded"
    site.copr("watch-build", number)
    place = site.state / "copr/results/alice/ready" / CHROOT / f"{int(number):08d}-tiny-noarch"
    assert package.name in {path.name for path in place.iterdir()}
    repo = f"/coprs/alice/ready/repo/{CHROOT.rsplit('-', 1)[0]}/dnf.repo"
    site.dnf_install(site.directory / "ready-root", repo, "tiny-noarch")
    assert (site.directory / "ready-root/usr/bin/tiny-noarch").exists()
    assert "no source packages" in site.copr("uploadrpm", "ready", sample("tiny-noarch"), fails=True)


def test_a_package_that_is_another_in_an_earlier_build_is_refused(site: Site, built: str, tmp_path: Path) -> None:
    site.copr("create", "twins", "--chroot", CHROOT)
    numbers = []
    for summary, state in (("One", "succeeded"), ("Another", "failed")):
        (package,) = write(tmp_path / f"{len(numbers)}", Spec("twin", summary=summary, buildtime=1), whole=True)
        numbers.append(finish(site, site.copr("uploadrpm", "--nowait", "twins", package)))
        assert site.copr("status", numbers[-1]).strip() == state
    place = site.state / "copr/results/alice/twins" / CHROOT
    told = [gzip.decompress((place / f"{int(each):08d}-twin" / "backend.log.gz").read_bytes()) for each in numbers]
    assert b"twin-0:" not in told[0]
    assert f"twin-0:1.0-1.noarch of build {numbers[1]} is not that of build {numbers[0]}: SUMMARY" in told[1].decode()


def test_a_package_at_an_address_is_built(site: Site, built: str) -> None:
    name = sample("tiny-noarch").name
    address = f"{site.url}/results/alice/demo/srpm-builds/{int(built):08d}/{name}"
    number = finish(site, site.copr("build", "--nowait", "demo", address))
    assert site.copr("status", number).strip() == "succeeded"


def dnf_copr(site: Site, *words: str, fails: bool = False) -> str:
    """Run `dnf copr`, dnf's own plug-in, with this site as the hub `here`."""
    place = site.directory / "plug-in"
    (place / "copr.d").mkdir(parents=True, exist_ok=True)
    (place / "copr.conf").write_text("[main]\ndistribution = rpmdistro\nreleasever = 12\n")
    (place / "copr.d" / "here.conf").write_text(f"[here]\nhostname = 127.0.0.1\nprotocol = http\nport = {site.port}\n")
    options = {
        "reposdir": site.directory / "repos.d",
        "pluginconfpath": place,
        "cachedir": site.directory / "dnf-cache",
    }
    (site.directory / "repos.d").mkdir(exist_ok=True)
    settings = [f"--setopt={name}={value}" for name, value in options.items()]
    done = subprocess.run(["dnf", "-y", *settings, "copr", *words], capture_output=True, text=True)
    assert bool(done.returncode) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_dnf_enables_the_project_and_installs_the_signed_package(site: Site, built: str) -> None:
    assert "successfully enabled" in dnf_copr(site, "enable", "here/alice/demo", CHROOT)
    (repo,) = (site.directory / "repos.d").glob("_copr*.repo")
    assert "gpgcheck=1" in repo.read_text()
    root = site.directory / "root"
    site.dnf_install(root, None, "tiny-noarch")
    assert (root / "usr/bin/tiny-noarch").exists()
    assert "disabled" in dnf_copr(site, "disable", "here/alice/demo")
    dnf_copr(site, "remove", "here/alice/demo")
    assert not repo.exists()


@pytest.mark.parametrize(
    ("project", "chroot", "answer"),
    [
        ("here/alice/demo", "fedora-99-x86_64", CHROOT),
        ("here/alice/no-such-project", CHROOT, "no-such-project"),
    ],
)
def test_dnf_says_what_there_is_to_enable(site: Site, built: str, project: str, chroot: str, answer: str) -> None:
    assert answer in dnf_copr(site, "enable", project, chroot, fails=True)


def names(site: Site, *parts: str) -> set[str]:
    return {path.name for path in (site.state / "copr/results/alice/demo").joinpath(*parts).iterdir()}


def test_results_are_laid_out_as_coprs(site: Site, built: str) -> None:
    number = f"{int(built):08d}"
    common = {"tiny-noarch.spec", "builder-live.log.gz", "backend.log.gz", "results.json", "build.info", "success"}
    assert common | {"tiny-noarch-1.0-1.src.rpm"} <= names(site, "srpm-builds", number)
    packages = {"tiny-noarch-1.0-1.rd12.noarch.rpm", "tiny-noarch-1.0-1.rd12.src.rpm"}
    place = f"{number}-tiny-noarch"
    assert common | packages <= names(site, CHROOT, place)
    assert "repodata" in names(site, CHROOT)
    assert f"build_id={built}\n" in site.get(f"/results/alice/demo/{CHROOT}/{place}/build.info").decode()
    assert "Name:" in site.get(f"/results/alice/demo/{CHROOT}/{place}/tiny-noarch.spec").decode()
    told = json.loads(site.get(f"/results/alice/demo/{CHROOT}/{place}/results.json"))["packages"]
    assert {each["arch"] for each in told} == {"noarch", "src"} and told[0]["version"] == "1.0"
    assert json.loads(site.get(f"/results/alice/demo/srpm-builds/{number}/results.json"))["name"] == "tiny-noarch"


def test_a_log_that_is_whole_is_found_under_its_old_name(site: Site, built: str) -> None:
    live = f"/results/alice/demo/{CHROOT}/{int(built):08d}-tiny-noarch/builder-live.log"
    assert b"Wrote: " in gzip.decompress(site.get(live))


def test_the_log_grows_while_the_package_is_built(site: Site, built: str) -> None:
    number = re.findall(r"\d+", site.copr("build", "--nowait", "demo", sample("slow")))[-1]
    live, end = f"/results/alice/demo/{CHROOT}/{int(number):08d}-slow/builder-live.log", time.monotonic() + 120
    seen = b""
    while b"%build" not in seen:
        assert time.monotonic() < end, "the log did not grow"
        time.sleep(0.2)
        with contextlib.suppress(urllib.error.HTTPError):
            seen = site.get(live)
    assert site.copr("status", number).strip() == "running"
    site.copr("cancel", number)


def test_results_can_be_downloaded(site: Site, built: str) -> None:
    site.copr("download-build", "--dest", "downloads", built)
    assert list((site.directory / "downloads").rglob("tiny-noarch-*.noarch.rpm"))
    assert list((site.directory / "downloads").rglob("builder-live.log.gz"))
    assert list((site.directory / "downloads").rglob("tiny-noarch.spec"))
    site.copr("download-build", "--dest", "only-rpms", "--rpms", built)
    assert {path.suffix for path in (site.directory / "only-rpms").rglob("*.*") if path.is_file()} == {".rpm"}


def test_the_mock_configuration_names_the_repository(site: Site, built: str) -> None:
    assert f"{site.url}/results/alice/demo/{CHROOT}/" in site.copr("mock-config", "demo", CHROOT)


def test_a_failed_build_says_so(site: Site, built: str) -> None:
    number = finish(site, site.copr("build", "--nowait", "demo", sample("unmet-buildrequires")))
    assert site.copr("status", number).strip() == "failed"
    assert "failed" in site.copr("watch-build", number, fails=True)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["build", "no-such-project", "http://127.0.0.1:1/x-1-1.src.rpm"], "does not exist"),
        (["create", "other", "--chroot", "no-such-chroot-x86_64"], "no-such-chroot"),
        (["status", "99999"], "does not exist"),
    ],
)
def test_wrong_words_get_coprs_answers(site: Site, built: str, words: list[str], answer: str) -> None:
    assert answer in site.copr(*words, fails=True)


def test_a_file_that_is_no_source_package_makes_a_failed_build(site: Site, built: str, tmp_path: Path) -> None:
    path = tmp_path / "garbage-1-1.src.rpm"
    path.write_bytes(b"nothing of the kind")
    number = finish(site, site.copr("build", "--nowait", "demo", path))
    assert site.copr("status", number).strip() == "failed"


def test_a_wrong_token_is_refused(site: Site) -> None:
    config = site.directory / "copr-wrong"
    config.write_text((site.directory / "copr-alice").read_text().replace("alice-token", "another"))
    assert "Login invalid/expired" in site._client(["copr-cli", "--config", config, "create", "x"], fails=True)


def test_a_deleted_project_is_gone_from_disk(site: Site, built: str) -> None:
    site.copr("create", "gone", "--chroot", CHROOT)
    site.copr("delete", "gone")
    assert "gone" not in site.copr("list")

"""What a build, a chroot and a project can be told, and the effect that it has on real builds, through copr-cli."""

import contextlib
import gzip
import json
import re
import subprocess
import time
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.site import CHROOT, Site, distribution, sample
from tests.clients.test_copr_user import finish

OTHER = "other-1-x86_64"
SPEC = """\
%bcond_with slow
Name: {name}
Version: 1
Release: 1%{{?dist}}
Summary: Says how it is built
License: MIT
BuildArch: noarch
{more}
%description
For tests.
%build
echo "interfaces: $(sed -n 's/^ *\\([^ ]*\\):.*/\\1/p' /proc/net/dev | sort | tr '\\n' ' ')"
echo "make: $(command -v make)"
%{{?with_slow:sleep 60}}
%install
install -D -m 0644 /dev/null %{{buildroot}}/usr/share/{name}/data
%files
/usr/share/{name}
"""


def source_package(directory: Path, name: str, more: str = "") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.spec").write_text(SPEC.format(name=name, more=more))
    made = ["rpmbuild", "-bs", "--quiet", "-D", f"_topdir {directory}", "-D", f"_srcrpmdir {directory}", f"{name}.spec"]
    subprocess.run(made, cwd=directory, check=True, capture_output=True)
    return next(directory.glob(f"{name}-1-1*.src.rpm"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, builder: str) -> Iterator[Site]:
    """A site with a limit on memory, and with two chroots, which install the same."""
    found = Site(tmp_path_factory.mktemp("site"), "minimal", builder=builder)
    found.settings += "memory_mb = 1500\n"
    found.prepare()
    bootstrap = found.directory / "other.toml"
    bootstrap.write_text(
        f'[[chroot]]\nname = "{OTHER}"\ninstall = ["@buildsys-build"]\n'
        f'[[chroot.repo]]\nname = "base"\nbaseurl = "file://{distribution("minimal")}"\n'
    )
    found.appliance("bootstrap", bootstrap)
    found.start()
    found.copr("create", "options", "--chroot", CHROOT, "--chroot", OTHER)
    yield found
    found.stop()


@pytest.fixture(scope="module")
def tells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return source_package(tmp_path_factory.mktemp("tells"), "tells")


def submitted(site: Site, *words: object) -> str:
    return re.findall(r"\d+", site.copr(*words))[-1]


def build(site: Site, number: str) -> dict:
    return dict(json.loads(site.get(f"/api_3/build/{number}")))


def half(site: Site, number: str, chroot: str) -> dict:
    return dict(json.loads(site.get(f"/api_3/build-chroot/{number}/{chroot}")))


def said(site: Site, number: str, chroot: str = CHROOT, project: str = "options") -> str:
    place = site.state / "copr/results/alice" / project / chroot
    return gzip.decompress(next(place.glob(f"{int(number):08d}-*/builder-live.log.gz")).read_bytes()).decode()


def until(holds: Callable[[], object], otherwise: str) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end, otherwise
        time.sleep(0.2)


def until_state(site: Site, number: str, chroot: str, state: str) -> None:
    """Wait for the state of a half, which there is none of before the source is made."""

    def reached() -> bool:
        with contextlib.suppress(urllib.error.HTTPError):
            return bool(half(site, number, chroot)["state"] == state)
        return False

    until(reached, f"{chroot} of build {number} did not become {state}")


def job(site: Site, number: str, chroot: str = CHROOT) -> dict:
    """What the job of a build that runs was told."""
    until_state(site, number, chroot, "running")
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for path in (site.state / "jobs").glob("*/job.json"):
            told = dict(json.loads(path.read_text()))
            if (
                told["kind"] == "rebuild"
                and told["root"]["name"] == chroot
                and f"/{int(number):08d}/" in told["source"]
            ):
                return told
        time.sleep(0.1)
    raise AssertionError("there is no job")


def test_the_network_is_there_where_it_is_asked_for(site: Site, tells: Path) -> None:
    words = ["build", "--nowait", "options", tells, "--exclude-chroot", "other-*"]
    on, off = (submitted(site, *words, "--enable-net", value) for value in ("on", "off"))
    assert [finish(site, number) for number in (on, off)] == [on, off]
    assert build(site, on)["chroots"] == [CHROOT]
    assert "interfaces: lo \n" in said(site, off)
    assert re.search(r"interfaces: .*[a-z]+\d.* lo", said(site, on)), said(site, on)


def test_limits_and_the_kind_of_root_reach_the_job(site: Site) -> None:
    site.copr("create", "limited", "--chroot", CHROOT)
    words = ["--timeout", "12", "--isolation", "simple", "--bootstrap", "off", "--background"]
    number = submitted(site, "build", "--nowait", "limited", sample("slow"), *words)
    told = job(site, number)
    assert b"PUBLIC KEY" in site.get("/results/alice/limited/pubkey.gpg")
    assert (told["timeout"], told["memory_mb"], told["network"]) == (12, 1500, False)
    assert (told["root"]["isolation"], told["root"]["bootstrap"]) == ("simple", "off")
    tasks = json.loads(
        site.koji("call", "--json", "listTasks", "--kwargs", '{"opts": {"method": "coprBuild", "state": [1]}}')
    )
    assert [each["priority"] for each in tasks] == [24]
    finish(site, number)
    assert site.copr("status", number).strip() == "failed"
    assert half(site, number, CHROOT)["ended_on"] - half(site, number, CHROOT)["started_on"] < 60


def test_a_chroot_has_packages_and_conditions_of_its_own(site: Site, tells: Path) -> None:
    site.copr("create", "chroots", "--chroot", CHROOT, "--chroot", OTHER)
    site.copr("edit-chroot", f"chroots/{OTHER}", "--rpmbuild-with", "slow", "--packages", "patch")
    number = submitted(site, "build", "--nowait", "chroots", tells)
    until_state(site, number, CHROOT, "succeeded")
    told = job(site, number, OTHER)
    assert told["root"]["with_"] == ["slow"] and "patch" in told["root"]["install"]
    site.copr("cancel", number)
    assert build(site, number)["state"] == "canceled"
    assert [half(site, number, name)["state"] for name in (CHROOT, OTHER)] == ["succeeded", "running"]
    assert "tells-1-1" in primary(site, "chroots")


def primary(site: Site, project: str) -> str:
    place = site.state / "copr/results/alice" / project / CHROOT / "repodata"
    index = (place / "repomd.xml").read_text()
    found = re.search(r'href="repodata/([^"]*primary.xml[^"]*)"', index)
    assert found
    return gzip.decompress((place / found[1]).read_bytes()).decode()


def test_what_a_package_is_not_for_is_skipped(site: Site, tmp_path: Path) -> None:
    number = submitted(site, "build", "--nowait", "options", source_package(tmp_path, "far", "ExclusiveArch: aarch64"))
    finish(site, number)
    assert build(site, number)["state"] == "skipped"
    assert {half(site, number, name)["state"] for name in (CHROOT, OTHER)} == {"skipped"}


def test_batches_wait_for_those_before_them(site: Site, tells: Path) -> None:
    words = ["build", "--nowait", "options", tells, "-r", CHROOT]
    first = submitted(site, *words)
    after = submitted(site, *words, "--after-build-id", first)
    beside = submitted(site, *words, "--with-build-id", after)
    for number in (first, after, beside):
        finish(site, number)
    ends = {number: build(site, number) for number in (first, after, beside)}
    assert {each["state"] for each in ends.values()} == {"succeeded"}
    tasks = site.koji("list-tasks", "--all", "--after", "2020-01-01", "--quiet", "--method", "coprSource")
    assert tasks.count("coprSource") >= 3
    for number in (after, beside):
        assert ends[number]["started_on"] >= ends[first]["ended_on"]
    place = site.state / "copr/results/alice/options"
    assert (place / CHROOT / f"{int(first):08d}-tells").is_dir()
    site.copr("delete-build", first, beside)
    assert not list(place.glob(f"*/{int(first):08d}*")) and not list(place.glob(f"*/{int(beside):08d}*"))
    (place / CHROOT / "repodata" / "repomd.xml").unlink()
    site.copr("regenerate-repos", "options")
    until(lambda: (place / CHROOT / "repodata" / "repomd.xml").exists(), "the repository was not made")
    assert f"{int(after):08d}-tells" in primary(site, "options")


def test_a_fork_has_what_was_built(site: Site, tells: Path) -> None:
    site.copr("fork", "alice/chroots", "taken")
    (copy,) = json.loads(site.copr("list-builds", "taken", "--output-format", "json"))
    assert half(site, str(copy["id"]), CHROOT)["state"] == "forked" and copy["state"] == "forked"
    assert "tells-1-1" in primary(site, "taken")
    site.copr("delete", "taken")
    assert not (site.state / "copr/results/alice/taken").exists() and "tells-1-1" in primary(site, "chroots")

"""Signed from end to end: rpm -K on every package, dnf with gpgcheck and repo_gpgcheck, forks with the keys they need."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.site import CHROOT, Site, sample
from tests.clients.test_copr_user import finish

REPO = f"/coprs/alice/{{}}/repo/{CHROOT.rsplit('-', 1)[0]}/dnf.repo"


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose indexes are signed, with a build in the project `demo`."""
    site = Site(tmp_path_factory.mktemp("signed"), "minimal")
    site.prepare()
    with (site.state / "appliance.toml").open("a") as settings:
        settings.write("\n[copr]\nrepo_gpgcheck = true\n")
    site.start()
    site.copr("create", "demo", "--chroot", CHROOT)
    number = finish(site, site.copr("build", "--nowait", "demo", sample("tiny-noarch")))
    assert site.copr("status", number).strip() == "succeeded"
    yield site
    site.stop()


def check(site: Site, project: str, place: Path) -> int:
    """How many packages of a project rpm checked with its keys alone; each must be signed, and right."""
    place.mkdir()
    (place / "key").write_bytes(site.get(f"/results/alice/{project}/pubkey.gpg"))
    base = ["rpmkeys", "--dbpath", str(place / "db")]
    subprocess.run([*base, "--import", str(place / "key")], check=True)
    found = list((site.state / "copr/results/alice" / project / CHROOT).rglob("*.rpm"))
    for path in found:
        said = subprocess.run([*base, "-Kv", str(path)], capture_output=True, text=True, check=True).stdout
        assert re.search(r"[Ss]ignature, key (ID|fingerprint:) [0-9a-f]+: OK", said), said
    return len(found)


def test_every_package_is_signed(signed: Site, tmp_path: Path) -> None:
    assert check(signed, "demo", tmp_path / "check") == 2


def test_dnf_checks_packages_and_index(signed: Site) -> None:
    repo = signed.get(REPO.format("demo")).decode()
    assert "gpgcheck=1" in repo and "repo_gpgcheck=1" in repo
    signed.dnf_install(signed.directory / "root", REPO.format("demo"), "tiny-noarch")
    assert (signed.directory / "root/usr/bin").is_dir()


def test_a_fork_has_the_keys_of_its_packages_and_then_its_own(signed: Site, tmp_path: Path) -> None:
    signed.copr("fork", "alice/demo", "mine")
    assert check(signed, "mine", tmp_path / "forked") == 2
    before = signed.get("/results/alice/mine/pubkey.gpg")
    finish(signed, signed.copr("build", "--nowait", "mine", sample("tiny-noarch")))
    assert signed.get("/results/alice/mine/pubkey.gpg").endswith(before)
    assert check(signed, "mine", tmp_path / "built") == 4


def test_a_broken_index_is_refused(signed: Site) -> None:
    index = signed.state / "copr/results/alice/demo" / CHROOT / "repodata/repomd.xml"
    index.write_bytes(index.read_bytes().replace(b"<revision>", b"<revision>1"))
    with pytest.raises(RuntimeError, match="GPG|signature|repomd"):
        signed.dnf_install(signed.directory / "broken", REPO.format("demo"), "tiny-noarch")


def test_manual_repositories_and_groups(signed: Site, tmp_path: Path) -> None:
    comps = tmp_path / "comps.xml"
    comps.write_text("<comps><group><id>x</id><name>x</name><packagelist/></group></comps>")
    signed.copr("create", "manual", "--chroot", CHROOT, "--disable_createrepo", "true")
    signed.copr("edit-chroot", f"manual/{CHROOT}", "--upload-comps", comps)
    finish(signed, signed.copr("build", "--nowait", "manual", sample("tiny-noarch")))
    base = f"/results/alice/manual/{CHROOT}"
    assert "tiny-noarch" in primary(signed, f"{base}/devel") and "tiny-noarch" not in primary(signed, base)
    signed.copr("regenerate-repos", "manual")
    end = time.monotonic() + 20
    while "tiny-noarch" not in primary(signed, base):
        assert time.monotonic() < end, "the repository was not made"
        time.sleep(0.2)
    assert 'type="group"' in signed.get(f"{base}/repodata/repomd.xml").decode()
    assert signed.get(f"{base}/comps.xml") == comps.read_bytes()


def primary(site: Site, base: str) -> str:
    import gzip

    index = site.get(f"{base}/repodata/repomd.xml").decode()
    found = re.search(r'href="(repodata/[^"]*primary.xml[^"]*)"', index)
    assert found
    return gzip.decompress(site.get(f"{base}/{found[1]}")).decode()

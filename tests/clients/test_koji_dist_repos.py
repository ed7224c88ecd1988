"""Dist repositories with the real koji client: keys, comps, debuginfo, multilib; and what dnf makes of them."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.site import TESTS, Site

FIXTURES = TESTS / "koji_kit" / "fixtures"
SIGNED = FIXTURES / "alpha-1.0-1.noarch.signed-one.rpm"
COMPS = """<?xml version="1.0"?><comps><group><id>all</id><name>All</name><packagelist>
<packagereq type="mandatory">alpha</packagereq></packagelist></group></comps>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A hub with a tag that holds alpha (noarch, signed) and beta (two arches), imported."""
    found = Site(tmp_path_factory.mktemp("site"), "minimal")
    found.prepare()
    found.start()
    found.koji("add-tag", "--arches=x86_64 i686", "dist")
    found.koji("add-pkg", "--owner", "kojiadmin", "dist", "alpha", "beta")
    files = sorted([*FIXTURES.glob("alpha-1.0-1.*.rpm"), *FIXTURES.glob("beta*-1.0-1.*.rpm")])
    found.koji("import", "--create-build", *(path for path in files if path != SIGNED))
    found.koji("import-sig", SIGNED)
    for build in ("alpha-1.0-1", "beta-1.0-1"):
        found.koji("tag-build", "dist", build)
    yield found
    found.stop()


def made(site: Site, *words: object) -> Path:
    """The directory of a repository that is made like this, as `latest` points to it."""
    said = site.koji("dist-repo", "--wait", *words)
    assert "successfully" in said and "createdistrepo" in said
    return site.state / "koji" / "repos-dist" / "dist" / "latest"


def listed(place: Path) -> set[str]:
    """What dnf sees in a repository."""
    found = subprocess.run(
        ["dnf", "-q", f"--repofrompath=dist,file://{place}", "--repo=dist", "--forcearch=x86_64",
         "--setopt=pluginpath=/nowhere", f"--setopt=cachedir={place.resolve().parents[4]}/cache{place.resolve()}",
         "repoquery", "--qf", "%{name}.%{arch}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(found.stdout.split())


def test_packages_are_laid_out_for_each_arch(site: Site) -> None:
    place = made(site, "--allow-missing-signatures", "--with-src", "dist")
    assert listed(place / "x86_64") >= {"alpha.noarch", "beta.x86_64", "beta-libs.x86_64"}
    assert "beta.i686" not in listed(place / "x86_64")
    assert listed(place / "src") == {"alpha.src", "beta.src"}
    assert (place / "i386" / "Packages" / "b" / "beta-1.0-1.i686.rpm").is_file()


def test_packages_of_the_baseline_are_in_a_repository_of_a_later_level(site: Site) -> None:
    place = made(site, "--allow-missing-signatures", "--arch=x86_64_v2", "dist")
    assert listed(place / "x86_64_v2") >= {"alpha.noarch", "beta.x86_64"}


def test_debuginfo_can_have_a_repository_of_its_own(site: Site) -> None:
    place = made(site, "--allow-missing-signatures", "--split-debuginfo", "-a", "x86_64", "dist")
    assert "beta-debuginfo.x86_64" not in listed(place / "x86_64")
    assert listed(place / "x86_64" / "debug") == {"beta-debuginfo.x86_64"}


def test_groups_are_part_of_it(site: Site) -> None:
    (site.directory / "comps.xml").write_text(COMPS)
    place = made(site, "--allow-missing-signatures", "--comps", site.directory / "comps.xml", "-a", "x86_64", "dist")
    index = (place / "x86_64" / "repodata" / "repomd.xml").read_text()
    assert 'type="group"' in index
    assert any("<id>all</id>" in path.read_text() for path in place.glob("x86_64/repodata/*comps.xml"))


def test_only_signed_copies_go_in_if_a_key_is_named(site: Site) -> None:
    found = re.search(r"'sigkey': '([0-9a-f]+)'", site.koji("call", "queryRPMSigs"))
    assert found
    sigkey = found[1]
    said = site.koji("dist-repo", "--wait", "-a", "x86_64", "dist", sigkey, fails=True)
    assert "Unsigned packages found. See missing_signatures.log" in said
    (site.state / f"koji/packages/alpha/1.0/1/data/signed/{sigkey}/noarch/alpha-1.0-1.noarch.rpm").unlink()
    said = site.koji("dist-repo", "--wait", "--skip-missing-signatures", "-a", "x86_64", "dist", sigkey, fails=True)
    assert "Packages missing from the filesystem. See missing_files.log" in said
    place = made(site, "--skip-missing-signatures", "--write-signed-rpms", "-a", "x86_64", "dist", sigkey)
    assert listed(place / "x86_64") == {"alpha.noarch"}
    package = place / "x86_64" / "Packages" / "a" / "alpha-1.0-1.noarch.rpm"
    assert package.read_bytes() == SIGNED.read_bytes()


def test_libraries_of_the_other_word_size_come_along(site: Site) -> None:
    conf = site.directory / "multilib.conf"
    conf.write_text("[devel]\nwhite = beta-libs\nblack = beta-devel\n")
    place = made(site, "--allow-missing-signatures", "--multilib", conf, "-a", "x86_64", "-a", "i686", "dist")
    found = listed(place / "x86_64")
    assert {"beta-libs.i686", "beta.x86_64", "beta-devel.x86_64"} <= found
    assert "beta-devel.i686" not in found


def test_libraries_whose_needs_are_not_in_the_tag_are_named(site: Site) -> None:
    conf = site.directory / "multilib.conf"
    conf.write_text("")
    words = ["--allow-missing-signatures", "--multilib", conf, "-a", "x86_64", "-a", "i686"]
    said = site.koji("dist-repo", "--wait", *words, "dist", fails=True)
    assert "nothing provides /bin/sh (for beta-devel-1.0-1.i686.rpm)" in said


@pytest.mark.parametrize(("option", "words"), [("--zck", "zchunk"), ("--delta-rpms=1", "delta RPMs")])
def test_what_is_not_made_here_is_refused_in_words(site: Site, option: str, words: str) -> None:
    made(site, "--allow-missing-signatures", "-a", "x86_64", "dist")
    said = site.koji("dist-repo", "--wait", "--allow-missing-signatures", option, "-a", "x86_64", "dist", fails=True)
    assert words in said


def test_a_tag_without_packages_gives_a_repository_that_says_so(site: Site) -> None:
    site.koji("add-tag", "--arches=x86_64", "bare")
    site.koji("dist-repo", "--wait", "--allow-missing-signatures", "bare")
    assert (site.state / "koji/repos-dist/bare/latest/x86_64/repodata/EMPTY_REPO").exists()

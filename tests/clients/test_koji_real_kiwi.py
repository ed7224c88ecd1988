"""Images as in `test_koji_images`, but by Debian's kiwi, and installed from the tag's own repository."""

import os
import re
import tarfile
import zlib
from collections.abc import Iterator

import pytest

from tests.clients.scmserver import GitServer
from tests.clients.site import Site, distribution, group, sample, task_of

pytestmark = pytest.mark.skipif(
    not os.environ.get("APPLIANCE_TEST_REAL_TOOLS"), reason="takes minutes: runs with APPLIANCE_TEST_REAL_TOOLS=1"
)

SETTINGS = """
    [koji]
    allowed_scms = "127.0.0.1*:/*:no:"
    image_mounts = true
"""
KIWI = """<?xml version="1.0" encoding="utf-8"?>
<image schemaversion="7.4" name="little">
  <description type="system"><author>a</author><contact>a@example.com</contact><specification>s</specification></description>
  <profiles><profile name="{profile}" description="for clouds"/></profiles>
  <preferences>
    <version>1.5.0</version><packagemanager>dnf</packagemanager><rpm-check-signatures>false</rpm-check-signatures>
    <type image="{kind}"/>
  </preferences>
  <repository type="rpm-md"><source path="http://example.com/"/></repository>
  <include from="this://more.xml"/>
  {more}
</image>
"""
MORE = """<image>
  <packages type="bootstrap"><package name="filesystem"/><package name="rpm"/><package name="bash"/>
    <package name="tar"/><package name="dnf"/>{packages}</packages>
  <packages type="image"><package name="tiny-noarch"/></packages>
  <repository type="rpm-md"><source path="http://example.com/2"/></repository>
</image>
"""


def described(profile: str = "cloud", kind: str = "tbz", more: str = "", packages: str = "") -> dict[str, str]:
    """The files of an image's description."""
    return {
        "little/little.kiwi": KIWI.format(profile=profile, kind=kind, more=more),
        "little/more.xml": MORE.format(packages=packages),
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, builder: str) -> Iterator[Site]:
    found = Site(tmp_path_factory.mktemp("site"), "kiwi", SETTINGS, builder)
    found.prepare()
    found.start()
    try:
        offer(found)
        yield found
    finally:
        found.stop()


def offer(site: Site) -> None:
    """Give the tag demo-build what kiwi needs."""
    admin = site.session()
    with admin.multicall(strict=True) as session:
        for name in ("little-cloud", "tiny-noarch"):
            session.packageListAdd("demo", name, "kojiadmin")
        session.groupListAdd("demo-build", "kiwi-build")
        for each in [*group(distribution("kiwi"), "build"), "kiwi", "kiwi-systemdeps-core", "mount", "dnf"]:
            session.groupPackageListAdd("demo-build", "kiwi-build", each)
    site.koji("build", "--wait", "demo", sample("tiny-noarch"))


@pytest.fixture(scope="module")
def image(site: Site, git: GitServer) -> str:
    """The task that made little-cloud-1.5.0-1."""
    said = _build(site, git, described(), "--kiwi-profile", "cloud")
    return task_of(said, "createKiwiImage")


def _build(site: Site, git: GitServer, files: dict[str, str], *options: str, fails: bool = False) -> str:
    url, commit = git.repository(f"kiwi-{zlib.crc32(repr((files, options)).encode())}", files)
    how = ["--wait", "--buildroot-repo", "--arch", "x86_64", *options]
    return site.koji("kiwi-build", *how, "demo", f"{url}#{commit}", "little/little.kiwi", fails=fails)


def test_the_image_holds_the_packages_of_the_description(site: Site, image: str) -> None:
    """What is for bootstrap kiwi installs from outside; what the tag's own build gave, from within the image."""
    site.koji("download-build", "--type", "image", "little-cloud-1.5.0-1")
    (path,) = site.directory.glob("little-cloud*.tar.xz")
    with tarfile.open(path) as archive:
        names = set(archive.getnames())
    assert {"usr/bin/bash", "usr/bin/tar", "usr/bin/rpm", "usr/bin/tiny-noarch"} <= names
    assert not [each for each in names if each.startswith("koji")]


def test_the_hub_knows_which_packages_are_in_the_image(site: Site, image: str) -> None:
    session = site.session()
    archives = session.listArchives(session.getBuild("little-cloud-1.5.0-1")["id"], type="image")
    (packed,) = [each for each in archives if each["filename"] == "little-cloud.x86_64-1.5.0-1.tar.xz"]
    told = site.task_file(image, "little-cloud.x86_64-1.5.0-1.packages")
    said = {tuple(line.split("|")[i] for i in (0, 2, 3, 4)) for line in told.splitlines()}
    rpms = session.listRPMs(imageID=packed["id"])
    assert len(said) > 50
    assert {tuple(each[key] for key in ("name", "version", "release", "arch")) for each in rpms} == said
    assert {each["external_repo_name"] for each in rpms} != {"UNKNOWN"}


def test_the_build_is_recorded_with_its_logs(site: Site, image: str) -> None:
    info = site.koji("buildinfo", "little-cloud-1.5.0-1")
    assert "State: COMPLETE" in info and "little-cloud.x86_64-1.5.0-1.tar.xz" in info
    assert "little-cloud-1.5.0-1 tagged into demo" in site.koji("list-history", "--build", "little-cloud-1.5.0-1")
    logs = {each["name"] for each in site.session().getBuildLogs("little-cloud-1.5.0-1")}
    assert {"image-root.x86_64.log", "kiwi-result-bundle.x86_64.log"} <= logs


@pytest.mark.parametrize(
    ("files", "options", "reason"),
    [
        (described(packages='<package name="nowhere"/>'), (), "KiwiBootStrapPhaseFailed: .*nowhere"),
        (described(more="<nonsense/>"), (), "RELAXNGV"),
        (described(), ("--kiwi-profile", "other"), "KiwiProfileNotFound: .*other"),
        (described(kind="nothing"), (), "RELAXNGV"),
    ],
)  # fmt: skip
def test_the_first_error_is_what_kiwi_found(
    site: Site, git: GitServer, files: dict[str, str], options: tuple[str, ...], reason: str
) -> None:
    said = _build(site, git, files, "--scratch", *options, fails=True)
    assert re.search(rf"createKiwiImage.*FAILED: BuildError: .* First error: .*{reason}", said), said

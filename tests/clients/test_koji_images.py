"""Images with the real koji client: live ones, appliances, kiwi's; stand-ins are the buildroots' tools."""

import re
from collections.abc import Iterator

import pytest

from tests.clients import standins
from tests.clients.scmserver import GitServer
from tests.clients.site import Site, task_of

SETTINGS = """
    [koji]
    allowed_scms = "127.0.0.1*:/*:no:"
    image_network = false
"""
GROUPS = {
    "livemedia-build": ["livemedia-creator"],
    "appliance-build": ["appliance-creator"],
    "kiwi-build": ["kiwi-ng"],
    "livecd-build": ["livecd-creator"],
    "wrapper-rpm-build": [],
}
KICKSTART = """lang en_US.UTF-8
repo --name=elsewhere --baseurl=http://example.com/
bootloader --timeout=1 --append="quiet rhgb"
part / --size=1024 --ondisk=sda
%packages
repo
%end
"""
KIWI = """<?xml version="1.0"?>
<image schemaversion="7.4" name="little">
  <profiles><profile name="cloud" description="x" image="true"/></profiles>
  <preferences><version>1.5</version><type image="oem"/></preferences>
  <repository type="rpm-md"><source path="http://example.com/"/></repository>
  <include from="this://more.xml"/>
</image>
"""
MORE = '<image><packages type="image"><package name="bash"/></packages><repository/></image>'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, builder: str) -> Iterator[Site]:
    found = Site(tmp_path_factory.mktemp("site"), "minimal", SETTINGS, builder)
    found.prepare()
    found.start()
    admin = found.session()
    with admin.multicall(strict=True) as session:
        session.editTag2("demo-build", arches="x86_64 i686")
        standins.offer(session, found.directory / "tools", GROUPS)
        for name in ("live", "box", "little-cloud"):
            session.packageListAdd("demo", name, "kojiadmin")
    (found.directory / "live.ks").write_text(KICKSTART)
    yield found
    found.stop()


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory, builder: str) -> Iterator[GitServer]:
    server = GitServer(tmp_path_factory.mktemp("git"))
    server.repository(
        "ks", {"images/box.ks": "%include common.ks\n", "images/common.ks": KICKSTART, "bare.ks": "text\n"}
    )
    server.repository("wrapper", {"any.spec.tmpl": standins.WRAPPER})
    server.repository("kiwi", {"little/little.kiwi": KIWI, "little/more.xml": MORE})
    yield server
    server.stop()


def test_a_live_image_is_made_wrapped_imported_and_tagged(site: Site, git: GitServer) -> None:
    """There is nothing here for i386: that one's image fails, which it may."""
    how = ["--specfile", f"{git.address}/wrapper.git#main", "--can-fail", "i386"]
    said = site.koji("spin-livemedia", "--wait", "--noprogress", *how, "live", "40", "demo", "x86_64,i386", "live.ks")
    assert re.search(r"createLiveMedia \(.*i386\).*FAILED", said)
    task = task_of(said, r"createLiveMedia \(.*x86_64\):")
    log = site.task_file(task, "livemedia-out.log")
    assert "--project live --make-iso --volid live-40-1 --iso-only --iso-name live-x86_64-40-1.iso" in log
    assert '--macboot --extra-boot-args "quiet rhgb"' in log
    written = site.task_file(task, f"koji-image-demo-build-{task}.ks")
    assert "example.com" not in written and "%packages\nrepo\n%end" in written
    assert "file:///koji/repos/demo-build/" in written and "example.com" in site.task_file(task, "live.ks")
    info = site.koji("buildinfo", "live-40-1")
    assert "live-x86_64-40-1.iso" in info and "State: COMPLETE" in info and "wrapped-live-40-1.noarch.rpm" in info
    assert "live-40-1" in site.koji("list-tagged", "demo")
    assert site.get("/kojifiles/packages/live/40/1/images/live-x86_64-40-1.iso")[32769:32774] == b"CD001"
    assert "anaconda-storage.log" in site.koji("call", "getBuildLogs", "live-40-1")


def test_an_appliance_of_source_control_tells_what_it_is_made_of(site: Site, git: GitServer) -> None:
    source = ["--ksurl", f"{git.address}/ks.git#main", "--format", "qcow2"]
    said = site.koji("spin-appliance", "--wait", *source, "box", "1", "demo", "x86_64", "images/box.ks")
    log = site.task_file(task_of(said, "createAppliance"), "appliance.log")
    assert "--format qcow2 --name box-1-1 --version 1 --release 1" in log
    (image,) = [each for each in site.session().listArchives(type="image") if each["filename"] == "box-1-1-sda.qcow2"]
    assert [rpm["name"] for rpm in site.session().listRPMs(imageID=image["id"])] == ["bash"]


def test_a_scratch_image_stays_with_its_task(site: Site) -> None:
    said = site.koji("spin-livecd", "--wait", "--scratch", "--noprogress", "live", "7", "demo", "x86_64", "live.ks")
    place = f"/kojifiles/scratch/kojiadmin/task_{task_of(said, 'createLiveCD')}"
    assert site.get(f"{place}/live-7-1.iso")[32769:32774] == b"CD001"


def test_kiwi_makes_an_image_of_a_description(site: Site, git: GitServer) -> None:
    said = site.koji(
        "kiwi-build",
        "--wait",
        "--arch",
        "x86_64",
        "--type-attr",
        "a=b",
        "demo",
        f"{git.address}/kiwi.git#main",
        "little/little.kiwi",
    )
    task = task_of(said, "createKiwiImage")
    written = site.task_file(task, "little.x86_64.kiwi")
    assert "example.com" not in written and '<package name="bash"' in written and "this://" not in written
    log = site.task_file(task, "image-root.x86_64.log")
    assert "--kiwi-file little.x86_64.kiwi" in log and "--set-type-attr a=b" in log
    assert "little-cloud.x86_64-1.5-1.raw" in site.koji("buildinfo", "little-cloud-1.5-1")
    assert "little-cloud-1.5-1" in site.koji("list-tagged", "demo")
    (image,) = [each for each in site.session().listArchives(type="image") if each["filename"].endswith("1.5-1.raw")]
    assert [rpm["name"] for rpm in site.session().listRPMs(imageID=image["id"])] == ["bash"]


@pytest.mark.parametrize(
    ("command", "words", "reason"),
    [
        ("spin-livecd", ["--volid", "no.iso", "live", "1", "demo", "x86_64", "live.ks"], "livecd-creator has made no image"),
        ("spin-livemedia", ["live", "1", "demo", "s390x", "live.ks"], "Invalid arch for build tag: s390x"),
        ("spin-livemedia", ["new", "1", "demo", "x86_64", "live.ks"], "package .image. new not in list for tag demo"),
        ("spin-appliance", ["--ksurl", "{git}/ks.git#main", "box", "2", "demo", "x86_64", "none.ks"], "Kickstart ks/none.ks does not exist"),
        ("spin-appliance", ["--ksurl", "{git}/ks.git#main", "box", "2", "demo", "x86_64", "bare.ks"], "kickstart lacks a ./. mountpoint"),
        ("kiwi-build", ["demo", "{git}/ks.git#main", "bare.ks"], "Kiwi description bare.ks can't be parsed as XML"),
    ],
)  # fmt: skip
def test_an_image_that_cannot_be_made_says_why(
    site: Site, git: GitServer, command: str, words: list[str], reason: str
) -> None:
    said = site.koji(command, "--wait", *(word.format(git=git.address) for word in words), fails=True)
    assert re.search(rf"FAILED: \w+: .*{reason}", said), said

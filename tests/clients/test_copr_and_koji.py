"""One hub, two views: Copr builds as Koji's tasks, promoted into tags; each one's repositories as the other's."""

import gzip
import re
import time
import urllib.error
from pathlib import Path

import pytest

from tests.clients.site import CHROOT, Site, sample
from tests.clients.test_copr_user import finish

NVR = "tiny-noarch-1.0-1.rd12"


@pytest.fixture(scope="module")
def built(site: Site) -> str:
    site.copr("create", "demo", "--chroot", CHROOT)
    return finish(site, site.copr("build", "--nowait", "demo", sample("tiny-noarch")))


def promote(site: Site, number: str, tag: str, user: str = "alice") -> str:
    return site.appliance("promote", number, tag, "--client", site.directory / f"copr-{user}").stdout


def test_a_build_of_copr_is_tasks_of_koji(site: Site, built: str) -> None:
    tasks = site.koji("list-tasks", "--all", "--after", "2020-01-01", "--quiet")
    assert "coprSource" in tasks and "coprBuild" in tasks


def test_the_tag_must_list_the_package(site: Site, built: str) -> None:
    with pytest.raises(RuntimeError, match="not in list for"):
        promote(site, built, "demo")
    assert "No such build" in site.koji("buildinfo", NVR, fails=True)


def test_a_promoted_build_is_an_ordinary_one(site: Site, built: str, tmp_path: Path) -> None:
    site.koji("add-pkg", "--owner", "alice", "demo", "tiny-noarch")
    said = promote(site, built, "demo")
    assert said.startswith(f"{NVR} is build ")
    site.koji("watch-task", "--quiet", said.split("task ")[1].split()[0])
    shown = site.koji("buildinfo", NVR)
    assert "State: COMPLETE" in shown and f"{NVR}.noarch.rpm" in shown and "Tags: demo" in shown
    assert NVR in site.koji("list-tagged", "demo")
    assert "rpmdistro" in site.koji("rpminfo", f"{NVR}.noarch") or "copr" in site.koji("rpminfo", f"{NVR}.noarch")
    number = re.findall(r"\[(\d+)\]", site.koji("rpminfo", f"{NVR}.noarch"))[0]
    assert '"sigkey": "' in site.koji("call", "queryRPMSigs", "--json", "--kwargs", f'{{"rpm_id": {number}}}')
    site.koji("download-build", "--noprogress", NVR)
    assert (site.directory / f"{NVR}.noarch.rpm").exists()
    logs = site.get(f"/kojifiles/packages/tiny-noarch/1.0/1.rd12/data/logs/{CHROOT}/builder-live.log.gz")
    assert logs
    assert "Content generator: copr" in site.koji("rpminfo", f"{NVR}.noarch")


def test_a_build_is_promoted_once(site: Site, built: str) -> None:
    with pytest.raises(RuntimeError, match="Existing build found"):
        promote(site, built, "demo")


def test_who_may_not_build_in_the_project_may_not_promote(site: Site, built: str) -> None:
    site.copr("create", "private", "--chroot", CHROOT, user="admin")
    number = finish(site, site.copr("build", "--nowait", "private", sample("tiny-noarch"), user="admin"))
    with pytest.raises(RuntimeError, match="not allowed to promote"):
        promote(site, number, "demo")


def test_a_tag_builds_from_a_project(site: Site, built: str) -> None:
    site.koji("add-tag", "--arches", "x86_64", "far")
    site.koji("add-external-repo", "--tag", "far", "far", f"copr://alice/demo/{CHROOT.rsplit('-', 1)[0]}-$arch/")
    site.koji("regen-repo", "far")
    assert "<name>tiny-noarch</name>" in packages(site, "/kojifiles/repos/far/latest/x86_64")


def test_a_project_builds_from_a_tag(site: Site, built: str) -> None:
    site.koji("regen-repo", "demo-build")
    address = f"{site.url}/kojifiles/repos/demo-build/latest/$basearch/"
    site.copr("create", "near", "--chroot", CHROOT, "--repo", address)
    number = finish(site, site.copr("build", "--nowait", "near", sample("tiny-noarch")))
    assert site.copr("status", number).strip() == "succeeded"


def packages(site: Site, repository: str) -> str:
    """The primary index of a repository, as soon as there is one."""
    end = time.monotonic() + 60
    while True:
        try:
            index = site.get(f"{repository}/repodata/repomd.xml").decode()
            break
        except urllib.error.HTTPError:
            assert time.monotonic() < end, "no repository was made"
            time.sleep(0.3)
    found = re.search(r'href="(repodata/[^"]*primary.xml[^"]*)"', index)
    assert found
    return gzip.decompress(site.get(f"{repository}/{found[1]}")).decode()

"""A scratch build for another architecture, merged into the build of the same source."""

import shutil
from pathlib import Path

import pytest

from appliance.db.models.builds import Build
from appliance.errors import RpmImportError
from appliance.hub import (
    buildroots,
    builds,
    hosts,
    imports,
    repos,
    rpms,
    scratch_merges,
    tags,
    task_output,
    tasks,
)
from appliance.hub.hub import Session

FIXTURES = Path(__file__).parents[1] / "koji_kit" / "fixtures"
SOURCE = "git://example.com/beta#1"


@pytest.fixture
def builder(hub, boss):
    with hub.write(boss) as call:
        host_id = hosts.create(call, "builder", ["x86_64", "i686", "noarch"])
    return Session(user_id=boss.user_id, host_id=host_id, perms=boss.perms)


class Site:
    """A finished x86_64 build of beta, and scratch builds of it as a builder would leave them."""

    def __init__(self, hub, builder):
        self.hub, self.builder = hub, builder
        with hub.write(builder) as call:
            tags.create(call, "t", arches="i686")
            self.repo_id = repos.init(call, "t")[0]
            task_id = self._closed(call, "build", [SOURCE, None, {}])
            for name in ("beta-1.0-1.src.rpm", "beta-1.0-1.x86_64.rpm"):
                imports.upload(call, *self._put("up", name))
            self.build = builds.require(call, "beta-1.0-1")
            call.tx.update(Build, {"task_id": task_id}, id=self.build["id"])

    def _put(self, directory, name):
        place = self.hub.paths.koji / "work" / directory
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(FIXTURES / name, place / name)
        return directory, name

    def _closed(self, call, method, arglist, **opts):
        task_id = tasks.make(call, method, arglist, **opts)
        tasks.open(call, task_id)
        if method == "build" and arglist[2].get("scratch"):
            self._child(call, task_id)
        tasks.close(call, task_id, tasks.encode_result(None))
        return task_id

    def _child(self, call, parent):
        child = tasks.make(call, "buildArch", ["x", "t", "i686", True, {}], parent=parent)
        tasks.open(call, child)
        if self.with_root:
            buildroots.new(call, self.repo_id, "i686", child)
        directory = task_output.directory(call, child)
        directory.mkdir(parents=True)
        for name in self.files:
            if name.endswith(".log"):
                (directory / name).write_text("log")
            else:
                shutil.copy(FIXTURES / name, directory / name)
        tasks.close(call, child, tasks.encode_result(None))

    def scratch(self, files, source=SOURCE, with_root=True, scratch=True):
        self.files, self.with_root = files, with_root
        with self.hub.write(self.builder) as call:
            return self._closed(call, "build", [source, None, {"scratch": scratch}])

    def merge(self, task_id):
        with self.hub.write(self.builder) as call:
            return scratch_merges.merge(call, task_id)


GOOD = [
    "beta-1.0-1.src.rpm",
    "beta-1.0-1.i686.rpm",
    "beta-libs-1.0-1.i686.rpm",
    "beta-doc-1.0-1.noarch.rpm",
    "build.log",
]


@pytest.fixture
def site(hub, builder):
    return Site(hub, builder)


def test_a_new_architecture_comes_in_with_its_logs_and_buildroot(hub, site):
    assert site.merge(site.scratch(GOOD)) == site.build["id"]
    with hub.read() as call:
        found = {rpm["name"]: rpm for rpm in rpms.of_build(call, site.build["id"]) if rpm["arch"] == "i686"}
    assert set(found) == {"beta", "beta-libs"}
    assert all(rpm["buildroot_id"] for rpm in found.values())
    place = hub.paths.koji / "packages" / "beta" / "1.0" / "1"
    assert (place / "i686" / "beta-1.0-1.i686.rpm").is_file()
    assert (place / "data" / "logs" / "i686" / "build.log").read_text() == "log"
    assert not (place / "noarch").exists()


@pytest.mark.parametrize(
    ("why", "change"),
    {
        "nothing to do": {"files": ["build.log"]},
        "missing logs": {"files": GOOD[:3]},
        "no buildroot": {"files": GOOD, "with_root": False},
        "multiple arches": {"files": [*GOOD, "beta-1.0-1.x86_64.rpm"]},
        "srpm names do not match": {"files": [*GOOD, "beta-1.0-2.src.rpm"]},
        "no such build": {"files": ["beta-1.0-2.src.rpm", "beta-1.0-2.i686.rpm", "build.log"]},
        "same arches": {"files": ["beta-1.0-1.src.rpm", "beta-libs-1.0-1.x86_64.rpm", "build.log"]},
        "SCM URLs": {"files": GOOD, "source": "git://example.com/beta#2"},
        "not a scratch build": {"files": GOOD, "scratch": False},
    }.items(),
)
def test_what_does_not_fit_is_refused_with_the_reason(hub, site, why, change):
    task_id = site.scratch(**change)
    with pytest.raises(RpmImportError, match=why):
        site.merge(task_id)
    with hub.read() as call:
        assert {rpm["arch"] for rpm in rpms.of_build(call, site.build["id"])} == {"src", "x86_64"}

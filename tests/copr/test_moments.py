"""The repositories of projects as they were, named snapshots of them, and what these keep."""

import pytest

from appliance.db.models.copr import CoprBuildChroot, CoprRpm
from appliance.errors import GenericError
from appliance.hub import copr_repos, copr_upkeep, foreign, pins, repo_moments, state
from appliance.repodata import from_rpm
from appliance.testing.rpmfile import Spec, write
from tests.copr.conftest import ARM, X86
from tests.repodata.shelf import packages

OLD = 30 * 86400


class Project:
    """A project whose builds have real packages, and whose repositories are read over HTTP."""

    def __init__(self, copr, name, room):
        self.copr, self.name, self.room = copr, name, room

    def build(self, version, package="hello", chroot=X86):
        """A good build with one package; (its id, the event at which its package was there)."""
        build_id = self.copr.build(self.name, package)
        place = self.copr.results("alice", self.name, chroot, f"{build_id:08d}-{package}")
        (path,) = write(place, Spec(package, version=version))
        fragment = from_rpm(path)
        with self.copr.hub.write() as call:
            foreign.store_fragments(call, [fragment])
            (half,) = (row for row in _halves(call, build_id) if row["name"] == chroot)
            call.tx.insert(
                CoprRpm, build_chroot_id=half["id"], name=package, version=version, release="1", arch="noarch",
                filename=path.name, checksum=fragment.pkgid, digest=fragment.digest, sourcerpm=fragment.sourcerpm,
                create_event=call.tx.event(),
            )  # fmt: skip
            return build_id, call.tx.event()

    def get(self, path):
        return self.copr.anon.send("GET", f"/repo/copr/alice/{self.name}/{path}")

    def names(self, moment, chroot=X86):
        target = self.room / str(moment)
        (target / "repodata").mkdir(parents=True, exist_ok=True)
        index = self.get(f"{moment}/{chroot}/repodata/repomd.xml")
        assert index.status_code == 200, index.text
        (target / "repodata" / "repomd.xml").write_bytes(index.content)
        for part in index.text.split('href="')[1:]:
            href = part.partition('"')[0]
            (target / href).write_bytes(self.get(f"{moment}/{chroot}/{href}").content)
        return {f"{each.name}-{each.version}": each.location_href for each in packages(target)}

    def as_alice(self, act, *args):
        with self.copr.hub.write(state.operator(self.copr.hub)) as call:
            return act(call, *args)


def _halves(call, build_id):
    from appliance.hub import copr_builds

    return copr_builds.chroots_of(call, [build_id])


@pytest.fixture
def hello(copr, project, tmp_path):
    return Project(copr, project, tmp_path)


def test_each_event_shows_what_the_project_had_then(hello):
    _, one = hello.build("1")
    _, two = hello.build("2")
    assert list(hello.names(f"@{one}")) == ["hello-1"]
    assert sorted(hello.names(f"@{two}")) == sorted(hello.names("latest")) == ["hello-1", "hello-2"]
    assert hello.names("latest", ARM) == {}


def test_packages_come_from_the_repositorys_own_address(hello):
    _, event = hello.build("1")
    (href,) = hello.names(f"@{event}").values()
    reply = hello.get(f"@{event}/{X86}/{href}")
    assert reply.status_code == 200 and "immutable" in reply.headers["Cache-Control"]
    assert reply.content.startswith(b"\xed\xab\xee\xdb")


def test_of_equal_packages_the_newest_build_counts_at_each_moment(hello):
    first, one = hello.build("1")
    second, two = hello.build("1")
    assert str(first) in hello.names(f"@{one}")["hello-1"]
    assert str(second) in hello.names(f"@{two}")["hello-1"]


def test_a_fork_shows_nothing_before_it_was_made(hello, copr):
    _, event = hello.build("1")
    copr.bob.ask("PUT", f"project/fork/alice/{hello.name}", json={"ownername": "bob", "name": "forked"})
    fork = f"/repo/copr/bob/forked/{{}}/{X86}/repodata/"
    with copr.hub.read() as call:
        _, dir_id = repo_moments.directory(call, "bob", "forked")
        chroot = call.tx.value("SELECT id FROM mock_chroot WHERE os_version = 'rawhide' AND arch = 'x86_64'")
        now = call.tx.value("SELECT MAX(id) FROM events")
        assert [entry.name for entry in copr_repos.entries(call, dir_id, chroot, event=now)] == ["hello"]
        assert copr_repos.entries(call, dir_id, chroot, event=event) == []
    assert copr.anon.send("GET", fork.format("latest") + "repomd.xml").status_code == 200


def test_a_snapshot_keeps_what_a_later_build_outdated(hello, copr):
    first, _ = hello.build("1")
    hello.as_alice(pins.pin_project, "alice", hello.name, "beta")
    hello.build("2")
    with copr.hub.write() as call:
        call.tx.update(CoprBuildChroot, {"ended_on": int(call.now() - OLD)}, build_id=first)
    copr_upkeep.tidy(copr.hub)
    assert list(hello.names("@beta")) == ["hello-1"]
    hello.as_alice(pins.unpin_project, "alice", hello.name, "beta")
    copr_upkeep.tidy(copr.hub)
    assert list(hello.names("latest")) == ["hello-2"]


def test_a_project_with_a_snapshot_can_be_deleted(hello, copr):
    hello.build("1")
    hello.as_alice(pins.pin_project, "alice", hello.name, "beta")
    copr.alice.delete(f"project/delete/alice/{hello.name}")
    assert hello.get(f"@beta/{X86}/").status_code == 404


def test_strangers_pin_nothing(hello, copr):
    hello.build("1")
    with copr.hub.write() as call, pytest.raises(GenericError):
        pins.pin_project(call, "alice", hello.name, "beta")

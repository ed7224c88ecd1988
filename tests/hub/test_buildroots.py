"""What buildroots held: packages by where they come from, archives by the build that gave them."""

import gzip
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from appliance.errors import ActionNotAllowed, BuildrootError, GenericError
from appliance.hub import (
    archive_imports,
    arrivals,
    buildroot_archives,
    buildroots,
    builds,
    external_repos,
    hosts,
    imports,
    maven_builds,
    repos,
    tagging,
    tags,
    tasks,
)
from appliance.hub import packages as package_lists
from appliance.hub.hub import Session

FIXTURES = Path(__file__).parents[1] / "koji_kit" / "fixtures"
BASE = "http://base.example.com/x86_64"


def package(name, payloadhash="0" * 32, **more):
    return {
        "name": name, "version": "1", "release": "1", "epoch": None, "arch": "x86_64",
        "payloadhash": payloadhash, "size": 5, "buildtime": 1700000000, **more,
    }  # fmt: skip


@pytest.fixture
def builder(hub, boss):
    with hub.write(boss) as call:
        host_id = hosts.create(call, "builder", ["x86_64"])
    return Session(user_id=boss.user_id, host_id=host_id, perms=boss.perms)


@pytest.fixture
def root(hub, builder):
    """A new buildroot of the builder: its id, task, and the directory of its repository."""
    with hub.write(builder) as call:
        tags.create(call, "t", arches="x86_64", maven_support=True)
        for number, name in enumerate(("base", "more")):
            external_repos.create(call, name, f"http://{name}.example.com/$arch")
            external_repos.add_to_tag(call, "t", name, number)
    with hub.write(builder) as call:
        repo_id = repos.init(call, "t")[0]
        task_id = tasks.make(call, "buildArch", ["x.src.rpm", "t", "x86_64", True])
        tasks.open(call, task_id)
        made = buildroots.new(call, repo_id, "x86_64", task_id)
        directory = hub.paths.koji / "repos" / "t" / str(repo_id) / "x86_64"
    return SimpleNamespace(id=made, task_id=task_id, directory=directory)


def say_origins(directory, lines):
    """Write what a merged repository says of where its packages are from."""
    data = directory / "repodata"
    data.mkdir(parents=True, exist_ok=True)
    (data / "origins.gz").write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    (data / "repomd.xml").write_text(
        '<repomd xmlns="http://linux.duke.edu/metadata/repo"><data type="origin">'
        '<location href="repodata/origins.gz"/></data></repomd>'
    )


def held(call, root):
    return {(row["name"], row["external_repo_name"]) for row in buildroots.listing(call, root.id)}


def test_what_is_installed_is_from_where_the_repository_says(hub, builder, root):
    upload = hub.paths.koji / "work" / "up"
    upload.mkdir(parents=True)
    shutil.copy(FIXTURES / "alpha-1.0-1.src.rpm", upload)
    lines = [f"first-1-1.x86_64\t{BASE}/", "second-1-1.x86_64\thttp://more.example.com/x86_64"]
    say_origins(root.directory, [*lines, "alpha-1.0-1.src\tfile:///repo_1_premerge/"])
    with hub.write(builder) as call:
        made = imports.upload(call, "up", "alpha-1.0-1.src.rpm")
        ours = {key: made[key] for key in ("name", "version", "release", "epoch", "arch", "payloadhash")}
        buildroots.record(call, root.id, [package("first"), package("second"), {**package("x"), **ours}])
        assert held(call, root) == {("first", "base"), ("second", "more"), ("alpha", "INTERNAL")}


def test_a_package_of_no_known_origin_is_listed_all_the_same(hub, builder, root):
    with hub.write(builder) as call:
        buildroots.record(call, root.id, [package("stray")])
        assert held(call, root) == {("stray", "UNKNOWN")}
        assert [row["name"] for row in external_repos.listing(call)] == ["base", "more"]


def test_a_listing_of_thousands_of_packages_is_quick_to_tell_apart(hub, builder, root):
    names = [f"p{number}" for number in range(3000)]
    say_origins(root.directory, [f"{name}-1-1.x86_64\t{BASE}" for name in names])
    asked = []
    with hub.write(builder) as call:
        call.tx._connection.set_trace_callback(asked.append)
        buildroots.record(call, root.id, [package(name) for name in names])
        call.tx._connection.set_trace_callback(None)
        assert len(buildroots.listing(call, root.id)) == 3000
    questions = [each for each in asked if not each.startswith("INSERT")]
    assert len(questions) < 50


def test_external_packages_are_made_known_once_and_may_not_change(hub, builder, root):
    with hub.write(builder) as call:
        buildroots.set_list(call, root.id, [package("x", location="base"), package("x", location="more")])
        buildroots.set_state(call, root.id, "BUILDING")
        buildroots.update_list(call, root.id, [package("x", location="base"), package("y", location="base")])
        assert held(call, root) == {("x", "base"), ("x", "more"), ("y", "base")}
    with (
        pytest.raises(GenericError, match=r"hash changed for external rpm: x-1-1\.x86_64@base \(0+ -> f+\)"),
        hub.write(builder) as call,
    ):
        buildroots.update_list(call, root.id, [package("x", "f" * 32, location="base")])


WRONG = [
    {"size": "5"}, {"epoch": "1"}, {"payloadhash": None}, {"name": None}, {"arch": ["x86_64"]},
    {"location": "nowhere"}, {"location": "INTERNAL"},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_package_is_refused(hub, builder, root, wrong):
    with pytest.raises(GenericError), hub.write(builder) as call:
        buildroots.set_list(call, root.id, [{**package("x", location="base"), **wrong}])


def test_a_buildroot_is_its_hosts_and_its_tasks(hub, boss, builder, root):
    with hub.write(boss) as call:
        other = Session(user_id=boss.user_id, host_id=hosts.create(call, "other", ["x86_64"]))
    with pytest.raises(ActionNotAllowed, match="not owner of buildroot"), hub.write(other) as call:
        buildroots.set_state(call, root.id, "BUILDING")
    with hub.write(builder) as call:
        task_id = tasks.make(call, "sleep", [1])
        tasks.open(call, task_id)
    with pytest.raises(ActionNotAllowed, match="does not have lock"), hub.write(builder) as call:
        buildroots.set_list(call, root.id, [], task_id)


def test_a_buildroot_expires_once_and_is_never_new_again(hub, builder, root):
    with hub.write(builder) as call:
        buildroots.set_state(call, root.id, "EXPIRED")
        retired = buildroots.get(call, root.id)["retire_event_id"]
        buildroots.set_state(call, root.id, "EXPIRED")
        assert buildroots.get(call, root.id)["retire_event_id"] == retired
    with pytest.raises(GenericError, match="to INIT"), hub.write(builder) as call:
        buildroots.set_state(call, root.id, "INIT")


MAVEN = {"group_id": "org.ex", "artifact_id": "lib", "version": "1"}


def seen(name, size, **more):
    return {"maven_info": MAVEN, "files": [{"path": "p", "filename": name, "size": size}], **more}


@pytest.fixture
def maven(hub, builder, root):
    """A Maven build in the tag, and the buildroot in use; the id of the build's archive of five bytes."""
    upload = hub.paths.koji / "work" / "up"
    upload.mkdir(parents=True, exist_ok=True)
    (upload / "lib-1.jar").write_bytes(b"12345")
    with hub.write(builder) as call:
        package_lists.add(call, "t", "lib", owner="boss")
        maven_builds.create(call, {"name": "lib", "version": "1", "release": "1", "epoch": None}, MAVEN)
        incoming = archive_imports.arrived(arrivals.located(call, "up", "lib-1.jar"))
        archive = archive_imports.add(call, incoming, builds.require(call, "lib-1-1"), "maven", MAVEN)
        tagging.tag(call, tags.require(call, "t"), builds.require(call, "lib-1-1"))
    with hub.write(builder) as call:
        repo_id = repos.init(call, "t")[0]
        root.id = buildroots.new(call, repo_id, "x86_64", root.task_id)
        buildroots.set_state(call, root.id, "BUILDING")
    return archive["id"]


def update(call, root, listed, ignore=(), extra=(), unknown=False):
    wanted = buildroot_archives.Maven(listed, list(ignore), list(extra), unknown)
    buildroot_archives.update_maven(call, root.id, root.task_id, wanted, project=True)
    return call.tx.column("SELECT archive_id FROM buildroot_archives WHERE buildroot_id = :id", {"id": root.id})


def test_artifacts_of_the_build_tag_are_noted(hub, builder, root, maven):
    with hub.write(builder) as call:
        assert update(call, root, [seen("lib-1.jar", 5)]) == [maven]
        assert update(call, root, [seen("lib-1.jar", 5)]) == [maven]


def test_an_artifact_of_another_size_is_from_nowhere(hub, builder, root, maven):
    with pytest.raises(BuildrootError, match=r"p/lib-1\.jar, size: 6"), hub.write(builder) as call:
        update(call, root, [seen("lib-1.jar", 6)])
    with hub.write(builder) as call:
        assert update(call, root, [seen("lib-1.jar", 6)], unknown=True) == []


def test_time_stamped_snapshots_are_ignored_under_their_plain_name_too(hub, builder, root, maven):
    stamped = seen("lib-1-20240102.030405-1.jar", 9)
    with hub.write(builder) as call:
        assert update(call, root, [seen("lib-1-SNAPSHOT.jar", 9), stamped], ignore=[stamped]) == []


def test_what_another_task_has_made_may_be_used(hub, builder, root, maven):
    output = hub.paths.koji / "work/tasks" / str(root.task_id) / str(root.task_id) / "org/ex/lib/1"
    output.mkdir(parents=True)
    (output / "lib-1.war").write_bytes(b"123")
    with hub.write(builder) as call:
        assert update(call, root, [seen("lib-1.war", 3)], extra=[root.task_id]) == []

"""What a builder hands in becomes its task's build: whole, or not at all."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import koji
import pytest

from appliance.errors import BuildError, GenericError
from appliance.hub import builds, completion, hosts, rpms, tasks, volumes
from appliance.hub.hub import Session
from appliance.testing import rpmfile

FIXTURES = Path(__file__).parents[1] / "koji_kit" / "fixtures"
SOURCE, NOARCH = "alpha-1.0-1.src.rpm", "alpha-1.0-1.noarch.rpm"


@pytest.fixture
def builder(hub, boss):
    with hub.write(boss) as call:
        host_id = hosts.create(call, "builder", ["x86_64", "noarch"])
    return Session(user_id=boss.user_id, host_id=host_id, perms=boss.perms)


@pytest.fixture
def task(hub, builder):
    """An open build task of the builder; `put` uploads for it, and says where below the work directory."""
    with hub.write(builder) as call:
        task_id = tasks.make(call, "build", ["x.src.rpm", None, {}])
        tasks.open(call, task_id)
        directory = call.paths.topdir.taskrelpath(task_id)
    root = Path(hub.paths.topdir.work())

    def put(name, content=None, below="."):
        path = root / directory / below / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if content is not None else (FIXTURES / name).read_bytes())
        return str(path.relative_to(root))

    return SimpleNamespace(id=task_id, put=put, root=root, directory=root / directory)


def announced(call, task, **more):
    data = {"name": "alpha", "version": "1.0", "release": "1", "epoch": None, "task_id": task.id, **more}
    return completion.init(call, data)


def below(root):
    return sorted((str(path.relative_to(root)), path.is_symlink()) for path in root.rglob("*") if not path.is_dir())


def test_a_build_that_cannot_be_completed_leaves_everything_as_it_was(hub, builder, task):
    srpm, rpm = task.put(SOURCE), task.put(NOARCH)
    logs = {"noarch": [task.put("build.log", b"x"), task.put("build.log", b"y", "again")]}
    with hub.write(builder) as call:
        build_id = announced(call, task)
    before = below(hub.paths.koji)
    with pytest.raises(GenericError, match="already exists"), hub.write(builder) as call:
        completion.complete(call, task.id, build_id, srpm, [rpm], {}, logs)
    assert below(hub.paths.koji) == before
    with hub.read() as call:
        assert builds.require(call, build_id)["state"] == koji.BUILD_STATES["BUILDING"]
        assert rpms.of_build(call, build_id) == []


def test_a_completion_goes_on_where_the_process_died_after_it_had_moved_files(hub, builder, task):
    srpm, rpm = task.put(SOURCE), task.put(NOARCH)
    with hub.write(builder) as call:
        build_id = announced(call, task)
    home = Path(hub.paths.topdir.build({"name": "alpha", "version": "1.0", "release": "1"}))
    (home / "src").mkdir(parents=True)
    shutil.move(task.root / srpm, home / "src" / SOURCE)
    (task.root / srpm).symlink_to(home / "src" / SOURCE)
    with hub.write(builder) as call:
        completion.complete(call, task.id, build_id, srpm, [rpm])
        assert {each["arch"] for each in rpms.of_build(call, build_id)} == {"src", "noarch"}
    assert (home / "src" / SOURCE).read_bytes() == (FIXTURES / SOURCE).read_bytes()
    assert (task.root / rpm).resolve() == home / "noarch" / NOARCH


def test_noarch_packages_of_several_arches_are_imported_once(hub, builder, task):
    copies = [task.put(NOARCH, below=arch) for arch in ("x86_64", "i686")]
    with hub.write(builder) as call:
        build_id = announced(call, task)
        completion.complete(call, task.id, build_id, task.put(SOURCE), copies)
        assert [each["arch"] for each in rpms.of_build(call, build_id)] == ["src", "noarch"]


def test_noarch_packages_that_differ_between_arches_are_refused(hub, builder, task):
    copies = [
        task.put(NOARCH, rpmfile.rpm_bytes(rpmfile.Spec("alpha", summary=f"Made on {arch}")), arch)
        for arch in ("x86_64", "i686")
    ]
    with hub.write(builder) as call:
        build_id = announced(call, task)
    with (
        pytest.raises(BuildError, match="built differently on different architectures"),
        hub.write(builder) as call,
    ):
        completion.complete(call, task.id, build_id, task.put(SOURCE), copies)


def test_a_build_is_completed_by_its_own_source_package_alone(hub, builder, task):
    with hub.write(builder) as call:
        build_id = announced(call, task, version="1.1")
    with (
        pytest.raises(GenericError, match=r"version mismatch \(build: 1\.1, rpm: 1\.0\)"),
        hub.write(builder) as call,
    ):
        completion.complete(call, task.id, build_id, task.put(SOURCE), [])


def test_a_draft_is_completed_by_the_source_package_of_its_target_release(hub, builder, task):
    with hub.write(builder) as call:
        build_id = announced(call, task, draft=True)
        done = completion.complete(call, task.id, build_id, task.put(SOURCE), [task.put(NOARCH)])
    assert done["nvr"] == f"alpha-1.0-1,draft_{build_id}"
    assert done["state"] == koji.BUILD_STATES["COMPLETE"]
    assert (Path(hub.paths.topdir.build(done)) / "noarch" / NOARCH).is_file()


def test_files_go_at_once_to_the_volume_that_the_policy_chooses(hub, boss, builder, task):
    (hub.paths.koji / "vol" / "second").mkdir(parents=True)
    hub.settings.koji.policy["volume"] = "package alpha :: second\nall :: DEFAULT"
    with hub.write(boss) as call:
        volumes.add(call, "second")
    with hub.write(builder) as call:
        build_id = announced(call, task)
        done = completion.complete(call, task.id, build_id, task.put(SOURCE), [task.put(NOARCH)])
    assert done["volume_name"] == "second"
    assert (hub.paths.koji / "vol/second/packages/alpha/1.0/1/noarch" / NOARCH).is_file()
    assert (hub.paths.koji / "packages/alpha/1.0/1").is_symlink()


@pytest.mark.parametrize("name", ["../../appliance.db", "/etc/passwd", "tasks/../../../x", "a/\0b"])
def test_nothing_outside_of_the_work_directory_is_taken(hub, builder, task, name):
    with hub.write(builder) as call:
        build_id = announced(call, task)
    with pytest.raises(GenericError), hub.write(builder) as call:
        completion.complete(call, task.id, build_id, name, [])
    with pytest.raises(GenericError), hub.write(builder) as call:
        completion.to_scratch(call, task.id, name, [])


def test_what_is_read_beforehand_is_not_read_again(hub, builder, task):
    srpm = task.put(SOURCE)
    with hub.read(builder) as call:
        completion.prepare(call, task.id, None, srpm, ["no/such.rpm", None, "../x"])
    known = hub.digests.take(task.root / srpm, ["sha256"])
    hub.digests.take = lambda path, kinds: {kind: known[kind] for kind in kinds}
    with hub.write(builder) as call:
        completion.complete(call, task.id, announced(call, task), srpm, [])


def test_a_file_that_changes_after_it_was_read_is_read_again(hub, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"one")
    first = hub.digests.take(path, ["sha256"])
    path.write_bytes(b"two")
    assert hub.digests.take(path, ["sha256"]) != first

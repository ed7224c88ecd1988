"""Archives in their places: what is beside them, what is in them, and what is refused."""

import hashlib
import io
import tarfile
import zipfile
from types import SimpleNamespace

import pytest

from appliance.errors import BuildError, GenericError, RpmImportError
from appliance.hub import (
    archive_files,
    archive_imports,
    archive_types,
    archives,
    builds,
    external_repos,
    hosts,
    image_builds,
    maven_builds,
    poms,
    tasks,
    win_builds,
    wrapper_rpms,
)
from appliance.hub.hub import Session

MAVEN = {"group_id": "org.ex", "artifact_id": "lib", "version": "1"}
# Eight rounds of ten make ten gigabytes of it.
BOMB = "".join(f'<!ENTITY a{each} "{f"&a{each - 1};" * 10}">' for each in range(1, 9))
POM = """<project><modelVersion>4.0.0</modelVersion><groupId>{group_id}</groupId>
<artifactId>{artifact_id}</artifactId><version>{version}</version></project>"""
WIN = {"relpath": "bin", "platforms": ["win7"], "flags": []}


@pytest.fixture
def files(hub):
    """Puts files into the work directory and says what is in the packages directory."""
    root = hub.paths.koji

    def put(name, content=b"x"):
        path = root / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return name

    def kept():
        return sorted(str(path.relative_to(root)) for path in (root / "packages").rglob("*") if path.is_file())

    return SimpleNamespace(put=put, kept=kept, root=root)


@pytest.fixture
def build(hub, boss):
    """A build that is of all three types."""
    info = {"name": "lib", "version": "1", "release": "1", "epoch": None}
    with hub.write(boss) as call:
        maven_builds.create(call, info, MAVEN)
        win_builds.create(call, info, {"platform": "win7"})
        image_builds.create(call, info)
        return builds.require(call, "lib-1-1")


@pytest.fixture
def task(hub, boss):
    """An open task of a host: its id, its session, and where it uploads."""
    with hub.write(boss) as call:
        host_id = hosts.create(call, "builder", ["x86_64"])
    session = Session(user_id=boss.user_id, host_id=host_id, exclusive=True, perms=boss.perms)
    with hub.write(session) as call:
        task_id = tasks.make(call, "maven", ["git://x", None])
        tasks.open(call, task_id)
        return SimpleNamespace(id=task_id, session=session, directory=call.paths.topdir.taskrelpath(task_id))


def test_maven_artifacts_have_their_checksums_beside_them(hub, boss, files, build):
    with hub.write(boss) as call:
        archive_imports.upload(call, files.put("up/lib-1.jar", b"jar"), build, "maven", MAVEN)
    home = files.root / "packages/lib/1/1/maven/org/ex/lib/1"
    assert (home / "lib-1.jar").read_bytes() == b"jar"
    assert (home / "lib-1.jar.md5").read_text() == hashlib.md5(b"jar").hexdigest()
    assert (home / "lib-1.jar.sha1").read_text() == hashlib.sha1(b"jar").hexdigest()


def test_an_import_that_fails_leaves_nothing(hub, boss, undone, files, build):
    files.put("up/lib-1.jar")
    with undone(boss) as call:
        archive_imports.upload(call, "up/lib-1.jar", build, "maven", MAVEN)
        assert files.kept() != []
    assert files.kept() == []
    assert not (files.root / "work/up/lib-1.jar").is_symlink()


@pytest.mark.parametrize(
    ("name", "kind", "info"),
    [
        ("up/a.jar", "maven", {**MAVEN, "group_id": "../../../../x"}),
        ("up/a.jar", "maven", {**MAVEN, "artifact_id": "../../../../../x"}),
        ("up/a.jar", "maven", {**MAVEN, "version": "\0"}),
        ("up/a.exe", "win", {**WIN, "relpath": "../../../../../x"}),
        ("../appliance.db", "image", {"arch": "x86_64"}),
        ("/etc/hosts.iso", "image", {"arch": "x86_64"}),
    ],
)
def test_nothing_is_taken_from_or_put_to_anywhere_else(hub, boss, files, build, name, kind, info):
    files.put("up/a.jar")
    files.put("up/a.exe")
    with pytest.raises(GenericError), hub.write(boss) as call:
        archive_imports.upload(call, name, build, kind, info)
    assert files.kept() == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (POM.format(**{**MAVEN, "version": "2"}).encode(), "does not match user-supplied"),
        (b"<project/>", r"lib-1\.pom: could not extract"),
        (b"no xml at all", r"lib-1\.pom: "),
        (f'<!DOCTYPE p [<!ENTITY a0 "{"x" * 99}">{BOMB}]><project>&a8;</project>'.encode(), r"lib-1\.pom: "),
    ],
)
def test_a_pom_must_be_of_its_coordinates(hub, boss, files, build, content, said):
    with pytest.raises(GenericError, match=said), hub.write(boss) as call:
        archive_imports.upload(call, files.put("up/lib-1.pom", content), build, "maven", MAVEN)


def test_coordinates_of_a_pom_may_be_its_parents(tmp_path):
    path = tmp_path / "x.pom"
    path.write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><!-- one --><name>caf&eacute; &amp; co</name>'
        "<parent><groupId>up</groupId><artifactId>no</artifactId><version> 7\n</version></parent>"
        "<artifactId>lib</artifactId><dependency><version>9</version></dependency></project>"
    )
    assert poms.coordinates(path) == {"group_id": "up", "artifact_id": "lib", "version": "7"}


def test_a_pom_of_a_million_lines_is_read_at_once(tmp_path):
    path = tmp_path / "x.pom"
    path.write_text(POM.format(**{**MAVEN, "version": "1" + "\n" * (1 << 20)}))
    assert poms.coordinates(path) == MAVEN


def test_an_archive_needs_a_build_of_its_type(hub, boss, files):
    with hub.write(boss) as call:
        image_builds.create(call, {"name": "disk", "version": "1", "release": "1", "epoch": None})
    with pytest.raises(RpmImportError, match="Build does not have type win"), hub.write(boss) as call:
        archive_imports.upload(call, files.put("up/a.exe"), "disk-1-1", "win", WIN)


def test_the_longest_extension_that_is_known_tells_the_type(hub, boss):
    with hub.write(boss) as call:
        archive_types.add(call, "odd", "Odd", "tar.odd")
        assert archive_types.require(call, "X.TAR.GZ")["name"] == "tar"
        assert archive_types.require(call, "x.tar.odd")["name"] == "odd"
        assert archive_types.of_file(call, "x.odd") is None


def test_a_task_completes_a_maven_build(hub, files, task):
    place = f"{task.directory}/org/ex/lib/1"
    files.put(f"{place}/lib-1.pom", POM.format(**MAVEN).encode())
    for name in ("lib-1.jar", "lib-1.jar.sha1", "maven-metadata.xml"):
        files.put(f"{place}/{name}")
    files.put(f"{task.directory}/mvn.log")
    results = {
        "task_id": task.id, "buildroot_id": None, "logs": ["mvn.log"],
        "files": {"org/ex/lib/1": ["lib-1.pom", "lib-1.jar", "lib-1.jar.sha1", "maven-metadata.xml"]},
    }  # fmt: skip
    with hub.write(task.session) as call:
        data = maven_builds.init(call, task.id, {"name": "lib", "version": "1", "epoch": None}, MAVEN)
        maven_builds.complete(call, task.id, data["id"], results)
        assert builds.require(call, data["id"])["state"] == builds.COMPLETE
        assert {each["filename"] for each in archives.listed(call, {})} == {"lib-1.pom", "lib-1.jar"}
    home = files.root / "packages/lib/1/1/maven/org/ex/lib/1"
    assert (home / "lib-1.jar.sha1").read_text() == hashlib.sha1(b"x").hexdigest()
    assert (home / "maven-metadata.xml.md5").exists()


def test_two_poms_in_one_place_fail_a_build(hub, files, task):
    results = {"task_id": task.id, "buildroot_id": None, "logs": [], "files": {"p": ["a.pom", "b.pom"]}}
    with hub.write(task.session) as call:
        data = maven_builds.init(call, task.id, {"name": "lib", "version": "1", "epoch": None}, MAVEN)
    with (
        pytest.raises(BuildError, match=r"multiple \.pom files in p: a\.pom, b\.pom"),
        hub.write(task.session) as call,
    ):
        maven_builds.complete(call, task.id, data["id"], results)


def test_wrappers_wait_for_a_complete_build_and_come_once(hub, files, task):
    with hub.write(task.session) as call:
        data = win_builds.init(
            call, task.id, {"name": "w", "version": "1", "release": "1", "epoch": None}, {"platform": "win7"}
        )
    with pytest.raises(GenericError, match="build state is building"), hub.write(task.session) as call:
        wrapper_rpms.complete(call, task.id, data["id"], {})


def test_an_image_says_which_rpms_are_in_it(hub, files, task):
    files.put(f"{task.directory}/disk.iso")
    files.put(f"{task.directory}/disk.xml")
    external = {
        "name": "glibc", "version": "1", "release": "1", "epoch": None, "arch": "x86_64", "size": 1,
        "payloadhash": "0" * 32, "buildtime": 1, "location": "base",
    }  # fmt: skip
    names = ["disk.iso", "disk.xml"]
    result = {"task_id": task.id, "arch": "x86_64", "files": names, "logs": [], "rpmlist": [external]}
    with hub.write(task.session) as call:
        external_repos.create(call, "base", "http://x/")
        data = image_builds.init(call, task.id, {"name": "disk", "version": "1", "release": None, "epoch": None})
        image_builds.complete(call, task.id, data["id"], {"1": result, "2": {}})
        found = {each["filename"]: archives.get(call, each["id"]) for each in archives.listed(call, {})}
    assert (found["disk.iso"]["rootid"], found["disk.xml"]["rootid"]) == (True, False)


def tar_of(name, content):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime, entry.uname, entry.gname = len(content), 7, "u", "g"
        archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def zip_of(name):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (1980, 0, 0, 0, 0, 0)), b"abc")
    return made.getvalue()


@pytest.fixture
def members(hub, boss, files, build):
    """The members of an archive of that name and content."""

    def listed(name, content):
        with hub.write(boss) as call:
            archive_imports.upload(call, files.put(f"up/{name}", content), build, "image", {"arch": "x86_64"})
            found = archives.listed(call, {"filename": name})[0]
            return archive_files.listed(call, found["id"])

    return listed


def test_the_members_of_a_tar_file_are_listed(members):
    (found,) = members("x.tar.gz", tar_of("../a b", b"abc"))
    assert {key: found[key] for key in ("name", "size", "mtime", "user", "group")} == {
        "name": "../a b", "size": 3, "mtime": 7, "user": "u", "group": "g",
    }  # fmt: skip


def test_a_zip_member_without_a_date_is_listed(members):
    assert members("x.zip", zip_of("a"))[0]["mtime"] == 315532800


@pytest.mark.parametrize("name", ["x.zip", "x.tar.gz", "x.tar.xz"])
def test_an_archive_that_is_none_is_said_so(members, name):
    with pytest.raises(GenericError, match=rf"{name} can't be read"):
        members(name, b"not what it is called")

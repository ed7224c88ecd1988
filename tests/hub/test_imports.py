"""What an import leaves behind, on disk and in the database, when it succeeds and when it does not."""

import base64
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import koji
import pytest

from appliance.errors import GenericError
from appliance.hub import builds, drafts, headers, imports, removal, rpm_files, rpms, signatures, volumes
from appliance.repodata import Fragment
from appliance.testing import rpmfile
from appliance.testing.rpmfile import Spec, rpm_bytes, whole_bytes

FIXTURES = Path(__file__).parents[1] / "koji_kit" / "fixtures"
SOURCE, BINARY = "alpha-1.0-1.src.rpm", "alpha-1.0-1.noarch.rpm"


@pytest.fixture
def upload(hub):
    """Puts a file into the upload area."""

    def put(name, content=None):
        path = Path(hub.paths.topdir.work(), "up", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if content is not None else (FIXTURES / name).read_bytes())
        return path

    return put


@pytest.fixture
def alpha(hub, boss, upload):
    """A build with its source and binary package; its row."""
    for name in (SOURCE, BINARY):
        upload(name)
        with hub.write(boss) as call:
            imports.upload(call, "up", name)
    with hub.read(boss) as call:
        return builds.require(call, "alpha-1.0-1")


def files_below(hub, *parts):
    root = Path(hub.paths.koji, *parts)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def test_headers_are_answered_without_the_file(hub, alpha):
    shutil.rmtree(hub.paths.topdir.build(alpha))
    with hub.read() as call:
        assert {row["name"] for row in headers.dependencies(call, "alpha-1.0-1.noarch", 1)} >= {"alpha"}
        assert headers.files(call, "alpha-1.0-1.noarch")[0]["name"] == "/usr/share/alpha"
        assert len(headers.changelog(call, "alpha-1.0-1")) == 3
        assert headers.fields(call, "alpha-1.0-1.noarch", ["name"]) == {"name": "alpha"}


def test_the_stored_fragment_is_that_of_the_file(hub, alpha):
    with hub.read() as call:
        rpm = rpms.require(call, "alpha-1.0-1.noarch")
        row = call.tx.row(
            "SELECT f.* , r.pkgid FROM rpm_fragment r JOIN fragment f ON f.digest = r.digest WHERE r.rpm_id = :id",
            {"id": rpm["id"]},
        )
        fragment = Fragment.unpack(row["content"])
        path = rpms.path(call, alpha, rpm)
    assert (fragment.name, fragment.arch, fragment.size) == ("alpha", "noarch", path.stat().st_size)
    assert (fragment.pkgid, fragment.digest) == (row["pkgid"], row["digest"])


def test_an_upload_becomes_a_link_to_the_imported_file(hub, alpha):
    path = Path(hub.paths.topdir.work(), "up", BINARY)
    assert path.is_symlink()
    assert path.read_bytes() == (FIXTURES / BINARY).read_bytes()
    with pytest.raises(GenericError, match="RPM already exists"), hub.write() as call:
        imports.upload(call, "up", BINARY)


def test_an_import_that_is_rolled_back_leaves_the_disk_as_it_was(hub, boss, undone, upload):
    upload(SOURCE)
    before = files_below(hub)
    with undone(boss) as call:
        imports.upload(call, "up", SOURCE)
        assert files_below(hub, "packages") != []
    assert files_below(hub) == before
    assert list(hub.paths.koji.joinpath("packages").iterdir()) == []
    with hub.write(boss) as call:
        assert imports.upload(call, "up", SOURCE)["build"]["nvr"] == "alpha-1.0-1"


def test_of_several_calls_only_the_failing_one_is_undone_on_disk(hub, boss, upload):
    upload(SOURCE)
    upload(BINARY)
    with hub.write(boss) as call:
        with call.tx.savepoint():
            imports.upload(call, "up", SOURCE)
        with suppress(RuntimeError), call.tx.savepoint():
            imports.upload(call, "up", BINARY)
            raise RuntimeError
    names = files_below(hub, "packages")
    assert any(SOURCE in name for name in names)
    assert not any(BINARY in name for name in names)
    assert not Path(hub.paths.topdir.work(), "up", BINARY).is_symlink()


def cut(at):
    return lambda content: content[:at]


def patched(old, new):
    def change(content):
        assert old in content
        return content.replace(old, new.ljust(len(old), b"\0"))

    return change


HOSTILE = {
    "a flipped bit": patched(b"A tiny noarch package", b"A tiny noarch packagd"),
    "empty": cut(0),
    "the lead alone": cut(96),
    "half a signature": cut(200),
    "half a header": cut(5200),
    "a byte too short": cut(-1),
    "a byte too long": lambda content: content + b"x",
    "no package at all": lambda content: b"x" * 7000,
    "a header of 4 GiB": lambda content: content[:104] + b"\xff" * 8 + content[112:],
    "a name that climbs": patched(b"C\0alpha\0", b"C\0../xx\0"),
    "a name with a slash": patched(b"C\0alpha\0", b"C\0a/pha\0"),
    "an arch of another file": patched(b"noarch\0", b"x86_64\0"),
    "a binary that says it is a source": patched(b"noarch\0", b"src\0"),
    "no source package": patched(b"alpha-1.0-1.src.rpm\0", b""),
}


@pytest.mark.parametrize("damage", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_package_is_refused_by_name_and_leaves_nothing(hub, boss, alpha, upload, damage):
    with hub.write(boss) as call:
        removal.reset(call, "alpha-1.0-1")
    Path(hub.paths.topdir.work(), "up", BINARY).unlink(missing_ok=True)
    upload(BINARY, damage((FIXTURES / BINARY).read_bytes()))
    before = files_below(hub)
    with pytest.raises(GenericError, match=r"alpha-1\.0-1") as caught, hub.write(boss) as call:
        imports.upload(call, "up", BINARY)
    assert "Traceback" not in str(caught.value)
    assert files_below(hub) == before


@pytest.mark.parametrize("place", [("..", "x.rpm"), ("/etc", "passwd"), ("up", "../../appliance.db"), ("up\0", "x")])
def test_nothing_outside_the_upload_area_is_imported(hub, boss, place):
    with pytest.raises(GenericError), hub.write(boss) as call:
        imports.upload(call, *place)


def test_an_rpm_can_not_be_imported_twice(hub, boss, alpha, upload):
    (Path(hub.paths.topdir.work()) / "up" / BINARY).unlink()
    upload(BINARY)
    with (
        pytest.raises(GenericError, match=r"RPM already exists: alpha-1\.0-1\.noarch"),
        hub.write(boss) as call,
    ):
        imports.upload(call, "up", BINARY)


def test_a_reset_build_can_be_imported_anew(hub, boss, alpha, upload):
    with hub.write(boss) as call:
        removal.reset(call, "alpha-1.0-1")
    assert files_below(hub, "packages") == []
    (Path(hub.paths.topdir.work()) / "up" / SOURCE).unlink()
    upload(SOURCE)
    with hub.write(boss) as call:
        imports.new_build(call, {"name": "alpha", "version": "1.0", "release": "1", "epoch": None})
        assert imports.upload(call, "up", SOURCE)["build_id"] == alpha["id"]


def test_a_deletion_that_is_rolled_back_brings_the_files_back(hub, boss, undone, alpha):
    before = files_below(hub, "packages")
    with undone(boss) as call:
        assert removal.delete(call, "alpha-1.0-1")
        assert files_below(hub, "packages", "alpha", "1.0", "1") == []
    assert files_below(hub, "packages") == before


def test_a_deleted_build_has_no_files_headers_or_fragments(hub, boss, alpha):
    with hub.write(boss) as call:
        assert removal.delete(call, "alpha-1.0-1")
        assert headers.files(call, "alpha-1.0-1.noarch") == []
        assert call.tx.value("SELECT COUNT(*) FROM rpm_fragment") == 0
    assert files_below(hub, "packages") == []


def test_a_build_moves_to_a_volume_and_back(hub, boss, alpha):
    second = hub.paths.koji / "vol" / "second"
    second.mkdir(parents=True)
    names = files_below(hub, "packages", "alpha", "1.0", "1")
    with hub.write(boss) as call:
        volumes.add(call, "second")
        volumes.change(call, "alpha-1.0-1", "second")
    home = hub.paths.koji / "packages" / "alpha" / "1.0" / "1"
    assert home.is_symlink()
    assert home.resolve() == second / "packages" / "alpha" / "1.0" / "1"
    assert sorted(os.listdir(home)) == sorted({name.split("/")[0] for name in names})
    with hub.write(boss) as call:
        volumes.change(call, "alpha-1.0-1", "DEFAULT")
    assert not home.is_symlink()
    assert files_below(hub, "packages", "alpha", "1.0", "1") == names
    assert files_below(hub, "vol", "second", "packages") == []


def test_a_volume_change_that_is_rolled_back_leaves_the_build_in_place(hub, boss, undone, alpha):
    (hub.paths.koji / "vol" / "second").mkdir(parents=True)
    with hub.write(boss) as call:
        volumes.add(call, "second")
    before = files_below(hub)
    with undone(boss) as call:
        volumes.change(call, "alpha-1.0-1", "second")
    assert files_below(hub) == before
    assert not (hub.paths.koji / "packages" / "alpha" / "1.0" / "1").is_symlink()


@pytest.fixture
def draft(hub, boss, upload):
    """A draft with its source and binary package; its row."""
    with hub.write(boss) as call:
        data = {"name": "alpha", "version": "1.0", "release": "1", "epoch": None, "draft": True}
        build = builds.require(call, imports.new_build(call, data))
        for name in (SOURCE, BINARY):
            imports.rpm(call, upload(name), build)
    return build


def test_a_promoted_draft_is_the_build_of_its_nvr_and_leaves_a_link(hub, boss, draft):
    assert draft["nvr"] == f"alpha-1.0-1,draft_{draft['id']}"
    with hub.write(boss) as call:
        assert drafts.promote(call, draft["id"])["nvr"] == "alpha-1.0-1"
        assert rpms.require(call, "alpha-1.0-1.noarch")["draft"] is False
    home = hub.paths.koji / "packages" / "alpha" / "1.0"
    assert (home / "1" / "noarch" / BINARY).is_file()
    assert (home / f"1,draft_{draft['id']}").resolve() == home / "1"


def test_drafts_of_one_nvr_may_have_the_same_packages_until_one_is_promoted(hub, boss, draft, upload):
    data = {"name": "alpha", "version": "1.0", "release": "1", "epoch": None, "draft": True}
    with hub.write(boss) as call:
        other = builds.require(call, imports.new_build(call, data))
        (Path(hub.paths.topdir.work()) / "up" / BINARY).unlink(missing_ok=True)
        imports.rpm(call, upload(BINARY), other)
        drafts.promote(call, other["id"])
        with pytest.raises(GenericError, match="Target build exists"):
            drafts.promote(call, draft["id"])


def test_a_signed_copy_gets_a_fragment_of_its_own(hub, boss, alpha):
    with hub.write(boss) as call:
        rpm = rpms.require(call, "alpha-1.0-1.noarch")
        key = signatures.add(call, rpm, alpha, (FIXTURES / "alpha-1.0-1.noarch.sighdr-one").read_bytes())
        signatures.write_copy(call, rpm["id"], key)
        found = call.tx.rows("SELECT sigkey, pkgid FROM rpm_fragment WHERE rpm_id = :id", {"id": rpm["id"]})
        assert {row["sigkey"] for row in found} == {"", key}
        assert len({row["pkgid"] for row in found}) == 2
        signatures.delete(call, rpm["id"], key)
        assert not rpms.copy_path(call, alpha, rpm, key).exists()


def _signature():
    """(key's id, packet) of a signature in the fixtures."""
    raw = koji.RawHeader((FIXTURES / "alpha-1.0-1.noarch.sighdr-one").read_bytes())
    packet = next(
        found for tag in (koji.RPM_SIGTAG_GPG, koji.RPM_SIGTAG_RSA, koji.RPM_SIGTAG_PGP) if (found := raw.get(tag))
    )
    return koji.get_sigpacket_key_id(packet), packet


def test_a_package_of_format_6_is_known_by_its_headers_digest(hub, boss, upload, tmp_path):
    source, binary = (Spec("modern", arch=arch, files=("/usr/share/modern",), md5=False) for arch in ("src", "noarch"))
    for each in (source, binary):
        upload(each.filename, whole_bytes(each))
        with hub.write(boss) as call:
            imports.upload(call, "up", each.filename)
    path = tmp_path / binary.filename
    path.write_bytes(whole_bytes(binary))
    own, other = (koji.rip_rpm_sighdr(str(upload(each.filename, whole_bytes(each)))) for each in (binary, source))
    with hub.write(boss) as call:
        row, build = rpms.require(call, "modern-1.0-1.noarch"), builds.require(call, "modern-1.0-1")
        assert row["payloadhash"] == koji.get_rpm_ident(koji.get_rpm_header(str(path)))
        assert row["payloadhash"].partition("::")[0] in ("sha256", "sha3-256")
        with pytest.raises(GenericError, match=r"wrong sha(3-)?256 for modern-1\.0-1\.noarch"):
            signatures.add(call, row, build, other)
        with pytest.raises(GenericError, match="Signature already exists"):  # it came with the package
            signatures.add(call, row, build, own)
        key, packet = _signature()
        label, _, digest = row["payloadhash"].partition("::")
        told = {"sha256": rpmfile.SIG_SHA256, "sha3-256": rpmfile.SIG_SHA3}[label]
        tags = [(told, rpmfile.STRING, digest), (278, rpmfile.STRINGS, [base64.b64encode(packet).decode()])]
        assert signatures.add(call, row, build, rpmfile.header(tags, rpmfile.OF_SIGNATURES)) == key
    path.write_bytes(whole_bytes(binary)[:-1])
    with pytest.raises(GenericError, match=r"modern-1\.0-1\.noarch\.rpm: the file has \d+ bytes after its headers"):
        rpm_files.read(path)


def test_a_package_without_any_digest_is_refused(tmp_path):
    path = tmp_path / "bare-1.0-1.noarch.rpm"
    path.write_bytes(rpm_bytes(Spec("bare")))
    with pytest.raises(GenericError, match="bare-1.0-1.noarch.rpm: the package has no digest to be known by"):
        rpm_files.read(path)


@pytest.mark.parametrize("name", [SOURCE, BINARY, "gamma-3.0~rc1^git5-0.1.noarch.rpm"])
def test_a_package_that_is_cut_anywhere_is_refused_by_name(tmp_path, name):
    content = (FIXTURES / name).read_bytes()
    path = tmp_path / name
    for percent in range(100):
        path.write_bytes(content[: len(content) * percent // 100])
        with pytest.raises(GenericError, match=name.partition(".")[0]):
            rpm_files.read(path)


def test_text_that_no_repository_can_carry_is_refused_by_name(hub, boss, upload, tmp_path):
    """The digest of such a header is right: its maker wrote it so."""
    spec = tmp_path / "odd.spec"
    spec.write_text(
        "Name: odd\nVersion: 1\nRelease: 1\nSummary: odd\nLicense: MIT\nBuildArch: noarch\n"
        "%description\nbell %(printf '\\007') here\n%files\n"
    )
    subprocess.run(["rpmbuild", "-ba", "--quiet", "--define", f"_topdir {tmp_path}", spec], check=True)
    upload("odd-1-1.src.rpm", (tmp_path / "SRPMS" / "odd-1-1.src.rpm").read_bytes())
    before = files_below(hub)
    with pytest.raises(GenericError, match=r"odd-1-1\.src\.rpm"), hub.write(boss) as call:
        imports.upload(call, "up", "odd-1-1.src.rpm")
    assert files_below(hub) == before

"""Imports of content generators where recorded answers do not look: what is left, logged, and refused."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

import koji
import pytest

from appliance.errors import AuthError, GenericError
from appliance.hub import (
    archive_types,
    archives,
    build_types,
    builds,
    cg_imports,
    content_generators,
    imports,
    reservations,
    rpms,
)
from appliance.testing import rpmfile

FIXTURES = Path(__file__).parents[1] / "koji_kit" / "fixtures"
NVR = {"name": "stuff", "version": "1", "release": "1"}


@pytest.fixture(autouse=True)
def types(hub, boss):
    with hub.write(boss) as call:
        build_types.add(call, "thing")
        archive_types.add(call, "thing", "A thing", "thg")
        for name in ("gen", "other"):
            content_generators.grant(call, "alice", name, create=True)


@pytest.fixture
def put(hub):
    """Uploads a file, and says what its output is in the metadata."""

    def uploaded(name, content=b"thing", **more):
        path = hub.paths.koji / "work" / "cg" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return {
            "buildroot_id": 1, "filename": Path(name).name, "filesize": len(content), "arch": "noarch",
            "checksum_type": "sha256", "checksum": hashlib.sha256(content).hexdigest(), "type": "thing",
            "extra": {"typeinfo": {"thing": {"a": 1}}}, **more,
        }  # fmt: skip

    return uploaded


def root(number=1, generator="gen", components=()):
    return {
        "id": number, "host": {"os": "any", "arch": "x86_64"},
        "container": {"type": "none", "arch": "x86_64"},
        "content_generator": {"name": generator, "version": "1"}, "tools": [], "components": list(components),
    }  # fmt: skip


def metadata(*outputs, roots=None, **build):
    about = {
        **NVR, "source": "git://x", "start_time": 1.5, "end_time": 2, "extra": {"typeinfo": {"thing": {}}},
        **build,
    }  # fmt: skip
    return {
        "metadata_version": 0, "build": about, "buildroots": roots or [root()], "output": list(outputs),
    }  # fmt: skip


def below(hub):
    return sorted(str(path.relative_to(hub.paths.koji)) for path in hub.paths.koji.rglob("*"))


def test_metadata_is_kept_as_it_came(hub, alice, put):
    text = json.dumps(metadata(put("a.thg")), indent=7)
    with hub.write(alice) as call:
        build = cg_imports.run(call, text, "cg")
    assert (Path(hub.paths.topdir.build(build)) / "metadata.json").read_text() == text


def test_an_import_that_fails_at_its_last_file_leaves_nothing(hub, alice, put):
    log = put("build.log", type="log", extra={})
    said = metadata(put("a.thg"), log, {**log, "subdir": "../../../.."})
    before = below(hub)
    with pytest.raises(GenericError, match="outside"), hub.write(alice) as call:
        cg_imports.run(call, said, "cg")
    assert below(hub) == before
    with hub.read() as call:
        assert builds.get(call, NVR) is None


def test_components_that_are_not_known_are_told_in_the_log(hub, alice, put):
    rpm = {
        "type": "rpm", "name": "x", "version": "1", "release": "1", "epoch": None, "arch": "noarch",
        "sigmd5": "0" * 32, "signature": None,
    }  # fmt: skip
    file = {"type": "file", "filename": "y", "filesize": 3, "checksum_type": "md5", "checksum": "0" * 32}
    with hub.write(alice) as call:
        build = cg_imports.run(call, metadata(put("a.thg"), roots=[root(components=[rpm, file])]), "cg")
    log = (Path(hub.paths.topdir.build_logs(build)) / "cg_import.log").read_text()
    assert "no such rpm" in log
    assert "no such archive" in log


@pytest.mark.parametrize(("digests", "note"), [({}, None), ({"sha256header": "0" * 64}, "has another digest")])
def test_an_rpm_without_md5_is_matched_by_its_best_digest(hub, alice, put, tmp_path, digests, note):
    (path,) = rpmfile.write(tmp_path, rpmfile.Spec("modern", arch="src", md5=False), whole=True)
    known = koji.get_rpm_digests(koji.get_rpm_header(str(path)))
    assert "sigmd5" not in known
    part = {"type": "rpm", "name": "modern", "version": "1.0", "release": "1", "epoch": None, "arch": "src"}
    with hub.write(alice) as call:
        build = builds.require(call, imports.new_build(call, {**part, "state": builds.COMPLETE}))
        imports.rpm(call, path, build)
        said = metadata(put("a.thg", components=[part | known | digests]))
        made = cg_imports.run(call, said, "cg")
        (archive,) = archives.listed(call, {"build": made["id"]})
        held = [row["nvr"] for row in rpms.listed(call, rpms.Filter(image=archive["id"]))]
    assert held == ["modern-1.0-1"]
    log = Path(hub.paths.topdir.build_logs(made)) / "cg_import.log"
    assert (note in log.read_text()) if note else not log.exists()


def test_archives_are_matched_by_name_and_checksum_or_by_id(hub, alice, put):
    with hub.write(alice) as call:
        cg_imports.run(call, metadata(put("a.thg")), "cg")
        (first,) = archives.listed(call, {})
        by_file = {**put("a.thg"), "type": "file"}
        by_id = {"type": "kojifile", "archive_id": first["id"], "nvr": "stuff-1-1", "filename": "a.thg"}
        said = metadata(put("b.thg", b"other", components=[by_file, by_id]), name="more")
        build = cg_imports.run(call, said, "cg")
        (made,) = archives.listed(call, {"build": build["id"]})
        assert [each["id"] for each in archives.listed(call, {"image": made["id"]})] == [first["id"]]
    wrong = metadata(put("c.thg", components=[{**by_id, "filesize": 7}]), name="third")
    with (
        pytest.raises(GenericError, match="Component field filesize does not match"),
        hub.write(alice) as call,
    ):
        cg_imports.run(call, wrong, "cg")


def test_a_file_may_be_told_of_without_being_brought(hub, alice, put):
    said = {**put("a.thg"), "metadata_only": True}
    (hub.paths.koji / "work/cg/a.thg").unlink()
    with hub.write(alice) as call:
        build = cg_imports.run(call, metadata(said), "cg")
        (archive,) = archives.listed(call, {"build": build["id"]})
    assert (archive["metadata_only"], archive["checksum"]) == (True, said["checksum"])


def test_an_rpm_goes_into_the_build_of_its_source_package(hub, alice, put):
    names = ("alpha-1.0-1.src.rpm", "alpha-1.0-1.noarch.rpm")
    outputs = [put(name, (FIXTURES / name).read_bytes(), type="rpm", extra={"k": 1}) for name in names]
    with pytest.raises(GenericError, match="srpm mismatch"), hub.write(alice) as call:
        cg_imports.run(call, metadata(*outputs), "cg")
    with hub.write(alice) as call:
        said = metadata(*outputs, name="alpha", version="1.0", extra={})
        build = cg_imports.run(call, said, "cg")
        assert {row["arch"]: row["extra"] for row in rpms.of_build(call, build["id"])} == {
            "src": {"k": 1}, "noarch": {"k": 1},
        }  # fmt: skip
        assert builds.types(call, build) == {"rpm": None}


def test_one_import_is_of_one_generator(hub, alice, put):
    said = metadata(put("a.thg"), put("b.thg", buildroot_id=2), roots=[root(), root(2, "other")])
    with pytest.raises(GenericError, match="only one content-generator per import"), hub.write(alice) as call:
        cg_imports.run(call, said, "cg")


def test_a_reservation_is_of_its_generator_and_its_name(hub, boss, alice, put):
    with hub.write(alice) as call:
        reserved = reservations.make(call, "gen", NVR)
    for changed, refusal in (
        (metadata(put("a.thg"), roots=[root(generator="other")]), "not reserved by this CG"),
        (metadata(put("a.thg"), version="2"), "NVR is different"),
        (metadata(put("a.thg"), epoch=3), "epoch is different"),
        (metadata(put("a.thg"), draft=True), "Draft field does not match"),
    ):
        changed["build"]["build_id"] = reserved["build_id"]
        with pytest.raises(GenericError, match=refusal), hub.write(alice) as call:
            cg_imports.run(call, changed, "cg", reserved["token"])
    with pytest.raises(AuthError), hub.write(boss) as call:
        reservations.refund(call, "gen", reserved["build_id"], reserved["token"])


def test_what_a_generator_may_import_is_for_the_policy_to_say(hub, alice, put):
    hub.settings.koji.policy["cg_import"] = "match package stuff :: deny not this one\nall :: allow"
    with pytest.raises(GenericError, match="not this one"), hub.write(alice) as call:
        cg_imports.run(call, metadata(put("a.thg")), "cg")


WRONG = {
    "no struct": lambda said: said.update(build=[]),
    "a build without a name": lambda said: said["build"].pop("name"),
    "a name that climbs": lambda said: said["build"].update(name="../x"),
    "a version with a dash": lambda said: said["build"].update(version="1-2"),
    "a time in words": lambda said: said["build"].update(start_time="noon"),
    "a type of build that there is not": lambda said: said["build"]["extra"]["typeinfo"].update(nope={}),
    "two tasks": lambda said: said["build"].update(task_id=1, extra={"container_koji_task_id": 2}),
    "no buildroot": lambda said: said.update(buildroots=[]),
    "a buildroot without a host": lambda said: said["buildroots"][0].pop("host"),
    "an output in words": lambda said: said.update(output=["a.thg"]),
    "a file that climbs": lambda said: said["output"][0].update(filename="../a.thg"),
    "a directory that climbs": lambda said: said["output"][0].update(relpath="../.."),
    "a place that climbs": lambda said: said["output"][0].update(subdir="../../../../x"),
    "a type that the build has not": lambda said: said["output"][0].update(extra={"maven": {}}),
    "two types": lambda said: said["output"][0]["extra"].update(image={"arch": "x86_64"}),
    "a component of no kind": lambda said: said["buildroots"][0]["components"].append({"type": "x"}),
    "a component from elsewhere": lambda said: said["buildroots"][0]["components"].append(
        {"type": "rpm", "location": "base"}
    ),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_metadata_that_makes_no_sense_is_refused_and_leaves_nothing(hub, alice, put, change):
    said = metadata(put("a.thg"))
    change(said)
    before = below(hub)
    with pytest.raises(GenericError), hub.write(alice) as call:
        cg_imports.run(call, said, "cg")
    with suppress(GenericError), hub.read(alice) as call:
        cg_imports.prepare(call, said, "../../..")
    assert below(hub) == before

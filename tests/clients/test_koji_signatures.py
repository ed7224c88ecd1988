"""Signatures by the real koji command of 1.36: under the key's id, under a label, under another one afterwards."""

import base64
from pathlib import Path

import koji
import pytest

from appliance.hub import fsck
from tests.clients import programs

FIXTURES = Path(__file__).parents[1] / "koji_kit" / "fixtures"
SIGNED = FIXTURES / "alpha-1.0-1.noarch.signed-one.rpm"
RPM = "alpha-1.0-1.noarch"


@pytest.fixture
def hub(appliance_hub):
    programs.run(appliance_hub, "koji", "import", "--create-build", FIXTURES / "alpha-1.0-1.src.rpm",
                 FIXTURES / f"{RPM}.rpm")  # fmt: skip
    return appliance_hub


def keys(hub):
    return {each["sigkey"] for each in hub.user.queryRPMSigs(RPM)} - {""}


def test_a_signature_gets_the_label_that_it_is_imported_with(hub):
    programs.run(hub, "koji", "import-sig", "--sigkey", "release-2026", "--write", SIGNED)
    assert keys(hub) == {"release-2026"}
    copy = hub.hub.paths.koji / "packages/alpha/1.0/1/data/signed/release-2026/noarch" / f"{RPM}.rpm"
    assert copy.read_bytes() == SIGNED.read_bytes()
    assert "Signature already imported" in programs.run(hub, "koji", "import-sig", "--sigkey", "release-2026", SIGNED)


@pytest.mark.parametrize(
    ("label", "words"),
    [("../up", "Invalid sigkey value"), (".hid", "Invalid sigkey value"), ("ABC", "Must be lowercase"),
     ("a b", "RegexNameInternal"), (7, "Invalid type for value '7'")],
)  # fmt: skip
def test_what_no_directory_can_be_called_is_no_label(hub, label, words):
    header = base64.b64encode((FIXTURES / f"{RPM}.sighdr-one").read_bytes()).decode()
    with pytest.raises(koji.GenericError, match=words):
        hub.admin.addRPMSig(RPM, header, sigkey=label)
    assert keys(hub) == set()


def test_a_renamed_signature_takes_its_copy_along(hub):
    programs.run(hub, "koji", "import-sig", "--write", SIGNED)
    (old,) = keys(hub)
    checksums = hub.admin.getRPMChecksums(hub.admin.getRPM(RPM)["id"])[old]
    programs.run(hub, "koji", "rename-sig", RPM, old, "release-2026")
    assert keys(hub) == {"release-2026"}
    place = hub.hub.paths.koji / "packages/alpha/1.0/1/data"
    assert (place / "signed/release-2026/noarch" / f"{RPM}.rpm").read_bytes() == SIGNED.read_bytes()
    assert not list(place.rglob(f"{old}/noarch/*"))
    assert hub.admin.getRPMChecksums(hub.admin.getRPM(RPM)["id"])["release-2026"] == checksums
    programs.run(hub, "koji", "write-signed-rpm", "release-2026", RPM)
    assert hub.admin.renameRPMSig(RPM, "release-2026", old) is None and keys(hub) == {old}
    with hub.hub.read() as call:
        assert not list(fsck.examine(call, served=False))


def test_a_renaming_that_cannot_be_says_why(hub):
    programs.run(hub, "koji", "import-sig", SIGNED)
    (old,) = keys(hub)
    said = programs.run(hub, "koji", "rename-sig", RPM, "0badf00d", "new", fails=True)
    assert f"No 0badf00d signature for rpm {RPM}" in said
    said = programs.run(hub, "koji", "rename-sig", RPM, old, old, fails=True)
    assert f"A {old} signature already exists for rpm {RPM}" in said
    for label in ("", "New", "a/b"):
        with pytest.raises(koji.GenericError, match="Invalid sigkey value"):
            hub.admin.renameRPMSig(RPM, old, label)
    with pytest.raises(koji.ActionNotAllowed):
        hub.user.renameRPMSig(RPM, old, "new")
    assert keys(hub) == {old}


def test_headers_can_be_those_of_the_signed_copy(hub):
    programs.run(hub, "koji", "import-sig", SIGNED)
    (key,) = keys(hub)
    tags = ["name", "siggpg", "sigpgp", "dsaheader", "rsaheader"]
    signed = hub.user.getRPMHeaders(RPM, headers=tags, sigkey=key)
    plain = hub.user.getRPMHeaders(RPM, headers=tags)
    assert signed["name"] == plain["name"] == "alpha"
    assert [tag for tag in tags if signed[tag] != plain[tag]]
    assert hub.user.getRPMHeaders(RPM, headers=tags, sigkey="0badf00d") == {}
    with pytest.raises(koji.GenericError, match="No 0badf00d signature"):
        hub.user.getRPMHeaders(RPM, headers=tags, sigkey="0badf00d", strict=True)
    with pytest.raises(koji.GenericError, match="cannot be used with a task id"):
        hub.user.getRPMHeaders(taskID=1, filepath="a.rpm", sigkey=key)


def test_headers_of_a_copy_that_was_not_written_are_missing(hub):
    header = base64.b64encode((FIXTURES / f"{RPM}.sighdr-two").read_bytes()).decode()
    hub.admin.addRPMSig(RPM, header, sigkey="two")
    assert hub.user.getRPMHeaders(RPM, headers=["name"], sigkey="two") == {}
    with pytest.raises(koji.GenericError, match="Missing rpm file: "):
        hub.user.getRPMHeaders(RPM, headers=["name"], strict=True, sigkey="two")


def test_the_build_that_stands_where_a_draft_would_be_promoted_to(appliance_hub):
    seed, user = appliance_hub.seed, appliance_hub.user
    draft = seed.build("bash-5-1", draft=True)
    assert user.getPromotedBuild(draft["id"]) is None
    regular = seed.build("bash-5-1")
    assert user.getPromotedBuild(draft["id"])["id"] == user.getPromotedBuild(draft["nvr"])["id"] == regular["id"]
    assert user.getPromotedBuild(regular["id"]) is None and user.getPromotedBuild("no-1-1", safe=True) is None
    with pytest.raises(koji.GenericError, match="No such build"):
        user.getPromotedBuild("no-1-1")


def test_a_draft_whose_packages_names_are_taken_is_not_promoted(appliance_hub):
    appliance_hub.seed.build("bash-5-1", rpms=["bash-doc.noarch"])
    draft = appliance_hub.seed.build("sh-5-1", rpms=["bash-doc.noarch"], draft=True)
    with pytest.raises(
        koji.GenericError, match=r"Cannot promote build sh-5-1,draft_\d+. Reason: NVRA conflict: bash-doc"
    ):
        appliance_hub.admin.promoteBuild(draft["id"])

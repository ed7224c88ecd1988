"""What `appliance doctor` says of a host: all that a build needs, what is missing, and how to mend it."""

import time

import pytest

from appliance.builder import doctor, mock, process
from appliance.hub import bootstrap, state
from appliance.settings import Settings


@pytest.fixture
def hub(tmp_path):
    state.init(tmp_path / "state", empty=False)
    opened = state.open_hub(tmp_path / "state")
    yield opened
    opened.close()


def findings(hub, settings=None):
    return {each.name: each for each in doctor.examine(hub.paths.state, settings or hub.settings, hub)}


def with_chroot(hub, tmp_path, url):
    file = tmp_path / "bootstrap.toml"
    entry = '[[chroot]]\nname = "mini-1-x86_64"\ninstall = ["bash"]\n'
    file.write_text(f'{entry}[[chroot.repo]]\nbaseurl = "{url}"\n')
    bootstrap.apply(hub, file)


def test_a_host_that_builds_is_told_so(hub, tmp_path):
    (tmp_path / "repodata").mkdir()
    (tmp_path / "repodata" / "repomd.xml").touch()
    with_chroot(hub, tmp_path, f"file://{tmp_path}")
    found = findings(hub)
    assert [each for each in found.values() if each.vital and not each.ok] == []
    assert "mini-1-x86_64" in found["chroots"].text


def test_without_anything_to_build_in_no_build_can_run(hub):
    found = findings(hub)
    assert not found["chroots"].ok and "bootstrap" in found["chroots"].mend


def test_a_chroot_whose_repository_is_gone_is_named(hub, tmp_path):
    with_chroot(hub, tmp_path, "file:///nowhere")
    assert "mini-1-x86_64: file:///nowhere" in findings(hub)["chroot"].text


def test_a_dnf_that_dies_of_package_groups_is_told_of(hub, tmp_path, monkeypatch):
    settings = Settings()
    settings.builder.kind = "overlay"
    assert findings(hub, settings)["groups"].ok
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nkill -SEGV $$\n")
    python.chmod(0o755)
    monkeypatch.setattr(doctor.sandbox, "PATH", str(tmp_path))
    found = findings(hub, settings)["groups"]
    assert not found.ok and found.vital and "libcomps" in found.mend


def test_full_disk_stops_builds_and_doctor_says_so(hub):
    settings = Settings()
    settings.builder.min_disk_mb = 1 << 40
    assert not findings(hub, settings)["disk"].ok


def test_programs_that_are_missing_are_named(hub, monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None if name == "bwrap" else f"/usr/bin/{name}")
    settings = Settings()
    settings.builder.kind = "overlay"
    assert "bwrap" in findings(hub, settings)["programs"].text


@pytest.fixture
def broken_mock(tmp_path, monkeypatch):
    """A mock on PATH that does not run, as where its group is missing."""
    program = tmp_path / "bin" / "mock"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho traceback >&2\necho 'no group mock' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(mock, "PROGRAMS", (str(program),))


def test_a_mock_that_does_not_run_is_told_with_what_it_says(hub, broken_mock):
    settings = Settings()
    found = findings(hub, settings)
    assert found["builder"].ok and found["builder"].text.startswith("overlay")
    assert "no group mock" in found["mock"].text and not found["mock"].vital
    settings.builder.kind = "mock"
    found = findings(hub, settings)
    assert "mock" not in found
    assert not found["builder"].ok and "no group mock" in found["builder"].text


def test_a_clock_that_went_back_is_noticed(hub):
    with hub.write() as call:
        call.tx.execute("UPDATE events SET time = time + 86400")
    found = findings(hub)["clock"]
    assert not found.ok and not found.vital


def test_without_a_state_doctor_says_how_to_make_one(tmp_path):
    found = {each.name: each for each in doctor.examine(tmp_path / "none", Settings(), None)}
    assert not found["state"].ok and "init" in found["state"].mend


def test_a_trial_that_leaves_something_waiting_is_over_when_it_ends():
    begun = time.monotonic()
    assert process.answer(["sh", "-c", "echo said; sleep 60 & exit 3"], 30) == (3, "said\n")
    status, printed = process.answer(["sh", "-c", "echo said; sleep 60"], 0.2)
    assert status != 0 and printed.startswith("said\n") and "longer than 0.2 seconds" in printed
    assert time.monotonic() - begun < 10

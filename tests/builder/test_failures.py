"""How builds fail: the class, the stage, and the line that says why."""

import re
from dataclasses import replace

from appliance.builder import job
from appliance.builder.spec import RepoSpec
from tests.builder.conftest import spec_text

NOARCH = "BuildArch: noarch\n%description\nTest\n"


def packages(outcome):
    return [each.name for each in outcome.results if not each.log]


def test_compile_error(workshop, sample):
    jobdir, outcome = workshop.build(sample("fails-to-compile"))
    assert (outcome.failure, outcome.ok) == ("build-failed", False)
    found = outcome.first_error
    assert (found["rule"], found["subject"], found["stage"], found["log"]) == (
        "compiler",
        "wrong.c",
        "%build",
        "build.log",
    )
    lines = (jobdir / "result" / "build.log").read_text().splitlines()
    assert lines[found["line"] - 1] == found["lines"][0]
    assert re.search(r"['‘]undeclared_name['’] undeclared", outcome.message)
    assert packages(outcome) == []


def test_unmet_buildrequires(workshop, sample):
    _, outcome = workshop.build(sample("unmet-buildrequires"))
    assert outcome.failure == "unmet-buildrequires"
    assert "there-is-no-such-package-devel" in outcome.first_error["subject"]
    assert packages(outcome) == []


def test_a_source_that_is_missing(workshop, tmp_path):
    _, outcome = workshop.build(tmp_path / "nowhere.src.rpm")
    assert outcome.failure == "no-srpm"
    assert "nowhere.src.rpm" in outcome.message


def test_a_source_that_is_garbage(workshop, tmp_path):
    (tmp_path / "garbage.src.rpm").write_bytes(b"garbage" * 100)
    _, outcome = workshop.build(tmp_path / "garbage.src.rpm")
    assert (outcome.failure, outcome.message) == ("no-srpm", "garbage.src.rpm is no RPM file.")


def test_a_source_that_is_cut_short(workshop, sample, tmp_path):
    (tmp_path / "cut.src.rpm").write_bytes(sample("tiny-noarch").read_bytes()[:3000])
    assert workshop.build(tmp_path / "cut.src.rpm")[1].failure == "no-srpm"


def test_a_source_that_is_a_binary_package(workshop, distro):
    binary = next(distro.glob("Packages/bash-*.rpm"))
    _, outcome = workshop.build(binary)
    assert outcome.failure == "no-srpm"
    assert "binary package" in outcome.message


def test_a_missing_source_file(workshop, tmp_path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "lacking.spec").write_text(spec_text("lacking", "Source0: lost.tar.gz\n" + NOARCH))
    _, outcome = workshop.build(tmp_path / "tree", kind="buildsrpm")
    assert outcome.failure == "build-failed"
    assert outcome.first_error["rule"] == "missing-source"
    assert outcome.first_error["subject"].endswith("lost.tar.gz")


def test_a_directory_without_a_spec_file(workshop, tmp_path):
    (tmp_path / "tree").mkdir()
    assert workshop.build(tmp_path / "tree", kind="buildsrpm")[1].failure == "no-srpm"


def test_an_architecture_that_the_package_refuses(workshop):
    source = workshop.srpm("foreign", "ExclusiveArch: s390x\n%description\nTest\n%files\n")
    _, outcome = workshop.build(source)
    assert outcome.failure == "build-failed"
    assert outcome.first_error["rule"] == "wrong-arch"


def test_an_unreachable_repository(workshop, sample):
    repos = (RepoSpec("gone", ("file:///nowhere/at/all",)),)
    _, outcome = workshop.build(sample("tiny-noarch"), root=replace(workshop.root, name="gone", repos=repos))
    assert outcome.failure == "root-failed"
    assert "/nowhere/at/all" in outcome.message


def test_a_package_list_with_an_unknown_name(workshop, sample):
    root = replace(workshop.root, name="unknown", install=("bash", "no-such-thing"))
    _, outcome = workshop.build(sample("tiny-noarch"), root=root)
    assert outcome.failure == "root-failed"
    assert outcome.first_error["subject"] == "no-such-thing"


def test_a_build_that_takes_too_long(workshop, sample):
    _, outcome = workshop.build(sample("slow"), timeout=12 if workshop.builder == "mock" else 2)
    assert outcome.failure == "timeout"
    assert outcome.ended - outcome.started < 20
    assert packages(outcome) == []


def test_a_build_that_hangs(workshop):
    source = workshop.srpm("silent", NOARCH + "%build\nsleep 1000\n%files\n")
    _, outcome = workshop.build(source, silence_timeout=20 if workshop.builder == "mock" else 1.5)
    assert outcome.failure == "hung"
    assert outcome.stage.startswith("rpmbuild")


def test_a_build_that_is_quiet_but_alive_does_not_hang(workshop):
    source = workshop.srpm("slow", NOARCH + "%build\nfor n in 1 2 3 4 5 6; do echo $n; sleep .5; done\n%files\n")
    assert workshop.build(source, silence_timeout=20 if workshop.builder == "mock" else 1.5)[1].ok


def test_a_machine_that_was_restarted_meanwhile(overlay, sample, tmp_path):
    jobdir = tmp_path / "interrupted"
    jobdir.mkdir()
    (jobdir / "job.json").write_text(overlay.spec(sample("tiny-noarch")).to_json())
    (jobdir / "pid").write_text('{"pid": 1, "start": 1, "boot": "another"}')
    assert job.sweep(tmp_path) == [jobdir]
    assert job.attach(jobdir).outcome.failure == "rebooted"

"""What comes out of a build, the same from every builder."""

import re
import subprocess
from dataclasses import replace

import koji
import pytest

from appliance.testing.rpmfile import Spec, write
from tests.builder.conftest import spec_text

DYNAMIC = """BuildArch: noarch
%description
Test
%prep
%generate_buildrequires
echo procps-ng
if test -x /usr/bin/ps; then echo zlib-devel; fi
%build
test -e /usr/include/zlib.h
%files
"""

NOARCH = """BuildArch: noarch
%description
Test
%files
"""


def names(outcome):
    return [each.name for each in outcome.results if not each.log]


def query(package, form):
    return subprocess.run(["rpm", "-qp", "--nosignature", "--qf", form, package], capture_output=True, text=True).stdout


def test_a_noarch_package_is_built(workshop, sample):
    jobdir, outcome = workshop.build(sample("tiny-noarch"))
    assert outcome.ok, outcome
    assert names(outcome) == ["tiny-noarch-1.0-1.rd12.noarch.rpm", "tiny-noarch-1.0-1.rd12.src.rpm"]
    assert (outcome.failure, outcome.first_error, outcome.refused) == (None, None, ())
    assert {each.name for each in outcome.results if each.log} >= {
        "build.log",
        "root.log",
        "state.log",
        "installed_pkgs.log",
        "hw_info.log",
    }
    assert not (jobdir / "work").exists()


def test_an_outcome_tells_stages_buildroot_and_use(workshop, sample):
    jobdir, outcome = workshop.build(sample("tiny-noarch"))
    assert {"chroot init", "rpmbuild"} <= {stage.name.partition(" tiny")[0] for stage in outcome.stages}
    assert all(stage.started <= stage.ended for stage in outcome.stages)
    bash = next(package for package in outcome.buildroot if package.name == "bash")
    assert bash.version and bash.buildtime and bash.size and bash.epoch is None
    assert re.fullmatch(r"[0-9a-f]{32}|sha(3-)?256::[0-9a-f]{64}", bash.sigmd5)
    assert f"bash-{bash.version}-{bash.release}.x86_64 " in (jobdir / "result" / "installed_pkgs.log").read_text()
    assert outcome.resources["cpu_seconds"] > 0 and outcome.started < outcome.ended


def test_a_package_without_md5_stands_in_the_buildroot_by_its_headers_digest(workshop, sample, public):
    (path,) = write(public, Spec("modern", files=("/usr/share/modern",), md5=False), whole=True)
    root = workshop.repo(public)
    _, outcome = workshop.build(sample("tiny-noarch"), root=replace(root, install=(*root.install, "modern")))
    assert outcome.ok, outcome
    modern = next(package for package in outcome.buildroot if package.name == "modern")
    assert modern.sigmd5 == koji.get_rpm_ident(koji.get_rpm_header(str(path)))


def test_gnu_hello_is_configured_compiled_and_split(workshop, sample):
    jobdir, outcome = workshop.build(sample("hello"))
    assert outcome.ok, outcome
    assert names(outcome) == [
        "hello-2.10-1.rd12.src.rpm",
        "hello-2.10-1.rd12.x86_64.rpm",
        "hello-debuginfo-2.10-1.rd12.x86_64.rpm",
        "hello-debugsource-2.10-1.rd12.x86_64.rpm",
    ]
    assert "checking for gcc" in (jobdir / "result" / "build.log").read_text()


def test_a_package_builds_with_what_another_build_made(workshop, sample):
    first, outcome = workshop.build(sample("chain-a"))
    assert outcome.ok, outcome
    _, alone = workshop.build(sample("chain-b"))
    assert alone.failure == "unmet-buildrequires"
    _, outcome = workshop.build(sample("chain-b"), root=workshop.repo(first / "result"))
    assert outcome.ok, outcome
    assert "chain-a-devel" in {package.name for package in outcome.buildroot}


def test_the_roots_macros_make_the_source_package(workshop, sample):
    root = replace(workshop.root, macros={"dist": ".el99", "%vendor": "Tests"})
    jobdir, outcome = workshop.build(sample("tiny-noarch"), root=root)
    assert names(outcome) == ["tiny-noarch-1.0-1.el99.noarch.rpm", "tiny-noarch-1.0-1.el99.src.rpm"]
    assert query(jobdir / "result" / names(outcome)[0], "%{VENDOR}") == "Tests"


def test_build_conditions_reach_rpmbuild(workshop):
    body = "%bcond_with more\n%bcond_without less\nProvides: %{with more}-%{with less}\n" + NOARCH
    source = workshop.srpm("conditions", body)
    jobdir, outcome = workshop.build(source, root=replace(workshop.root, with_=("more",), without=("less",)))
    assert "1-0\n" in query(jobdir / "result" / names(outcome)[0], "[%{PROVIDES}\n]")


@pytest.mark.parametrize("skipped", [False, True])
def test_tests_of_a_package_run_unless_told_not_to(workshop, skipped):
    source = workshop.srpm("checks", NOARCH.replace("%files", "%check\nfalse\n%files"))
    assert workshop.build(source, nocheck=skipped)[1].ok == skipped


def test_generated_requirements_are_installed_until_none_is_new(workshop):
    _, outcome = workshop.build(workshop.srpm("dynamic", DYNAMIC))
    assert outcome.ok, outcome
    assert {"procps", "zlib1g-dev"} <= {package.name for package in outcome.buildroot}


def test_a_source_package_is_made_from_a_directory(workshop, tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "made.spec").write_text(spec_text("made", "Source0: data\n" + NOARCH))
    (tree / "real").write_text("content")
    (tree / "data").symlink_to("real")
    jobdir, outcome = workshop.build(tree, kind="buildsrpm")
    assert outcome.ok, outcome
    assert names(outcome) == ["made-1-1.rd12.src.rpm"]
    assert "data" in query(jobdir / "result" / "made-1-1.rd12.src.rpm", "[%{FILENAMES}\n]")


def test_a_directory_is_built_as_its_source_package_would_be(workshop, tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "made.spec").write_text(spec_text("made", "Source0: data\nBuildRequires: procps-ng\n" + NOARCH))
    (tree / "data").write_text("content")
    _, outcome = workshop.build(tree, kind="build")
    assert outcome.ok, outcome
    assert names(outcome) == ["made-1-1.rd12.noarch.rpm", "made-1-1.rd12.src.rpm"]
    assert "procps" in {package.name for package in outcome.buildroot}


def test_a_source_package_is_made_anew_with_the_roots_macros(workshop, sample):
    _, outcome = workshop.build(sample("hello"), kind="resrpm")
    assert outcome.ok, outcome
    assert names(outcome) == ["hello-2.10-1.rd12.src.rpm"]


def test_a_script_leaves_files(workshop, tmp_path):
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "input").write_text("brought along")
    outcome, printed = workshop.script(
        "mkdir made; cp input made/copy; echo $WHO; pwd",
        source=tmp_path / "given",
        output="made",
        env={"WHO": "me"},
    )
    assert outcome.ok, outcome
    assert names(outcome) == ["copy"]
    assert "me\n/builddir/work\n" in printed


def test_a_script_that_fails_tells_its_exit_code(workshop):
    outcome, _ = workshop.script("exit 7")
    assert (outcome.failure, outcome.exit_code) == ("build-failed", 7)


def test_a_script_may_be_root_of_its_buildroot_and_need_packages(workshop):
    outcome, printed = workshop.script("id -u; ps --version; touch /usr/made", as_root=True, requires=("procps-ng",))
    assert outcome.ok, printed
    assert "0\nps from procps" in printed


@pytest.mark.parametrize("mounts", [True, False])
def test_root_of_an_overlay_mounts_where_the_job_is_trusted_to_and_nowhere_else(overlay, mounts):
    outcome, printed = overlay.script("grep CapEff /proc/self/status; ls -d /sys/class", as_root=True, mounts=mounts)
    assert outcome.ok is mounts, printed
    powers = int(printed.partition("CapEff:")[2].split()[0], 16)
    assert bool(powers & 1 << 21) is mounts  # CAP_SYS_ADMIN of capabilities(7)

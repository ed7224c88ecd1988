"""Buildroots are installed once, and made anew when what they are made of changes."""

import os
import shutil
import subprocess
import time
from dataclasses import replace

import pytest

from appliance.builder import arches, job, process, retention, revision, roots
from appliance.builder.spec import RepoSpec
from tests import distribution
from tests.builder.test_ends import wait_for

NOARCH = "BuildArch: noarch\n%description\nTest\n%files\n"


@pytest.fixture
def alone(workshop, tmp_path):
    """A workshop with roots of its own, from a small package list."""
    workshop.cache = tmp_path / "cache"
    workshop.cache.mkdir()
    small = ("bash", "coreutils", "rpm-build", "sed", "grep", "findutils", "passwd")
    workshop.root = replace(workshop.root, install=small)
    return workshop


def sets(workshop):
    return sorted(path.name for path in workshop.cache.glob("roots/*/sets/*"))


def installed(jobdir):
    return "Running transaction" in (jobdir / "result" / "root.log").read_text()


@pytest.fixture
def extra(alone):
    """A package that can be put into a repository, and again in a later version."""

    def made(version, where, requires=""):
        body = NOARCH.replace("%description", f"{requires}\n%description")
        source = alone.srpm(f"extra{version}", body.replace("BuildArch", f"Provides: extra = {version}\nBuildArch"))
        top = source.parents[1]
        subprocess.run(
            ["rpmbuild", "--rebuild", "--quiet", "-D", f"_topdir {top}", source],
            check=True,
            capture_output=True,
        )
        shutil.copy(next(top.glob("RPMS/noarch/*.rpm")), where)

    return made


def test_a_root_is_installed_once(alone, sample):
    first, outcome = alone.build(sample("tiny-noarch"))
    assert outcome.ok, outcome
    second, outcome = alone.build(sample("tiny-noarch"))
    assert outcome.ok, outcome
    assert (installed(first), installed(second), len(sets(alone))) == (True, False, 1)


def test_a_repository_that_changes_elsewhere_keeps_the_root(alone, extra, sample, tmp_path):
    (tmp_path / "more").mkdir()
    alone.build(sample("tiny-noarch"), root=alone.repo(tmp_path / "more"))
    extra(1, tmp_path / "more")
    jobdir, outcome = alone.build(sample("tiny-noarch"), root=alone.repo(tmp_path / "more"))
    assert outcome.ok, outcome
    assert not installed(jobdir) and len(sets(alone)) == 1


def test_a_repository_that_changes_the_root_makes_a_new_one(alone, extra, sample, tmp_path):
    (tmp_path / "more").mkdir()
    alone.root = replace(alone.root, install=(*alone.root.install, "extra"))
    extra(1, tmp_path / "more")
    _, before = alone.build(sample("tiny-noarch"), root=alone.repo(tmp_path / "more"))
    extra(2, tmp_path / "more")
    _, after = alone.build(sample("tiny-noarch"), root=alone.repo(tmp_path / "more"))
    (tmp_path / "more" / "extra2-1-1.noarch.rpm").unlink()
    jobdir, again = alone.build(sample("tiny-noarch"), root=alone.repo(tmp_path / "more"))
    names = [{p.name for p in o.buildroot if p.name.startswith("extra")} for o in (before, after, again)]
    assert names == [{"extra1"}, {"extra2"}, {"extra1"}]
    assert not installed(jobdir) and len(sets(alone)) == 2


def test_what_a_build_writes_is_not_in_the_root(alone):
    assert alone.script("touch /usr/bin/mine /builddir/left", as_root=True)[0].ok
    outcome, printed = alone.script("ls /usr/bin/mine /builddir/left; true")
    assert outcome.ok
    assert printed.count("No such file") == 2


def test_jobs_that_want_the_same_root_install_it_once(alone, sample):
    running = [alone.start(sample("tiny-noarch")) for _ in range(3)]
    outcomes = [job.attach(jobdir).wait(120) for jobdir in running]
    assert all(outcome.ok for outcome in outcomes), outcomes
    assert [installed(jobdir) for jobdir in running].count(True) == 1


def test_old_roots_are_removed_unless_a_job_uses_them(alone, extra, tmp_path):
    (tmp_path / "more").mkdir()
    alone.root = replace(alone.root, install=(*alone.root.install, "extra"))
    extra(0, tmp_path / "more")
    user = alone.start(kind="script", command=("sleep", "100"), root=alone.repo(tmp_path / "more"))
    while (
        not (user / "result" / "state.log").exists()
        or "Start: script" not in (user / "result" / "state.log").read_text()
    ):
        assert not process.wait(job.attach(user).pidfd, 0.05)
    first = sets(alone)
    for version in range(1, roots.KEPT + 2):
        extra(version, tmp_path / "more")
        assert alone.script("true", root=alone.repo(tmp_path / "more"))[0].ok
    assert len(sets(alone)) == roots.KEPT + 1 and set(first) < set(sets(alone))
    job.cancel(user)


def test_a_root_from_before_a_power_cut_is_made_anew_if_it_was_young(alone, sample):
    alone.build(sample("tiny-noarch"))
    boot = next(alone.cache.glob("roots/*/sets/*/boot"))
    boot.write_text("an earlier boot")
    assert installed(alone.build(sample("tiny-noarch"))[0])
    old = next(alone.cache.glob("roots/*/sets/*/boot"))
    os.utime(old, (1, 1))
    alone.build(sample("tiny-noarch"))
    assert not old.exists()


def test_a_repository_may_be_remote(alone, sample, served):
    alone.root = replace(alone.root, repos=(RepoSpec("remote", (f"{served}/",)),))
    first, outcome = alone.build(sample("tiny-noarch"))
    assert outcome.ok, outcome
    assert installed(first)
    assert list(alone.cache.glob("**/packages/bash-*.rpm")), "what was downloaded is kept"
    assert not installed(alone.build(sample("tiny-noarch"))[0])


def test_revisions_follow_mirrors_and_variables(distro, served, tmp_path):
    shutil.copytree(distro / "repodata", tmp_path / "x86_64" / "12" / "repodata")
    (tmp_path / "mirrors").write_text(f"# mirrors\n{served}/nowhere\nfile://{tmp_path}/$basearch/$releasever\n")
    (tmp_path / "links").write_text(f"<url protocol='http'>{served}/repodata/repomd.xml</url>")
    summed = {
        revision.of(replace_repos(repo))
        for repo in (
            RepoSpec("a", (f"file://{distro}",)),
            RepoSpec("b", (str(distro),)),
            RepoSpec("c", (f"{served}/gone", served)),
            RepoSpec("d", mirrorlist=f"file://{tmp_path}/mirrors"),
            RepoSpec("e", metalink=f"file://{tmp_path}/links"),
            RepoSpec("f", (f"file://{tmp_path}/${{basearch}}/$releasever",)),
        )
    }
    assert len(summed) == 1
    with pytest.raises(revision.Unreachable, match="Repository gone"):
        revision.of(replace_repos(RepoSpec("gone", ("ssh://x/y", f"{served}/gone"))))


def replace_repos(repo):
    from appliance.builder.spec import RootSpec

    return RootSpec("r", "x86_64", repos=(repo,), releasever="12")


EMULATED = pytest.mark.skipif(
    "aarch64" not in arches.mine(), reason="qemu-user is not registered for aarch64 here: i686 is tried"
)


@pytest.mark.parametrize("arch", ["i686", pytest.param("aarch64", marks=EMULATED)])
def test_a_root_of_another_arch_builds_for_it(workshop, sample, arch):
    repo = RepoSpec(arch, (f"file://{distribution.distribution('gcc', arch)}",))
    workshop.root = replace(workshop.root, name=arch, arch=arch, repos=(repo,))
    outcome, printed = workshop.script(
        "uname -m; echo 'int main(void) { return __SIZEOF_POINTER__ != SIZE; }' > x.c; "
        f"gcc -DSIZE={4 if arch == 'i686' else 8} x.c && ./a.out"
    )
    assert outcome.ok and f"{arch}\n" in printed, printed
    _, outcome = workshop.build(sample("chain-a"))
    assert outcome.ok, outcome
    assert {package.arch for package in outcome.buildroot} == {arch, "noarch"}
    assert f"chain-a-1.0-1.rd12.{arch}.rpm" in [each.name for each in outcome.results]


def test_a_configuration_of_mocks_describes_a_root(workshop, sample, distro, public):
    config = shutil.copy(distro / "rpmdistro-12-x86_64.cfg", public)
    workshop.root = replace(workshop.root, name="cfg", repos=(), install=(), config=str(config))
    _, outcome = workshop.build(sample("tiny-noarch"))
    assert outcome.ok, outcome


def test_roots_that_nobody_uses_expire(alone, sample):
    assert alone.build(sample("tiny-noarch"))[1].ok
    user = alone.start(kind="script", command=("sleep", "100"))
    wait_for(user / "result" / "state.log", "Start: script")
    later = time.time() + 40 * retention.DAY
    assert retention.expire(alone.cache, 30) == []
    assert retention.expire(alone.cache, 30, later) == [] and len(sets(alone)) == 1
    job.cancel(user)
    expired = [path for path in retention.expire(alone.cache, 30, later) if path.parent.name == "roots"]
    assert len(expired) == 1
    assert (sets(alone), list((alone.cache / "trash").iterdir())) == ([], [])
    assert alone.build(sample("tiny-noarch"))[1].ok

"""What mock alone needs care for: its network, its root cache, its logs. All of it skips where mock is not."""

import os
import shutil
import signal
from dataclasses import replace

import pytest

from appliance.builder import job
from appliance.builder.spec import RepoSpec
from tests import builders
from tests.builder.conftest import Workshop
from tests.builder.test_ends import wait_for

pytestmark = builders.MOCK
NOARCH = "BuildArch: noarch\n%description\nTest\n"


@pytest.fixture
def mocked(overlay, tmp_path):
    """A workshop whose mock has caches of its own."""
    root = replace(overlay.root, name="small", install=("bash", "coreutils", "rpm-build", "sed", "grep", "findutils"))
    return Workshop(tmp_path, root, tmp_path, "mock")


@pytest.fixture
def configured(mocked, distro, public):
    """A workshop whose root is described by a configuration file of mock's: only mock knows what it is made of."""
    config = shutil.copy(distro / "rpmdistro-12-x86_64.cfg", public)
    mocked.root = replace(mocked.root, repos=(), install=(), config=str(config))
    return mocked


def log(jobdir, name):
    return (jobdir / "result" / name).read_text(errors="replace")


def test_packages_come_over_the_network_and_the_build_has_none(mocked, served):
    mocked.root = replace(mocked.root, repos=(RepoSpec("remote", (served,)),))
    port = served.rpartition(":")[2]
    body = f"BuildRequires: zlib-devel\n{NOARCH}%build\n! (exec 3<>/dev/tcp/127.0.0.1/{port})\n%files\n"
    jobdir, outcome = mocked.build(mocked.srpm("offline", body))
    assert outcome.ok, outcome
    assert "zlib1g-dev" in {package.name for package in outcome.buildroot}
    assert "onnection refused" in log(jobdir, "build.log") or "unreachable" in log(jobdir, "build.log")


def test_a_damaged_root_cache_is_made_anew(configured, sample):
    assert configured.build(sample("tiny-noarch"))[1].ok
    assert (
        list(configured.cache.glob("mock/cache/*/root_cache/cache.tar.*")) == []
    )  # it may be the last job in this root
    assert configured.build(sample("tiny-noarch"))[1].ok
    (cache,) = configured.cache.glob("mock/cache/*/root_cache/cache.tar.*")
    with cache.open("r+b") as stream:
        stream.truncate(cache.stat().st_size // 2)
    assert configured.build(sample("tiny-noarch"))[1].ok


def test_a_job_that_dies_while_it_writes_the_root_cache_takes_it_along(configured, sample):
    assert configured.build(sample("tiny-noarch"))[1].ok
    jobdir = configured.start(sample("tiny-noarch"))
    wait_for(jobdir / "result" / "state.log", "Start: creating root cache")
    assert job.cancel(jobdir).failure == "killed"
    assert list(configured.cache.glob("mock/cache/*/root_cache/cache.tar.*")) == []
    assert configured.build(sample("tiny-noarch"))[1].ok


def test_a_job_that_dies_while_mock_installs_the_root_leaves_nothing_of_it(mocked, sample):
    jobdir = mocked.start(sample("tiny-noarch"))
    wait_for(jobdir / "result" / "root.log", "Running transaction")
    os.kill(job.attach(jobdir).pid, signal.SIGKILL)
    assert job.attach(jobdir).wait(20).failure == "builder-crash"
    assert list(mocked.cache.glob("roots/*/new/*")) + list(mocked.cache.glob("roots/*/sets/*")) == []
    assert list(mocked.cache.glob("mock/lib/small-*")) == []
    assert mocked.build(sample("tiny-noarch"))[1].ok


def test_what_the_first_job_may_see_is_not_in_the_root_that_is_kept(mocked, public):
    (public / "secret").write_text("secret")
    outcome, printed = mocked.script("cat /shown/secret", shown={"/shown": str(public)}, env={"A": "b"}, network=True)
    assert outcome.ok and "secret" in printed, outcome
    outcome, printed = mocked.script("ls -d /shown /etc/resolv.conf 2>&1; true")
    assert outcome.ok and printed.count("No such file") == 2, printed


def test_each_job_finds_its_own_user_and_macros_in_the_root_that_is_kept(mocked):
    told = []
    for uid, dist in ((62001, ".one"), (62002, ".two")):
        root = replace(mocked.root, macros={"dist": dist})
        outcome, printed = mocked.script(
            "id -u; rpm -E 'dist=%dist'; touch ~/x && stat -c %u ~ ~/x", root=root, uid=uid
        )
        assert outcome.ok, printed
        told.append(printed.splitlines()[-4:])
    assert told == [["62001", "dist=.one", "62001", "62001"], ["62002", "dist=.two", "62002", "62002"]]


def test_mocks_own_log_is_cut(mocked):
    source = mocked.srpm("chatty", NOARCH + "%build\nyes | head -c 5000000; sleep 2\n%files\n")
    jobdir, outcome = mocked.build(source, log_mb=2)
    assert outcome.ok, outcome
    assert "log cut here" in log(jobdir, "build.log")
    assert len(log(jobdir, "build.log")) < 2.1 * (1 << 20)

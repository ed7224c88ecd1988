"""What mock alone needs care for: its network, its root cache, its logs. All of it skips where mock is not."""

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


def test_a_damaged_root_cache_is_made_anew(mocked, sample):
    assert mocked.build(sample("tiny-noarch"))[1].ok
    assert list(mocked.cache.glob("mock/cache/*/root_cache/cache.tar.*")) == []  # it may be the last job in this root
    assert mocked.build(sample("tiny-noarch"))[1].ok
    (cache,) = mocked.cache.glob("mock/cache/*/root_cache/cache.tar.*")
    with cache.open("r+b") as stream:
        stream.truncate(cache.stat().st_size // 2)
    assert mocked.build(sample("tiny-noarch"))[1].ok


def test_a_job_that_dies_while_it_writes_the_root_cache_takes_it_along(mocked, sample):
    assert mocked.build(sample("tiny-noarch"))[1].ok
    jobdir = mocked.start(sample("tiny-noarch"))
    wait_for(jobdir / "result" / "state.log", "Start: creating root cache")
    assert job.cancel(jobdir).failure == "killed"
    assert list(mocked.cache.glob("mock/cache/*/root_cache/cache.tar.*")) == []
    assert mocked.build(sample("tiny-noarch"))[1].ok


def test_mocks_own_log_is_cut(mocked):
    source = mocked.srpm("chatty", NOARCH + "%build\nyes | head -c 5000000; sleep 2\n%files\n")
    jobdir, outcome = mocked.build(source, log_mb=2)
    assert outcome.ok, outcome
    assert "log cut here" in log(jobdir, "build.log")
    assert len(log(jobdir, "build.log")) < 2.1 * (1 << 20)

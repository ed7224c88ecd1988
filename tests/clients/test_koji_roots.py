"""Buildroots at a user's hand: commands in fresh ones, and what is left of a failed build; with the koji client."""

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.site import Site, sample


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of the host that commands may write to."""
    return tmp_path_factory.mktemp("exchange")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, exchange: Path, builder: str) -> Iterator[Site]:
    settings = f"""
        [koji.runroot]
        network = false
        safe_roots = ["{exchange}"]
        """
    found = Site(tmp_path_factory.mktemp("site"), "minimal", settings, builder)
    found.prepare()
    found.start()
    found.koji("add-pkg", "--owner", "kojiadmin", "demo", "fails-to-compile")
    found.koji("grant-permission", "--new", "runroot", "kojiadmin")
    yield found
    found.stop()


def test_a_command_runs_as_root_of_a_fresh_buildroot(site: Site) -> None:
    said = site.koji("runroot", "demo-build", "x86_64", "sh", "-c", "id -u; echo 'two  words'")
    assert said.splitlines() == ["0", "two  words"]


def test_a_shell_command_may_need_packages_and_leave_logs(site: Site) -> None:
    command = "type -p make > /var/log/place.log; cat /var/log/place.log"
    kept = ["--use-shell", "--package=make", "--task-id"]
    said = site.koji("runroot", *kept, "demo-build", "noarch", command)
    assert said.splitlines()[1:] == ["/usr/bin/make"]


def test_a_failing_command_fails_its_task_with_its_status_and_output(site: Site) -> None:
    said = site.koji("runroot", "--watch", "demo-build", "x86_64", "sh", "-c", "echo no; exit 3", fails=True)
    assert "BuildrootError: sh exited with status 3" in said
    task = re.search(r"(\d+) runroot", said)
    assert task and b"no\n" in site.get(f"/kojifiles/work/tasks/{task[1]}/{task[1]}/runroot.log")


def test_a_directory_of_the_host_is_written_to_only_if_it_is_safe(site: Site, exchange: Path) -> None:
    site.koji("runroot", f"--mount={exchange}", "demo-build", "x86_64", "cp", "/etc/passwd", f"{exchange}/got")
    assert (exchange / "got").exists()
    said = site.koji("runroot", "--watch", "--mount=/etc", "demo-build", "x86_64", "true", fails=True)
    assert "read-write mount point is not safe: /etc" in said
    said = site.koji("runroot", "--watch", f"--mount={exchange}/../..", "demo-build", "x86_64", "true", fails=True)
    assert "Invalid mount point" in said


@pytest.mark.parametrize("full", [False, True])
def test_the_root_of_a_failed_build_can_be_had(site: Site, full: bool) -> None:
    said = site.koji("build", "--wait", "demo", sample("fails-to-compile"), fails=True)
    task = re.search(r"(\d+) buildArch", said)
    assert task
    saved = site.koji("save-failed-tree", *(["--full"] if full else []), task[1])
    number = re.search(r"(\d+) saveFailedTree", saved)
    assert number, saved
    names = re.findall(r"broot-\d+\.tar\.gz", site.koji("call", "listTaskOutput", number[1]))
    packed = site.directory / names[0]
    packed.write_bytes(site.get(f"/kojifiles/work/tasks/{number[1]}/{number[1]}/{names[0]}"))
    with tarfile.open(packed) as archive:
        found = {name.removeprefix("./") for name in archive.getnames()}
    assert any(re.fullmatch(r"builddir/build/SPECS/fails-to-compile\.spec", name) for name in found)
    assert ("usr/bin/bash" in found) == full

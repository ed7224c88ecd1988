"""The appliance dies, or is stopped, while a package is built: the next start takes the build up and ends it once."""

import re
import time
from pathlib import Path

import pytest

from tests.clients.site import Site, sample


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "stopped"])
def test_a_build_survives_the_end_of_its_hub(tmp_path: Path, builder: str, kill: bool) -> None:
    site = Site(tmp_path / "site", "minimal", builder=builder)
    site.prepare()
    site.start()
    site.koji("add-pkg", "--owner", "kojiadmin", "demo", "slow")
    site.koji("edit-tag", "demo-build", "-x", "rpm.macro.seconds=8")  # instead of the sample's minute
    said = site.koji("build", "--nowait", "demo", sample("slow"))
    task = re.search(r"Created task: (\d+)", said)
    assert task is not None
    _until(lambda: "%build" in _logs(site) or "Executing(%build)" in _logs(site))
    assert site.stop(kill=kill) < 5
    try:
        site.start()
        assert "completed successfully" in site.koji("watch-task", task[1])
        assert site.koji("list-builds", "--quiet", "--package=slow").count("slow-1.0-1") == 1
        assert _logs(site).count("Executing(%build)") == 1
    finally:
        site.stop()


def test_a_second_server_on_the_same_state_is_refused(site: Site) -> None:
    with pytest.raises(RuntimeError, match=f"served by pid {site.server.pid}"):
        site.appliance("serve", "--listen", "127.0.0.1:0")


def _logs(site: Site) -> str:
    found = sorted((site.state / "koji" / "work" / "tasks").rglob("build.log"))
    return found[-1].read_text(errors="replace") if found else ""


def _until(condition: object, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)

"""The drill of a site that is carried to where no network is: what came over is listed there, and built again."""

import subprocess
import sys

import pytest

from tests.clients.site import TESTS, Site, sample

CUT = ["unshare", "--net"]


def can_cut() -> bool:
    return subprocess.run([*CUT, "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not can_cut(), reason="no network namespace can be made here")
def test_a_bundle_is_rebuilt_from_without_network(site: Site) -> None:
    site.koji("add-pkg", "--owner", "kojiadmin", "demo", "tiny-noarch")
    site.koji("build", "--wait", "demo", sample("tiny-noarch"))
    bundle = site.directory / "demo.bundle"
    assert "1 builds" in site.appliance("bundle", "export", "--tag", "demo", bundle).stdout
    drill = [sys.executable, "-m", "tests.clients.bundle_drill", site.directory / "far", bundle, sample("tiny-noarch")]
    done = subprocess.run([*CUT, *map(str, drill)], capture_output=True, text=True, timeout=400, cwd=TESTS.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 builds imported" in done.stdout
    assert "tiny-noarch-1.0-1" in done.stdout
    assert "completed successfully" in done.stdout

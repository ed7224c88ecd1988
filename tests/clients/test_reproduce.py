"""A build made again: in the same buildroot, with the same outcome; and the file that lets anybody do so."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from appliance.builder import mock
from tests import builders
from tests.clients.site import sample

NOBODY = "65534"


@pytest.fixture(scope="module")
def nvr(site):
    """A build of the site's."""
    site.koji("add-pkg", "--owner", "kojiadmin", "demo", "tiny-noarch")
    site.koji("build", "--wait", "demo", sample("tiny-noarch"))
    return site.koji("list-builds", "--quiet", "--package=tiny-noarch").split()[0]


def test_a_build_is_the_same_again(site, nvr):
    assert "the same" in site.appliance("rebuild", "--verify", nvr).stdout


def test_its_configuration_can_be_had(site, nvr, tmp_path):
    (written,) = site.appliance("reproduce", nvr, "--output", tmp_path).stdout.split()
    text = Path(written).read_text()
    options = {"macros": {}, "environment": {}, "plugin_conf": {}}
    exec(text, {"config_opts": options})  # as mock reads it
    action, *packages = options["chroot_setup_cmd"]
    assert action == "install"
    assert len(packages) > 10
    assert all(re.fullmatch(r"\S+-\d+:\S+-\S+\.\w+", each) for each in packages)
    assert "/repos/demo-build/" in options["dnf.conf"]


@pytest.fixture
def desk():
    """A place of a user of mock's, who is nobody special."""
    made = Path(tempfile.mkdtemp(prefix="appliance-desk-"))
    made.chmod(0o755)
    yield made
    subprocess.run(["rm", "-rf", made], check=True)


@builders.MOCK
def test_plain_mock_repeats_the_build_by_its_configuration(site, nvr, desk):
    (written,) = site.appliance("reproduce", nvr, "--output", desk).stdout.split()
    source = shutil.copy(next((site.state / "koji" / "packages" / "tiny-noarch").rglob("*.src.rpm")), desk)
    (desk / "results").mkdir()
    shutil.chown(desk / "results", int(NOBODY))
    places = [f"--config-opts={name}={desk / name}" for name in ("basedir", "cache_topdir")]
    done = subprocess.run(
        [mock.program(), "-r", written, *places, "--resultdir", desk / "results", "--rebuild", source],
        env={**os.environ, "SUDO_UID": NOBODY}, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    built = next((desk / "results").glob("*.noarch.rpm"))
    first = next((site.state / "koji" / "packages" / "tiny-noarch").rglob("*.noarch.rpm"))
    asked = [
        subprocess.run(["rpm", "-qp", "--dump", path], capture_output=True, text=True, check=True).stdout
        for path in (built, first)
    ]
    assert _without_times(asked[0]) == _without_times(asked[1]) != []


def _without_times(dump):
    """Path, size, digest, mode and owner of each file: all that `rpm --dump` tells but the time."""
    return [[word for number, word in enumerate(line.split()) if number != 2] for line in dump.splitlines()]

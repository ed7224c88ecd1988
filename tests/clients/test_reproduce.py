"""A build made again: in the same buildroot, with the same outcome; and the file that lets anybody do so."""

import re
from pathlib import Path

from tests.clients.site import sample


def test_a_build_is_the_same_again_and_its_configuration_can_be_had(site, tmp_path):
    site.koji("add-pkg", "--owner", "kojiadmin", "demo", "tiny-noarch")
    site.koji("build", "--wait", "demo", sample("tiny-noarch"))
    nvr = site.koji("list-builds", "--quiet", "--package=tiny-noarch").split()[0]
    said = site.appliance("rebuild", "--verify", nvr).stdout
    assert "the same" in said
    (written,) = site.appliance("reproduce", nvr, "--output", tmp_path).stdout.split()
    text = Path(written).read_text()
    options = {"macros": {}, "environment": {}, "plugin_conf": {}}
    exec(text, {"config_opts": options})  # as mock reads it
    action, *packages = options["chroot_setup_cmd"]
    assert action == "install"
    assert len(packages) > 10
    assert all(re.fullmatch(r"\S+-\d+:\S+-\S+\.\w+", each) for each in packages)
    assert "/repos/demo-build/" in options["dnf.conf"]

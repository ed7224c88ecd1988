"""The README's first minutes with the koji client, done as they stand there."""

import os
import re
import subprocess
from pathlib import Path

from tests.clients.site import BIN

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"^```\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_commands_for_a_koji_user_work(site, tmp_path):
    """All up to the build, which needs Fedora; the packages and the repository may be any."""
    section = README.read_text().partition("## Five minutes for a koji user")[2].partition("\n## ")[0]
    config, commands = BLOCK.findall(section)
    commands = commands.partition("koji build ")[0].replace("PASSWORD", "adminpw").replace(" admin ", " kojiadmin ")
    (tmp_path / ".koji").mkdir()
    (tmp_path / ".koji" / "config").write_text(config.replace("http://127.0.0.1:8080", site.url))
    done = subprocess.run(
        ["bash", "-e", "-c", "shopt -s expand_aliases\n" + commands],
        env={"HOME": str(tmp_path), "PATH": f"{BIN}:{os.environ['PATH']}", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Authenticated via password" in done.stdout
    assert [target["build_tag_name"] for target in site.session().getBuildTargets("f40")] == ["f40-build"]

"""`make setup` on other machines than this one: what it finds missing there, and the command it names."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "packaging" / "system-packages"

# Stand-ins for the distributions' own queries: everything is installed but $MISSING.
QUERIES = {
    "rpm": '[ "${!#}" != "$MISSING" ] && [ "${!#}" != dnf5 ]',
    "dpkg-query": 'for name in "${@:4}"; do [ "$name" = "$MISSING" ] || echo "installed $name"; done',
}


@pytest.fixture
def ask(tmp_path):
    for name, body in QUERIES.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/bash\n{body}\n")
        program.chmod(0o755)

    def ask(system, missing, packages="run"):
        (tmp_path / "os-release").write_text(system)
        environ = {
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "OS_RELEASE": str(tmp_path / "os-release"),
            "MISSING": missing,
            "DRY_RUN": "1",
        }
        return subprocess.run([SCRIPT, packages], env=environ, capture_output=True, text=True, timeout=30)

    return ask


@pytest.mark.parametrize(
    ("system", "missing", "command"),
    [
        ("ID=debian", "createrepo-c", "apt-get install -y --no-install-recommends createrepo-c"),
        (
            "ID=ubuntu\nID_LIKE=debian",
            "libkrb5-dev",
            "apt-get install -y --no-install-recommends libkrb5-dev",
        ),
        ("ID=fedora", "mock", "dnf install -y mock"),
        ('ID="almalinux"\nID_LIKE="rhel centos fedora"', "krb5-devel", "dnf install -y krb5-devel"),
    ],
)
def test_one_command_installs_what_is_missing(ask, system, missing, command):
    said = ask(system, missing)
    assert said.returncode == 1
    assert said.stdout.splitlines()[-1].strip().endswith(command)


@pytest.mark.parametrize("system", ["ID=debian", "ID=fedora"])
def test_a_complete_machine_is_left_in_peace(ask, system):
    said = ask(system, "nothing")
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_what_only_the_tests_want_is_asked_for_apart(ask):
    assert ask("ID=debian", "chromium").returncode == 0
    assert "chromium" in ask("ID=debian", "chromium", "test").stdout


def test_an_unknown_system_gets_the_names_to_look_for(ask):
    said = ask("ID=slackware\nPRETTY_NAME=Slackware", "mock")
    assert said.returncode == 0
    assert "Slackware" in said.stdout
    assert "bubblewrap" in said.stdout

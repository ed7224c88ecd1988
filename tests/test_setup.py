"""`make setup` on other machines than this one: what it finds missing there, and the command it names."""

import os
import shutil
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


INSTALLED = """
set -e
room=$1 project=$2
for place in /etc /opt /usr/bin /var/lib /var/backups; do
    mkdir -p $room$place/upper $room$place/work
    mount -t overlay overlay -o lowerdir=$place,upperdir=$room$place/upper,workdir=$room$place/work $place
done
mount --bind $room/make-venv $project/packaging/make-venv
mount -t tmpfs none /run
for _ in once again; do $project/packaging/install; done
ls -l /usr/bin/appliance /etc/systemd/system /etc/sysusers.d /etc/tmpfiles.d
id appliance
stat -c '%n %a %U' /var/lib/appliance /var/backups/appliance
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="to install takes root")
@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="systemd-sysusers is not installed")
def test_the_service_is_installed_with_its_account_and_its_directories(tmp_path):
    """In a mount namespace, where nothing of it reaches the machine; the Python packages are another matter."""
    stub = tmp_path / "make-venv"
    stub.write_text('#!/bin/sh\nmkdir -p "$1/bin"\n')
    stub.chmod(0o755)
    words = ["unshare", "--mount", "sh", "-c", INSTALLED, "sh", tmp_path, SCRIPT.parent.parent]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert "/usr/bin/appliance -> /opt/appliance/bin/appliance" in said
    for name in ("appliance.service", "appliance-backup.service", "appliance-backup.timer", "appliance.conf"):
        assert f" {name}\n" in said
    assert "(appliance)" in said and "init" in said
    assert "/var/lib/appliance 711 appliance" in said and "/var/backups/appliance 700 appliance" in said

"""The service under systemd: the units are sound, and the process speaks sd_notify's protocol."""

import configparser
import contextlib
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.__main__ import _parser
from tests import kits

UNITS = Path(__file__).resolve().parent.parent / "systemd"
WAIT = 20


def service(name):
    """The [Service] section of a unit; of a setting that is given several times, the last."""
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(UNITS / name)
    return parser["Service"]


@pytest.mark.parametrize("name", sorted(path.name for path in UNITS.glob("*.service")))
def test_units_start_commands_that_the_appliance_has(name):
    words = service(name)["ExecStart"].split()
    assert words[0] == "/usr/bin/appliance"
    assert callable(_parser().parse_args(words[1:]).run)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_has_nothing_to_say_about_the_units(tmp_path):
    for path in UNITS.glob("appliance*.*"):
        text = path.read_text().replace("/usr/bin/appliance", "/bin/true")  # which need not be installed here
        drop_in = tmp_path / "appliance.service.d"
        drop_in.mkdir(exist_ok=True)
        (drop_in / path.name if path.suffix == ".conf" else tmp_path / path.name).write_text(text)
    units = [str(path) for path in tmp_path.glob("appliance*.*") if path.is_file()]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=60)
    said = [line for line in done.stderr.splitlines() if "appliance" in line]
    assert (done.returncode, said) == (0, []), done.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize(("name", "most"), [("appliance-backup.service", 3.0), ("appliance.service", 8.5)])
def test_units_are_exposed_no_more_than_their_work_asks_for(name, most):
    """systemd's own measure, 0 to 10: builders need namespaces, mounts and other accounts, the backup nothing."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={most * 10:.0f}"]
    done = subprocess.run([*command, UNITS / name], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="systemd-sysusers is not installed")
def test_the_account_is_a_member_of_no_other_group(tmp_path):
    (tmp_path / "etc").mkdir()
    subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", UNITS / "sysusers.d" / "appliance.conf"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert "appliance:" in (tmp_path / "etc" / "passwd").read_text()
    groups = [line.split(":") for line in (tmp_path / "etc" / "group").read_text().splitlines()]
    assert [name for name, *_, members in groups if "appliance" in members.split(",")] == []


def test_the_account_gets_subordinate_ids_of_its_own_once(tmp_path):
    """As the unit's first command says it; `usermod` is what an administrator has."""
    _, shell, flag, script = shlex.split(service("appliance.service")["ExecStartPre"].replace("+", "+ ", 1))
    asked = tmp_path / "usermod"
    asked.write_text(f'#!/bin/sh\necho appliance:1:2 >> {tmp_path}/subuid; echo "$*" >> {tmp_path}/asked\n')
    asked.chmod(0o755)
    (tmp_path / "subuid").touch()
    script = script.replace("/etc/subuid", str(tmp_path / "subuid"))
    for _ in range(2):
        subprocess.run([shell, flag, script], env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=True)
    (words,) = (tmp_path / "asked").read_text().splitlines()
    assert "--add-subuids" in words and "--add-subgids" in words


@pytest.fixture
def listener(tmp_path):
    """Where systemd would listen for the service's words."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(WAIT)
        yield channel


@contextlib.contextmanager
def serving(state, **environ):
    words = [
        sys.executable,
        "-m",
        "appliance",
        "--state",
        state,
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--no-builder",
    ]
    process = subprocess.Popen(words, env=os.environ | environ, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait(WAIT)


def test_systemd_hears_of_readiness_life_and_the_end(tmp_path, listener):
    state = kits.prepare(kits.KOJI, tmp_path / "state")
    with serving(state, NOTIFY_SOCKET=listener.getsockname(), WATCHDOG_USEC="200000") as process:
        assert listener.recv(100) == b"READY=1"
        assert [listener.recv(100) for _ in range(2)] == [b"WATCHDOG=1"] * 2
        process.send_signal(signal.SIGTERM)
        heard = listener.recv(100)
        while heard == b"WATCHDOG=1":
            heard = listener.recv(100)
        assert heard == b"STOPPING=1"
        assert process.wait(WAIT) == 0


def test_without_systemd_nobody_is_told(tmp_path):
    from appliance import notify

    assert notify.tell("READY=1", {}) is False
    assert notify.pulse({}) is None
    assert notify.pulse({"WATCHDOG_USEC": "60000000"}) == 30.0

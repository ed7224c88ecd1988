"""What the machine is said to run is what it runs: listHosts, doctor and the scheduler believe it."""

import platform
import subprocess
from types import SimpleNamespace

import pytest

from appliance.builder import arches, tagroots
from appliance.errors import BuildError


def registered(place, arch, flags="OCF", state="enabled"):
    (place / f"qemu-{arch}").write_text(f"{state}\ninterpreter /usr/bin/qemu\nflags: {flags}\noffset 0\n")


def test_the_machines_own_arch_comes_first(tmp_path):
    assert arches.mine(tmp_path)[0] == platform.machine()


def test_the_32_bit_sibling_is_there_if_its_programs_start(tmp_path, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(arches, "_runs_32_bit", lambda: False)
    assert arches.mine(tmp_path) == ["x86_64"]
    monkeypatch.setattr(arches, "_runs_32_bit", lambda: True)
    assert arches.mine(tmp_path) == ["x86_64", "i386", "i686"]


def test_the_program_that_is_tried_is_a_32_bit_one(tmp_path):
    (tmp_path / "program").write_bytes(arches._program())
    (tmp_path / "program").chmod(0o755)
    try:
        ended = subprocess.run([tmp_path / "program"], check=False).returncode
    except OSError:
        ended = None
    assert arches._program()[4:5] == b"\x01" and arches._runs_32_bit() == (ended == 0)


def test_foreign_arches_are_those_that_qemu_opens_beforehand(tmp_path):
    registered(tmp_path, "aarch64")
    registered(tmp_path, "s390x", flags="OC")
    registered(tmp_path, "ppc64le", state="disabled")
    found = arches.mine(tmp_path)
    assert {"aarch64", "s390x", "ppc64le"} & set(found) - {platform.machine()} == {"aarch64"} - {platform.machine()}
    (tmp_path / "status").write_text("disabled\n")
    assert not {"aarch64", "s390x", "ppc64le"} & set(arches.mine(tmp_path)) - {platform.machine()}


@pytest.mark.parametrize(
    ("of_tag", "of_task", "root"),
    [
        ("aarch64 i686 x86_64", "noarch", "x86_64"),
        ("aarch64 i686", "noarch", "i686"),
        ("s390x aarch64", "noarch", "aarch64"),
        ("x86_64 aarch64", "aarch64", "aarch64"),
    ],
)
def test_a_noarch_package_is_built_where_nothing_is_emulated_if_the_tag_lets_it(monkeypatch, of_tag, of_task, root):
    monkeypatch.setattr(arches, "mine", lambda: ["x86_64", "i386", "i686", "aarch64"])
    work = SimpleNamespace(task={"arch": of_task})
    assert tagroots.arch_for(work, {"name": "tag", "arches": of_tag}, "noarch") == root
    with pytest.raises(BuildError, match="this host runs none of the arches of tag tag: s390x"):
        tagroots.arch_for(work, {"name": "tag", "arches": "s390x"}, "noarch")

"""Multilib: which 32-bit packages go into a 64-bit repository, and with what."""

from pathlib import Path

import pytest

from appliance.errors import GenericError
from appliance.hub.multilib import Package, Rules, closure, is_wanted, read_rules


def package(name: str, *files: str, provides: tuple[str, ...] = (), requires: tuple[str, ...] = ()) -> Package:
    return Package(name, "x86_64", frozenset((name, *provides)), frozenset(requires), files)


@pytest.mark.parametrize(
    "taken",
    [
        package("zlib", "/usr/lib64/libz.so.1"),
        package("zlib-devel", "/usr/include/zlib.h"),
        package("zlib-static"),
        package("nss", "/lib64/libnss_db.so"),
        package("pam", "/lib64/security/pam_unix.so"),
        package("gtk2-engines", "/usr/lib64/gtk-2.0/2.10.0/engines/libmist.so"),
        package("qt-plugins", "/usr/lib64/qt4/plugins/styles/a.so"),
        package("mysql", "/etc/ld.so.conf.d/mysql-x86_64.conf"),
        package("gdb", "/usr/bin/gdb"),
        package("kernel", provides=("kernel",)),
        package("gst", "/usr/lib64/gstreamer-1.0/libgst.so"),
    ],
    ids=lambda found: found.name,
)
def test_libraries_and_what_is_needed_to_link_are_taken_along(taken: Package) -> None:
    assert is_wanted(taken, Rules())


@pytest.mark.parametrize(
    "left",
    [
        package("bash", "/usr/bin/bash"),
        package("python3-x", "/usr/lib64/python3.11/site-packages/x.so"),
        package("ghc-base-devel", "/usr/lib64/ghc/base.hi"),
        package("plug", "/usr/lib64/plug/libplug.so.1"),
    ],
    ids=lambda found: found.name,
)
def test_programs_and_private_libraries_are_not(left: Package) -> None:
    assert not is_wanted(left, Rules())


def test_a_configuration_adds_names_and_takes_them_out(tmp_path: Path) -> None:
    (tmp_path / "multilib.conf").write_text(
        "[devel]\nwhite = perl valgrind*\nblack = php-devel\n[runtime]\nblack = zlib\n"
    )
    rules = read_rules(tmp_path / "multilib.conf")
    assert is_wanted(package("perl"), rules) and is_wanted(package("valgrind-tools"), rules)
    assert not is_wanted(package("php-devel"), rules)
    assert not is_wanted(package("zlib", "/usr/lib64/libz.so.1"), rules)
    (tmp_path / "broken").write_text("white = x")
    with pytest.raises(GenericError, match="broken cannot be read"):
        read_rules(tmp_path / "broken")


def test_what_is_taken_brings_what_it_requires() -> None:
    packages = {
        "a-devel": package("a-devel", requires=("a", "/usr/bin/a-config")),
        "a": package("a", "/usr/bin/a-config", provides=("liba.so.1",), requires=("libb.so.2",)),
        "b": package("b", provides=("libb.so.2",)),
        "c": package("c"),
    }
    assert closure(["a-devel"], packages) == ["a", "a-devel", "b"]
    del packages["b"]
    with pytest.raises(GenericError, match=r"nothing provides libb\.so\.2 \(for a\)"):
        closure(["a-devel"], packages)

"""What this machine can run: its own arch, that one's 32-bit sibling, and those that qemu-user is registered for."""

import functools
import os
import platform
import struct
import subprocess
from pathlib import Path

BINFMT = Path("/proc/sys/fs/binfmt_misc")
_SIBLINGS = {"x86_64": ("i386", "i686")}
_QEMU = ("aarch64", "ppc64le", "s390x", "riscv64", "x86_64")  # qemu-user's names are the arches' own


def mine(binfmt: Path = BINFMT) -> list[str]:
    """The arches to build for here, the machine's own first."""
    own = platform.machine()
    siblings = _SIBLINGS.get(own, ()) if _runs_32_bit() else ()
    return [own, *siblings, *(arch for arch in _QEMU if arch != own and _registered(binfmt, arch))]


def machines(arch: str) -> list[str]:
    """The machines that run an arch's programs by themselves; all others emulate them."""
    return [arch, *(own for own, siblings in _SIBLINGS.items() if arch in siblings)]


def _registered(binfmt: Path, arch: str) -> bool:
    """True if the kernel has qemu-user ready for an arch: opened beforehand (F), as no buildroot has it inside."""
    if _read(binfmt / "status") not in ("enabled", ""):
        return False
    state, *facts = _read(binfmt / f"qemu-{arch}").splitlines() or [""]
    return state == "enabled" and any(fact.startswith("flags:") and "F" in fact[6:] for fact in facts)


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


@functools.cache
def _runs_32_bit() -> bool:
    """True if the kernel starts x86_64's 32-bit programs, which may be left out of it or switched off."""
    number = os.memfd_create("program")
    try:
        os.write(number, _program())
        return subprocess.run([f"/proc/self/fd/{number}"], pass_fds=[number], check=False).returncode == 0
    except OSError:
        return False
    finally:
        os.close(number)


def _program() -> bytes:
    """The smallest 32-bit program that ends well: exit(0) by the system call, loaded where programs are."""
    base, header, segment = 0x08048000, 52, 32
    code = bytes.fromhex("b801000000 31db cd80")  # mov eax, 1; xor ebx, ebx; int 0x80
    size = header + segment + len(code)
    about = b"\x7fELF\x01\x01\x01", 2, 3, 1
    places = base + header + segment, header, 0, 0
    elf = struct.pack("<16s2H5I6H", *about, *places, header, segment, 1, 0, 0, 0)
    return elf + struct.pack("<8I", 1, 0, base, base, size, size, 5, 0x1000) + code

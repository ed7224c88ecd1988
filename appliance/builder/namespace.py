"""A process tree that dies as one: PID and mount namespaces of its own, under an init that only reaps."""

import ctypes
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1
ALL_IDS = ["0", "0", "4294967295"]  # what the map of the host's own user namespace says
SIOCSIFFLAGS, IFF_UP = 0x8914, 1

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    _call("unshare", flags)


def mount(source: str | Path, target: str | Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2); paths are bytes to the kernel, so any name will do."""
    _call(
        "mount",
        os.fsencode(source),
        os.fsencode(target),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        os.fsencode(options) or None,
    )


def bind(source: str | Path, target: str | Path, read_only: bool = False) -> None:
    mount(source, target, flags=MS_BIND)
    if read_only:
        mount("none", target, flags=MS_BIND | MS_REMOUNT | MS_RDONLY)


def leave_network() -> None:
    """Go on, with all that is started from now on, in a network that has nothing but a loopback interface."""
    import fcntl
    import socket
    import struct

    unshare(CLONE_NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        request = struct.pack("16sh14x", b"lo", IFF_UP)
        fcntl.ioctl(device, SIOCSIFFLAGS, request)


def unmount(target: str | Path) -> None:
    """Take a mount out of sight at once, and away as soon as nothing uses it."""
    _call("umount2", os.fsencode(target), MNT_DETACH)


def overlay(lower: Path, upper: Path, work: Path, merged: Path) -> None:
    """Lay UPPER over LOWER at MERGED, without ever waiting for the disk: a crash spoils UPPER.

    The kernel's option string has no safe way to write every path (`:` and `,` mean something), so the
    directories are named through descriptors; LOWER goes through a bind mount, which overlayfs follows. In a
    user namespace the kernel's notes on directories that replaced others need a name that its root may write.
    """
    options = "volatile" if Path("/proc/self/uid_map").read_text().split() == ALL_IDS else "volatile,userxattr"
    opened = [os.open(path, os.O_PATH | os.O_DIRECTORY) for path in (lower, upper, work)]
    try:
        lower_, upper_, work_ = (f"/proc/self/fd/{number}" for number in opened)
        mount("overlay", merged, "overlay", 0, f"lowerdir={lower_},upperdir={upper_},workdir={work_},{options}")
    finally:
        for number in opened:
            os.close(number)


def spawn(body: Callable[[], int], joined: Callable[[], None], flags: int = 0) -> tuple[int, int]:
    """Run BODY in its own PID and mount namespace; (our child that waits for its init, that init or 0).

    Init ends as soon as BODY does, our child after it with that status. Whoever kills init, our child or us
    kills all that BODY started, and every mount it made is gone with it. JOINED is called first of all (to
    enter a cgroup). FLAGS are further CLONE_NEW* of the namespaces.
    """
    parent = os.pidfd_open(os.getpid())
    reader, writer = os.pipe()
    keeper = _fork(lambda: _keep(body, joined, parent, writer, flags))
    os.close(writer)
    os.close(parent)
    init = int(os.read(reader, 32) or b"0")
    os.close(reader)
    return keeper, init


def _keep(body: Callable[[], int], joined: Callable[[], None], parent: int, writer: int, flags: int) -> int:
    """Wait for init: only a process that needs no other children may fork into a new PID namespace."""
    joined()
    _die_with(parent)
    me = os.pidfd_open(os.getpid())
    unshare(CLONE_NEWPID)
    init = _fork(lambda: _init(body, me, flags))
    os.write(writer, str(init).encode())
    os.close(writer)
    return _reap_until(init)


def _init(body: Callable[[], int], keeper: int, flags: int) -> int:
    _die_with(keeper)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    unshare(CLONE_NEWNS | CLONE_NEWIPC | flags)
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    return _reap_until(_fork(body))


def _die_with(parent: int) -> None:
    """Be killed when our parent dies, also if it did before we asked."""
    _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if select.select([parent], [], [], 0)[0]:
        os._exit(1)


def _fork(body: Callable[[], int]) -> int:
    pid = os.fork()
    if pid == 0:
        _exit_with(body)
    return pid


def _exit_with(body: Callable[[], int]) -> NoReturn:
    """End this process with what BODY returns; a traceback and 1 if it raises."""
    try:
        status = body()
    except BaseException:  # the edge of a process: nobody above could see it
        traceback.print_exc()
        status = 1
    sys.stderr.flush()
    os._exit(status)


def _reap_until(worker: int) -> int:
    """Reap every orphan; the worker's status once it ends, 128 + N if signal N ended it."""
    while True:
        pid, status = os.wait()
        if pid == worker:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code

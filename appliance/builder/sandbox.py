"""Commands in a buildroot, under bubblewrap: no host files, no other processes, no network unless asked."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATH = "/usr/bin:/bin:/usr/sbin:/sbin"
# What chroot(1) inside needs to become the unprivileged user; all of it is gone once it has.
TO_DROP = ("CAP_SETUID", "CAP_SETGID", "CAP_SYS_CHROOT")
# What installing packages and running their scriptlets needs, and nothing that reaches past the filesystem.
TO_INSTALL = (
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_MKNOD",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
)
TO_MOUNT = ("CAP_SYS_ADMIN",)  # ... which does reach past it: who may mount has all of root's power in the end
SYSTEM = ("/sys/devices/system/cpu", "/sys/devices/system/node")
BITS_32 = {
    "i386": "i686",
    "i486": "i686",
    "i586": "i686",
    "i686": "i686",
    "armv7hl": "armv8l",
    "s390": "s390",
    "ppc": "ppc",
}


@dataclass(frozen=True)
class Sandbox:
    """A view of one buildroot. `uid` is the unprivileged user's number, and its group's.

    With `mounts` root inside may mount, and has the host's loop devices.
    """

    root: Path
    arch: str
    uid: int
    network: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)
    shared: Mapping[str, str] = field(default_factory=dict)
    mounts: bool = False

    def command(
        self,
        inner: Sequence[str],
        *,
        cwd: str = "/builddir",
        as_root: bool = False,
        network: bool | None = None,
    ) -> list[str]:
        """The host's command line that runs INNER inside, through a login shell as a user would."""
        alone = not (self.network if network is None else network)
        return [
            *personality(self.arch),
            "bwrap",
            "--unshare-pid",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup-try",
            *(["--unshare-net"] if alone else []),
            "--die-with-parent",
            "--bind",
            str(self.root),
            "/",
            "--dev",
            "/dev",
            *(self._loops() if self.mounts else self._no_devices()),
            "--proc",
            "/proc",
            "--tmpfs",
            "/dev/shm",  # noqa: S108
            *bound("--ro-bind", self.shown),
            *bound("--bind", self.shared),
            "--hostname",
            platform.node() or "localhost",
            *self._environment(),
            "--cap-drop",
            "ALL",
            *each("--cap-add", self._powers(as_root)),
            "--",
            *([] if as_root else self._drop()),
            "/bin/bash",
            "--login",
            "-c",
            'cd "$0" && exec "$@"',
            cwd,
            *inner,
        ]

    def _no_devices(self) -> list[str]:
        return ["--tmpfs", "/sys", *each("--ro-bind-try", SYSTEM, twice=True), "--remount-ro", "/sys"]

    def _loops(self) -> list[str]:
        """What images are mounted by; no other device of the host's, as they would be at the mercy of its packages."""
        found = sorted(str(path) for path in Path("/dev").glob("loop*"))
        return [*each("--dev-bind", found, twice=True), "--bind", "/sys", "/sys"]

    def _powers(self, as_root: bool) -> tuple[str, ...]:
        if not as_root:
            return TO_DROP
        return (*TO_INSTALL, *TO_MOUNT) if self.mounts else TO_INSTALL

    def _drop(self) -> list[str]:
        return ["chroot", f"--userspec={self.uid}:{self.uid}", "--groups=", "/"]

    def _environment(self) -> list[str]:
        inside = {
            "HOME": "/builddir",
            "PATH": PATH,
            "SHELL": "/bin/bash",
            "TERM": "vt100",
            "LANG": "C.UTF-8",
            "HOSTNAME": platform.node(),
            **self.env,
        }
        return ["--clearenv", *(word for name, value in inside.items() for word in ("--setenv", name, value))]


def installer(root: Path, writable: Sequence[Path], hidden: Sequence[str], arch: str) -> list[str]:
    """What a package manager of the host runs under to work on ROOT: the host read-only, no power over it."""
    return [
        *personality(arch),
        "bwrap",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--die-with-parent",
        "--ro-bind",
        "/",
        "/",
        *each("--tmpfs", hidden),
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        *each("--bind", [str(path) for path in (root, *writable)], twice=True),
        "--dev",
        f"{root}/dev",
        "--proc",
        f"{root}/proc",
        "--cap-drop",
        "ALL",
        *each("--cap-add", TO_INSTALL),
        "--",
    ]


def bound(option: str, places: Mapping[str, str]) -> list[str]:
    """What lets a command see PLACES ({there: here}), at the end of directories that it may pass."""
    return [word for place, outer in places.items() for word in (*passable(Path(place).parent), option, outer, place)]


def passable(directory: Path) -> list[str]:
    """Make a directory that everybody may pass; those that bubblewrap makes unasked are root's alone."""
    return [word for each in [*reversed(directory.parents), directory][1:] for word in ("--dir", str(each))]


def personality(arch: str) -> list[str]:
    """What makes a 64-bit kernel call itself by the name of a 32-bit arch."""
    return ["setarch", BITS_32[arch], "--"] if arch in BITS_32 and os.uname().machine != BITS_32[arch] else []


def each(option: str, values: Sequence[str], *, twice: bool = False) -> list[str]:
    return [word for value in values for word in ((option, value, value) if twice else (option, value))]

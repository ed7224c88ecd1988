"""Small real packages with changelogs, files and dependencies, made by rpmbuild once and kept for the next run."""

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "appliance-ui"

_SPEC = """
Name: {name}
Version: {version}
Release: {release}.fc42
Summary: {summary}
License: GPL-2.0-or-later
URL: https://example.com/{name}
{requires}
%description
{summary}.
%install
{install}
%files
{files}
%changelog
{changelog}
"""


@dataclass(frozen=True)
class Package:
    """One source package: FILES are paths with their sizes in bytes, CHANGELOG entries the newest first."""

    name: str
    version: str
    release: str
    summary: str
    arches: tuple[str, ...]
    files: tuple[tuple[str, int], ...]
    requires: tuple[str, ...] = ()
    changelog: tuple[str, ...] = ()

    @property
    def nvr(self) -> str:
        return f"{self.name}-{self.version}-{self.release}.fc42"

    @property
    def srpm(self) -> Path:
        return self.room() / f"{self.nvr}.src.rpm"

    def rpms(self, arch: str) -> list[Path]:
        return sorted(self.room().glob(f"*.{arch}.rpm"))

    def room(self) -> Path:
        """The directory with its files, which are made now if they are not there."""
        recipe = repr(self) + _SPEC
        place = CACHE / f"{self.nvr}-{hashlib.sha256(recipe.encode()).hexdigest()[:10]}"
        if not place.exists():
            self._make(place)
        return place

    def _make(self, place: Path) -> None:
        beside = place.with_name(f".{place.name}.{os.getpid()}")
        beside.mkdir(parents=True)
        spec = beside / f"{self.name}.spec"
        spec.write_text(self._spec())
        for arch in self.arches:
            words = ["-bb", "--target", arch] if arch != self.arches[0] else ["-ba", "--target", arch]
            defines = [f"_topdir {beside}/top", f"_rpmdir {beside}", f"_srcrpmdir {beside}",
                       "_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm", "dist .fc42",
                       "_build_id_links none", "debug_package %{nil}", "__os_install_post %{nil}"]  # fmt: skip
            options = [word for define in defines for word in ("-D", define)]
            subprocess.run(["rpmbuild", "--quiet", *words, *options, spec], check=True, capture_output=True)
        subprocess.run(["rm", "-rf", beside / "top"], check=True)
        beside.rename(place)

    def _spec(self) -> str:
        install = [f"install -d $(dirname %{{buildroot}}{path}); head -c {size} /dev/zero > %{{buildroot}}{path}"
                   for path, size in self.files]  # fmt: skip
        return _SPEC.format(
            name=self.name, version=self.version, release=self.release, summary=self.summary,
            requires="\n".join(f"Requires: {each}" for each in self.requires),
            install="\n".join(install), files="\n".join(path for path, _ in self.files),
            changelog="\n".join(self.changelog),
        )  # fmt: skip


_BOTH = ("x86_64", "aarch64")
_MIRA = "Mira Okafor <mira@example.com>"

QUAY_OLD = Package(
    "libquay",
    "1.4.1",
    "2",
    "Asynchronous sockets without surprises",
    _BOTH,
    (("/usr/lib64/libquay.so.1.4", 81_920), ("/usr/share/doc/libquay/README", 2_048)),
    ("glibc",),
    (f"* Mon Oct 05 2026 {_MIRA} - 1.4.1-2\n- Rebuilt for the new compiler",),
)
QUAY = Package(
    "libquay",
    "1.4.2",
    "1",
    "Asynchronous sockets without surprises",
    _BOTH,
    (
        ("/usr/lib64/libquay.so.1.4", 90_112),
        ("/usr/lib64/quay/plugins/tls.so", 24_576),
        ("/usr/share/doc/libquay/NEWS", 4_096),
    ),
    ("glibc", "openssl-libs >= 3.2"),
    (
        f"* Thu Nov 19 2026 {_MIRA} - 1.4.2-1\n- New upstream release with TLS plug-ins\n- Resolves #412",
        f"* Mon Oct 05 2026 {_MIRA} - 1.4.1-2\n- Rebuilt for the new compiler",
    ),
)
HARBOR = Package(
    "harbor-cli",
    "2.1.0",
    "1",
    "Talk to a harbor from the command line",
    _BOTH,
    (("/usr/bin/harbor", 61_440), ("/usr/share/man/man1/harbor.1", 6_144)),
    ("libquay >= 1.4", "bash"),
    (f"* Fri Nov 20 2026 {_MIRA} - 2.1.0-1\n- harbor watch follows a ship",),
)
LANTERN = Package(
    "python-lanternfish",
    "0.9.3",
    "4",
    "Find light in deep logs",
    ("noarch",),
    (("/usr/lib/python3.13/site-packages/lanternfish/__init__.py", 9_216),),
    ("python3 >= 3.11",),
    ("* Wed Nov 18 2026 Jonas Brandt <jonas@example.com> - 0.9.3-4\n- Noarch again",),
)
FONTS = Package(
    "driftwood-fonts", "3.0", "7", "A quiet sans serif", ("noarch",),
    (("/usr/share/fonts/driftwood/Driftwood-Regular.otf", 184_320),
     ("/usr/share/fonts/driftwood/Driftwood-Bold.otf", 190_464)),
)  # fmt: skip
TIDE_OLD = Package(
    "tidewater", "3.1.4", "2", "Keeps services afloat", _BOTH, (("/usr/sbin/tidewaterd", 139_264),), ("libquay >= 1.4",),
)  # fmt: skip
TIDE = Package(
    "tidewater", "3.2.0", "1", "Keeps services afloat", _BOTH,
    (("/usr/sbin/tidewaterd", 143_360), ("/usr/lib/systemd/system/tidewater.service", 512)), ("libquay >= 1.4",),
)  # fmt: skip
TIDE_NEXT = Package(
    "tidewater", "3.2.1", "1", "Keeps services afloat", _BOTH, (("/usr/sbin/tidewaterd", 144_384),), ("libquay >= 1.4",),
)  # fmt: skip
MOORING = Package(
    "mooring", "1.0", "1", "Ties processes to their parents", _BOTH, (("/usr/bin/mooring", 30_720),), (),
)  # fmt: skip
ANCHOR = Package(
    "anchorage", "0.4", "1", "Keeps a shell where it is", ("noarch",), (("/usr/bin/anchorage", 20_480),), ("bash",),
    (f"* Fri Nov 20 2026 {_MIRA} - 0.4-1\n- First release",),
)  # fmt: skip
ALL = (ANCHOR, TIDE_OLD, QUAY_OLD, QUAY, HARBOR, LANTERN, FONTS, TIDE, TIDE_NEXT, MOORING)

"""The main job, shown: a source package is built through koji and through copr-cli, and dnf installs the result."""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.clients.site import CHROOT, Site, distribution, sample, samples


def main() -> int:
    """Run the demo in a directory that is gone afterwards; the exit status."""
    print("A small RPM distribution to build with, and GNU hello's source package:")
    timed("made", lambda: (distribution(), samples()))
    with tempfile.TemporaryDirectory(prefix="appliance-demo-") as room:
        site = Site(Path(room))
        timed("init and bootstrap", site.prepare)
        timed(f"serving {room}", site.start)
        try:
            show(site, Path(room))
        finally:
            site.stop()
    print("Nothing is left running.")
    return 0


def show(site: Site, room: Path) -> None:
    """The three results."""
    source = sample("hello")
    site.koji("add-pkg", "--owner", "kojiadmin", "demo", "hello")
    timed("koji build demo hello", lambda: site.koji("build", "--wait", "demo", source), koji_result(site))
    site.copr("create", "demo", "--chroot", CHROOT)
    timed("copr-cli build demo hello", lambda: build_in_copr(site, source), copr_result)
    root = room / "root"
    repo = f"/coprs/alice/demo/repo/{CHROOT.rsplit('-', 1)[0]}/dnf.repo"
    timed("dnf install hello", lambda: site.dnf_install(root, repo, "hello"), lambda _: greeting(root))


def build_in_copr(site: Site, source: Path) -> str:
    """Build, and ask for the state more often than copr-cli's own 30 seconds."""
    number = re.findall(r"\d+", site.copr("build", "--nowait", "demo", source))[-1]
    while site.copr("status", number).strip() in ("importing", "pending", "starting", "running", "waiting"):
        time.sleep(0.3)
    return site.copr("watch-build", number)


def koji_result(site: Site) -> Callable[[str], str]:
    return lambda _: site.koji("latest-build", "--quiet", "demo", "hello").split()[0]


def copr_result(said: str) -> str:
    return " ".join(re.findall(r"Build \d+\S*: \w+|succeeded", said)[-1:])


def greeting(root: Path) -> str:
    """What the installed program says, run in the root that dnf made."""
    done = subprocess.run(["chroot", str(root), "/usr/bin/hello"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def timed(what: str, act: Callable[[], Any], result: Callable[[Any], str] | None = None) -> None:
    """Do it, and print what it was, its result, and the seconds that it took."""
    begun = time.monotonic()
    value = act()
    seconds = time.monotonic() - begun
    print(f"  {what}: {result(value) + ', ' if result else ''}{seconds:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())

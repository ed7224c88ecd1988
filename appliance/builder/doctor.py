"""What a build needs of this host, looked at one by one: whether it is there, and how to mend it if not."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.builder import arches, mock, probe, process, sandbox
from appliance.builder.revision import read as read_url
from appliance.db.connection import Row
from appliance.hub import mock_chroots
from appliance.hub.hub import Call, Hub
from appliance.settings import Settings

PROGRAMS = {"overlay": ("dnf", "rpm", "bwrap", "unshare", "createrepo_c"), "mock": ("rpm", "bwrap", "unshare")}
_READS_GROUPS = "import libcomps; list(each for each in libcomps.Comps().groups)"
_AHEAD = 60.0  # seconds that the newest event may lie in the future


@dataclass(frozen=True)
class Finding:
    """One thing looked at. No build can run without what is VITAL; MEND says what to do if it is not OK."""

    name: str
    ok: bool
    text: str
    mend: str = ""
    vital: bool = True

    @property
    def mark(self) -> str:
        return "ok" if self.ok else ("MISSING" if self.vital else "note")


def examine(state: Path, settings: Settings, hub: Hub | None) -> Iterator[Finding]:
    """Everything, in the order in which a reader would mend it. HUB is None where there is no state yet."""
    told = mock.version() if settings.builder.kind in ("auto", "mock") else ""
    yield _way(settings, told)
    yield from _mock(settings, told)
    yield _programs("mock" if told else "overlay")
    if not told:
        yield _groups()
    yield _kernel(hub.paths.cache if hub else _existing(state))
    yield _arches()
    yield _disk(_existing(state), settings)
    yield _memory()
    if hub is None:
        yield Finding("state", False, f"{state} is not a state directory", f"appliance --state {state} init")
        return
    with hub.read() as call:
        for look in _LOOKS:
            yield from look(call)


def _way(settings: Settings, told: str) -> Finding:
    """Which builder, and as whom; TOLD is the version of the mock that is to be used."""
    builder = f"mock {told}" if told else "overlay"
    if settings.builder.kind == "mock" and not told:
        text = f"builder.kind is mock, and {mock.problem() or 'there is no mock here'}"
        mend = "install your distribution's mock (not PyPI's library of that name), or set builder.kind"
        return Finding("builder", False, text, mend)
    if os.geteuid() == 0:
        return Finding("builder", True, f"{builder}, as root; inside the buildroot as uid {settings.builder.uid}")
    if _subordinate():
        return Finding("builder", True, f"{builder}, as {_me()} in a user namespace of subordinate ids")
    mend = f"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {_me()} (and install newuidmap)"
    return Finding("builder", False, f"{_me()} is not root and has no subordinate ids", mend)


def _mock(settings: Settings, told: str) -> Iterator[Finding]:
    """What keeps a mock that is here from building."""
    if settings.builder.kind == "auto" and (problem := mock.problem()):
        mend = "mend it (it wants a group `mock`); builds go by the overlay builder meanwhile"
        yield Finding("mock", False, f"it is here and does not run: {problem}", mend, vital=False)
    if told and _rpm_at_home():
        mend = "echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros.mock"
        yield Finding("mock", False, "rpm keeps its database in a home directory, where mock's roots have none", mend)


def _rpm_at_home() -> bool:
    """Debian's rpm does: called with another home it works on another database."""
    environment = {**os.environ, "HOME": "/elsewhere"}
    asked = subprocess.run(["rpm", "--eval", "%_dbpath"], capture_output=True, text=True, check=False, env=environment)
    return asked.stdout.startswith("/elsewhere")


def _me() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _subordinate() -> bool:
    return process.answer([*process.as_root(), "true"], probe.SECONDS)[0] == 0


def _programs(builder: str) -> Finding:
    """The programs that the builder starts on the host."""
    wanted = PROGRAMS[builder]
    missing = [name for name in wanted if not shutil.which(name)]
    mend = f"install the packages that have {', '.join(missing)}; `make setup` does"
    return Finding("programs", not missing, f"not on PATH: {', '.join(missing)}" if missing else " ".join(wanted), mend)


def _groups() -> Finding:
    """Whether dnf's libcomps survives what dnf asks of it for each @group: Debian 13's does not (0.1.21, Python 3.13)."""
    status, _ = process.answer(["python3", "-c", _READS_GROUPS], probe.SECONDS, {"PATH": sandbox.PATH})
    dies = status < 0
    text = "dnf's libcomps crashes when it reads package groups" if dies else "dnf can read package groups"
    mend = "bring a python3-libcomps later than 0.1.21 (Debian 13's has the fault), or use mock"
    return Finding("groups", not dies, text, mend)


def _kernel(cache: Path) -> Finding:
    said = probe.run(cache)
    mend = "allow user and mount namespaces and overlayfs here (in a container: --privileged), on ext4 or xfs"
    return Finding("isolation", not said, said or "namespaces, an overlay and a sandbox work", mend)


def _arches() -> Finding:
    foreign = "install qemu-user-static and register it with binfmt_misc for others"
    return Finding("arches", True, f"{' '.join(arches.mine())} noarch ({foreign})")


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.resolve().parents) if each.exists())


def _disk(place: Path, settings: Settings) -> Finding:
    free, wanted = shutil.disk_usage(place).free >> 20, settings.builder.min_disk_mb
    text = f"{free} MiB free at {place}; no build starts below {wanted}"
    return Finding("disk", free >= wanted, text, "make room, or lower builder.min_disk_mb")


def _memory() -> Finding:
    pages = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    free = int(pages["MemAvailable"].split()[0]) >> 10
    return Finding("memory", free >= 512, f"{free} MiB available", "a build wants half a GiB", vital=False)


# what the state says


def _clock(call: Call) -> Iterator[Finding]:
    newest = call.tx.value("SELECT MAX(time) FROM events") or 0.0
    ahead = newest - time.time()
    text = f"the newest event is {ahead:.0f} s in the future" if ahead > _AHEAD else time.strftime("%F %T %Z")
    yield Finding("clock", ahead <= _AHEAD, text, "set this machine's clock; events must not go back in time", False)


def _database(call: Call) -> Iterator[Finding]:
    said = call.hub.database.check()
    yield Finding("database", said == "ok", str(said), "restore the last backup: appliance restore")


def _chroots(call: Call) -> Iterator[Finding]:
    """The chroots and build tags: at least one that this host could build in must be there."""
    names = mock_chroots.active_names(call)
    bad = {name: problem for name in names if (problem := _problem(mock_chroots.config(call, name), name))}
    good = [name for name in names if name not in bad]
    tags = call.tx.column(_BUILD_TAGS)
    text = f"{_counted(good, 'chroot')} to build in; {_counted(tags, 'build tag')}"
    mend = "name a chroot or a target in a file for: appliance bootstrap FILE"
    yield Finding("chroots", bool(good or tags), text, mend)
    for name, problem in bad.items():
        yield Finding("chroot", False, f"{name}: {problem}", "give its [[chroot]] a config or packages", vital=False)


def _counted(names: list[str], what: str) -> str:
    """How many there are, and the first of them."""
    told = f"{len(names) or 'no'} {what}{'' if len(names) == 1 else 's'}"
    return told + (f" ({', '.join(names[:5])}{', ...' if len(names) > 5 else ''})" if names else "")


_BUILD_TAGS = """
SELECT DISTINCT t.name FROM build_target_config c JOIN tag t ON t.id = c.build_tag
JOIN tag_config g ON g.tag_id = t.id AND g.revoke_event IS NULL AND g.arches <> ''
WHERE c.revoke_event IS NULL ORDER BY t.name
"""


def _problem(config: Row | None, name: str) -> str:
    """Why a chroot can't be built in; "" if nothing is seen that would hinder it."""
    if name.rsplit("-", 1)[1] not in arches.mine():
        return "of an architecture that this host does not run"
    if not config:
        return "it is but a name"
    path = config.get("config")
    if path and not Path(path).exists():
        return f"its configuration {path} is not there"
    return next((said for url in _local_urls(config) if (said := _unread(url))), "")


def _local_urls(config: Row) -> Iterator[str]:
    """Its repositories on this machine; those elsewhere may be away for a moment: the build asks them."""
    for repo in config.get("repo", ()):
        urls = repo.get("baseurl", ())
        named = [urls] if isinstance(urls, str) else urls
        yield from (url for url in named if url.startswith("file:") and "$" not in url)


def _unread(url: str) -> str:
    try:
        read_url(url.rstrip("/") + "/repodata/repomd.xml")
    except OSError as error:
        return f"{url}: {error}"
    return ""


_LOOKS: tuple[Callable[[Call], Iterator[Finding]], ...] = (_database, _clock, _chroots)

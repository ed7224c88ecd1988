"""The hub that a test holds: what it was asked to be, being served, and those who ask it."""

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import koji

from appliance import settings
from appliance.app import Appliance
from appliance.builder import local
from appliance.hub import bootstrap
from appliance.hub.hub import Hub
from appliance.testing import clients, rpmfile, simulated, template
from appliance.testing.faults import Faults
from appliance.testing.recording import Recorder
from appliance.testing.seeding import Seed


@dataclass(frozen=True)
class Wanted:
    """What a hub for a test shall be.

    BOOTSTRAP names a bootstrap file, or several. SETTINGS is what appliance.toml would say, as a dict. CLOCK
    tells the hub the time (see `clock.Clock`). BUILDER is None: tasks wait until the session `builder` takes
    them; or one of the settings' kinds. CHROOTS are Copr's.
    """

    bootstrap: Path | str | Sequence[Path | str] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    clock: Callable[[], float] | None = None
    builder: str | None = None
    chroots: Sequence[str] = template.CHROOTS

    @property
    def files(self) -> tuple[Path, ...]:
        given = [self.bootstrap] if isinstance(self.bootstrap, (str, Path)) else self.bootstrap
        return tuple(Path(each).resolve() for each in given)


class TestHub:
    """A served hub. `url` is its root; `admin`, `user`, `builder` and `anonymous` are Koji's client, logged in
    as these; `copr` and `copr_user` are Copr's, with the tokens of admin and user; `seed` makes builds, `faults`
    makes things go wrong, `record` writes down what is called.
    """

    __test__ = False  # pytest: a name, no test

    def __init__(self, hub: Hub, room: Path, builder: bool) -> None:
        self.hub = hub
        self.room = room
        self.faults: Faults
        self._recorder: Recorder
        self.appliance = Appliance(hub, "127.0.0.1:0", builder=builder, wrap=self._wrap)
        self.appliance.start()
        self.url = self.appliance.url
        self.seed = Seed(self.hub)
        self._opened: list[koji.ClientSession] = []
        self._closed = False

    def _wrap(self, served: Any) -> Any:
        self._recorder = Recorder(served)
        self.faults = Faults(self.hub, self._recorder)
        return self.faults

    def record(self, path: Path | str) -> None:
        """Write every call with its answer to a file from now on; `appliance.testing.replay` serves it."""
        self._recorder.start(path)

    def session(self, name: str | None = None, **opts: Any) -> koji.ClientSession:
        """A further client of Koji's, as NAME or as nobody, with options of its own."""
        opened = clients.koji_session(self.hub, self.url, name, **opts)
        self._opened.append(opened)
        return opened

    @cached_property
    def admin(self) -> koji.ClientSession:
        return self.session("admin")

    @cached_property
    def user(self) -> koji.ClientSession:
        return self.session("user")

    @cached_property
    def builder(self) -> koji.ClientSession:
        """The session of the build host `builder`, an exclusive one, as kojid has it."""
        return self.session("builder")

    @cached_property
    def anonymous(self) -> koji.ClientSession:
        return self.session()

    @cached_property
    def copr(self) -> Any:
        return clients.copr_client(self.url, "admin")

    @cached_property
    def copr_user(self) -> Any:
        return clients.copr_client(self.url, "user")

    @property
    def topurl(self) -> str:
        """Where Koji's files are."""
        return f"{self.url}/kojifiles"

    def script(self, package: str = "*", **rule: Any) -> None:
        """Say how the simulated builder ends the builds of PACKAGE: `end, arch, rpms, failure, message, log,
        delay, times` as in `simulated.Rule`. What was said first counts first.
        """
        simulated.add_rule(self.hub.paths.cache, simulated.Rule(package, **rule))

    def source(self, nvr: str, **spec: Any) -> Path:
        """A source package of that name, to be submitted."""
        named = {key: koji.parse_NVR(nvr)[key] for key in ("name", "version", "release")}
        return rpmfile.write(self.room / "sources", rpmfile.Spec(**named, arch="src", **spec), whole=True)[0]

    def password(self, name: str) -> str:
        """What `koji --password` wants, which takes none from a profile."""
        return template.PEOPLE[name]

    def home(self, name: str = "user") -> Path:
        """A home directory in which `koji` and `copr-cli` find this hub, the latter as NAME."""
        home = self.room / "homes" / name
        if not home.exists():
            clients.furnish(home, self.url, name)
        return home

    def environment(self, name: str = "user") -> dict[str, str]:
        """The environment of programs that shall use this hub as NAME."""
        return clients.environment(self.home(name))

    def close(self) -> None:
        """Stop serving; the end of the block that the hub was made for does that, too, unless it is done by then."""
        if self._closed:
            return
        self._closed = True
        for opened in self._opened:
            opened.rsession.close()
        self.appliance.stop()


@contextmanager
def serving(wanted: Wanted) -> Iterator[TestHub]:
    """Serve a hub for as long as the block lasts; nothing of it is left."""
    logging.getLogger("waitress").setLevel(logging.ERROR)
    room = Path(tempfile.mkdtemp(prefix="appliance-hub-"))
    try:
        found = TestHub(_hub(wanted, room / "state"), room, wanted.builder is not None)
        try:
            yield found
        finally:
            found.close()
    finally:
        shutil.rmtree(room)


def _hub(wanted: Wanted, state: Path) -> Hub:
    template.copied(state, wanted.files, tuple(wanted.chroots))
    known = settings.filled(dict(wanted.settings))
    if wanted.builder:
        known.builder.kind = wanted.builder
    hub = Hub(state, known, **({"clock": wanted.clock} if wanted.clock else {}))
    if wanted.builder:
        with hub.write() as call:
            call.session = bootstrap.operator(call)
            local.register(call)
    return hub

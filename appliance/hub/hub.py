"""The hub: what every verb needs at hand (database, settings, paths, clock, bell), and the unit of work it
gives out.
"""

import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from appliance.db.connection import Database, Transaction
from appliance.db.schema import migrate
from appliance.hub.activity import Activity
from appliance.hub.digests import Digests
from appliance.hub.kept import Kept
from appliance.hub.passwords import Throttle
from appliance.hub.wakeups import Bell
from appliance.paths import Paths
from appliance.settings import Settings

_KEPT = 100_000  # packages that repositories list, of some 1,500 bytes each with what is compressed of them


@dataclass(frozen=True)
class Origin:
    """Where a request came from, and what the way in has proven about who sent it.

    PRINCIPAL is a Kerberos principal; VERIFIED and SUBJECT are what the web server says of a client
    certificate.
    """

    address: str = "-"
    principal: str | None = None
    verified: str | None = None
    subject: str | None = None


@dataclass
class Session:
    """Who asks: an anonymous caller has no user_id; `perms` are the names of the permissions that hold
    now.
    """

    id: int | None = None
    user_id: int | None = None
    user_name: str | None = None
    usertype: int = 0
    authtype: int | None = None
    hostip: str | None = None
    master: int | None = None
    exclusive: bool = False
    locked: bool = False
    callnum: int | None = None
    host_id: int | None = None
    perms: Set[str] = frozenset()
    origin: Origin = field(default_factory=Origin)

    @property
    def logged_in(self) -> bool:
        return self.user_id is not None

    def may(self, permission: str) -> bool:
        """Whether the user holds PERMISSION, which an admin always does."""
        return permission in self.perms or "admin" in self.perms


ANONYMOUS = Session()


@dataclass
class Call:
    """One unit of work: a transaction, who asks for it, and the hub it happens in. Every verb takes it first.

    BASE_URL is how the asker reaches this server, without a slash at its end; addresses in answers begin
    with it.
    """

    hub: "Hub"
    tx: Transaction
    session: Session = field(default_factory=Session)
    base_url: str = ""

    @property
    def user_id(self) -> int:
        """The asking user's id; 0 for an anonymous caller, who owns nothing."""
        return self.session.user_id or 0

    @property
    def settings(self) -> Settings:
        return self.hub.settings

    @property
    def paths(self) -> Paths:
        return self.hub.paths

    def now(self) -> float:
        """Seconds since the epoch, by the hub's clock."""
        return self.tx.now()

    def ring(self, *topics: str) -> None:
        """Wake those who wait for TOPICS, once this unit of work is durable."""
        self.tx.after_commit(lambda: self.hub.bell.ring(*topics))


class Hub:
    """One state directory, opened. Several may live in one process."""

    def __init__(self, state: Path, settings: Settings | None = None, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings or Settings()
        self.paths = Paths(state)
        self.clock = clock
        self.bell = Bell()
        self.activity = Activity()
        self.digests = Digests()
        self.kept = Kept(_KEPT)
        self.throttle = Throttle()
        self.last_run = 0.0  # when the scheduler was last asked to run and did
        self.parts: dict[str, Callable[[], str]] = {}  # what the process runs beside the hub says how it is
        self.database = Database(self.paths.database, clock)

    def migrate(self) -> None:
        """Bring the database to this version's schema."""
        migrate(self.database)

    @contextmanager
    def read(self, session: Session | None = None) -> Iterator[Call]:
        """A unit of work that only looks."""
        with self.database.read() as tx:
            yield Call(self, tx, session or Session())

    @contextmanager
    def write(self, session: Session | None = None) -> Iterator[Call]:
        """A unit of work that may change things; it is durable when the block ends."""
        with self.database.write() as tx:
            yield Call(self, tx, session or Session())

    def close(self) -> None:
        self.bell.close()
        self.database.close()

"""Hubs with years behind them: state directories whose rows come from a fixed seed, at any size.

A history is so many lines of products. A line is 200 packages with ten builds each in a tag that a build tag
inherits from through an overriding one; each build has five tasks, ten RPMs, two buildroots and its taggings.
A larger history has more lines of the same size, so that a question about one line has the same answer size.
"""

import hashlib
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import koji

from appliance.db import models
from appliance.hub import state, users

SEED = 20240229
START = 1_500_000_000.0
PACKAGES, ROUNDS, RPMS, TASKS = 200, 10, 10, 5
BUILDS_A_LINE = PACKAGES * ROUNDS
SMALL, LARGE = 1, 100  # lines: 2 k and 200 k builds
SHARED = 5  # lines that have a package in common
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "appliance-bench"
USER, PASSWORD = "bench", "bench"

_COMPLETE, _CLOSED = koji.BUILD_STATES["COMPLETE"], koji.TASK_STATES["CLOSED"]
_REQUEST = koji.xmlrpcplus.dumps(
    ("cli-build/1700000000.123456.AbCdEfGh/some-package-1.0-1.src.rpm", "line-000", {}), methodname="build"
)
_KINDS = (
    ("", "x86_64"), ("-libs", "x86_64"), ("-devel", "x86_64"), ("-debuginfo", "x86_64"), ("-doc", "noarch"),
    ("", "i686"), ("-libs", "i686"), ("-devel", "i686"), ("-debuginfo", "i686"), ("", "src"),
)  # fmt: skip
_METHODS = (
    ("build", "noarch", "default"), ("rebuildSRPM", "noarch", "default"), ("buildArch", "x86_64", "default"),
    ("buildArch", "i686", "default"), ("tagBuild", "noarch", "default"),
)  # fmt: skip


def made(lines: int) -> Path:
    """A state directory with LINES lines of history that nobody else writes to, below the cache; kept there.

    Copy it before it is served.
    """
    place = CACHE / f"history-{lines}-{_version()}"
    if not place.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(dir=CACHE, prefix=".making-"))
        try:
            make(room / "state", lines)
            (room / "state").rename(place)
        finally:
            shutil.rmtree(room)
    return place


def _version() -> str:
    """What the rows depend on: this module and the tables."""
    sources = [Path(__file__), *sorted(Path(models.__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def make(path: Path, lines: int) -> None:
    """A new state directory with the rows of LINES lines."""
    state.init(path, empty=True)
    hub = state.open_hub(path)
    with hub.write() as call:
        users.bring_about(call, {"name": USER, "password": PASSWORD, "permissions": ["admin"]})
    hub.close()
    with _fast(path / "appliance.db") as connection:
        Writer(connection, lines).write()


class _fast:
    """A connection for one large load: no syncs, no indexes until the end."""

    def __init__(self, database: Path) -> None:
        self.connection = sqlite3.connect(database, isolation_level=None)

    def __enter__(self) -> sqlite3.Connection:
        execute = self.connection.execute
        for pragma in ("synchronous=off", "journal_mode=off", "cache_size=-400000", "foreign_keys=0"):
            execute(f"PRAGMA {pragma}")
        self.indexes = execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL").fetchall()
        for name, _ in self.indexes:
            execute(f'DROP INDEX "{name}"')
        execute("BEGIN")
        return self.connection

    def __exit__(self, *error: object) -> None:
        self.connection.execute("COMMIT")
        for _, sql in self.indexes:
            self.connection.execute(sql)
        self.connection.execute("PRAGMA journal_mode=wal")
        self.connection.close()


class Writer:
    """Writes the rows of a history, line after line, under events that grow with time."""

    def __init__(self, connection: sqlite3.Connection, lines: int) -> None:
        self.connection = connection
        self.lines = lines
        self.random = random.Random(SEED)
        self.event = self._one("SELECT MAX(id) FROM events") or 0
        self.user = self._one("SELECT id FROM users WHERE name = ?", USER)
        self.channel = self._one("SELECT id FROM channels WHERE name = 'default'")
        self.btype = self._one("SELECT id FROM btype WHERE name = 'rpm'")
        self.builds = self.tasks = self.buildroots = self.rpms = self.repos = 0
        self.package_count = max(PACKAGES, PACKAGES * lines // SHARED)

    def _one(self, sql: str, *values: Any) -> Any:
        return self.connection.execute(sql, values).fetchone()[0]

    def write(self) -> None:
        self.moment = START
        self._common()
        for line in range(self.lines):
            self._tags(line)
        for round_ in range(ROUNDS):
            for line in range(self.lines):
                self._round(line, round_)

    # small tables

    def _common(self) -> None:
        first = self._next_event()
        self._put("package", ({"id": each + 1, "name": name_of(each)} for each in range(self.package_count)))
        self._put(
            "users",
            ({"id": 1000 + each, "name": f"maintainer{each}", "status": 0, "usertype": 0} for each in range(50)),
        )
        self._put("users", [{"id": 999, "name": "builder.example.com", "status": 0, "usertype": 1}])
        self._put("host", [{"id": 1, "user_id": 999, "name": "builder.example.com", "task_load": 0.0, "ready": 0}])
        self._put("host_config", [self._since(first, host_id=1, arches="x86_64 i686", capacity=4.0, enabled=1)])
        self._put("host_channels", [self._since(first, host_id=1, channel_id=self.channel)])

    def _tags(self, line: int) -> None:
        """LINE, its -override that inherits it, the -build that inherits that; the -candidate alone."""
        event = self._next_event()
        base = 4 * line
        names = [f"line-{line:03d}{part}" for part in ("", "-override", "-build", "-candidate")]
        self._put("tag", ({"id": base + at, "name": name} for at, name in enumerate(names, 1)))
        self._put(
            "tag_config",
            (
                self._since(
                    event,
                    tag_id=base + at,
                    arches="x86_64 i686" if at == 3 else None,
                    locked=0,
                    maven_support=0,
                    maven_include_all=0,
                )
                for at in range(1, 5)
            ),
        )
        self._put(
            "tag_inheritance",
            (
                self._since(
                    event,
                    tag_id=child,
                    parent_id=child - 1,
                    priority=0,
                    maxdepth=None,
                    intransitive=0,
                    noconfig=0,
                    pkg_filter="",
                )
                for child in (base + 2, base + 3)
            ),
        )
        listed = [(base + at, package) for at in (1, 4) for package in self._packages(line)]
        self._put(
            "tag_packages",
            (self._since(event, tag_id=tag, package_id=package, blocked=0) for tag, package in listed),
        )
        self._put(
            "tag_package_owners",
            (self._since(event, tag_id=tag, package_id=package, owner=1000 + package % 50) for tag, package in listed),
        )
        self._put("build_target", [{"id": line + 1, "name": f"line-{line:03d}"}])
        self._put(
            "build_target_config",
            [self._since(event, build_target_id=line + 1, build_tag=base + 3, dest_tag=base + 1)],
        )

    def _packages(self, line: int) -> list[int]:
        """Ids of the line's packages; a package is in SHARED lines, far from one another."""
        start = line * PACKAGES
        return [(start + each) % self.package_count + 1 for each in range(PACKAGES)]

    # builds

    def _round(self, line: int, round_: int) -> None:
        """A build of each of the line's packages, and a repository after every hundred."""
        for at, package in enumerate(self._packages(line)):
            self._build(line, round_, package)
            if at % 100 == 99:
                self._repository(line)

    def _build(self, line: int, round_: int, package: int) -> None:
        self.builds += 1
        created, ended = self._next_event(), self.moment + 200
        self._put_tasks(package)
        version, release = f"{line + 1}.{round_ + 1}", f"{1 + self.random.randrange(4)}.el9"
        self._put(
            "build",
            [
                {
                    "id": self.builds,
                    "volume_id": 0,
                    "pkg_id": package,
                    "version": version,
                    "release": release,
                    "epoch": None,
                    "draft": 0,
                    "source": f"git+https://git.example.com/{name_of(package - 1)}#{'0' * 40}",
                    "create_event": created,
                    "start_time": self.moment,
                    "completion_time": ended,
                    "state": _COMPLETE,
                    "task_id": self.tasks - 4,
                    "owner": 1000 + package % 50,
                }
            ],
        )
        self._put("build_types", [{"build_id": self.builds, "btype_id": self.btype}])
        self._put_rpms(package, version, release)
        self._put_taggings(line, round_)

    def _put_tasks(self, package: int) -> None:
        parent = self.tasks + 1
        self.tasks += TASKS
        self._put(
            "task",
            (
                {
                    "id": parent + at,
                    "state": _CLOSED,
                    "create_time": self.moment,
                    "start_time": self.moment + 1,
                    "completion_time": self.moment + 200,
                    "channel_id": self.channel,
                    "host_id": 1,
                    "parent": parent if at else None,
                    "label": f"{arch}-{at}" if at else None,
                    "waiting": 0,
                    "awaited": 0,
                    "owner": 1000 + package % 50,
                    "method": method,
                    "request": _REQUEST,
                    "result": "<params/>",
                    "arch": arch,
                    "priority": 20,
                    "weight": 1.0,
                }
                for at, (method, arch, _) in enumerate(_METHODS)
            ),
        )

    def _put_rpms(self, package: int, version: str, release: str) -> None:
        roots = {"x86_64": self.buildroots + 1, "i686": self.buildroots + 2}
        self.buildroots += 2
        self._put(
            "buildroot",
            (
                {
                    "id": root,
                    "br_type": 0,
                    "host_arch": arch,
                    "container_type": "chroot",
                    "container_arch": arch,
                }
                for arch, root in roots.items()
            ),
        )
        self._put(
            "standard_buildroot",
            (
                {
                    "buildroot_id": root,
                    "host_id": 1,
                    "repo_id": max(self.repos, 1),
                    "task_id": self.tasks - 2,
                    "create_event": self.event,
                    "retire_event": self.event,
                    "state": 3,
                }
                for root in roots.values()
            ),
        )
        name = name_of(package - 1)
        self._put(
            "rpminfo",
            (
                {
                    "id": self.rpms + at,
                    "build_id": self.builds,
                    "buildroot_id": roots.get(arch, roots["x86_64"]),
                    "name": name + suffix,
                    "version": version,
                    "release": release,
                    "epoch": None,
                    "arch": arch,
                    "draft": None,
                    "external_repo_id": 0,
                    "payloadhash": f"{self.rpms + at:032x}",
                    "size": 10_000 + self.random.randrange(1_000_000),
                    "buildtime": int(self.moment),
                    "metadata_only": 0,
                }
                for at, (suffix, arch) in enumerate(_KINDS, 1)
            ),
        )
        self.rpms += RPMS

    def _put_taggings(self, line: int, round_: int) -> None:
        """First a candidate, then in the product; of the candidates the last round stays."""
        product, candidate = 4 * line + 1, 4 * line + 4
        tried, taken = self._next_event(), self._next_event()
        left = None if round_ == ROUNDS - 1 else taken
        self._put(
            "tag_listing",
            [
                {
                    **self._since(tried, tag_id=candidate, build_id=self.builds),
                    "revoke_event": left,
                    "revoker_id": self.user if left else None,
                },
                {
                    **self._since(taken, tag_id=product, build_id=self.builds),
                    "revoke_event": None,
                    "revoker_id": None,
                },
            ],
        )

    def _repository(self, line: int) -> None:
        """The one before it expires."""
        self.repos += 1
        event = self._next_event()
        self.connection.execute(
            "UPDATE repo SET state = 3, end_event = ? WHERE id = ? - ?", (event, self.repos, 2 * self.lines)
        )
        self._put(
            "repo",
            [
                {
                    "id": self.repos,
                    "create_event": event,
                    "creation_time": self.moment,
                    "state_time": self.moment,
                    "begin_event": event - 1,
                    "tag_id": 4 * line + 3,
                    "state": 1,
                    "dist": 0,
                    "task_id": self.tasks,
                    "opts": '{"debuginfo": false, "maven": false, "separate_src": false, "src": false}',
                    "custom_opts": "{}",
                }
            ],
        )

    # words

    def _next_event(self) -> int:
        self.event += 1
        self.moment += 20
        self._put("events", [{"id": self.event, "time": self.moment}])
        return self.event

    def _since(self, event: int, **values: Any) -> dict[str, Any]:
        return {"create_event": event, "creator_id": self.user, **values}

    def _put(self, table: str, rows: Iterable[dict[str, Any]]) -> None:
        rows = list(rows)
        names = ", ".join(f'"{name}"' for name in rows[0])
        marks = ", ".join(f":{name}" for name in rows[0])
        self.connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)


def name_of(number: int) -> str:
    """The name of a package, short and long ones among them."""
    word = ("lib", "python3-", "perl-", "", "golang-", "texlive-")[number % 6]
    return f"{word}package{number:05d}"


def copied(lines: int, room: Path) -> Path:
    """A history of one's own below ROOM."""
    target = room / f"state-{lines}"
    shutil.copytree(made(lines), target)
    return target


if __name__ == "__main__":
    begun = time.monotonic()
    print(made(int(sys.argv[1])), f"{time.monotonic() - begun:.1f} s")

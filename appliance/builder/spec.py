"""What a job is asked to do: the job, its buildroot and its repositories, as records kept on disk as JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, Protocol

Bootstrap = Literal["", "off", "on", "image"]
Kind = Literal["rebuild", "resrpm", "buildsrpm", "build", "script", "archive", "reading"]
Choice = Literal["auto", "mock", "overlay", "simulated"]


@dataclass(frozen=True)
class RepoSpec:
    """One dnf repository. `options` are further keys of its section in dnf's configuration (`proxy`, ...)."""

    id: str
    baseurl: tuple[str, ...] = ()
    name: str = ""
    mirrorlist: str = ""
    metalink: str = ""
    priority: int | None = None
    cost: int | None = None
    gpgcheck: bool = False
    gpgkeys: tuple[str, ...] = ()
    module_hotfixes: bool = False
    excludes: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RootSpec:
    """A buildroot: what is installed in it, from where, and how rpm is set up inside.

    `name` identifies the root over time: roots of one name, arch and package list share their downloads,
    and a root is made anew only when its repositories resolve to other packages. `install` holds names of
    packages and @groups (the repositories' comps). `modules` holds dnf's words, one action an item, such as
    "enable nodejs:18". `bootstrap` says whether and how mock makes the chroot that installs this one ("" as its
    configuration says; the overlay builder needs none). `config` names a configuration file of mock's that the
    root starts from; the rest is laid over it.
    """

    name: str
    arch: str
    install: tuple[str, ...] = ()
    repos: tuple[RepoSpec, ...] = ()
    macros: Mapping[str, str] = field(default_factory=dict)
    with_: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    releasever: str = ""
    bootstrap: Bootstrap = ""
    bootstrap_image: str = ""
    isolation: str = "simple"
    package_manager: str = ""
    config: str = ""


@dataclass(frozen=True)
class JobSpec:
    """One job. Limits of 0 mean none; times are seconds, sizes MiB.

    | kind | source | makes |
    | --- | --- | --- |
    | rebuild | a source RPM | the binary RPMs and the source RPM as the buildroot's macros make it |
    | resrpm | a source RPM | the source RPM as the buildroot's macros make it |
    | buildsrpm | a directory with one spec file and its sources | a source RPM |
    | build | a directory with one spec file and its sources | a source RPM and the binary RPMs |
    | script | a directory copied to the working directory, or "" | whatever `command` leaves in `output` |
    | reading | nothing, and needs no root | what the commands below keep as results |
    | archive | what `kept` has of a failed job | the file `output`: its home, or (`full`) all of its root |

    A script's `command` runs in `/builddir/work`, its results are the regular files in `output` below that,
    with `tree` also those in directories there; if it fails, those whose names end in `.log` are kept. `shown`
    and `shared` map directories inside to the host's own: to look at, and to write to. `keep_failed` keeps the
    root of a job that fails. `as_root` runs the command as root, who with `mounts` may mount and has loop devices, as
    root in mock's chroots does. `requires` are installed besides what the source package asks for. `hide` lists host
    directories that package installation must not see. `cache_dir` keeps buildroots between jobs.

    `fetch` are commands of the host's tools (git, svn) that are run before all else, with the network, as the
    unprivileged user and without sight of the host's data but `fetch_shown`; what they leave in their working
    directory is the job's source. `fetch_home` is copied to be their home directory (`.ssh`, `.netrc`). The
    commands of `arrange` come next, in the same place but without the network: they make of what was fetched
    what the job needs. See `checkout.fetch` for what both may leave besides.
    """

    id: str
    kind: Kind
    root: RootSpec
    cache_dir: str
    source: str = ""
    spec_file: str = ""
    fetch: tuple[tuple[str, ...], ...] = ()
    arrange: tuple[tuple[str, ...], ...] = ()
    fetch_home: str = ""
    fetch_env: Mapping[str, str] = field(default_factory=dict)
    fetch_shown: Mapping[str, str] = field(default_factory=dict)
    builder: Choice = "auto"
    command: tuple[str, ...] = ()
    output: str = "."
    tree: bool = False
    as_root: bool = False
    mounts: bool = False
    own_arch: bool = True
    shown: Mapping[str, str] = field(default_factory=dict)
    shared: Mapping[str, str] = field(default_factory=dict)
    keep_failed: bool = False
    full: bool = False
    arch: str = ""
    requires: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    nocheck: bool = False
    network: bool = False
    timeout: float = 0
    silence_timeout: float = 0
    memory_mb: int = 0
    max_processes: int = 0
    disk_mb: int = 0
    min_disk_mb: int = 64
    log_mb: int = 512
    uid: int = 62999
    hide: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """What rpmbuild's --target gets: the job's own arch, else its buildroot's."""
        return self.arch or self.root.arch

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "JobSpec":
        """The reverse of `to_json`; an unknown key is a TypeError."""
        values = json.loads(text)
        root = values.pop("root")
        repos = tuple(RepoSpec(**_tuples(RepoSpec, repo)) for repo in root.pop("repos", ()))
        return cls(root=RootSpec(repos=repos, **_tuples(RootSpec, root)), **_tuples(cls, values))


def _tuples(cls: type, values: dict[str, Any]) -> dict[str, Any]:
    """JSON's lists are our tuples, so that a record that was read equals the one that was written."""
    names = {item.name for item in fields(cls)}
    return {key: _tuple(value) if isinstance(value, list) and key in names else value for key, value in values.items()}


def _tuple(value: list[Any]) -> tuple[Any, ...]:
    return tuple(_tuple(each) if isinstance(each, list) else each for each in value)


class Builder(Protocol):
    """One way to build. A builder runs inside the job's namespaces as root; what it starts dies with them.

    It writes its logs to JOBDIR/result and leaves what it made in JOBDIR/work/out; the one exception that it
    raises on purpose is `outcome.BuildFailure`. `tree` is where the job's part of its root is.
    """

    name: str
    tree: Path

    def prepare(self) -> None:
        """Make the buildroot, or find it made."""

    def run(self) -> None:
        """Do the job in the buildroot."""

    def cleanup(self) -> None:
        """Let go of what outlives the namespaces."""


def result_dir(jobdir: Path) -> Path:
    return jobdir / "result"


def work_dir(jobdir: Path) -> Path:
    return jobdir / "work"

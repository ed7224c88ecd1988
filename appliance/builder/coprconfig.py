"""From a project's chroot to the job that builds for it: the only reader of a Copr build's configuration."""

from pathlib import Path
from typing import Any

from appliance.builder import buildconfig
from appliance.builder.spec import Bootstrap, JobSpec, RepoSpec, RootSpec
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import build_configs, mock_chroots, project_chroots, projects
from appliance.hub.hub import Call

_BOOTSTRAP: dict[str, Bootstrap] = {"default": "", "off": "off", "on": "on", "image": "image", "custom_image": "image"}


def job(call: Call, task_id: int, build: Row, chroot: str, source: Path) -> JobSpec:
    """The job that builds SOURCE for a chroot, within the build's own limits."""
    limits = call.settings.builder
    memory = min(build["memory_reqs"], limits.memory_mb) if limits.memory_mb else 0
    return buildconfig.job(
        call.hub,
        task_id,
        "rebuild",
        root(call, build, chroot),
        source=str(source),
        timeout=build["timeout"],
        network=bool(build["enable_net"]),
        memory_mb=memory,
        arch="",
    )


def source_job(
    call: Call, task_id: int, build: Row, name: str, repos: tuple[RepoSpec, ...] = (), **options: Any
) -> JobSpec:
    """The job that makes a build's source package in a chroot, with the network where the settings allow it.

    The chroot is the plain one, without what the project adds to it; REPOS are further repositories.
    """
    limits = call.settings.builder
    memory = min(build["memory_reqs"], limits.memory_mb) if limits.memory_mb else 0
    values = {"timeout": build["timeout"], "network": call.settings.copr.source_network, "memory_mb": memory}
    return buildconfig.job(call.hub, task_id, "script", _plain(call, name, repos), **values, **options)


def _plain(call: Call, name: str, repos: tuple[RepoSpec, ...] = ()) -> RootSpec:
    config = _config(call, name)
    base = tuple(_base(number, repo) for number, repo in enumerate(config.get("repo", ())))
    return RootSpec(
        name=f"{name}-source" if repos else name,
        arch=name.rsplit("-", 1)[1],
        install=tuple(config.get("install", ())),
        repos=base + repos,
        macros={"dist": config["dist"]} if "dist" in config else {},
        config=config.get("config", ""),
    )


def named(call: Call, addresses: list[str], chroot: str) -> tuple[RepoSpec, ...]:
    """Repositories by address, copr:// or other, for a chroot."""
    return tuple(_own(call, repo) for repo in build_configs.views(call, addresses, chroot))


def _config(call: Call, name: str) -> Row:
    config = mock_chroots.config(call, name)
    if config is None:
        raise GenericError(f"chroot {name} can be named, but not built in: it has no configuration on this host")
    return config


def root(call: Call, build: Row, name: str) -> RootSpec:
    """The buildroot of a project's chroot. Raises GenericError for a chroot that can be named but not built in."""
    project = projects.get(call, build["project_id"])
    chroot = project_chroots.find(call, project, name)
    config = _config(call, name)
    base = tuple(_base(number, repo) for number, repo in enumerate(config.get("repo", ())))
    own = tuple(_own(call, repo) for repo in build_configs.repositories(call, project, chroot, build["dirname"]))
    bootstrap = build_configs.bootstrap(project, chroot, build)
    return RootSpec(
        name=name,
        arch=name.rsplit("-", 1)[1],
        install=(*config.get("install", ()), *(chroot["buildroot_pkgs"] or "").split()),
        repos=base + own,
        macros={"dist": config["dist"]} if "dist" in config else {},
        with_=tuple(chroot["with_opts"].split()),
        without=tuple(chroot["without_opts"].split()),
        modules=tuple(_module(each) for each in (chroot["module_toggle"] or "").split(",") if each.strip()),
        bootstrap=_BOOTSTRAP[bootstrap.get("bootstrap", "default")],
        bootstrap_image=bootstrap.get("bootstrap_image", ""),
        isolation=build_configs.isolation(project, chroot, build),
        config=config.get("config", ""),
    )


def _module(word: str) -> str:
    word = word.strip()
    return f"disable {word[1:]}" if word.startswith("!") else f"enable {word}"


def _base(number: int, repo: Row) -> RepoSpec:
    urls = repo.get("baseurl", ())
    return RepoSpec(
        id=repo.get("name", f"base{number}"),
        name=repo.get("name", ""),
        baseurl=(urls,) if isinstance(urls, str) else tuple(urls),
        mirrorlist=repo.get("mirrorlist", ""),
        metalink=repo.get("metalink", ""),
        gpgcheck=bool(repo.get("gpgcheck", False)),
        gpgkeys=tuple(repo.get("gpgkeys", ())),
        priority=repo.get("priority"),
    )


def _own(call: Call, repo: Row) -> RepoSpec:
    """A repository that the project adds; what this server serves is read from its disk."""
    priority = repo.get("priority")
    return RepoSpec(
        id=repo["id"],
        name=repo["name"],
        baseurl=(_local(call, repo["baseurl"]),),
        priority=priority if isinstance(priority, int) else None,
        module_hotfixes=bool(repo.get("module_hotfixes")),
        options={"skip_if_unavailable": "True"},
    )


def _local(call: Call, url: str) -> str:
    results = f"{call.base_url}/results/"
    return f"file://{call.paths.results}/{url.removeprefix(results)}" if url.startswith(results) else url

"""From a Koji tag or a Copr chroot to its buildroot: the only place that decides what goes in."""

import platform
from pathlib import Path
from typing import Any

import koji

from appliance.builder.spec import Bootstrap, JobSpec, RepoSpec, RootSpec
from appliance.db.connection import Row
from appliance.hub.hub import Hub

_NO_ROOT = RootSpec("none", platform.machine())


def tag_root(hub: Hub, config: Row, repo: Row, arch: str, group: str = "build") -> RootSpec:
    """The buildroot of a build tag (CONFIG as getBuildConfig gives it) from one of its repositories.

    GROUP is the group of the tag's packages that is installed. What a tag's extra says under `mock.` and
    `rpm.` is Koji's: macros, environment, releasever, modules, bootstrap, package manager.
    """
    extra = config["extra"]
    return RootSpec(
        name=f"{config['name']}-{arch}-{group}",
        arch=arch,
        install=(f"@{group}", *_words(extra.get("mock.additional_pkgs"))),
        repos=(_repository(hub, config, repo, arch),),
        macros=_macros(hub, extra),
        with_=_words(extra.get("rpm.with")),
        without=_words(extra.get("rpm.without")),
        modules=_modules(extra),
        releasever=str(extra.get("mock.releasever") or ""),
        bootstrap=_bootstrap(extra),
        bootstrap_image=str(extra.get("mock.bootstrap_image") or ""),
        package_manager=str(extra.get("mock.package_manager") or ""),
    )


def _bootstrap(extra: Row) -> Bootstrap:
    if extra.get("mock.bootstrap_image"):
        return "image"
    return "on" if extra.get("mock.use_bootstrap") else "off"


def _repository(hub: Hub, config: Row, repo: Row, arch: str) -> RepoSpec:
    options = {"best": str(int(config["extra"]["mock.yum.best"]))} if "mock.yum.best" in config["extra"] else {}
    return RepoSpec(
        id="build",
        name="build",
        baseurl=(repo_url(hub, config["name"], repo["id"], arch),),
        module_hotfixes=bool(config["extra"].get("mock.yum.module_hotfixes", False)),
        options=options,
    )


def repo_url(hub: Hub, tag_name: str, repo_id: int, arch: str) -> str:
    """Where a tag's repository lies on disk, as a URL."""
    base = hub.paths.topdir.repo(repo_id, tag_name)
    return f"file://{base}/{koji.canonArch(arch)}"


def job(hub: Hub, job_id: int, kind: Any, root: RootSpec, **options: Any) -> JobSpec:
    """A job with the limits that the settings name."""
    limits = hub.settings.builder
    values: dict[str, Any] = {
        "builder": limits.kind,
        "timeout": limits.timeout,
        "silence_timeout": limits.silence_timeout,
        "memory_mb": limits.memory_mb,
        "max_processes": limits.max_processes,
        "disk_mb": limits.disk_mb,
        "log_mb": limits.log_mb,
        "uid": limits.uid,
        "hide": (str(hub.paths.keys),),
    }
    values.update(options)
    return JobSpec(id=str(job_id), kind=kind, root=root, cache_dir=str(hub.paths.cache), **values)


def archive(hub: Hub, job_id: int, place: Path, name: str, full: bool) -> JobSpec:
    """A job that packs what is kept in PLACE of a failed one."""
    return job(hub, job_id, "archive", _NO_ROOT, source=str(place), output=name, full=full)


def reading(hub: Hub, job_id: int, **options: Any) -> JobSpec:
    """A job that only fetches and looks at sources."""
    return job(hub, job_id, "reading", _NO_ROOT, **options)


def environment(config: Row) -> dict[str, str]:
    """The environment that a tag sets for what runs in its buildroots."""
    return _prefixed(config["extra"], "rpm.env.")


def _macros(hub: Hub, extra: Row) -> dict[str, str]:
    koji_ = hub.settings.koji
    fixed = {"vendor": koji_.vendor, "packager": koji_.packager, "distribution": koji_.distribution}
    return {**{name: value for name, value in fixed.items() if value}, **_prefixed(extra, "rpm.macro.")}


def _prefixed(extra: Row, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): str(value) for name, value in extra.items() if name.startswith(prefix)}


def _modules(extra: Row) -> tuple[str, ...]:
    """The actions of `mock.module_setup_commands`, a list of [action, modules]."""
    commands = extra.get("mock.module_setup_commands") or []
    return tuple(f"{action} {words}" for action, words in commands)


def _words(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    return tuple(value.split()) if isinstance(value, str) else tuple(str(each) for each in value)

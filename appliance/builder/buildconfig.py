"""From a Koji tag or a Copr chroot to the buildroot that builds for it: the only place that decides what goes in."""

from typing import Any

import koji

from appliance.builder.spec import JobSpec, RepoSpec, RootSpec
from appliance.db.connection import Row
from appliance.hub.hub import Hub

_GROUP = {"build": "@build", "srpm": "@srpm-build"}


def tag_root(hub: Hub, config: Row, repo: Row, arch: str, purpose: str = "build") -> RootSpec:
    """The buildroot of a build tag (CONFIG as getBuildConfig gives it) from one of its repositories.

    PURPOSE is `build` or `srpm`: which group of the tag is installed.
    """
    extra = config["extra"]
    return RootSpec(
        name=f"{config['name']}-{arch}-{purpose}",
        arch=arch,
        install=(_GROUP[purpose], *_more(extra)),
        repos=(RepoSpec(id="build", name="build", baseurl=(repo_url(hub, config["name"], repo["id"], arch),)),),
        macros=_macros(extra),
        with_=_words(extra.get("rpm.with")),
        without=_words(extra.get("rpm.without")),
        bootstrap=bool(extra.get("mock.use_bootstrap", False)),
        package_manager=str(extra.get("mock.package_manager", "")),
    )


def repo_url(hub: Hub, tag_name: str, repo_id: int, arch: str) -> str:
    """Where a tag's repository lies on disk, as a URL."""
    base = hub.paths.topdir.repo(repo_id, tag_name)
    return f"file://{base}/{koji.canonArch(arch)}"


def job(hub: Hub, job_id: int, kind: Any, root: RootSpec, **options: Any) -> JobSpec:
    """A job with the limits that the settings name."""
    limits = hub.settings.builder
    values: dict[str, Any] = {
        "builder": limits.kind, "timeout": limits.timeout, "silence_timeout": limits.silence_timeout,
        "memory_mb": limits.memory_mb, "max_processes": limits.max_processes, "disk_mb": limits.disk_mb,
        "log_mb": limits.log_mb, "uid": limits.uid, "hide": (str(hub.paths.keys),),
    }
    values.update(options)
    return JobSpec(id=str(job_id), kind=kind, root=root, cache_dir=str(hub.paths.cache), **values)


def _macros(extra: Row) -> dict[str, str]:
    prefix = "rpm.macro."
    return {name.removeprefix(prefix): str(value) for name, value in extra.items() if name.startswith(prefix)}


def _more(extra: Row) -> tuple[str, ...]:
    """Packages that a tag wants in its buildroots beside the group."""
    return _words(extra.get("mock.additional_pkgs"))


def _words(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    return tuple(value.split()) if isinstance(value, str) else tuple(str(each) for each in value)

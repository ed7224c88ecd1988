"""Reading a mock configuration file: what it says of a buildroot, for the builder that works without mock.

Such a file is a program by the host's administrator; running it is what mock does with it, too.
"""

import configparser
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2

from appliance.builder.spec import RepoSpec, RootSpec

PLACE = Path("/etc/mock")  # where a relative include is looked for
ROUNDS = 5  # of expansion: a template's value may be a template
OWN_KEYS = {
    "name", "baseurl", "mirrorlist", "metalink", "priority", "cost", "gpgcheck", "gpgkey", "enabled",
    "module_hotfixes", "excludepkgs", "exclude", "includepkgs",
}  # fmt: skip


def complete(root: RootSpec) -> RootSpec:
    """The root with what its configuration file says; what the root itself says is added, or prevails."""
    if not root.config:
        return root
    said = describe(read(Path(root.config)), root.name)
    return replace(
        said,
        install=said.install + root.install, repos=said.repos + root.repos,
        modules=said.modules + root.modules, macros={**said.macros, **root.macros},
        with_=root.with_, without=root.without, isolation=root.isolation,
        releasever=root.releasever or said.releasever,
    )  # fmt: skip


def read(path: Path) -> dict[str, Any]:
    """The `config_opts` that the file and what it includes leave, templates expanded."""
    options: dict[str, Any] = defaultdict(str)
    options.update(
        host_arch=os.uname().machine, macros={}, environment={}, plugin_conf=_tree(), files={},
        chroot_setup_cmd=(), chroot_additional_packages=[], module_setup_commands=[],
    )  # fmt: skip
    _run(path, options)
    if not options["target_arch"]:
        raise ValueError("it names no target_arch")
    options["repo_arch"] = options["repo_arch"] or options["target_arch"]
    return {name: _expanded(value, options) for name, value in options.items()}


def describe(options: dict[str, Any], name: str) -> RootSpec:
    """The buildroot that such options describe."""
    return RootSpec(
        name=name,
        arch=str(options["target_arch"]),
        install=_packages(options["chroot_setup_cmd"]) + tuple(_words(options["chroot_additional_packages"])),
        repos=tuple(_repos(str(options.get("dnf.conf") or options.get("yum.conf") or ""))),
        macros={str(key): str(value) for key, value in options["macros"].items() if key != "%_topdir"},
        modules=tuple(f"{action} {module}" for action, module in options["module_setup_commands"]),
        releasever=str(options.get("releasever") or ""),
    )


def _run(path: Path, options: dict[str, Any]) -> None:
    def include(named: str) -> None:
        _run(PLACE / _expanded(named, options), options)

    code = compile(path.read_text(), str(path), "exec")
    exec(code, {"config_opts": options, "include": include, "os": os, "__file__": str(path)})  # noqa: S102


def _tree() -> defaultdict[str, Any]:
    """Options below options, as deep as a file reaches."""
    return defaultdict(_tree)


def _expanded(value: Any, options: dict[str, Any]) -> Any:
    """A value with the options that it names in it."""
    if isinstance(value, dict):
        return {key: _expanded(each, options) for key, each in value.items()}
    for _ in range(ROUNDS):
        if not (isinstance(value, str) and "{" in value):
            break
        value = jinja2.Template(value, keep_trailing_newline=True).render(options)
    return value


def _packages(command: Sequence[str] | str) -> tuple[str, ...]:
    """What a set-up command installs; a group's name gets its sign."""
    verb, *names = [*_words(command), ""]
    named = [name for name in names if name and not name.startswith("-")]
    return tuple(f"@{name}" if verb == "groupinstall" and not name.startswith("@") else name for name in named)


def _words(value: Sequence[str] | str) -> list[str]:
    return value.split() if isinstance(value, str) else list(value)


def _repos(text: str) -> list[RepoSpec]:
    parsed = configparser.ConfigParser(interpolation=None, strict=False)
    parsed.read_string(text)
    sections = [(name, dict(parsed[name])) for name in parsed.sections() if name != "main"]
    return [_repo(name, keys) for name, keys in sections if _true(keys.get("enabled", "1"))]


def _repo(name: str, keys: dict[str, str]) -> RepoSpec:
    def number(key: str) -> int | None:
        return int(keys[key]) if keys.get(key) else None

    return RepoSpec(
        id=name, name=keys.get("name", ""), baseurl=tuple(_list(keys.get("baseurl"))),
        mirrorlist=keys.get("mirrorlist", ""), metalink=keys.get("metalink", ""),
        priority=number("priority"), cost=number("cost"), gpgcheck=_true(keys.get("gpgcheck", "0")),
        gpgkeys=tuple(_list(keys.get("gpgkey"))), module_hotfixes=_true(keys.get("module_hotfixes", "0")),
        excludes=tuple(_list(keys.get("excludepkgs") or keys.get("exclude"))),
        includes=tuple(_list(keys.get("includepkgs"))),
        options={key: value for key, value in keys.items() if key not in OWN_KEYS},
    )  # fmt: skip


def _list(value: str | None) -> list[str]:
    return (value or "").replace(",", " ").split()


def _true(value: str) -> bool:
    return value.strip().lower() in ("1", "true", "yes", "on")

"""The one writer of mock's configuration: from a buildroot's description to a file that mock executes."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from appliance.builder import arches, dnf
from appliance.builder.spec import JobSpec, RootSpec

LIB, CACHE = Path("/var/lib/mock"), Path("/var/cache/mock")  # as mock has them
MAIN = dnf.MAIN.replace("metadata_expire=never", "metadata_expire=0") + "system_cachedir=/var/cache/dnf\n"


def write(spec: JobSpec, place: Path, *, cached: bool = False, filled: bool = False) -> Path:
    """The configuration file of a job's root in a directory where it stays; the two as in `configuration`.

    mock makes its root cache anew when the configuration is younger: what says the same is written once.
    """
    text = configuration(spec, cached=cached, filled=filled)
    path = place / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.cfg"
    if not path.exists():
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_text(text)
        beside.replace(path)
    return path


def root_name(root: RootSpec) -> str:
    """The name that mock knows a root by, and shares a root cache by: other content is another name."""
    content = hashlib.sha256(json.dumps(asdict(root), sort_keys=True).encode()).hexdigest()
    return f"{re.sub('[^A-Za-z0-9_.+-]', '_', root.name)}-{content[:12]}"


def configuration(spec: JobSpec, *, cached: bool = False, filled: bool = False) -> str:
    """The file's text. `RootSpec.config`, if set, comes first, and what the root adds is laid over it.

    CACHED says that mock packs the root up for the next job that wants the same; FILLED, that mock finds the
    root with its packages in it.
    """
    root = replace(spec.root, install=(), modules=()) if filled else spec.root
    lines = [f"include({root.config!r})"] if root.config else []
    values = _common(spec) | ({} if root.config else _whole(root)) | _bootstrap(root)
    lines += [f"config_opts[{name!r}] = {_value(value)}" for name, value in values.items()]
    lines += _additions(root)
    lines += [f"config_opts['macros'][{_percent(name)!r}] = {_value(value)}" for name, value in root.macros.items()]
    lines += [f"config_opts['environment'][{name!r}] = {_value(value)}" for name, value in spec.env.items()]
    plugins = {**PLUGINS, "root_cache_enable": cached}
    lines += [f"config_opts['plugin_conf'][{name!r}] = {value!r}" for name, value in plugins.items()]
    lines += [f"config_opts['plugin_conf'].setdefault('root_cache_opts', {{}}).update({_packing()!r})"]
    return "\n".join([*lines, ""])


# Results and their listing are taken by us; what changes the files that we follow stays off.
PLUGINS = {"compress_logs_enable": False, "sign_enable": False, "tmpfs_enable": False, "hw_info_enable": True}


def _packing() -> dict[str, str]:
    """How a root cache is packed: zstd unpacks in a fifth of the time that mock's own choice takes."""
    return {"compress_program": "zstd", "extension": ".zst"} if shutil.which("zstd") else {}


def _common(spec: JobSpec) -> dict[str, Any]:
    """What holds for every root: where mock works, and that it leaves the root to us when it ends."""
    return {
        "basedir": str(LIB),
        "cache_topdir": str(CACHE),
        "root": root_name(spec.root),
        "isolation": spec.root.isolation,
        "rpmbuild_networking": spec.network,
        "use_host_resolv": spec.network,
        "cleanup_on_success": False,
        "cleanup_on_failure": False,
        "print_main_output": False,
        "rpmbuild_timeout": 0,
        "createrepo_on_rpms": False,
    }


def _whole(root: RootSpec) -> dict[str, Any]:
    """A root without a configuration of its own."""
    manager = root.package_manager or _package_manager(root)
    return {
        "target_arch": root.arch,
        "legal_host_arches": tuple(arches.machines(root.arch)),
        "releasever": root.releasever or "0",
        "chroot_setup_cmd": ("install", *root.install) if root.install else (),
        "package_manager": manager,
        "dnf.conf": MAIN + "".join(dnf.section(repo) for repo in root.repos),
        "module_setup_commands": [tuple(action.split(None, 1)) for action in root.modules],
    }


def _bootstrap(root: RootSpec) -> dict[str, Any]:
    """What installs the root: nothing if it does not say, unless the configuration that it starts from does."""
    chosen = root.bootstrap or ("" if root.config else "off")
    if not chosen:
        return {}
    values = {"use_bootstrap": chosen != "off", "use_bootstrap_image": chosen == "image"}
    return {**values, **({"bootstrap_image": root.bootstrap_image} if root.bootstrap_image else {})}


def _additions(root: RootSpec) -> list[str]:
    """What a root adds to the configuration that it starts from."""
    if not root.config:
        return []
    sections = "".join(dnf.section(repo) for repo in root.repos)
    lines = [f"config_opts['chroot_additional_packages'] = {list(root.install)!r}"] if root.install else []
    if sections:
        lines.append("for _conf in ('dnf.conf', 'yum.conf'):")
        lines.append(f"    if _conf in config_opts: config_opts[_conf] += {_value(sections)}")
    return lines + [
        f"config_opts['module_setup_commands'].append({tuple(action.split(None, 1))!r})" for action in root.modules
    ]


def _package_manager(root: RootSpec) -> str:
    """The dnf that this host has; with a bootstrap chroot, mock's own choice."""
    if root.bootstrap in ("on", "image"):
        return "dnf"
    return next((name for name, program in MANAGERS.items() if shutil.which(program)), "dnf")


MANAGERS: Mapping[str, str] = {"dnf5": "dnf5", "dnf4": "dnf-3"}


def _percent(name: str) -> str:
    return name if name.startswith("%") else f"%{name}"


def _value(value: Any) -> str:
    """A Python literal. mock expands strings as templates: what looks like one and is none is marked so."""
    if isinstance(value, str) and any(sign in value for sign in ("{{", "{%", "{#")):
        value = "{% raw %}" + value + "{% endraw %}"
    return repr(value)

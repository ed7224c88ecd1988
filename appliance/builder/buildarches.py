"""Which arches a source package is built for in a tag, and what kind of host each of these builds needs."""

import random
from dataclasses import dataclass

import koji

from appliance.db.connection import Row
from appliance.errors import BuildError

_FIELDS = ("buildarchs", "exclusivearch", "excludearch")


@dataclass(frozen=True)
class Package:
    """What a source package's header says of arches."""

    build: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    @classmethod
    def of(cls, header: Row) -> "Package":
        return cls(*(tuple(header[name] or ()) for name in _FIELDS))


def wanted(config: Row, package: Package, extra: str | None, override: str | None) -> list[str]:
    """The arches to build for, each once: those of the tag and the package's entry in it (EXTRA).

    They are narrowed by the package, or replaced by OVERRIDE, a scratch build's own; only what the tag builds
    for is left. BuildError where nothing is.
    """
    if not config["arches"]:
        raise BuildError(f"No arches for tag {config['name']} [{config['id']}]")
    known = {koji.canonArch(arch) for arch in config["arches"].split()}
    chosen = override.split() if override else _narrowed(f"{config['arches']} {extra or ''}".split(), package)
    kept = [arch for arch in dict.fromkeys(chosen) if arch == "noarch" or koji.canonArch(arch) in known]
    if not kept:
        raise BuildError("No matching arches were found")
    return kept


def _narrowed(arches: list[str], package: Package) -> list[str]:
    arches = list(package.build or arches)
    if package.only:
        arches = [arch for arch in arches if arch in package.only]
    arches = [arch for arch in arches if arch not in package.never]
    if "noarch" not in package.never and "noarch" in (*package.build, *package.only):
        arches.append("noarch")
    return arches


def of_task(arch: str, config: Row, package: Package) -> str:
    """The arch of the task that builds for ARCH.

    A noarch build may run anywhere unless the package, or the tag's `noarch_arches`, leaves out one of the
    tag's arches; then one of those left is drawn. BuildError where none is.
    """
    if arch != "noarch":
        return str(koji.canonArch(arch))
    listed = config["extra"].get("noarch_arches")
    every = [koji.canonArch(each) for each in config["arches"].split()]
    left = [each for each in _canonical((listed or "").split()) if each in every] if listed else list(every)
    if package.only:
        left = [each for each in left if each in _canonical(package.only)]
    left = [each for each in left if each not in _canonical(package.never)]
    if not left:
        raise BuildError(
            f"No valid arches were found. tag {every!r}, extra {listed!r},"
            f"exclusive {list(package.only)!r}, exclude {list(package.never)!r}"
        )
    return "noarch" if set(left) == set(every) else random.choice(left)  # noqa: S311


def _canonical(arches: tuple[str, ...] | list[str]) -> list[str]:
    return [koji.canonArch(arch) for arch in arches]

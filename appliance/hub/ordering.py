"""The order of builds: from what source packages need and give to levels that can be built in parallel."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

import rpm

from appliance.errors import GenericError
from appliance.hub.source_packages import Need, SourcePackage
from appliance.repodata.provides import EVR, Provided

_LESS, _GREATER, _EQUAL = rpm.RPMSENSE_LESS, rpm.RPMSENSE_GREATER, rpm.RPMSENSE_EQUAL


def levels(sources: Sequence[SourcePackage], available: Provided, complete: bool = True) -> list[list[SourcePackage]]:
    """SOURCES in levels: each needs only what is AVAILABLE, or what a level before gives.

    GenericError naming every requirement that neither has, or the cycle, before anything is built. Where both
    have it, the set's own comes first, unless that would make a cycle. AVAILABLE that is not COMPLETE lets
    nothing be missing.
    """
    by_name = _by_name(sources)
    problems = [
        f"{each.name} needs {need}, which neither the repository nor these packages provide"
        for each in sources
        for need in each.needs
        if complete and _knowable(need) and not _givers(need, sources) and not available_for(need, available)
    ]
    if problems:
        raise GenericError("; ".join(problems))
    whole = {each.name: _ahead(each, sources, each.needs) for each in sources}
    try:
        return _sorted(whole, by_name)
    except CycleError:
        pressing = {
            each.name: _ahead(each, sources, [n for n in each.needs if not available_for(n, available)])
            for each in sources
        }
    try:
        return _sorted(pressing, by_name)
    except CycleError as error:
        raise GenericError(f"these packages need each other: {' -> '.join(reversed(error.args[1]))}") from None


def with_gifts(available: Provided, sources: Iterable[SourcePackage]) -> Provided:
    """AVAILABLE, and what SOURCES will give besides, in whichever version."""
    return available | {name: [("GE", ("0", "0", None))] for each in sources for name in each.gives}


def _by_name(sources: Sequence[SourcePackage]) -> dict[str, SourcePackage]:
    found: dict[str, SourcePackage] = {}
    for each in sources:
        if each.name in found:
            raise GenericError(f"{each.path.name} and {found[each.name].path.name} are of the same package")
        found[each.name] = each
    return found


def _sorted(graph: Mapping[str, set[str]], by_name: Mapping[str, SourcePackage]) -> list[list[SourcePackage]]:
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    found = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found.append([by_name[name] for name in ready])
        sorter.done(*ready)
    return found


def _ahead(source: SourcePackage, sources: Sequence[SourcePackage], needs: Iterable[Need]) -> set[str]:
    """The names of those that must be built before SOURCE; what it gives itself it can't wait for."""
    return {giver.name for need in needs for giver in _givers(need, sources) if need.name not in source.gives}


def _givers(need: Need, sources: Sequence[SourcePackage]) -> list[SourcePackage]:
    return [each for each in sources if need.name in each.gives]


def _knowable(need: Need) -> bool:
    """Whether metadata can say who has it: not a rich dependency, nor a path that repositories do not list."""
    if need.name.startswith("("):
        return False
    return not need.name.startswith("/") or need.name.startswith(("/usr/bin/", "/usr/sbin/", "/etc/"))


def available_for(need: Need, available: Provided) -> bool:
    """Whether a repository has what NEED asks for, compared as rpm compares."""
    return any(_answers(need, flags, evr) for flags, evr in available.get(need.name, ()))


def _answers(need: Need, flags: str | None, evr: EVR) -> bool:
    if not need.flags:
        return True
    if flags != "EQ":
        return flags is not None  # a range: whether the two meet is left to the installation
    wanted = _evr(need.version)
    compared = rpm.labelCompare((evr[0] or "0", evr[1] or "", evr[2] if wanted[2] else None), wanted)
    sense = {-1: _LESS, 0: _EQUAL, 1: _GREATER}[compared]
    return bool(need.flags & sense)


def _evr(text: str) -> tuple[str, str, str | None]:
    epoch, _, rest = text.rpartition(":")
    version, _, release = rest.partition("-")
    return epoch or "0", version, release or None

"""The tasks that build in a buildroot of a tag: buildArch, and rebuildSRPM before it."""

from pathlib import Path
from typing import Any

from appliance.builder import sizing, tagroots
from appliance.builder.steps import Finished, Start, Step, Work, handles
from appliance.errors import BuildError
from appliance.hub import rpm_files
from appliance.hub.hub import Call


def _subject(_: Call, request: list[Any]) -> tuple[str, str]:
    """The package and the arch of a build, from its task's arguments."""
    return sizing.package_of(request[0]), str(request[2])


@handles("buildArch", weight=1.5, sized=_subject)
def build_arch(work: Work) -> Step:
    """Build a source package for one arch; `rpms`, `srpms`, `logs` (paths below work), `brootid`."""
    arch, keep_srpm = work.argument(2, "arch"), bool(work.argument(3, "keep_srpm"))
    if work.outcome is None:
        source = _source(work, work.argument(0, "pkg"))
        place = tagroots.repository(work, work.argument(1, "root"), _repo_id(work, 4))
        root_arch = tagroots.arch_for(work, place[0], arch)
        return Start(tagroots.job(work, place, "rebuild", root_arch, source=str(source), arch=arch, keep_failed=True))
    found = tagroots.results(work, tagroots.ended(work, f"build for {arch}"))
    if keep_srpm:
        tagroots.source_package(work, found)
    return Finished({
        "rpms": found["rpms"], "srpms": found["srpms"] if keep_srpm else [], "logs": found["logs"],
        "brootid": found["brootid"],
    })  # fmt: skip


@handles("rebuildSRPM", weight=1.0)
def rebuild_srpm(work: Work) -> Step:
    """Make a source package anew in the tag's buildroot; `srpm`, `logs`, `brootid`, `source`."""
    if work.outcome is None:
        source = _source(work, work.argument(0, "srpm"))
        place = tagroots.repository(work, work.argument(1, "build_tag"), _repo_id(work, 2))
        root_arch = tagroots.arch_for(work, place[0], "noarch")
        return Start(tagroots.job(work, place, "resrpm", root_arch, "srpm-build", source=str(source)))
    found = tagroots.results(work, tagroots.ended(work, "making the source package"))
    srpm = tagroots.source_package(work, found)
    origin = {"source": Path(srpm).name, "url": Path(srpm).name}
    return Finished({"srpm": srpm, "logs": found["logs"], "brootid": found["brootid"], "source": origin})


def _repo_id(work: Work, index: int) -> int:
    repo_id = (work.argument(index, "opts") or {}).get("repo_id")
    if not repo_id:
        raise BuildError("A repo id must be provided")
    return int(repo_id)


def _source(work: Work, relative: Any) -> Path:
    path = tagroots.uploaded(work, relative)
    if not rpm_files.read(path).is_source:
        raise BuildError("not a source package")
    return path

"""The `chainbuild` task: levels of builds, each from a repository that holds what the levels before gave.

Uploaded source packages may stand among a level's sources; several in one level are put in order first.
"""

from pathlib import Path
from typing import Any

from appliance.builder import arches
from appliance.builder.steps import UNFINISHED, Finished, Step, Work, handles
from appliance.errors import BuildError
from appliance.hub import ordering, repos, scm, source_packages, tags, targets
from appliance.repodata.provides import provided

_BUILDS_OF = """
SELECT p.name || '-' || b.version || '-' || b.release FROM build b JOIN package p ON p.id = b.pkg_id
WHERE b.task_id IN :tasks ORDER BY b.id
"""


@handles("chainbuild", weight=0.1)
def chain_build(work: Work) -> Step:
    """Build level after level; each waits until what the one before gave, or names, is in the repository."""
    levels, target, options = (
        work.argument(0, "srcs"),
        work.argument(1, "target"),
        work.argument(2, "opts") or {},
    )
    if options.get("scratch"):
        raise BuildError("--scratch is not allowed with chain-builds")
    with work.reading() as call:
        build_tag = targets.require(call, target)["build_tag_name"]
    if any(scm.is_upload(source) for level in levels for source in level):
        ordered = _ordered(work, levels, build_tag)
        if ordered is None:
            return None
        levels = ordered
    awaited: list[str] = []
    for number, level in enumerate(levels):
        if awaited and not _repository_has(work, number, build_tag, awaited):
            return None
        built = _built(work, number, level, target, options)
        if built is None:
            return None
        awaited = built
    return Finished()


def _is_built(source: str) -> bool:
    """Whether a source is to be built; anything else names a build that is waited for."""
    return scm.is_url(source) or scm.is_upload(source)


def _ordered(work: Work, levels: list[list[str]], build_tag: str) -> list[list[str]] | None:
    """The levels, each with several source packages split into as many as their needs ask for.

    None while there is no repository to look for the others' needs in. The first one that was found is kept to.
    """
    known = _repository(work, build_tag)
    work_dir = Path(work.hub.paths.topdir.work())
    uploads = [each for level in levels for each in level if scm.is_upload(each)]
    read = dict(zip(uploads, source_packages.read_all([work_dir / each for each in uploads]), strict=True))
    if known is None:  # they have been read meanwhile
        return None
    found: list[list[str]] = []
    complete = True
    for level in levels:
        packages = {read[each].path: each for each in level if each in read}
        rest = [each for each in level if each not in read]
        sources = [read[each] for each in packages.values()]
        split = [[packages[each.path] for each in part] for part in ordering.levels(sources, known, complete)]
        found += [[*rest, *split[0]], *split[1:]] if split else [rest]
        known, complete = ordering.with_gifts(known, sources), complete and not rest
    return found


def _repository(work: Work, build_tag: str) -> Any:
    """What the packages answer to that the tag's repository had when the first level began."""
    work.spawn("wait first", "waitrepo", [build_tag], arch="noarch")
    repo = work.await_child("wait first")
    if repo is None:
        return None
    with work.reading() as call:
        config = tags.build_config(call, build_tag)
        info = repos.require(call, repo["id"])
    wanted = (config["arches"] or "").split()
    arch = next((each for each in wanted if each in arches.mine()), wanted[0])
    place = Path(work.hub.paths.topdir.repo(info["id"], config["name"])) / arch
    return provided(place)


def _repository_has(work: Work, number: int, build_tag: str, nvrs: list[str]) -> bool:
    label = f"wait {number}"
    work.spawn(label, "waitrepo", [build_tag, None, nvrs], arch="noarch")
    return work.await_child(label) is not None


def _built(work: Work, number: int, level: list[str], target: Any, options: Any) -> list[str] | None:
    """The NVRs of a level, also those that it only names; None while one of its builds is not finished."""
    named = [source for source in level if not _is_built(source)]
    labels = [f"build {number},{index}" for index, source in enumerate(level) if _is_built(source)]
    for index, source in enumerate(level):
        if _is_built(source):
            work.spawn(f"build {number},{index}", "build", [source, target, options])
    children = [work.child(label) for label in labels]
    for child, label in zip(children, labels, strict=True):
        if child and child["state"] not in UNFINISHED:
            work.await_child(label)
    if any(child is None or child["state"] in UNFINISHED for child in children):
        return None
    with work.reading() as call:
        return named + call.tx.column(_BUILDS_OF, {"tasks": [child["id"] for child in children if child]})

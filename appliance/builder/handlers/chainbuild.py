"""The `chainbuild` task: levels of builds, each from a repository that holds what the levels before gave."""

from typing import Any

from appliance.builder.steps import UNFINISHED, Finished, Step, Work, handles
from appliance.errors import BuildError
from appliance.hub import scm, targets

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
    awaited: list[str] = []
    for number, level in enumerate(levels):
        if awaited and not _repository_has(work, number, build_tag, awaited):
            return None
        built = _built(work, number, level, target, options)
        if built is None:
            return None
        awaited = built
    return Finished()


def _repository_has(work: Work, number: int, build_tag: str, nvrs: list[str]) -> bool:
    label = f"wait {number}"
    work.spawn(label, "waitrepo", [build_tag, None, nvrs], arch="noarch")
    return work.await_child(label) is not None


def _built(work: Work, number: int, level: list[str], target: Any, options: Any) -> list[str] | None:
    """The NVRs of a level, also those that it only names; None while one of its builds is not finished."""
    named = [source for source in level if not scm.is_url(source)]
    labels = [f"build {number},{index}" for index, source in enumerate(level) if scm.is_url(source)]
    for index, source in enumerate(level):
        if scm.is_url(source):
            work.spawn(f"build {number},{index}", "build", [source, target, options])
    children = [work.child(label) for label in labels]
    for child, label in zip(children, labels, strict=True):
        if child and child["state"] not in UNFINISHED:
            work.await_child(label)
    if any(child is None or child["state"] in UNFINISHED for child in children):
        return None
    with work.reading() as call:
        return named + call.tx.column(_BUILDS_OF, {"tasks": [child["id"] for child in children if child]})

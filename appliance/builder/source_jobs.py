"""Jobs that make the source package of a Copr build: what is fetched on the host, and what then runs in a buildroot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from appliance.builder import buildconfig, coprconfig, source_fetch
from appliance.builder.failing import JobFailed
from appliance.builder.steps import Start, Work
from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import copr_states, mock_chroots

OUTPUT = ".srpm"  # where scripts leave the source package, below their working directory

# Every script that runs in a buildroot begins with this. `pack DIRECTORY [SPEC]` makes the source package of a spec
# file and what lies beside it. A release that the distribution's macros would count is 1 where it has none.
PRELUDE = r"""
set -eu
out=$PWD/.srpm
mkdir -p -- "$out"
stop() { echo "error: $*" >&2; exit 1; }
need() { command -v "$1" > /dev/null || stop "$1 is not installed in the chroot; see the setting copr.source_requires"; }
pack() {
    cd -- "$1" || stop "there is no directory $1"
    spec=${2:-}
    if [ -z "$spec" ]; then
        set -- *.spec
        [ $# = 1 ] && [ -f "$1" ] || stop "one spec file is needed in $PWD, and there are: $*"
        spec=$1
    fi
    [ -f "$spec" ] || stop "there is no spec file $spec in $PWD"
    counted=()
    [ "$(rpm --eval %autorelease)" != %autorelease ] || counted=(--define 'autorelease 1%{?dist}')
    rpmbuild -bs --nodeps --define "_sourcedir $PWD" --define "_srcrpmdir $out" "${counted[@]}" "./$spec"
    cp -- "./$spec" "$out/"
}
"""
PACK = 'pack "$1" "$2"'


def made(work: Work, place: Path) -> Path | None:
    """The source package that the task's job has left in PLACE; None before there was a job.

    Raises JobFailed for a job that failed, GenericError for one that left none, or several.
    """
    if work.outcome is None:
        return None
    if not work.outcome.ok:
        raise JobFailed(work.outcome, "making the source package")
    found = [each.name for each in work.outcome.results if each.name.endswith((".src.rpm", ".nosrc.rpm"))]
    if len(found) != 1:
        raise GenericError(f"one source package was to come out, and there are {len(found)}")
    return place / found[0]


def begin(
    work: Work, build: Row, place: Path, script: str, arguments: Sequence[str] = (), chroot: str = "", **options: Any
) -> Start:
    """The job that runs SCRIPT, with ARGUMENTS as its own, in a chroot (or the build's first) and leaves in PLACE
    what it made. OPTIONS are fields of the JobSpec."""
    with work.reading() as call:
        name = chroot or _chroot(call, build)
        spec = coprconfig.source_job(
            call, work.id, build, name,
            command=("/bin/bash", "-c", PRELUDE + script, "make-srpm", *arguments),
            output=OUTPUT,
            **options,
        )  # fmt: skip
    return Start(spec, place)


def fetched(work: Work, build: Row, place: Path, command: tuple[str, ...]) -> Start:
    """The job that leaves in PLACE what a command fetches."""
    fetching = source_fetch.options(work, command)
    return Start(buildconfig.reading(work.hub, work.id, timeout=build["timeout"], **fetching), place)


def _chroot(call: Any, build: Row) -> str:
    """Where a build's source package is made: the settings' chroot, else the first of its own that can be built in."""
    chosen = call.settings.copr.source_chroot
    for name in [chosen] if chosen else [each["name"] for each in copr_states.candidates(call, build)]:
        if mock_chroots.config(call, name) is not None:
            return str(name)
    raise GenericError("none of the build's chroots has a configuration on this host, to make its source package in")

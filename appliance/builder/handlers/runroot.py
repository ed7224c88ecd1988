"""The tasks about buildroots themselves: a command run in a fresh one, and the root of a failed build saved."""

import posixpath
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

from appliance.builder import buildconfig, tagroots
from appliance.builder.failing import JobFailed
from appliance.builder.outcome import Outcome
from appliance.builder.spec import JobSpec
from appliance.builder.steps import Finished, Start, Step, Work, handles
from appliance.db.connection import Row
from appliance.errors import BuildError, BuildrootError, GenericError
from appliance.hub import buildroots, repos

_LOGS = ".logs"
_LEAST_WEIGHT = 0.5
# Arguments: the command, then the files of the root that are wanted as logs.
_SCRIPT = """
mkdir -p .logs
{ eval -- "$1"
} < /dev/null 2>&1 | tee .logs/runroot.log
status=${PIPESTATUS[0]}
shift
for each; do cp -- "$each" .logs/ || status=$((status ? status : 1)); done
exit $status
"""


@handles("runroot", weight=1.0)
def runroot(work: Work) -> Step:
    """Run a command as the root of a fresh buildroot; its output is runroot.log in the task's output."""
    asked = work.named
    if work.outcome is None:
        return _begin(work, asked)
    name = _name(asked["command"])
    outcome = tagroots.settled(work)
    if outcome.ok:
        return Finished(f"{name} completed successfully")
    raise _failure(outcome, name)


def _begin(work: Work, asked: Row) -> Step:
    repo_id = asked["repo_id"] or tagroots.current(work, asked["root"])
    if repo_id is None:
        return None
    place = tagroots.repository(work, asked["root"], repo_id)
    if asked["repo_id"]:
        _check_repository(place[1], asked["root"])
    if asked["weight"] is not None:
        work.set_weight(max(float(asked["weight"]), _LEAST_WEIGHT))
    return Start(_job(work, asked, place))


def _check_repository(repo: Row, tag: Any) -> None:
    if repo["tag_name"] != tag:
        raise BuildError(f"build tag ({tag}) does not match repo tag ({repo['tag_name']})")
    if repo["state"] not in (repos.READY, repos.EXPIRED):
        raise BuildError("only ready or expired repos may be used by runroot")


def _job(work: Work, asked: Row, place: tuple[Row, Row]) -> JobSpec:
    command = asked["command"] if isinstance(asked["command"], str) else shlex.join(asked["command"])
    settings = work.hub.settings.koji.runroot
    spec = tagroots.job(
        work, place, "script", tagroots.arch_for(work, place[0], asked["arch"]),
        command=("/bin/bash", "-c", _SCRIPT, "runroot", command, *(asked["upload_logs"] or ())), output=_LOGS,
        requires=tuple(asked["packages"] or ()), as_root=True, network=settings.network,
        own_arch=not asked["skip_setarch"], shared=_mounts(work, asked["mounts"] or []),
        shown={path: path for path in settings.default_mounts},
    )  # fmt: skip
    if asked["new_chroot"] is None:
        return spec
    return replace(spec, root=replace(spec.root, isolation="nspawn" if asked["new_chroot"] else "simple"))


def _mounts(work: Work, wanted: list[str]) -> dict[str, str]:
    """The host's directories that the command may write to; each must lie below one that the settings name."""
    safe = [path.rstrip("/") + "/" for path in work.hub.settings.koji.runroot.safe_roots]
    for path in wanted:
        if posixpath.normpath(path) != path.rstrip("/") or not path.startswith("/"):
            raise GenericError(f"Invalid mount point: {path}")
        if not any(f"{path}/".startswith(root) for root in safe):
            raise GenericError(f"read-write mount point is not safe: {path}")
        if not Path(path).is_dir():
            raise GenericError(f"No such directory to mount: {path}")
    return {path: path for path in wanted}


def _name(command: Any) -> str:
    """What the command is called in messages: its program, without variables before it."""
    words = command.split() if isinstance(command, str) else command
    named = [word for word in words if "=" not in word]
    return posixpath.basename(named[0]) if named else "(none)"


def _failure(outcome: Outcome, name: str) -> Exception:
    if outcome.stage != "script" or outcome.exit_code is None:
        return JobFailed(outcome, f"running {name}")
    error = BuildrootError(f"{name} exited with status {outcome.exit_code}")
    error.outcome = outcome
    return error


@handles("saveFailedTree", weight=1.0)
def save_failed_tree(work: Work) -> Step:
    """Pack the buildroot of a failed task, or (not FULL) its /builddir, into the task's output; nil."""
    if work.outcome is not None:
        if not work.outcome.ok:
            raise JobFailed(work.outcome, "saving the buildroot")
        return Finished()
    number, full = work.named["buildrootID"], bool(work.named["full"])
    with work.reading() as call:
        found = buildroots.get(call, number)
    if found is None:
        raise GenericError(f"Nonexistent buildroot: {number}")
    if found["host_id"] != work.session.host_id:
        raise GenericError("Task is run on wrong builder")
    place = work.hub.paths.failed / str(found["task_id"])
    if not place.is_dir():
        raise GenericError(f"Buildroot directory is missing: {place}")
    name = f"broot-{number}.tar.gz"
    return Start(buildconfig.archive(work.hub, work.id, place, name, full))

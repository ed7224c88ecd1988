"""The end of a job: its results published or withdrawn, its remains cleared, its outcome written."""

import json
import time
from pathlib import Path
from typing import Any

from appliance.builder import cgroup, claims, installed, kept, results, stages, supervisor
from appliance.builder.logs import trim
from appliance.builder.outcome import BuildFailure, Outcome
from appliance.builder.spec import JobSpec, result_dir, work_dir
from appliance.durable import write_whole


def conclude(jobdir: Path, verdict: BuildFailure | None, started: float, used: dict[str, float]) -> Outcome:
    """Publish or withdraw the results, clear the work away, write the outcome. Nothing of the job runs."""
    work, result, spec = work_dir(jobdir), result_dir(jobdir), _spec(jobdir)
    _trim_logs(result, spec)
    report = _report(work)
    failure = verdict or _reported(report)
    refused = tuple(report.get("refused", ()))
    if failure is None:
        results.publish(work / "out", result)
    else:
        results.withdraw(work / "out", result)
        _keep(jobdir, spec, failure, report)
    passed = stages.read(result / "state.log")
    outcome = Outcome(
        ok=failure is None,
        builder=report.get("builder", ""),
        results=results.listing(result),
        refused=refused,
        buildroot=installed.read(work),
        stages=passed,
        started=started,
        ended=time.time(),
        resources=used,
        revision=report.get("revision", ""),
        **_failure(result, failure, stages.current(passed)),
    )
    _clear(work, spec, outcome, stages.current(passed))
    write_whole(jobdir / "outcome.json", outcome.to_json())
    return outcome


def _keep(jobdir: Path, spec: JobSpec, failure: BuildFailure, report: dict[str, Any]) -> None:
    """Of a failed job stay the logs that it made, and its root where that is wanted."""
    results.publish_logs(work_dir(jobdir) / "out", result_dir(jobdir))
    if spec.keep_failed and failure.failure != "killed":
        kept.keep(jobdir, report.get("tree", ""))


def _trim_logs(result: Path, spec: JobSpec) -> None:
    for path in result.glob("*.log") if spec.log_mb else ():
        trim(path, spec.log_mb)


def _clear(work: Path, spec: JobSpec, outcome: Outcome, stage: str) -> None:
    """Remove what the job has made but its results; who cancels one does not wait for a large tree to go.

    That is left to a job that nobody waits to see cancelled.
    """
    trash = Path(spec.cache_dir) / "trash"
    if outcome.failure == "killed":
        claims.put_away(work, stage, trash)
    else:
        claims.clear(work, stage)
        claims.empty(trash)


def bury(jobdir: Path, verdict: BuildFailure) -> Outcome:
    """Conclude a job whose supervisor has died: see its processes end, then clear away what they left."""
    work = work_dir(jobdir)
    result_dir(jobdir).mkdir(exist_ok=True)
    supervisor.end_processes(work)
    group = cgroup.Group(tuple(claims.read(work / supervisor.GROUP_FILE)))
    used = group.usage()
    group.remove()
    return conclude(jobdir, verdict, (jobdir / "job.json").stat().st_mtime, used)


def _spec(jobdir: Path) -> JobSpec:
    return JobSpec.from_json((jobdir / "job.json").read_text())


def succeeded(jobdir: Path) -> bool:
    """Whether the builder has reported that the job's work is done, and well."""
    return _reported(_report(work_dir(jobdir))) is None


def for_want(jobdir: Path, wanting: BuildFailure | None) -> BuildFailure | None:
    """The verdict on a job that ended in want of memory or disk, if it failed: others succeed in spite of that."""
    return None if succeeded(jobdir) else wanting


def _report(work: Path) -> dict[str, Any]:
    """What the builder wrote about its job, {} if it did not come to that."""
    path = work / "report.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _reported(report: dict[str, Any]) -> BuildFailure | None:
    if not report:
        return BuildFailure("builder-crash", "", "The builder ended without a word; see job.log.")
    if "failure" not in report:
        return None
    return BuildFailure(report["failure"], report.get("stage", ""), report["message"], report.get("exit_code"))


def _failure(result: Path, failure: BuildFailure | None, stage: str) -> dict[str, Any]:
    """What an outcome says of a failure; the first error may prove a class that the builder could not see."""
    if failure is None:
        return {}
    from appliance.builder import failures  # only a job that failed has to know all the rules

    found = failures.find(result, failure.failure)
    return {
        "failure": (found and found.failure) or failure.failure,
        "stage": failure.stage or stage,
        "message": f"{failure.message} First error: {found.lines[0].strip()}" if found else failure.message,
        "exit_code": failure.exit_code,
        "first_error": found.as_dict() if found else None,
    }

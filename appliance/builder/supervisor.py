"""The process at the head of a job: starts the builder in its namespaces, watches it, writes the outcome."""

import contextlib
import json
import os
import resource
import select
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from appliance.builder import cgroup, claims, installed, namespace, process, results, stages
from appliance.builder.guards import Deadline, Guard, LogSize, Silence, Space
from appliance.builder.logs import trim
from appliance.builder.outcome import BuildFailure, Outcome, write_whole
from appliance.builder.process import Identity
from appliance.builder.spec import JobSpec, result_dir, work_dir

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
GROUP_FILE, INIT_FILE = "cgroup", "init"
GROWING = ("build.log", "root.log", "state.log", "mock_output.log")  # the signs of a job's life


def supervise(jobdir: Path, token: str) -> None:
    """Do the job of this directory to its end; JOBDIR/outcome.json is the last thing that appears."""
    started = time.time()
    spec = _spec(jobdir)
    for place in (result_dir(jobdir), work_dir(jobdir)):
        place.mkdir(exist_ok=True)
    group = _group(spec, work_dir(jobdir), token)
    space = Space(work_dir(jobdir), spec.disk_mb, spec.min_disk_mb)
    verdict, used = _guarded(jobdir, spec, token, group, space)
    if verdict is None and group.out_of_memory():
        verdict = _out_of_memory(jobdir, spec)
    space.measure()
    used |= group.usage() | {"disk_mb": space.greatest_mb}
    group.remove()
    outcome = conclude(jobdir, verdict, started, used)
    if outcome.failure != "killed":
        claims.empty(trash(spec))


def conclude(jobdir: Path, verdict: BuildFailure | None, started: float, used: dict[str, float]) -> Outcome:
    """Publish or withdraw the results, clear the work away, write the outcome. Nothing of the job runs."""
    work, result = work_dir(jobdir), result_dir(jobdir)
    report = _report(work)
    failure = verdict or _reported(report)
    refused = tuple(report.get("refused", ()))
    if failure is None:
        results.publish(work / "out", result)
    else:
        results.withdraw(work / "out", result)
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
    _clear(jobdir, failure, stages.current(passed))
    write_whole(jobdir / "outcome.json", outcome.to_json())
    return outcome


def _end_processes(work: Path) -> None:
    """See all that the builder started end, which it does with its init."""
    init = Identity.read(work / INIT_FILE)
    pidfd = init.open() if init else None
    if pidfd is not None:
        process.kill(pidfd)
        process.wait(pidfd, None)
        os.close(pidfd)


def _clear(jobdir: Path, failure: BuildFailure | None, stage: str) -> None:
    """Remove what the job has made but its results; who cancels one does not wait for a large tree to go."""
    if failure and failure.failure == "killed":
        claims.put_away(work_dir(jobdir), stage, trash(_spec(jobdir)))
    else:
        claims.clear(work_dir(jobdir), stage)


def trash(spec: JobSpec) -> Path:
    return Path(spec.cache_dir) / "trash"


def bury(jobdir: Path, verdict: BuildFailure) -> Outcome:
    """Conclude a job whose supervisor has died: see its processes end, then clear away what they left."""
    work = work_dir(jobdir)
    result_dir(jobdir).mkdir(exist_ok=True)
    _end_processes(work)
    group = cgroup.Group(tuple(claims.read(work / GROUP_FILE)))
    used = group.usage()
    group.remove()
    return conclude(jobdir, verdict, (jobdir / "job.json").stat().st_mtime, used)


def _spec(jobdir: Path) -> JobSpec:
    return JobSpec.from_json((jobdir / "job.json").read_text())


def _group(spec: JobSpec, work: Path, token: str) -> cgroup.Group:
    group = cgroup.create(f"appliance-job-{token}")
    claims.add(work / GROUP_FILE, *group.directories)
    if not group.limit(spec.memory_mb, spec.max_processes):
        _limit_processes(spec)
    return group


def _limit_processes(spec: JobSpec) -> None:
    """Without a control group: a limit for each process. It binds the unprivileged user alone."""
    if spec.max_processes:
        resource.setrlimit(resource.RLIMIT_NPROC, (spec.max_processes, spec.max_processes))
    if spec.memory_mb:
        resource.setrlimit(resource.RLIMIT_DATA, (spec.memory_mb << 20, spec.memory_mb << 20))


def _guarded(
    jobdir: Path, spec: JobSpec, token: str, group: cgroup.Group, space: Space
) -> tuple[BuildFailure | None, dict[str, float]]:
    """Run the builder under guard; why it was stopped, or None if it ended, and the resources it used."""
    guards = _guards(jobdir, spec, space)
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    keeper, init = namespace.spawn(lambda: _work(jobdir, spec, token), group.join)
    with contextlib.suppress(ProcessLookupError):  # it may have ended by now
        write_whole(work_dir(jobdir) / INIT_FILE, Identity.of(init).to_json())
    verdict = _watch(keeper, guards)
    _end_processes(work_dir(jobdir))
    os.kill(keeper, signal.SIGKILL)
    used = os.wait4(keeper, 0)[2]
    for path in result_dir(jobdir).glob("*.log") if spec.log_mb else ():
        trim(path, spec.log_mb)
    return verdict, {"cpu_seconds": round(used.ru_utime + used.ru_stime, 2)}


def _guards(jobdir: Path, spec: JobSpec, space: Space) -> list[Guard]:
    logs = [result_dir(jobdir) / name for name in GROWING]
    guards: list[Guard] = [space]
    if spec.log_mb:
        guards.append(LogSize(spec.log_mb, logs))
    if spec.timeout:
        guards.append(Deadline(spec.timeout))
    if spec.silence_timeout:
        guards.append(Silence(spec.silence_timeout, logs))
    return guards


def _work(jobdir: Path, spec: JobSpec, token: str) -> int:
    from appliance.builder import backend  # only the builder's own process needs to know how to build

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if spec.disk_mb:
        resource.setrlimit(resource.RLIMIT_FSIZE, (spec.disk_mb << 20, spec.disk_mb << 20))
    return backend.work(jobdir, spec, token)


def _watch(keeper: int, guards: Sequence[Guard]) -> BuildFailure | None:
    """None when the builder has ended; why it has to, if a guard or a signal stops the job before."""
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(writer)
    for number in STOPPING:
        signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    ended = os.pidfd_open(keeper)
    ready: list[int] = []
    try:
        while not ready:
            ready = select.select([ended, reader], [], [], min(guard.check() for guard in guards))[0]
    except BuildFailure as failure:
        return failure
    return None if ended in ready else BuildFailure("killed", "", "The job was cancelled.")


def _out_of_memory(jobdir: Path, spec: JobSpec) -> BuildFailure | None:
    """The verdict on a failed job in which the kernel killed for memory; others succeed in spite of that."""
    if not _reported(_report(work_dir(jobdir))):
        return None
    limit = f" of {spec.memory_mb} MiB" if spec.memory_mb else ""
    return BuildFailure("out-of-memory", "", f"The build needed more memory than its limit{limit}.")


def _report(work: Path) -> dict[str, Any]:
    """What the builder wrote about its job, {} if it did not come to that."""
    path = work / "report.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _reported(report: dict[str, Any]) -> BuildFailure | None:
    if not report:
        return BuildFailure("builder-crash", "", "The builder ended without a word; see job.log.")
    if "failure" not in report:
        return None
    return BuildFailure(
        report["failure"], report.get("stage", ""), report["message"], report.get("exit_code")
    )


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

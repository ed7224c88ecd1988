"""The process at the head of a job: it starts the builder in its namespaces and watches it to its end.

What it imports first is little: a job is to be up in milliseconds.
"""

import contextlib
import os
import resource
import select
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from appliance.builder import cgroup, claims, namespace
from appliance.builder.guards import Deadline, Guard, LogSize, Silence, Space
from appliance.builder.outcome import BuildFailure
from appliance.builder.process import Identity, kill, wait
from appliance.builder.spec import JobSpec, result_dir, work_dir
from appliance.durable import write_whole

CANCEL = signal.SIGUSR1
# Whoever else sends one of these does so to every process, because the machine goes down: no failure of the build.
GOING_DOWN = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
INTERRUPTED = "interrupted"  # in the job's directory: it died with others, and for no reason of its own
GROUP_FILE, INIT_FILE = "cgroup", "init"  # in the job's working directory
GROWING = ("build.log", "root.log", "state.log", "mock_output.log")  # the signs of a job's life


def supervise(jobdir: Path, token: str) -> None:
    """Do the job of this directory to its end; JOBDIR/outcome.json is the last thing that appears.

    While the machine goes down nothing that takes programs can be done well: the job is left as one that died.
    """
    started = time.time()
    spec = JobSpec.from_json((jobdir / "job.json").read_text())
    for place in (result_dir(jobdir), work_dir(jobdir)):
        place.mkdir(exist_ok=True)
    group = _group(spec, work_dir(jobdir), token)
    space = Space(work_dir(jobdir), spec.disk_mb, spec.min_disk_mb)
    heard: set[int] = set()
    verdict, used = _guarded(jobdir, spec, token, group, space, heard)
    space.measure()
    used |= group.usage() | {"disk_mb": space.greatest_mb}
    wanting = space.wanting() or group.wanting()
    group.remove()
    from appliance.builder import ending

    if not heard.isdisjoint(GOING_DOWN) and not ending.succeeded(jobdir):
        (jobdir / INTERRUPTED).touch()
        return
    ending.conclude(jobdir, verdict or ending.for_want(jobdir, wanting), started, used)


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
    jobdir: Path, spec: JobSpec, token: str, group: cgroup.Group, space: Space, heard: set[int]
) -> tuple[BuildFailure | None, dict[str, float]]:
    """Run the builder under guard; why it was stopped, or None if it ended, and the resources it used."""
    guards = _guards(jobdir, spec, space)
    signal.pthread_sigmask(signal.SIG_BLOCK, (CANCEL, *GOING_DOWN))
    keeper, init = namespace.spawn(lambda: _work(jobdir, spec, token), group.join)
    with contextlib.suppress(ProcessLookupError):  # it may have ended by now
        write_whole(work_dir(jobdir) / INIT_FILE, Identity.of(init).to_json())
    verdict = _watch(keeper, guards, heard)
    end_processes(work_dir(jobdir))
    os.kill(keeper, signal.SIGKILL)
    used = os.wait4(keeper, 0)[2]
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


def end_processes(work: Path) -> None:
    """See all that the builder started end, which it does with its init."""
    init = Identity.read(work / INIT_FILE)
    pidfd = init.open() if init else None
    if pidfd is not None:
        kill(pidfd)
        wait(pidfd, None)
        os.close(pidfd)


def _watch(keeper: int, guards: Sequence[Guard], heard: set[int]) -> BuildFailure | None:
    """None when the builder has ended or the machine goes down; else why it has to end before.

    HEARD are the signals that have come, then and later.
    """
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(writer)
    for number in (CANCEL, *GOING_DOWN):
        signal.signal(number, lambda number, _: heard.add(number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (CANCEL, *GOING_DOWN))
    ended = os.pidfd_open(keeper)
    ready: list[int] = []
    try:
        while not ready:
            ready = select.select([ended, reader], [], [], min(guard.check() for guard in guards))[0]
    except BuildFailure as failure:
        return failure
    return BuildFailure("killed", "", "The job was cancelled.") if CANCEL in heard and ended not in ready else None

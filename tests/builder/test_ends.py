"""Jobs that are ended from outside, or whose processes are killed: nothing of them stays."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from appliance.builder import job, process
from appliance.builder.process import Identity

BUSY = (
    "%description\nTest\n%build\ncat > busy.c <<E\nint main(void) { for (;;); }\nE\ngcc busy.c -o busy\n"
    "(setsid ./busy &) ; echo compiled; ./busy\n%files\n"
)


def family(jobdir):
    """Who the job's process is and all that descend from it, in whatever namespace or session."""
    found = [job.attach(jobdir).identity]
    for parent in found:
        for each in Path(f"/proc/{parent.pid}/task").iterdir():
            found += [Identity.of(int(pid)) for pid in (each / "children").read_text().split()]
    return found


def lineage(pid, oldest):
    """A process's ancestors and itself, from the given one down."""
    line = [pid]
    while line[0] != oldest:
        status = Path(f"/proc/{line[0]}/status").read_text()
        line.insert(0, int(status.partition("PPid:")[2].split()[0]))
    return line


def named(members, name):
    return [each for each in members if (Path(f"/proc/{each.pid}/comm").read_text().strip() == name)]


def mounts(mark):
    return [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(mark) in line]


def wait_for(log, text, seconds=60):
    """Wait until a log has TEXT in it."""
    until = time.monotonic() + seconds
    while text not in (log.read_text(errors="replace") if log.exists() else ""):
        assert time.monotonic() < until, f"no {text!r} in {log}"
        time.sleep(0.02)


@pytest.fixture
def compiling(workshop):
    """A job whose package keeps processors busy in two sessions, and its processes."""
    jobdir = workshop.start(workshop.srpm("busy", BUSY))
    wait_for(jobdir / "result" / "build.log", "\ncompiled\n")
    until = time.monotonic() + 5
    while len(named(members := family(jobdir), "busy")) < 2:
        assert time.monotonic() < until
    return jobdir, members


def assert_nothing_left(jobdir, workshop, members=()):
    assert [each for each in members if each.alive()] == []
    assert mounts(jobdir) == []
    assert not (jobdir / "work").exists()
    assert [name for name in os.listdir(jobdir / "result") if name.endswith(".rpm")] == []
    token = Identity.read(jobdir / "pid").token
    assert list(workshop.cache.glob(f"roots/*/new/{token}")) == []
    assert [path for path, names, _ in os.walk("/sys/fs/cgroup") if token in path] == []


def test_a_cancelled_build_is_gone_within_a_second(workshop, compiling):
    jobdir, members = compiling
    began = time.monotonic()
    outcome = job.cancel(jobdir)
    assert time.monotonic() - began < 1
    assert (outcome.failure, outcome.stage.split(" ")[0]) == ("killed", "rpmbuild")
    assert_nothing_left(jobdir, workshop, members)
    assert job.attach(jobdir).outcome == outcome
    assert not job.attach(jobdir).alive


@pytest.mark.parametrize("inmost_first", [False, True])
def test_a_job_that_is_ended_with_all_processes_of_its_machine_has_not_failed_for_itself(
    workshop, compiling, inmost_first
):
    """As systemd does when it shuts a machine down: nobody has cancelled this job, and it is no bad build."""
    jobdir, members = compiling
    for each in reversed(members) if inmost_first else members:
        with suppress(ProcessLookupError):
            os.kill(each.pid, signal.SIGTERM)
    outcome = job.attach(jobdir).wait(60)
    assert outcome.failure == "rebooted"
    assert_nothing_left(jobdir, workshop, members)


def test_a_job_whose_supervisor_is_killed_leaves_nothing(workshop, compiling):
    jobdir, members = compiling
    os.kill(members[0].pid, signal.SIGKILL)
    outcome = job.attach(jobdir).wait(60)
    assert outcome.failure == "builder-crash"
    assert_nothing_left(jobdir, workshop, members)


@pytest.mark.parametrize("generation", [1, 2, 3])
def test_a_job_whose_inner_processes_are_killed_fails_and_leaves_nothing(workshop, compiling, generation):
    jobdir, members = compiling
    line = max((lineage(each.pid, members[0].pid) for each in named(members, "busy")), key=len)
    os.kill(line[generation], signal.SIGKILL)
    outcome = job.attach(jobdir).wait(60)
    assert outcome.failure in ("builder-crash", "build-failed")
    assert_nothing_left(jobdir, workshop, members)


def test_a_build_that_ignores_every_signal_is_ended(workshop):
    outcome_log = workshop.start(kind="script", command=("/bin/sh", "-c", "trap '' TERM INT HUP; echo up; sleep 999"))
    wait_for(outcome_log / "result" / "build.log", "up\n")
    began = time.monotonic()
    assert job.cancel(outcome_log).failure == "killed"
    assert time.monotonic() - began < 1


def test_a_job_cancelled_while_its_root_is_installed_leaves_no_half_root(workshop, tmp_path, sample):
    workshop.cache = tmp_path / "cache"
    workshop.cache.mkdir()
    jobdir = workshop.start(sample("tiny-noarch"))
    wait_for(jobdir / "result" / "root.log", "Running transaction")
    began = time.monotonic()
    assert job.cancel(jobdir).failure == "killed"
    assert time.monotonic() - began < 1
    assert_nothing_left(jobdir, workshop)
    assert workshop.build(sample("tiny-noarch"))[1].ok


STARTER = """
import sys
from pathlib import Path
from appliance.builder import job
print(job.start(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


def test_a_job_outlives_whoever_started_it(workshop, sample, tmp_path):
    jobdir = tmp_path / "survivor"
    jobdir.mkdir()
    spec = workshop.spec(sample("slow")).to_json().replace('"timeout": 300', '"timeout": 60')
    (jobdir / "job.json").write_text(spec)
    starter = subprocess.Popen([sys.executable, "-c", STARTER, jobdir], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    pid = int(starter.stdout.readline())
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    handle = job.attach(jobdir)
    assert (handle.pid, handle.alive, handle.outcome) == (pid, True, None)
    wait_for(jobdir / "result" / "state.log", "Start: rpmbuild")
    assert job.cancel(jobdir).failure == "killed"


def test_a_job_is_started_once(overlay, tmp_path):
    jobdir, outcome = overlay.build(tmp_path / "none.src.rpm")
    assert outcome.failure == "no-srpm"
    with pytest.raises(FileExistsError):
        job.start(jobdir)


def test_a_later_process_with_the_same_number_is_not_the_job():
    now = Identity.of(os.getpid())
    assert now.alive()
    for other in (Identity(now.pid, now.start - 1, now.boot), Identity(now.pid, now.start, "earlier boot")):
        assert not other.alive()
        assert other.open() is None


def test_a_zombie_has_ended():
    child = subprocess.Popen(["true"])
    identity = Identity.of(child.pid)
    pidfd = os.pidfd_open(child.pid)
    assert process.wait(pidfd, 5)
    os.close(pidfd)
    assert not identity.alive()
    child.wait()


def test_a_started_job_has_signals_at_their_defaults(workshop, tmp_path):
    code = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); signal.pthread_sigmask(0, [15]);"
    jobdir = tmp_path / "signals"
    jobdir.mkdir()
    (jobdir / "job.json").write_text(workshop.spec(kind="script", command=("sleep", "60")).to_json())
    subprocess.run(
        [sys.executable, "-c", code + STARTER.replace("sys.stdin.read()", ""), jobdir],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    wait_for(jobdir / "result" / "state.log", "Start: script")
    status = Path(f"/proc/{job.attach(jobdir).pid}/status").read_text()
    masks = {
        line.split(":")[0]: int(line.split()[1], 16)
        for line in status.splitlines()
        if line.startswith("Sig") and "Q" not in line
    }
    job.cancel(jobdir)
    assert masks["SigBlk"] == 0
    assert not masks["SigIgn"] & (1 << signal.SIGINT - 1)

"""A process that waits for a job: what it does is what a new one would, and it is never in anybody's way."""

import os
import subprocess
import sys
import time

import pytest

from appliance.builder import job, process, spare
from appliance.builder.process import Identity

ASKER = """
import sys
from appliance.builder import job
print(job.wait_for_one().pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def waiting():
    return job.wait_for_one()


def test_a_job_is_done_by_the_process_that_waited(workshop, waiting):
    script = "readlink /proc/self/fd/0; echo built"
    jobdir = workshop.start(kind="script", command=("/bin/sh", "-c", script), waiting=waiting)
    handle = job.attach(jobdir)
    outcome = handle.wait(300)
    assert handle.pid == waiting.pid
    assert outcome.ok, (jobdir / "job.log").read_text()
    assert (jobdir / "result" / "build.log").read_text().split()[-2:] == ["/dev/null", "built"]


def test_what_a_waiting_process_says_of_its_job_is_in_the_job_s_log(tmp_path, waiting):
    (tmp_path / "job.json").write_text("no order")
    assert job.start(tmp_path, waiting=waiting) == waiting.pid
    os.waitpid(waiting.pid, 0)
    assert "JSONDecodeError" in (tmp_path / "job.log").read_text()


def test_a_job_whose_waiting_process_died_is_begun_anew(overlay, waiting):
    pidfd = os.pidfd_open(waiting.pid)
    process.kill(pidfd)
    assert process.wait(pidfd, 30)
    os.close(pidfd)
    jobdir = overlay.start(kind="script", command=("true",), waiting=waiting)
    handle = job.attach(jobdir)
    assert handle.wait(300).ok
    assert handle.pid != waiting.pid


def test_a_waiting_process_ends_with_whoever_could_ask_it():
    asker = subprocess.Popen([sys.executable, "-c", ASKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    pidfd = os.pidfd_open(int(asker.stdout.readline()))
    assert not process.wait(pidfd, 0.3)
    asker.kill()
    asker.wait()
    assert process.wait(pidfd, 30)
    os.close(pidfd)


def test_a_process_waits_soon_after_a_job_and_no_longer_than_jobs_come(monkeypatch):
    monkeypatch.setattr(spare, "PAUSE", 0.05)
    kept = spare.Spare()
    assert kept.take() is None
    until = time.monotonic() + 30
    while (first := kept.take()) is None:
        assert time.monotonic() < until
        time.sleep(0.06)
    first.dismiss()
    while kept._waiting is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    identity = Identity.of(kept._waiting.pid)
    kept.rest()
    assert identity.alive()
    monkeypatch.setattr(spare, "IDLE", 0)
    kept.rest()
    assert not identity.alive()
    assert kept.take() is None
    kept.dismiss()
    time.sleep(0.1)
    assert kept.take() is None
    kept.dismiss()

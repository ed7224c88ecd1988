"""Faults of a service that builds, each made for real: what was begun ends once, by name, and nothing is left."""

import json
import os
import signal
import socket
import threading
import time
import urllib.request
from contextlib import suppress

import koji

from appliance.builder import job
from appliance.builder.process import Identity
from tests.faults.conftest import until


def test_cancel_while_compiling_leaves_nothing_within_a_second(site):
    task = site.submit(60)
    child = site.building(task)
    jobdir = site.state / "jobs" / str(child)
    head = Identity.read(jobdir / "pid")
    inner = Identity.read(jobdir / "work" / "init")
    session = site.session()
    begun = time.monotonic()
    session.cancelTask(task)
    until(lambda: not (head.alive() or inner.alive() or jobdir.exists()), 10)
    assert time.monotonic() - begun < 2.5  # one second, on a machine that others use too
    assert site.ended(task) == "CANCELED"
    until(lambda: {each["state"] for each in session.listBuildroots(taskID=child)} == {koji.BR_STATES["EXPIRED"]})
    assert site.fsck() == "all is well\n"


def test_job_whose_head_is_killed_fails_by_name_and_the_queue_goes_on(site):
    task = site.submit(60)
    child = site.building(task)
    inner = Identity.read(site.state / "jobs" / str(child) / "work" / "init")
    os.kill(Identity.read(site.state / "jobs" / str(child) / "pid").pid, signal.SIGKILL)
    assert site.ended(task) == "FAILED"
    assert not inner.alive()
    assert "builder-crash" in site.koji("taskinfo", "-v", child) + site.koji("watch-task", task, fails=True)
    assert site.ended(site.submit(0)) == "CLOSED"
    assert site.fsck() == "all is well\n"


def test_stopping_amid_long_poll_upload_and_build_takes_less_than_five_seconds(site):
    task = site.submit(8)
    site.building(task)
    poll = threading.Thread(target=_poll, args=(site.url,), daemon=True)
    poll.start()
    with socket.create_connection(("127.0.0.1", site.port)) as upload:
        upload.sendall(b"POST /kojihub HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n<?xml")
        time.sleep(0.2)
        assert site.stop() < 5
    poll.join(5)
    assert not poll.is_alive()
    site.start()
    assert site.ended(task) == "CLOSED"
    assert site.fsck() == "all is well\n"


def _poll(url: str) -> None:
    request = urllib.request.Request(f"{url}/healthz", headers={"Prefer": "wait=20", "X-Heard": "99999 nothing"})
    with suppress(OSError):
        urllib.request.urlopen(request, timeout=30).read()


def test_killed_hub_leaves_nothing_that_fsck_would_find(site):
    task = site.submit(4)
    site.building(task)
    site.stop(kill=True)
    site.start()
    assert site.ended(task) == "CLOSED"
    assert site.fsck() == "all is well\n"


def test_machine_that_went_down_costs_a_build_one_more_try(site):
    task = site.submit(5)
    child = site.building(task)
    site.stop(kill=True)
    jobdir = site.state / "jobs" / str(child)
    _as_after_a_reboot(jobdir)
    site.start()
    assert site.ended(task) == "CLOSED"
    assert site.fsck() == "all is well\n"


def test_machine_that_is_shut_down_in_order_costs_a_build_one_more_try(site):
    """systemd stops the service, which leaves its jobs alone, and ends all that still runs in the end."""
    task = site.submit(5)
    child = site.building(task)
    site.stop()
    jobdir = site.state / "jobs" / str(child)
    os.kill(json.loads((jobdir / "pid").read_text())["pid"], signal.SIGTERM)
    job.attach(jobdir).wait(60)
    site.start()
    assert site.ended(task) == "CLOSED"
    assert site.fsck() == "all is well\n"


def _as_after_a_reboot(jobdir) -> None:
    """The job's processes are gone, and what is on record of them is from another boot."""
    for path in (jobdir / "work" / "init", jobdir / "pid"):
        facts = json.loads(path.read_text())
        os.kill(facts["pid"], signal.SIGKILL)
        path.write_text(json.dumps({**facts, "boot": "another"}))

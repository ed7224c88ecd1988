"""A topdir that is full, may not be written, has an unreadable file or lost one: what needs it fails by name, the rest goes on."""

import contextlib
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import koji
import pytest

from appliance import testing
from appliance.hub import fsck, reasons

STATES = koji.TASK_STATES


def mount(*words):
    done = subprocess.run(["mount", *words], capture_output=True)
    if done.returncode:
        pytest.skip("mounting takes root: this runs where there is one")


@pytest.fixture(scope="module")
def hub():
    """A hub that builds, whose topdir is a file system of 24 MiB."""
    with testing.hub(builder="simulated") as found:
        topdir = found.hub.paths.koji
        shutil.copytree(topdir, found.room / "topdir")
        mount("-t", "tmpfs", "-o", "size=24m", "none", str(topdir))
        try:
            shutil.copytree(found.room / "topdir", topdir, dirs_exist_ok=True)
            found.seed.target("demo")
            found.seed.build("known-1-1", rpms=["known.x86_64"], tags=["demo"])
            found.seed.build("lost-1-1", rpms=["lost.x86_64"], tags=["demo"])
            yield found
        finally:
            found.close()
            subprocess.run(["umount", "--lazy", topdir], check=True)


def ended(hub, task_id, seconds=60):
    """(state, what its result or fault says, the class of its failure) of a task that ends in so many seconds."""
    end = time.monotonic() + seconds
    while not hub.admin.taskFinished(task_id):
        assert time.monotonic() < end, hub.admin.getTaskInfo(task_id)
        time.sleep(0.05)
    said = str(hub.admin.getTaskResult(task_id, raise_fault=False))
    with hub.hub.read() as call:
        reason = reasons.one(call, task_id)
    return STATES[hub.admin.getTaskInfo(task_id)["state"]], said, reason and reason["class"]


def repository(hub):
    return ended(hub, hub.admin.newRepo("demo-build"))


def upload(hub, name):
    """A source package of that name in the upload area."""
    hub.admin.uploadWrapper(str(hub.source(f"{name}-1-1")), "up")
    return f"{name}-1-1.src.rpm"


def read(hub, package):
    """The status of a request for a package's file."""
    path = f"/packages/{package}/1/1/x86_64/{package}-1-1.x86_64.rpm"
    try:
        with urllib.request.urlopen(hub.topurl + path, timeout=20) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def fill(filler):
    """Leave no room where the file lies."""
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as stream:
        while True:
            stream.write(bytes(1024))


def problems(hub):
    with hub.hub.read() as call:
        return list(fsck.examine(call, served=False))


def test_a_full_topdir_fails_what_writes_there_by_name_and_is_well_again_with_space(hub):
    waiting = upload(hub, "waiting")
    filler = hub.hub.paths.koji / "filler"
    fill(filler)
    state, said, kind = repository(hub)
    assert (state, "No space left" in said, kind) == ("FAILED", True, "disk-full"), said
    for attempt in (lambda: hub.admin.importRPM("up", waiting), lambda: upload(hub, "refused")):
        fill(filler)  # what failed has given back what it had taken
        with pytest.raises(koji.GenericError, match="(?i)no space left"):
            attempt()
    assert hub.admin.getBuild("waiting-1-1") is None
    assert read(hub, "known") == 200
    filler.unlink()
    assert repository(hub)[0] == "CLOSED"
    hub.admin.importRPM("up", waiting)
    assert problems(hub) == []


def test_a_topdir_that_may_not_be_written_is_read_from(hub):
    late = upload(hub, "late")
    topdir = str(hub.hub.paths.koji)
    mount("-o", "remount,ro", topdir)
    try:
        state, said, kind = repository(hub)
        assert (state, "Read-only file system" in said, kind) == ("FAILED", True, "read-only"), said
        for attempt in (lambda: hub.admin.importRPM("up", late), lambda: upload(hub, "refused")):
            with pytest.raises(koji.GenericError, match="(?i)read-only"):
                attempt()
        assert read(hub, "known") == 200
        hub.admin.createTag("made-meanwhile")
    finally:
        mount("-o", "remount,rw", topdir)
    assert repository(hub)[0] == "CLOSED"
    hub.admin.importRPM("up", late)
    assert problems(hub) == []


def test_a_file_that_vanished_is_one_broken_object(hub):
    path = hub.hub.paths.koji / "packages/lost/1/1/x86_64/lost-1-1.x86_64.rpm"
    content = path.read_bytes()
    path.unlink()
    (problem,) = problems(hub)
    assert path.name in problem
    assert (read(hub, "lost"), read(hub, "known")) == (404, 200)
    assert hub.admin.getRPM("lost-1-1.x86_64")["name"] == "lost"
    assert repository(hub)[0] == "CLOSED"
    path.write_bytes(content)
    assert problems(hub) == []


def test_a_file_that_the_disk_cannot_read_is_named(hub):
    """The memory of a process is a file that answers each read at its beginning with EIO."""
    bad, good = upload(hub, "bad"), upload(hub, "good")
    place = Path(hub.hub.paths.topdir.work(), "up", bad)
    mount("--bind", f"/proc/{os.getpid()}/mem", str(place))
    try:
        with pytest.raises(OSError, match="Input/output"):
            place.read_bytes()
        with pytest.raises(koji.GenericError, match=bad):
            hub.admin.importRPM("up", bad)
    finally:
        subprocess.run(["umount", place], check=True)
    hub.admin.importRPM("up", good)
    assert hub.admin.getBuild("bad-1-1") is None
    assert problems(hub) == []

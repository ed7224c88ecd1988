"""Builds that take too much: only they suffer, and their outcome says of what."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from appliance.builder import cgroup
from appliance.builder.guards import Deadline, LogSize, Silence, Space
from appliance.builder.logs import END, Log
from appliance.builder.outcome import BuildFailure

NOARCH = "BuildArch: noarch\n%description\nTest\n"


@pytest.fixture
def controlled():
    """Skips where the kernel gives us no control group."""
    group = cgroup.create("appliance-probe")
    able = group.limit(64, 64)
    group.remove()
    if not able:
        pytest.skip("no control group can be made here")


def test_a_fork_bomb_is_contained(workshop, controlled):
    bomb = 'for (1..300) { $p = fork; die "no more: $!" if !defined $p; if (!$p) { sleep 60 } } print "sur" . "vived"'
    outcome, printed = workshop.script(f"exec perl -e '{bomb}'", max_processes=100)
    assert outcome.failure == "build-failed"
    assert "no more: Resource temporarily unavailable" in printed and "survived" not in printed
    assert workshop.script("echo fine")[0].ok


def test_memory_is_limited(workshop, controlled):
    eat = "perl -e '$x = \"x\" x (1 << 30); print length($x)'"
    outcome, _ = workshop.script(eat, memory_mb=256)
    assert outcome.failure == "out-of-memory"
    assert "256 MiB" in outcome.message
    assert outcome.resources["memory_mb"] <= 257


def test_a_build_that_survives_an_out_of_memory_kill_is_no_failure(workshop, controlled):
    assert workshop.script("perl -e '$x = \"x\" x (1 << 30)'; true", memory_mb=256)[0].ok


def test_disk_is_limited(workshop):
    limit = 200
    outcome, _ = workshop.script("while :; do head -c 20000000 /dev/zero >> $((i+=1)); sleep .05; done", disk_mb=limit)
    assert outcome.failure == "disk-full"
    assert f"{limit} MiB" in outcome.message
    assert limit < outcome.resources["disk_mb"] < 3 * limit


def test_a_single_file_cannot_grow_past_the_limit(workshop):
    outcome, _ = workshop.script("exec head -c 150M /dev/zero > big", disk_mb=100)
    assert not outcome.ok


def test_a_build_that_finds_the_disk_full_says_so(workshop):
    source = workshop.srpm(
        "full", NOARCH + "%build\necho 'cp: error writing: No space left on device'; false\n%files\n"
    )
    _, outcome = workshop.build(source)
    assert (outcome.failure, outcome.first_error["rule"]) == ("disk-full", "no-space")


def test_a_job_stops_before_the_builders_disk_is_full(workshop):
    _, outcome = workshop.build(kind="script", command=("sleep", "30"), min_disk_mb=1 << 40)
    assert outcome.failure == "disk-full"


FULL = """
import sys
from pathlib import Path
from appliance.builder import job
from appliance.builder.spec import JobSpec
jobdir = Path(sys.argv[1])
job.start(jobdir, JobSpec.from_json(sys.stdin.read()))
outcome = job.attach(jobdir).wait(200)
print(outcome.failure, (jobdir / "work").exists())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="root is needed to mount a small disk")
def test_a_disk_that_fills_up_under_a_build_is_its_failure(workshop, tmp_path):
    (tmp_path / "small").mkdir()
    if workshop.builder == "mock":  # its roots are in the cache: there the disk is full
        workshop.cache = tmp_path / "small" / "cache"
    spec = workshop.spec(kind="script", command=("dd", "if=/dev/zero", "of=big", "bs=1M"), min_disk_mb=0)
    script = 'mount -t tmpfs -o size=30m small "$1"; exec "$2" -c "$3" "$1"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", tmp_path / "small", sys.executable, FULL],
        input=spec.to_json(), capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.split() == ["disk-full", "False"], done.stderr


def test_a_group_goes_when_the_last_of_its_processes_has(controlled):
    group = cgroup.create("appliance-last")
    last = subprocess.Popen(["sleep", "60"], preexec_fn=group.join)
    threading.Timer(0.1, last.kill).start()
    group.remove()
    assert last.wait() == -signal.SIGKILL
    assert group.directories
    assert [each for each in group.directories if each.exists()] == []


def test_limits_are_written_to_a_version_2_group(tmp_path):
    for name in ("cgroup.controllers", "memory.max", "memory.swap.max", "pids.max"):
        (tmp_path / name).touch()
    (tmp_path / "memory.peak").write_text("1048576\n")
    (tmp_path / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n")
    (tmp_path / "memory.events").write_text("low 0\noom 1\noom_kill 2\n")
    group = cgroup.Group((tmp_path,))
    assert group.limit(64, 100)
    written = [(tmp_path / name).read_text() for name in ("memory.max", "memory.swap.max", "pids.max")]
    assert written == [str(64 << 20), "0", "100"]
    assert group.usage() == {"memory_mb": 1.0, "cpu_seconds": 2.5}
    assert group.wanting().message == "The build needed more memory than its limit of 64 MiB."


def test_a_limit_that_cannot_be_set_is_not_claimed(tmp_path):
    assert not cgroup.Group().limit(64, 0)
    assert cgroup.Group().limit(0, 0)
    assert (cgroup.Group().usage(), cgroup.Group().wanting()) == ({}, None)


def test_a_huge_log_is_cut_with_a_mark(workshop):
    line = "0" * 200
    said = "cp: error writing 'x': No space left on device"
    outcome, printed = workshop.script(f'yes {line} | head -c 50000000; echo; echo "{said}" >&2; false', log_mb=3)
    assert (outcome.failure, outcome.first_error["lines"]) == ("disk-full", [said])
    before, after = printed.split("[log cut here: it reached its limit of 3 MiB]\n")
    assert set(after.split("\n")[:20]) == {line}
    assert after.endswith(f"\n{said}\n")
    assert len(before) > 3 << 20 and len(printed) < 3.1 * (1 << 20)


def test_one_huge_line_is_no_trouble(overlay):
    outcome, printed = overlay.script("head -c 200000000 /dev/zero | tr '\\0' x; echo; echo END; false", log_mb=100)
    assert outcome.failure == "build-failed"
    assert printed.endswith("x\nEND\n")


def test_a_cut_log_still_shows_that_the_build_lives(tmp_path):
    log = Log(tmp_path / "log", 1)
    log.write(b"x" * (2 << 20))
    cut = (tmp_path / "log").stat()
    log._touched -= 2
    log.write(b"more")
    after = (tmp_path / "log").stat()
    assert (after.st_size, after.st_mtime_ns > cut.st_mtime_ns) == (cut.st_size, True)


def test_a_log_is_continued_within_its_limit(tmp_path):
    for _ in range(3):
        Log(tmp_path / "log", 1).write(b"x" * 700_000)
    assert (tmp_path / "log").stat().st_size < (1 << 20) + 200


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_a_deadline_is_reached_on_the_steady_clock():
    clock = Clock()
    guard = Deadline(60, clock)
    assert guard.check() == 60
    clock.now += 60
    with pytest.raises(BuildFailure) as stopped:
        guard.check()
    assert stopped.value.failure == "timeout"


def test_silence_is_counted_from_the_last_change(tmp_path):
    clock, log = Clock(), tmp_path / "build.log"
    guard = Silence(60, [log], clock)
    for _ in range(5):
        clock.now += 50
        with log.open("a") as stream:
            stream.write("a line\n")
        assert 0 < guard.check() <= 60
    clock.now += 60
    with pytest.raises(BuildFailure) as stopped:
        guard.check()
    assert stopped.value.failure == "hung"


def test_counting_a_large_tree_takes_a_twentieth_of_the_time(tmp_path):
    clock = Clock()
    guard = Space(tmp_path, 10, 0, clock)

    def slow():
        clock.now += 3
        return 0.0

    guard.measure = slow
    assert guard.check() == 60


def test_a_foreign_programs_log_is_cut_again_and_again(tmp_path):
    path = tmp_path / "root.log"
    guard = LogSize(1, [path, tmp_path / "missing.log"])
    for _ in range(3):
        with path.open("ab") as log:
            log.write(b"x" * (2 << 20) + b"\n")
        assert guard.check() > 0
        with path.open("ab") as log:
            log.write(b"more\n")
    text = path.read_bytes()
    assert text[1 << 20 :].startswith(b"\n[log cut here: it reached its limit of 1 MiB]\nxxx")
    assert text.endswith(b"xxx\nmore\n") and text.count(b"log cut here") == 1
    assert len(text) < (1 << 20) + END + 1000
    guard.check()
    assert path.read_bytes() == text

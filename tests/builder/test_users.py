"""Who is not root builds, too: in a user namespace of subordinate ids."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from appliance.builder import mock
from tests import distribution

PROJECT = Path(__file__).parents[2]
NOBODY = 65534

# As root, in a mount namespace of its own: grants, and places that the user may see.
SCRIPT = """
set -e
place=$1 project=$2 distro=$3 python=$4 builder=$5
echo "nobody:300000:65536" > $place/granted
mount --bind $place/granted /etc/subuid
mount --bind $place/granted /etc/subgid
mount --bind $project $place/project
mount --bind $distro $place/distro
cd $place
exec setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=$place PYTHONPATH=$place/project \
    $python $place/run.py $place $builder
"""

RUN = """
import os
import signal
import sys
from pathlib import Path
from appliance.builder import job
from appliance.builder.spec import JobSpec, RepoSpec, RootSpec

place = Path(sys.argv[1])
repo = RepoSpec("sample", (f"file://{place}/distro",))
root = RootSpec("sample", "x86_64", ("bash", "coreutils", "rpm-build", "sed", "grep", "findutils", "perl"), (repo,))
values = dict(root=root, cache_dir=str(place / "cache"), timeout=200, builder=sys.argv[2])

(place / "jobs" / "1").mkdir(parents=True)
job.start(place / "jobs" / "1", JobSpec(id="1", kind="rebuild", source=str(place / "tiny.src.rpm"), **values))
outcome = job.attach(place / "jobs" / "1").wait(200)
print(outcome.builder, outcome.ok, outcome.message, *(each.name for each in outcome.results if not each.log))

(place / "jobs" / "2").mkdir()
job.start(place / "jobs" / "2", JobSpec(id="2", kind="script", command=("sleep", "100"), **values))
log = place / "jobs" / "2" / "result" / "state.log"
while not log.exists() or "Start: script" not in log.read_text():
    pass
print(job.cancel(place / "jobs" / "2").failure, (place / "jobs" / "2" / "work").exists())
(place / "jobs" / "3").mkdir()
bomb = 'for (1..300) { $p = fork; die "no more: $!" if !defined $p; if (!$p) { sleep 60 } } print "over"'
script = JobSpec(id="3", kind="script", command=("perl", "-e", bomb), max_processes=60, **values)
job.start(place / "jobs" / "3", script)
outcome = job.attach(place / "jobs" / "3").wait(200)
print(outcome.failure, "no more" in (place / "jobs" / "3" / "result" / "build.log").read_text())
(place / "jobs" / "4").mkdir()
command = ("sh", "-c", "rm -r /usr/share/man /opt && mkdir -p /usr/share/man /opt/x && touch /opt/x/y")
script = JobSpec(id="4", kind="script", command=command, as_root=True, **values)
job.start(place / "jobs" / "4", script, job.wait_for_one())
print("replaced", job.attach(place / "jobs" / "4").wait(200).ok)
(place / "jobs" / "5").mkdir()
job.start(place / "jobs" / "5", JobSpec(id="5", kind="script", command=("sleep", "100"), **values))
log = place / "jobs" / "5" / "result" / "state.log"
while not log.exists() or "Start: script" not in log.read_text():
    pass
os.kill(job.attach(place / "jobs" / "5").pid, signal.SIGTERM)
print(job.attach(place / "jobs" / "5").wait(200).failure, (place / "jobs" / "5" / "work").exists())
print(Path(place / "jobs" / "1" / "result" / "build.log").owner())
"""


def usable(python):
    """True if the user can run this Python: one below a closed home directory is out of reach."""
    return not subprocess.run(
        ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "env", python, "-c", ""],
        capture_output=True,
    ).returncode


@pytest.fixture
def place():
    made = Path(tempfile.mkdtemp(prefix="appliance-user-"))
    made.chmod(0o755)
    for name in ("project", "distro"):
        (made / name).mkdir()
    (made / "run.py").write_text(RUN)
    shutil.copy(distribution.source_package("tiny-noarch"), made / "tiny.src.rpm")
    for path in (made, *made.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    yield made
    subprocess.run(["rm", "-rf", made], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="root is needed to become another user; who is not root is one")
@pytest.mark.skipif(not shutil.which("newuidmap"), reason="not installed: newuidmap")
def test_a_user_with_subordinate_ids_builds_and_cancels(place, builder):
    python = next((each for each in (sys.executable, "/usr/bin/python3") if usable(each)), None)
    if not python:
        pytest.skip("no Python here can be run by another user")
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", SCRIPT, "sh", place, PROJECT, distribution.distribution(), python, builder],
        capture_output=True, text=True,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    named = f"mock {mock.version()}" if builder == "mock" else builder
    assert lines[0] == f"{named} True  tiny-noarch-1.0-1.rd12.noarch.rpm tiny-noarch-1.0-1.rd12.src.rpm", done.stdout
    assert lines[1:] == ["killed False", "build-failed True", "replaced True", "rebooted False", "nobody"]

"""The simulated builder: builds end as the script says, quickly, and say that they were simulated."""

import subprocess
import sys

import koji
import pytest

pytestmark = pytest.mark.appliance_hub(builder="simulated")
FINISHED = ("CLOSED", "FAILED", "CANCELED")


@pytest.fixture
def target(appliance_hub):
    appliance_hub.seed.target("f39")
    return "f39"


def submit(hub, nvr, **options):
    """The id of a build of a source package of that name."""
    path = hub.source(nvr)
    hub.admin.uploadWrapper(str(path), "cli-build/test")
    with hub.seed.call() as call:
        from appliance.hub import packages, tags

        name = koji.parse_NVR(nvr)["name"]
        packages.put(call, tags.known(call, "f39"), name, call.user_id, force=True)
    return hub.admin.build(f"cli-build/test/{path.name}", "f39", options)


def ended(hub, task_id, seconds=30):
    """The state's name of a task that has ended."""
    from appliance.hub import tasks

    topics, heard = ("tasks",), hub.hub.bell.heard("tasks")
    for _ in range(seconds * 4):
        with hub.hub.read() as call:
            state = koji.TASK_STATES[tasks.require(call, task_id)["state"]]
        if state in FINISHED:
            return state
        hub.hub.bell.wait(topics, heard, 0.25)
        heard = hub.hub.bell.heard(*topics)
    return state


def test_a_build_succeeds_and_says_that_it_was_simulated(appliance_hub, target):
    appliance_hub.script("bash", rpms=["bash.x86_64", "bash-doc.noarch"])
    task_id = submit(appliance_hub, "bash-5.1-1")
    assert ended(appliance_hub, task_id) == "CLOSED", appliance_hub.user.getTaskResult(task_id)
    build = appliance_hub.user.getBuild("bash-5.1-1")
    assert build["extra"]["simulated"] is True
    rpms = {f"{each['name']}.{each['arch']}" for each in appliance_hub.user.listBuildRPMs(build["id"])}
    assert rpms == {"bash.src", "bash.x86_64", "bash-doc.noarch"}
    header = appliance_hub.user.getRPMHeaders(
        appliance_hub.user.getRPM("bash-doc-5.1-1.noarch")["id"], headers=["buildhost", "summary"]
    )
    assert header == {"buildhost": "simulated", "summary": "bash (simulated)"}
    assert [each["nvr"] for each in appliance_hub.user.listTagged("f39")] == ["bash-5.1-1"]
    logs = koji.PathInfo(topdir=str(appliance_hub.hub.paths.koji)).build_logs(build)
    with open(f"{logs}/x86_64/build.log") as log:
        assert log.readline().startswith("simulated:")


def test_a_build_fails_as_the_script_says(appliance_hub, target):
    appliance_hub.script("gcc", end="failure", failure="unmet-buildrequires", message="no flex", times=1)
    task_id = submit(appliance_hub, "gcc-1-1")
    assert ended(appliance_hub, task_id) == "FAILED"
    with pytest.raises(koji.BuildError, match="Simulated: no flex"):
        appliance_hub.user.getTaskResult(task_id)
    assert appliance_hub.user.getBuild("gcc-1-1")["state"] == koji.BUILD_STATES["FAILED"]
    assert ended(appliance_hub, submit(appliance_hub, "gcc-1-1")) == "CLOSED"


def test_a_lost_builder_fails_the_build(appliance_hub, target):
    appliance_hub.script(end="lost")
    task_id = submit(appliance_hub, "bash-5.1-1")
    assert ended(appliance_hub, task_id) == "FAILED"


def test_a_hanging_build_can_be_cancelled(appliance_hub, target):
    appliance_hub.script(end="hang")
    task_id = submit(appliance_hub, "bash-5.1-1")
    for _ in range(100):
        children = appliance_hub.user.getTaskChildren(task_id)
        if any(each["method"] == "buildArch" and each["state"] == 1 for each in children):
            break
        appliance_hub.hub.bell.wait(("tasks",), appliance_hub.hub.bell.heard("tasks"), 0.2)
    appliance_hub.admin.cancelTask(task_id)
    assert ended(appliance_hub, task_id) == "CANCELED"


@pytest.mark.appliance_hub(settings={"builder": {"timeout": 1}})
def test_a_hanging_build_meets_its_limit(appliance_hub, target):
    appliance_hub.script(end="hang")
    task_id = submit(appliance_hub, "bash-5.1-1")
    assert ended(appliance_hub, task_id) == "FAILED"


def test_copr_builds_are_simulated_too(appliance_hub):
    copr = appliance_hub.copr_user
    copr.project_proxy.add("user", "p", chroots=["epel-9-x86_64"])
    build = copr.build_proxy.create_from_file("user", "p", str(appliance_hub.source("bash-5.1-1")))
    for _ in range(100):
        state = copr.build_proxy.get(build.id).state
        if state in ("succeeded", "failed"):
            break
        appliance_hub.hub.bell.wait(("tasks",), appliance_hub.hub.bell.heard("tasks"), 0.2)
    assert state == "succeeded"


def test_serve_does_not_simulate_unless_asked_by_name(tmp_path):
    appliance = [sys.executable, "-m", "appliance", "--state", str(tmp_path / "state")]
    subprocess.run([*appliance, "init"], check=True, capture_output=True)
    (tmp_path / "state" / "appliance.toml").write_text('[builder]\nkind = "simulated"\n')
    done = subprocess.run([*appliance, "serve", "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "serve --builder simulated" in done.stderr

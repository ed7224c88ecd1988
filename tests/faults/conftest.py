"""A site that builds, for each module of faults; its small slow package builds for as long as a test asks."""

import re
import time
from collections.abc import Iterator

import pytest

from tests import builders
from tests.clients.site import Site, sample


class Faulty(Site):
    """A site with the words that faults are made of."""

    def submit(self, seconds: float, *options: str) -> int:
        """Begin a build that takes so long in %build; its task."""
        self.koji("edit-tag", "demo-build", "-x", f"rpm.macro.seconds={seconds}")
        said = self.koji("build", "--nowait", "--scratch", *options, "demo", sample("slow"))
        found = re.search(r"Created task: (\d+)", said)
        assert found is not None
        return int(found[1])

    def building(self, task_id: int) -> int:
        """Wait until the package is being compiled; the task whose job does it."""
        child = until(lambda: self._child(task_id))
        logs = self.state / "koji" / "work" / "tasks" / str(child % 10000) / str(child) / "build.log"
        until(lambda: logs.exists() and "Executing(%build)" in logs.read_text(errors="replace"))
        return int(child)

    def _child(self, task_id: int) -> int:
        children = self._hub().getTaskChildren(task_id)
        return next((each["id"] for each in children if each["method"] == "buildArch"), 0)

    def _hub(self):
        import koji

        return koji.ClientSession(f"{self.url}/kojihub", {"max_retries": 0, "timeout": 20})

    def ended(self, task_id: int, seconds: float = 180) -> str:
        """The state in which a task ends."""
        import koji

        states = {koji.TASK_STATES[name] for name in ("CLOSED", "CANCELED", "FAILED")}
        until(lambda: self._hub().getTaskInfo(task_id)["state"] in states, seconds)
        return str(koji.TASK_STATES[self._hub().getTaskInfo(task_id)["state"]])

    def fsck(self) -> str:
        return self.appliance("fsck").stdout


def until(condition, seconds: float = 180):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module", params=builders.ALL)
def site(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Faulty]:
    found = Faulty(tmp_path_factory.mktemp("site"), "minimal", builder=request.param)
    found.prepare()
    found.start()
    found.koji("add-pkg", "--owner", "kojiadmin", "demo", "slow")
    yield found
    found.stop()

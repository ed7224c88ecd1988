"""What mock's end means: its exit codes are ambiguous, so they are read with how far its state.log came."""

import re
from collections.abc import Sequence
from pathlib import Path

from appliance.builder import stages
from appliance.builder.outcome import BuildFailure, FailureClass

OUTPUT = "mock_output.log"
CACHING = "creating root cache"
DAMAGED = 2  # tar's exit code: mock's root cache was cut short by an earlier death
DEPENDENCIES, BUSY = 30, 60
CONFIGURATION = (3, 5, 70)  # a configuration that is missing or wrong, a bad plug-in, no result directory
IN_BETWEEN = (
    "build phase",
    "run",
    "clean",
    "buildsrpm",
    "Outputting",
    "Generating",
)  # no stages of their own
SENTENCES: dict[FailureClass, str] = {
    "busy": "The buildroot is in use by another build.",
    "no-srpm": "mock takes the source package for none.",
    "root-failed": "The buildroot could not be made; see root.log.",
    "unmet-buildrequires": "Not all requirements of the build can be installed; see root.log.",
    "build-failed": "The package could not be built; see build.log.",
}


def failure(code: int, results: Path) -> BuildFailure:
    """The verdict on an exit code that is not 0."""
    passed = stages.read(results / "state.log")
    said = _complaint(results / OUTPUT)
    kind = classify(code, [stage.name for stage in passed], said)
    told = said if kind in ("no-srpm", "root-failed") and not said.startswith("Command failed") else ""
    message = f"{SENTENCES[kind]} mock says: {told}" if told else SENTENCES[kind]
    return BuildFailure(kind, last(passed), message, code)


def classify(code: int, passed: Sequence[str], said: str) -> FailureClass:
    """The class of an exit code, with the stages that state.log tells of and mock's own complaint."""
    if code == BUSY:
        return "busy"
    if code == DEPENDENCIES:
        return "unmet-buildrequires" if _reached(passed, stages.SETUP) else "root-failed"
    if code in CONFIGURATION or code == DAMAGED:
        return "root-failed"
    if "find/open srpm" in said:
        return "no-srpm"
    return "build-failed" if _reached(passed, "build phase") or _reached(passed, "buildsrpm") else "root-failed"


def last(passed: tuple[stages.Stage, ...]) -> str:
    """The stage that failed: mock finishes all of them also when it fails, the innermost one first."""
    started = [stage for stage in passed if not stage.name.startswith(IN_BETWEEN)]
    return started[-1].name if started else ""


def _reached(passed: Sequence[str], name: str) -> bool:
    return any(stage.startswith(name) for stage in passed)


def _complaint(path: Path) -> str:
    """mock's own error message: the last that it printed."""
    found = re.findall(r"^ERROR: (.+)$", path.read_text(errors="replace"), re.MULTILINE) if path.exists() else []
    return str(found[-1]) if found else ""

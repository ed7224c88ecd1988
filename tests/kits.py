"""Serves fresh appliances to the recorded kits, and runs the kits' own comparison against them."""

import importlib.util
import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

from appliance import __main__ as command
from appliance.app import Appliance
from appliance.hub.state import open_hub

HERE = Path(__file__).resolve().parent
KOJI, COPR = HERE / "koji_kit", HERE / "copr_kit"
MORE, COPR_MORE = HERE / "koji_more", HERE / "copr_more"
INSTALLED = (1795293321.757391, 1795293322.240832)  # the recorded hub's first events; docs/koji-differences.md
BACKEND_HOOK = HERE / "copr-backend-hook"
# Where the hub that the answers were recorded from was told that its clients find it.
RECORDED = {KOJI: "http://127.0.0.1:8801", COPR: ""}


def scenarios(kit: Path) -> list[str]:
    return sorted(path.stem for path in (kit / "scenarios").glob("*.py") if not path.stem.startswith("_"))


def prepare(kit: Path, state: Path) -> Path:
    """A new state, as the kit's README asks for it."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for words in (["init", "--empty"], ["bootstrap", str(kit / "bootstrap.toml")]):
        with redirect_stdout(StringIO()) as said:
            status = command.main(["--state", str(state), *words])
        if status:
            raise RuntimeError(f"appliance {' '.join(words)} failed: {said.getvalue()}")
    (state / "koji" / "vol" / "second").mkdir(parents=True, exist_ok=True)
    return state


@contextmanager
def served(kit: Path, template: Path) -> Iterator[Appliance]:
    """A copy of TEMPLATE being served on a free port, with builds standing still; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="appliance-kit-") as room:
        state = Path(room) / "state"
        shutil.copytree(template, state)
        hub = open_hub(state, kit / "appliance.toml")
        hub.settings.url = RECORDED[kit]
        appliance = Appliance(hub, "127.0.0.1:0", builder=False)
        appliance.start()
        try:
            with mock.patch.dict(os.environ, APPLIANCE_STATE=str(state)):
                yield appliance
        finally:
            appliance.stop()


@cache
def checker(kit: Path) -> ModuleType:
    """The kit's check.py, as a module of its own name."""
    spec = importlib.util.spec_from_file_location(f"{kit.name}_check", kit / "check.py")
    module = importlib.util.module_from_spec(spec)
    with mock.patch.object(sys, "path", [str(kit), *sys.path]):
        spec.loader.exec_module(module)
    return module


def check_koji(template: Path, words: list[str]) -> int:
    """Run the Koji kit's check.py with WORDS; each scenario gets an appliance of its own. The exit status."""
    check = checker(KOJI)
    original = check.runner.run

    def run(name: str, args: Any) -> Any:
        with served(KOJI, template) as appliance:
            args.url = f"{appliance.url}/kojihub"
            return original(name, args)

    with mock.patch.object(check.runner, "run", run):
        return _exit_status(check.main, ["--reset-cmd", ":", "--url", "fresh", *words])


def check_more(template: Path, words: list[str]) -> int:
    """As `check_koji`, with the scenarios that this project asked of real Koji itself."""
    return check_koji(template, ["--scenarios", str(MORE / "scenarios"), *words])


def check_copr(template: Path, words: list[str]) -> int:
    """Run the Copr kit's check.py with WORDS; its scenarios share one appliance. The exit status."""
    backend = ["--backend", f"cmd:{BACKEND_HOOK}"] if BACKEND_HOOK.exists() else []
    with served(COPR, template) as appliance:
        return _exit_status(checker(COPR).main, ["--url", appliance.url, *backend, *words])


def check_copr_more(template: Path, words: list[str]) -> int:
    """As `check_copr`, with the scenarios that this project asked of real Copr itself."""
    return check_copr(template, ["--scenarios", str(COPR_MORE / "scenarios"), *words])


def _exit_status(main: Callable[[], int | None], words: list[str]) -> int:
    with mock.patch.object(sys, "argv", ["check.py", *words]):
        try:
            return main() or 0
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 1


CHECKS = {KOJI: check_koji, MORE: check_more, COPR: check_copr, COPR_MORE: check_copr_more}


def differences(kit: Path, template: Path, scenario: str, room: Path) -> list[dict[str, Any]]:
    """The steps of one scenario whose answers differ from the recorded ones; empty when all agree."""
    report = room / "report.json"
    CHECKS[kit](template, ["--json", str(report), scenario])
    found = json.loads(report.read_text())
    if found["passed"] + found["failed"] == 0:
        raise RuntimeError(f"{scenario} compared nothing")
    different = found["failures"] if "failures" in found else found["scenarios"][scenario]["mismatches"]
    return [step for step in different if not _is_age_alone(step)]


def _is_age_alone(step: dict[str, Any]) -> bool:
    """Whether a step differs in nothing but when the hub was installed, which the recording tells of its own."""
    diffs = step.get("diffs") or []
    return bool(diffs) and all(diff["expected"] in INSTALLED for diff in diffs)


def run(kit: Path, words: list[str]) -> int:
    """What tests/run_koji_kit and tests/run_copr_kit do: a fresh state, the kit's check.py, nothing left."""
    if {"-h", "--help"} & set(words):
        return _exit_status(checker(kit).main, words)
    with tempfile.TemporaryDirectory(prefix="appliance-kit-") as room:
        return CHECKS[kit](prepare(kit, Path(room) / "template"), words)

"""Building with mock: what it is told, where it works, and what its exit code and its state.log mean."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from appliance.builder import claims, installed, layer, mockconfig, namespace, results, stages
from appliance.builder.logs import Log
from appliance.builder.outcome import BuildFailure, FailureClass
from appliance.builder.sandbox import Sandbox
from appliance.builder.spec import JobSpec, result_dir, work_dir

PROGRAMS = ("/usr/libexec/mock/mock", "mock")  # the program itself; on PATH it may be a door for users
BUSY, DEPENDENCIES, TAR = 60, 30, 2
CONFIGURATION = (3, 5, 70)
CACHING = "creating root cache"
LOGS = ("build.log", "root.log", "state.log", "hw_info.log", "installed_pkgs.log")
OUTPUT = "mock_output.log"


def version() -> str:
    """The version of the mock that can be used here, "" if there is none.

    PyPI has a library called mock: only a program that tells a version of itself counts.
    """
    if os.geteuid() or not (program := _program()):
        return ""
    asked = subprocess.run([program, "--version"], capture_output=True, text=True, check=False,
                           env={**os.environ, "SUDO_UID": "0"})
    told = asked.stdout.strip()
    return told if asked.returncode == 0 and re.fullmatch(r"\d+(\.\d+)+", told) else ""


def _program() -> str:
    return next((found for name in PROGRAMS if (found := shutil.which(name))), "")


class Mock:
    """The mock builder of one job; see `spec.Builder`.

    In the job's own mount namespace, mock's directories are ours and the account that it builds as exists: so
    nothing of the host's own use of mock is met, and no account of the host's owns what is built.
    """

    def __init__(self, jobdir: Path, spec: JobSpec, token: str, told: str) -> None:
        self.name = f"mock {told}"
        self.spec, self.token = spec, token
        self.work, self.results = work_dir(jobdir), result_dir(jobdir)
        self.out = self.work / "out"
        self.base, self.cache, self.configs = (Path(spec.cache_dir) / "mock" / name for name in ("lib", "cache", "cfg"))
        self.order = self.base / f"order-{token}"
        self.output = Log(self.results / OUTPUT, spec.log_mb)
        self.refused: list[str] = []

    @property
    def root(self) -> Path:
        """The chroot of this job, as mock names it."""
        return self.base / f"{self.config_name}-{self.token}" / "root"

    def prepare(self) -> None:
        for path in (self.base, self.cache, self.configs, self.order / "result"):
            path.mkdir(parents=True, exist_ok=True)
        self.out.mkdir()
        self.config = mockconfig.write(self.spec, self.configs)
'''
'''

"""How a job ended: its class of failure, its results, its buildroot and what it used."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

FailureClass = Literal[
    "no-srpm",
    "unmet-buildrequires",
    "build-failed",
    "root-failed",
    "timeout",
    "hung",
    "killed",
    "out-of-memory",
    "disk-full",
    "busy",
    "builder-crash",
    "rebooted",
]


class BuildFailure(Exception):
    """A builder's verdict on a job: its class, the stage it was in, and the sentence that the user needs."""

    def __init__(self, failure: FailureClass, stage: str, message: str, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.failure, self.stage, self.message, self.exit_code = failure, stage, message, exit_code


@dataclass(frozen=True)
class Stage:
    """One stage of the job; times are seconds since the epoch, `ended` is None for the one it died in."""

    name: str
    started: float
    ended: float | None = None


@dataclass(frozen=True)
class Installed:
    """One package of the buildroot as its rpm database has it; `epoch` is None where there is none.

    `sigmd5` is what Koji knows the package by: the MD5 of header and payload, or of a package without that (rpm 6
    makes them) a digest of the header by its name (`sha256::...`).
    """

    name: str
    epoch: int | None
    version: str
    release: str
    arch: str
    buildtime: int
    size: int
    sigmd5: str

    @property
    def nvra(self) -> tuple[str, str, str, str]:
        return self.name, self.version, self.release, self.arch


@dataclass(frozen=True)
class ResultFile:
    """A regular file below JOBDIR/result, by its path from there; `log` tells the logs from what was built."""

    name: str
    size: int
    log: bool


@dataclass(frozen=True)
class Outcome:
    """The end of a job. `failure` is None if and only if it is ok.

    `first_error` is what the failure rules found in the logs (see `failures.Finding`), or None where no rule
    matched. `refused` says which files were not taken as results, and why. `resources` holds `memory_mb` (the
    greatest use), `cpu_seconds` and `disk_mb`, each only where it could be measured. `revision` names what the
    sources were fetched from, exactly.
    """

    ok: bool
    builder: str
    failure: FailureClass | None = None
    stage: str = ""
    message: str = ""
    exit_code: int | None = None
    first_error: dict[str, Any] | None = None
    results: tuple[ResultFile, ...] = ()
    refused: tuple[str, ...] = ()
    buildroot: tuple[Installed, ...] = ()
    stages: tuple[Stage, ...] = ()
    started: float = 0.0
    ended: float = 0.0
    resources: dict[str, float] = field(default_factory=dict)
    revision: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Outcome":
        values = json.loads(text)
        values["results"] = tuple(ResultFile(**item) for item in values["results"])
        values["refused"] = tuple(values["refused"])
        values["buildroot"] = tuple(Installed(**item) for item in values["buildroot"])
        values["stages"] = tuple(Stage(**item) for item in values["stages"])
        return cls(**values)

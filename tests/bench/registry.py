"""What a benchmark is: a function that measures, under the name by which its results are known."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Measure = Callable[[Path], "Iterable[Result]"]


@dataclass(frozen=True)
class Result:
    """OURS against THEIRS (a peer's, a bare tool's, or a stated limit), both in UNIT; less is better.

    It holds if OURS/THEIRS is at most BOUND, and OURS at most LIMIT where there is one. NOTE tells a reader
    what was compared.
    """

    name: str
    ours: float
    theirs: float
    unit: str
    bound: float
    note: str = ""
    limit: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def holds(self) -> bool:
        return self.ratio <= self.bound and (self.limit is None or self.ours <= self.limit)

    def as_record(self) -> dict[str, object]:
        """The object that stands in the file of results."""
        rounded = {name: float(f"{getattr(self, name):.6g}") for name in ("ours", "theirs", "ratio")}
        return {"name": self.name, **rounded, "unit": self.unit, "bound": self.bound, "holds": self.holds}


@dataclass(frozen=True)
class Benchmark:
    """MEASURE is given an empty directory of its own; NAMES are those of the results that it gives."""

    names: tuple[str, ...]
    measure: Measure


BENCHMARKS: list[Benchmark] = []


def benchmark(*names: str) -> Callable[[Measure], Measure]:
    """Register a function that measures what NAMES say."""

    def register(measure: Measure) -> Measure:
        BENCHMARKS.append(Benchmark(names, measure))
        return measure

    return register


def load() -> list[Benchmark]:
    """All benchmarks, of every module beside this one."""
    package = importlib.import_module("tests.bench")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != "__main__":
            importlib.import_module(f"tests.bench.{module.name}")
    return BENCHMARKS

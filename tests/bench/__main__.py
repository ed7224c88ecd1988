"""Runs the benchmarks, all or those named: a table on stdout, the results in bench/results/latest.json.

The exit status is 1 if a result does not hold or a benchmark could not run.
"""

import json
import logging
import os
import platform
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.bench.registry import Benchmark, Result, load

RESULTS = Path(__file__).resolve().parents[2] / "bench" / "results" / "latest.json"
LINE = "{:<26}{:>12}{:>12} {:<8}{:>8}{:>9}  {}"


def main(names: list[str]) -> int:
    logging.basicConfig(level=logging.WARNING)
    chosen = [each for each in load() if not names or set(names) & set(each.names)]
    unknown = set(names) - {name for each in chosen for name in each.names}
    if unknown:
        known = sorted(name for each in load() for name in each.names)
        print(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        return 2
    print(f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}\n")
    print(LINE.format("name", "ours", "theirs", "unit", "ratio", "bound", ""), flush=True)
    results = [result for each in chosen for result in measured(each)]
    keep(results, whole=not names)
    return int(not all(result.holds for result in results) or not results)


def measured(each: Benchmark) -> list[Result]:
    """What a benchmark gave, printed; nothing of one that could not run, whose reason is printed."""
    room = Path(tempfile.mkdtemp(prefix="bench-"))
    begun = time.monotonic()
    try:
        results = list(each.measure(room))
    except Exception:  # one that fails must not keep the others from being measured
        traceback.print_exc()
        return [Result(name, float("inf"), 1.0, "failed", 0.0) for name in each.names]
    finally:
        shutil.rmtree(room, ignore_errors=True)
    for result in results:
        print(shown(result), flush=True)
    logging.getLogger(__name__).info("%s: %.0f s", each.names[0], time.monotonic() - begun)
    return results


def shown(result: Result) -> str:
    verdict = "holds" if result.holds else "DOES NOT HOLD"
    figures = (f"{result.ours:.4g}", f"{result.theirs:.4g}", result.unit, f"{result.ratio:.3f}", f"{result.bound:g}")
    return LINE.format(result.name, *figures, f"{verdict}  {result.note}".rstrip())


def keep(results: list[Result], whole: bool) -> None:
    """Write the results down; those of a part of the benchmarks take the place of their like."""
    fresh = {result.name: result.as_record() for result in results}
    known = {} if whole or not RESULTS.exists() else {each["name"]: each for each in json.loads(RESULTS.read_text())}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(list({**known, **fresh}.values()), indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

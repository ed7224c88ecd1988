"""Calls of Koji's API: against the genuine hub's figures, and as the history behind them grows a hundredfold."""

import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.bench import calls, histories
from tests.bench.registry import Result, benchmark
from tests.bench.server import Figures, Load, Server, run, served

CLIENTS = (1, 4, 16)
# Answers a second of Koji 1.35 with 2,000 builds in 200 packages, for so many clients: its hub with three workers
# and PostgreSQL 15, on two cores like this benchmark's.
GENUINE = {
    "hello": (797, 1354, 1222),
    "getTag": (557, 916, 787),
    "getBuild": (403, 660, 644),
    "listTagged": (26, 48, 44),
    "listBuilds": (98, 189, 184),
    "getLatestBuilds": (132, 264, 261),
    "multicall": (8.8, 22.9, 22.2),
    "login": (529, 1008, 813),
}
SECONDS, ROUNDS = 0.5, 5


@benchmark("koji_calls", *(f"koji_{name}" for name in GENUINE))
def koji_calls(room: Path) -> Iterator[Result]:
    """Seconds a call, the mean of 1, 4 and 16 clients; of several rounds the best counts, as nothing adds speed."""
    with served(histories.copied(histories.SMALL, room), "--no-builder") as server:
        found = {load.name: _seconds(server, load) for load in calls.loads(server, histories.SMALL)}
    theirs = {name: mean([1 / rate for rate in rates]) for name, rates in GENUINE.items()}
    note = "against the genuine hub's recorded rates with 1, 4 and 16 clients"
    for name in GENUINE:
        yield Result(f"koji_{name}", found[name], theirs[name], "s/call", 1.0, note)
    calls_of_work = [name for name in GENUINE if name != "login"]  # whose password hash is meant to cost
    ours, genuine = (mean([side[name] for name in calls_of_work]) for side in (found, theirs))
    yield Result("koji_calls", ours, genuine, "s/call", 0.25, "the geometric mean of all calls but login")


def _seconds(server: Server, load: Load) -> float:
    return mean([1 / max(run(server, load, clients, SECONDS).rate for _ in range(ROUNDS)) for clients in CLIENTS])


def mean(values: list[float]) -> float:
    """The geometric one: that of ratios is the ratio of means."""
    return math.exp(sum(map(math.log, values)) / len(values))


@benchmark("hot_calls_growth")
def hot_calls_growth(room: Path) -> Iterator[Result]:
    """The slowest twentieth of each call's answers with 200,000 builds against 2,000; the call that grows most."""
    with ExitStack() as stack:
        sides = []
        for lines in (histories.LARGE, histories.SMALL):
            server = stack.enter_context(served(histories.copied(lines, room), "--no-builder"))
            sides.append((server, {load.name: load for load in calls.loads(server, lines)}))
        grown = {name: [_tail(server, loads[name]) for server, loads in sides] for name in GENUINE}
    worst = max(grown, key=lambda name: grown[name][0] / grown[name][1])
    told = ", ".join(f"{name} {large / small:.2f}" for name, (large, small) in grown.items())
    yield Result("hot_calls_growth", *grown[worst], "s", 2.0, f"{worst}; all: {told}")


def _tail(server: Server, load: Load) -> float:
    """The 95th percentile with one client; the least of several rounds, so that a neighbour's load counts less."""
    run(server, load, 1, 0.2)
    rounds: list[Figures] = [run(server, load, 1, SECONDS, least=20) for _ in range(ROUNDS)]
    return min(each.quantile(0.95) for each in rounds)

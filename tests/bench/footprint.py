"""What the process takes with the large history behind it: memory when it is idle, time until it answers."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench import calls, histories
from tests.bench.registry import Result, benchmark
from tests.bench.server import run, served

MEMORY_MB, START_SECONDS = 150.0, 2.0
ROUNDS = 3


@benchmark("start", "idle_memory")
def footprint(room: Path) -> Iterator[Result]:
    """Start with 200,000 builds, three times; then every hot call with sixteen clients, and what is left of that."""
    state = histories.copied(histories.LARGE, room)
    started = []
    for _ in range(ROUNDS):
        with served(state) as server:
            started.append(server.started)
    yield Result("start", median(started), START_SECONDS, "s", 1.0, "until the first answer, the builder's loop beside")
    with served(state) as server:
        fresh = server.resident
        for load in calls.loads(server, histories.LARGE):
            run(server, load, 16, 1.0)
        worked = server.resident
    yield Result("idle_memory", worked, MEMORY_MB, "MB", 1.0, f"after 16 clients' calls; {fresh:.0f} MB before any")

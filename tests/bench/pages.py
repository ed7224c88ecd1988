"""The pages of a hub with years behind it: the slowest and the largest, and a log of 50 MB."""

import http.client
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench import histories
from tests.bench.registry import Result, benchmark
from tests.bench.server import Server, served

PAGES = (
    "/", "/builds", "/builds?state=failed", "/builds?name=lib*&owner=maintainer7", "/builds/150000", "/builds/150000?view=packages",
    "/builds/150000?view=changes", "/builds/150000?view=history", "/buildroots/300000", "/rpms/1500000", "/tasks",
    "/tasks?state=done&page=3", "/tasks?state=failed", "/tasks?method=buildArch", "/tasks?owner=maintainer7", "/tasks/750000",
    "/packages", "/packages?name=golang", "/tags", "/tags/line-050-build", "/tags/line-050", "/tags/line-050-build?view=packages",
    "/tags/line-050-build?view=builds", "/tags/line-050?view=builds&which=own", "/tags/line-050-build?view=repo",
    "/tags/line-050?view=history", "/tags/line-050?view=edit", "/targets", "/repos", "/repos/20", "/hosts",
    "/hosts/builder.example.com", "/channels/default", "/users", "/users/maintainer7", "/history", "/history?tag=line-050",
    "/history?editor=maintainer7", "/search?q=package", "/search?q=golang-p*", "/search?q=150000", "/coprs", "/coprs/builds",
    "/api", "/api/koji", "/api/copr", "/login",
)  # fmt: skip
_TRIES = 5
_MILLISECONDS, _BYTES, _LINES = 50, 100_000, 640_000


@benchmark("page_slowest", "page_largest", "page_log_50mb")
def pages(room: Path) -> Iterator[Result]:
    """As browsers get them: the best of some tries, since what else the machine does is no page's fault."""
    state = room / "state"
    shutil.copytree(histories.made(histories.LARGE), state)
    log = _log(state)
    with served(state, "--no-builder") as server:
        found = {path: _measured(server, path) for path in PAGES}
        slowest, largest = (max(found, key=lambda path: found[path][at]) for at in (0, 1))
        yield Result("page_slowest", found[slowest][0], _MILLISECONDS, "ms", 1.0, slowest)
        yield Result("page_largest", found[largest][1] / 1000, _BYTES / 1000, "kB", 1.0, largest)
        slow, _ = _measured(server, f"{log}?line={_LINES // 2}")
        yield Result("page_log_50mb", slow, _MILLISECONDS, "ms", 1.0, "a window in the middle of 50 MB")


def _log(state: Path) -> str:
    """A large log of a task; its address."""
    place = state / "koji" / "work" / "tasks" / "1" / "1"
    place.mkdir(parents=True)
    line = "gcc -O2 -g -Wall -c source-{0:06d}.c -o build/objects/source-{0:06d}.o -I/usr/include\n"
    with (place / "build.log").open("w") as stream:
        stream.writelines(map(line.format, range(_LINES)))
    return "/logs/task/1/build.log"


def _measured(server: Server, path: str) -> tuple[float, int]:
    """(milliseconds, bytes) of a page; a RuntimeError if it does not answer."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    best, size = float("inf"), 0
    for _ in range(_TRIES):
        begun = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        size = len(answer.read())
        best = min(best, time.perf_counter() - begun)
        if answer.status != 200:
            raise RuntimeError(f"{path} answers {answer.status}")
    connection.close()
    return best * 1000, size

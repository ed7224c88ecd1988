"""Koji's calls over HTTP: how many a second, against what the genuine hub gave on such a machine."""

from collections.abc import Iterator

from tests.bench import histories
from tests.bench.server import Load, Server

MANY = 100


def loads(server: Server, lines: int) -> list[Load]:
    """The calls that are measured, as a logged-in client makes them, spread over the history's builds."""
    session = server.session()
    key, number = session.sinfo["session-key"], session.sinfo["session-id"]
    headers = f"Koji-Session-Id: {number}\r\nKoji-Session-Key: {key}\r\n"
    nvrs = list(_nvrs(session, lines))
    tags = [f"line-{line % lines:03d}" for line in range(16)]
    some = [(f"{tag}-build", nvr.rsplit("-", 2)[0]) for tag in tags[:1] for nvr in nvrs[:60]]
    star = {"__starstar": True}
    many = [
        ([{"methodName": "getBuild", "params": [nvr]} for nvr in nvrs[at : at + MANY]],)
        for at in range(0, len(nvrs) - MANY, MANY // 2)
    ]
    found = [
        Load("hello", "hello", [()]),
        Load("getTag", "getTag", [(tag,) for tag in tags]),
        Load("getBuild", "getBuild", [(nvr,) for nvr in nvrs]),
        Load(
            "listTagged",
            "listTagged",
            [(f"{tag}-build", {**star, "inherit": True, "latest": True}) for tag in tags],
        ),
        Load("listBuilds", "listBuilds", [({**star, "queryOpts": {"order": "-build_id", "limit": 50}},)]),
        Load("getLatestBuilds", "getLatestBuilds", [(tag, {**star, "package": name}) for tag, name in some]),
        Load("multicall", "multiCall", many),
    ]
    for each in found:
        each.headers = headers
    return [*found, Load("login", "login", [(histories.USER, histories.PASSWORD)])]


def _nvrs(session: object, lines: int) -> Iterator[str]:
    """NVRs of builds of some lines, old and new; the first of the first line."""
    for line in range(0, lines, max(lines // 3, 1)):
        for build in session.listTagged(f"line-{line:03d}")[::4]:
            yield build["nvr"]

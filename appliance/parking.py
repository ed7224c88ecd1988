"""Requests that wait: held back until something happens, without a thread of the server's each.

A GET with `Prefer: wait=SECONDS` (RFC 7240) and `X-Heard: COUNT TOPIC...` is put aside while these topics of
the bell have not been rung more often than COUNT, for SECONDS at most; then it is served like any other.
"""

import threading
import time
from typing import Any

from appliance.hub.wakeups import Bell
from appliance.rpc.staying import StayingChannel

_LONGEST = 25.0
_MOST_TOPICS = 8
_ARRIVAL = "parking"


class Parking:
    """The requests put aside; one thread sends them on when their time has come, unless the server stops first."""

    def __init__(self, bell: Bell) -> None:
        self.bell = bell
        self._held: list[tuple[Any, tuple[str, ...], int, float]] = []
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="parking", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def take(self, channel: Any, topics: tuple[str, ...], heard: int, seconds: float) -> bool:
        """Put CHANNEL's request aside; False where there is nothing to wait for any more."""
        if self.bell.closed or self.bell.heard(*topics) > heard:
            return False
        with self._guard:
            self._held.append((channel, topics, heard, time.monotonic() + seconds))
        self.bell.ring(_ARRIVAL)
        return True

    def _run(self) -> None:
        while not self.bell.closed:
            with self._guard:
                topics = tuple({topic for _, wanted, _, _ in self._held for topic in wanted} | {_ARRIVAL})
                ends = [end for _, _, _, end in self._held]
            heard = self.bell.heard(*topics)
            if not self._release():
                self.bell.wait(topics, heard, max(min(ends) - time.monotonic(), 0) if ends else None)

    def _release(self) -> bool:
        """Send on what has waited long enough; whether there was any."""
        now = time.monotonic()
        with self._guard:
            due = [each for each in self._held if self._is_due(each, now)]
            self._held = [each for each in self._held if each not in due]
        for channel, *_ in due:
            channel.server.add_task(channel)
        return bool(due)

    def _is_due(self, each: tuple[Any, tuple[str, ...], int, float], now: float) -> bool:
        _, topics, heard, end = each
        return now >= end or self.bell.heard(*topics) > heard


class Channel(StayingChannel):
    """The server's channel, but that a request may be put aside once before it is served."""

    parking: Parking
    _waited: Any = None

    def answer(self) -> bool:
        request = self.requests[0]
        if request is not self._waited and not request.error and self.connected:
            self._waited = request
            wish = wished(request.command, request.headers)
            if wish is not None and self.parking.take(self, *wish):
                return False
        return super().answer()


def channels(parking: Parking) -> type[Channel]:
    """The class of channels whose requests wait in PARKING."""
    return type("ParkedChannel", (Channel,), {"parking": parking})


def wished(method: str, headers: dict[str, str]) -> tuple[tuple[str, ...], int, float] | None:
    """(topics, count, seconds) that a request waits for; None for one that doesn't."""
    heard, *topics = headers.get("X_HEARD", "").split() or [""]
    name, _, seconds = headers.get("PREFER", "").partition("=")
    if method != "GET" or name.strip() != "wait" or not (heard.isdecimal() and seconds.strip().isdecimal()):
        return None
    if not 0 < len(topics) <= _MOST_TOPICS or len(heard) > 15 or len(seconds) > 6:
        return None
    return tuple(topics), int(heard), min(float(seconds), _LONGEST)

"""Puts the parts of a served appliance together: the hub, the web server, the builder's loop; start and stop, nothing else."""

import fcntl
import http.client
import logging
import os
import resource
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from waitress import wasyncore
from waitress.server import create_server

from appliance import processors, settings, web
from appliance.builder import local
from appliance.builder.clocks import Clocks
from appliance.builder.loop import Loop
from appliance.errors import ConfigurationError
from appliance.hub import file_journal, signing
from appliance.hub.announcer import Announcer
from appliance.hub.host_programs import BUILDER
from appliance.hub.hub import Hub
from appliance.parking import Parking, channels

log = logging.getLogger(__name__)

_SHUTDOWN_SECONDS = 4
_DRAIN_SECONDS = 1
_HEALTH_SECONDS = 5
_MOST_CONNECTIONS = 1000
_MOST_FILES = 4096  # more would cost: programs that jobs run look at every number up to the limit
_SPARE_FILES = 156  # for the database, the jobs and the files that are served
_IN_MEMORY = 2 << 20  # bytes; Koji's clients upload a mebibyte at a time, which then needs no file of its own


def _connections() -> int:
    """How many connections are held at once; more wait, since who has no descriptor left can't even refuse."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return _MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(10, min(_MOST_CONNECTIONS, soft - _SPARE_FILES))


class Appliance:
    """A hub being served. `start()` returns once requests are accepted, `stop()` once nothing runs but the jobs."""

    def __init__(
        self, hub: Hub, listen: str | None = None, builder: bool = True, wrap: Callable[[Any], Any] | None = None
    ) -> None:
        """WRAP puts something of the caller's between the server and what is served, a WSGI application."""
        self.hub = hub
        self.wrap = wrap or (lambda served: served)
        self.host, self.port = settings.endpoint(listen or hub.settings.listen)
        self.builder = builder
        self._lock: IO[str] | None = None
        self._loop: Loop | None = None

    @property
    def url(self) -> str:
        """The server's root, without a slash at its end."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        self._lock = hold(self.hub.paths.lock)
        self.hub.migrate()
        for line in file_journal.recover(self.hub):
            log.warning("left by a process that died: %s", line)
        with processors.one():
            self._open()
        if self.builder:
            self._loop = Loop(self.hub)
            self.hub.parts[BUILDER] = self._loop.state
            self._loop.start()
        else:
            with self.hub.write() as call:
                local.leave(call)
        self._clocks = Clocks(self.hub, self._loop)
        self._clocks.start()
        self._announcer = Announcer(self.hub)
        self._announcer.start()

    def _open(self) -> None:
        """Accept requests."""
        self._server = create_server(
            self.wrap(web.build(self.hub)),
            sockets=[self._bind()],
            threads=self.hub.settings.threads,
            ident=None,
            channel_timeout=60,
            connection_limit=_connections(),
            inbuf_overflow=_IN_MEMORY,
            max_request_body_size=self.hub.settings.copr.max_download + _IN_MEMORY,
            clear_untrusted_proxy_headers=not self.hub.settings.koji.trusted_proxies,
        )
        parking = Parking(self.hub.bell)
        parking.start()
        self._server.channel_class = channels(parking)
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)
        self._thread.start()

    def _bind(self) -> socket.socket:
        bound = socket.create_server((self.host, self.port), backlog=512)
        self.port = bound.getsockname()[1]
        self.hub.settings.listen = f"{self.host}:{self.port}"
        return bound

    def answers(self) -> bool:
        """Whether a request gets through to the database and back within seconds."""
        with closing(http.client.HTTPConnection(self.host, self.port, timeout=_HEALTH_SECONDS)) as connection:
            try:
                connection.request("GET", "/healthz")
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False

    def stop(self) -> None:
        self._clocks.stop()
        self._announcer.stop()
        if self._loop is not None:
            self._loop.stop()
        self.hub.bell.close()
        self._in_loop(lambda: wasyncore.dispatcher.close(self._server))
        self._server.task_dispatcher.shutdown(timeout=_SHUTDOWN_SECONDS)
        self._drain()
        self._in_loop(lambda: wasyncore.close_all(self._server._map))
        self._thread.join(_SHUTDOWN_SECONDS)
        signing.close(self.hub)
        self.hub.close()
        if self._lock is not None:
            self._lock.close()

    def _in_loop(self, action: Callable[[], None]) -> None:
        """Have the server's own thread do it: its sockets are not ours to touch.

        The lock keeps the thread from closing the trigger before we have pulled it.
        """
        trigger = self._server.trigger
        with trigger.lock:
            trigger.thunks.append(action)
            trigger.pull_trigger()

    def _drain(self) -> None:
        """Let the last answers leave; idle clients that keep a connection open are not waited for."""
        end = time.monotonic() + _DRAIN_SECONDS
        while any(c.total_outbufs_len for c in list(self._server.active_channels.values())):
            if time.monotonic() > end:
                return
            time.sleep(0.005)


def hold(path: Path) -> IO[str]:
    """The state directory's lock, with this process's pid in it.

    Raises ConfigurationError naming the pid of the process that holds it.
    """
    stream = path.open("a+")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.seek(0)
        holder = stream.read().strip() or "another process"
        stream.close()
        raise ConfigurationError(f"this state directory is served by pid {holder}") from None
    stream.seek(0)
    stream.truncate()
    stream.write(str(os.getpid()))
    stream.flush()
    return stream

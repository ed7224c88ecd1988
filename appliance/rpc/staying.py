"""A thread that answered a request stays with its connection for a moment: the next needs no other thread.

Clients make one call after the other. Waitress's way for each of them is from the thread that watches all
sockets to one that works and back, three switches and four system calls that cost as much as a small answer.
"""

import select
import threading
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from appliance.rpc.framing import StrictChannel

_MOMENT = 2  # milliseconds in which a client on a fast network sends its next request
_MOST = 6  # so many threads may stay; more would only wait for one another


class PromptTask(WSGITask):
    """Sends the head of an answer together with the first piece of its body."""

    wrote_header: bool

    def write(self, data: bytes) -> None:
        if self.wrote_header or not data or not self.complete:
            super().write(data)
            return
        head = self.build_response_header()
        self.wrote_header = True
        if self.chunked_response or not self.has_body or self.content_length != len(data):
            self.channel.write_soon(head)
            super().write(data)
            return
        self.content_bytes_written += len(data)
        self.channel.write_soon(head + data)


class _Server:
    """The server as a channel sees it: what its own thread will see to itself wakes nobody else."""

    def __init__(self, server: Any, channel: "StayingChannel") -> None:
        self._server = server
        self._channel = channel

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)

    def add_task(self, channel: HTTPChannel) -> None:
        if self._channel.thread != threading.get_ident():
            self._server.add_task(channel)

    def pull_trigger(self) -> None:
        channel = self._channel
        ends = channel.total_outbufs_len or channel.will_close or channel.close_when_flushed
        if ends or channel.thread != threading.get_ident():
            self._server.pull_trigger()


class StayingChannel(StrictChannel):
    """While a thread stays (its ident is THREAD), the one that watches leaves the connection alone."""

    task_class = PromptTask
    thread: int | None = None

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None) -> None:
        super().__init__(server, sock, addr, adj, map=map)
        self.server = _Server(server, self)

    def readable(self) -> bool:
        return self.thread is None and super().readable()

    def service(self) -> None:
        """Answer the request that came, and those that follow within a moment."""
        mine = self.thread = threading.get_ident()
        try:
            while self.answer() and (self.requests or self._more()):
                pass
        finally:
            if self.thread == mine:
                self.thread = None
        if self.connected:
            self.server.pull_trigger()

    def answer(self) -> bool:
        """Answer the first request; False if that is left to another thread, who may be at it already."""
        super().service()
        return True

    def _more(self) -> bool:
        """Whether the next request has come whole; nobody else reads meanwhile."""
        if not self._may_stay():
            return False
        coming = select.poll()
        coming.register(self._fileno, select.POLLIN)
        if not coming.poll(_MOMENT):
            return False
        try:
            data = self.socket.recv(self.adj.recv_bytes)
        except OSError:
            return False
        self.received(data)
        return bool(self.requests)

    def _may_stay(self) -> bool:
        """Not while others wait for a thread, nor where there is something to send or to close first."""
        threads = self.server.task_dispatcher
        wanted = threads.queue or threads.stop_count or threads.active_count > _MOST
        busy = self.total_outbufs_len or self.will_close or self.close_when_flushed or self.request is not None
        return self.connected and not wanted and not busy

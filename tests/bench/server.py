"""An appliance served by a process of its own for a benchmark, and a client that costs next to nothing."""

import contextlib
import selectors
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xmlrpc.client import dumps

import koji

from tests.bench.histories import PASSWORD, USER

COMMAND = Path(sys.executable).with_name("appliance")
_END = b"\r\n\r\n"


@dataclass
class Server:
    """A running appliance: its address, its process's id, seconds from its start to its first answer."""

    url: str
    pid: int
    started: float
    sessions: list[koji.ClientSession] = field(default_factory=list)

    @property
    def resident(self) -> float:
        """MB of memory that the process has to itself or shares."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        (line,) = (each for each in status.splitlines() if each.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def session(self) -> koji.ClientSession:
        """Koji's own client, logged in as long as the server runs: one that is forgotten logs out."""
        session = koji.ClientSession(f"{self.url}/kojihub", {"user": USER, "password": PASSWORD})
        session.login()
        self.sessions.append(session)
        return session


@contextlib.contextmanager
def served(state: Path, *options: str, log: Path | None = None) -> Iterator[Server]:
    """Serve STATE on a free port, with the local builder idle unless OPTIONS say otherwise."""
    port = free_port()
    words = [str(COMMAND), "--state", str(state), "serve", "--listen", f"127.0.0.1:{port}", *options]
    begun = time.perf_counter()
    with (log or Path("/dev/null")).open("ab") as said:
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=said)
    try:
        first_answer(port, process)
        yield Server(f"http://127.0.0.1:{port}", process.pid, time.perf_counter() - begun)
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


def first_answer(port: int, process: subprocess.Popen[bytes], limit: float = 60) -> None:
    """Ask for `/healthz` until it is answered; a look every millisecond at the port costs little."""
    end = time.perf_counter() + limit
    while time.perf_counter() < end and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=limit) as connection:
                connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                if connection.recv(64).startswith(b"HTTP/1.0 200"):
                    return
        except ConnectionError:
            time.sleep(0.001)
    raise RuntimeError("the appliance did not answer")


@dataclass
class Load:
    """Calls that are sent again and again; NAMES and their arguments are taken in turn."""

    name: str
    method: str
    arguments: Sequence[tuple[object, ...]]
    headers: str = ""
    made: list[bytes] = field(default_factory=list)

    def requests(self, url: str) -> list[bytes]:
        """The whole HTTP requests, made once."""
        if not self.made:
            self.made = [self._request(url, each) for each in self.arguments]
        return self.made

    def _request(self, url: str, arguments: tuple[object, ...]) -> bytes:
        body = dumps(arguments, self.method, allow_none=True).encode()
        host = urllib.parse.urlsplit(url).netloc
        head = f"POST /kojihub HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/xml\r\n{self.headers}"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class Figures:
    """What came of a load: answers a second, and the seconds of each."""

    rate: float
    seconds: list[float]

    def quantile(self, share: float) -> float:
        return sorted(self.seconds)[min(int(share * len(self.seconds)), len(self.seconds) - 1)]

    @property
    def median(self) -> float:
        return self.quantile(0.5)


class Connection:
    """One client: it sends its next request when the answer to the last has come."""

    def __init__(self, url: str, requests: list[bytes], start: int) -> None:
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = requests
        self.at = start
        self.seconds: list[float] = []

    def send(self) -> None:
        self.read, self.length = bytearray(), None
        request = self.requests[self.at % len(self.requests)]
        self.at += 1
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Take what has come; whether the answer is whole."""
        more = self.socket.recv(1 << 20)
        if not more:
            raise RuntimeError(f"the server hung up: {bytes(self.read[:500])!r}")
        self.read += more
        if self.length is None and _END in self.read:
            self.length = self._measure()
        if self.length is None or len(self.read) < self.length:
            return False
        self.seconds.append(time.perf_counter() - self.sent)
        return True

    def _measure(self) -> int:
        head, _, _ = bytes(self.read).partition(_END)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        (length,) = (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return len(head) + len(_END) + int(length.split(b":")[1])

    @property
    def failed(self) -> bool:
        return b"<fault>" in self.read[:600]


def run(server: Server, load: Load, clients: int = 1, seconds: float = 1.0, least: int = 5) -> Figures:
    """Send LOAD with so many clients at once for so long, and until there are at least so many answers."""
    requests = load.requests(server.url)
    connections = [Connection(server.url, requests, 37 * at) for at in range(clients)]
    with selectors.DefaultSelector() as selector:
        for each in connections:
            selector.register(each.socket, selectors.EVENT_READ, each)
            each.send()
        begun = time.perf_counter()
        while time.perf_counter() - begun < seconds or min(len(each.seconds) for each in connections) < least:
            for key, _ in selector.select(10):
                _answered(key.data, load)
        spent = time.perf_counter() - begun
    for each in connections:
        each.socket.close()
    found = [one for each in connections for one in each.seconds]
    return Figures(len(found) / spent, found)


def _answered(connection: Connection, load: Load) -> None:
    if connection.receive():
        if connection.failed:
            raise RuntimeError(f"{load.name}: {bytes(connection.read[-600:]).decode()}")
        connection.send()

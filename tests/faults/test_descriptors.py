"""More connections than the process may have files open: those that fit are served, the others wait, nothing falls."""

import contextlib
import os
import resource
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

FILES, CONNECTIONS = 256, 300
BIN = Path(sys.executable).parent


@pytest.fixture
def served(tmp_path):
    """(process, port) of an appliance that may open 256 files."""
    command = [BIN / "appliance", "--state", tmp_path / "state"]
    subprocess.run([*command, "init"], check=True, stdout=subprocess.DEVNULL)
    with (tmp_path / "log").open("w") as log:
        serving = subprocess.Popen(
            [*command, "serve", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=log, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES)),
        )  # fmt: skip
    yield serving, int(serving.stdout.readline().rsplit(":", 1)[1])
    serving.terminate()
    assert serving.wait(20) == 0
    serving.stdout.close()


def test_more_connections_than_descriptors_wait_and_nothing_falls(served, tmp_path):
    serving, port = served
    with contextlib.ExitStack() as held:
        for _ in range(CONNECTIONS):
            opened = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            opened.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        time.sleep(0.5)
        assert serving.poll() is None
        assert len(os.listdir(f"/proc/{serving.pid}/fd")) < FILES - 100
        opened.sendall(b"\r\n")  # the last of all: it waits for its turn
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20) as answer:
        assert answer.status == 200
    assert "Too many open files" not in (tmp_path / "log").read_text()

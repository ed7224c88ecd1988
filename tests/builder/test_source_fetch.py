"""Fetching by address in a job's sandbox: what the settings allow, wherever servers send one; no more, and no longer."""

import threading
import time
import types
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from appliance.builder import source_fetch, source_scm
from appliance.settings import Copr, Settings

LIMITS = Copr(allowed_hosts=["127.0.0.1"], max_download=4096, download_seconds=2)


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        elsewhere = {
            "/moved": "/plain",
            "/away": f"http://localhost:{self.server.server_port}/plain",
            "/passwords": "file:///etc/passwd",
            "/round": "/round",
            "/x.git/info/refs?service=git-upload-pack": "/y.git/info/refs?service=git-upload-pack",
        }
        self.server.asked.append(self.path)
        self.send_response(302 if self.path in elsewhere else 404 if self.path == "/none" else 200)
        if self.path in elsewhere:
            self.send_header("Location", elsewhere[self.path])
        self.end_headers()
        parts = {"/long": 100, "/slow": 1}
        for _ in range(parts.get(self.path, 0)):
            self.wfile.write(b"x" * 1024)
        if self.path == "/slow":
            time.sleep(4)
        self.wfile.write(b"data\n")

    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def server():
    """The site; `asked` are the paths that it was asked for."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def site(server):
    return f"http://127.0.0.1:{server.server_port}"


def fetch(overlay, *commands, limits=LIMITS):
    """(outcome, what was said) of a job that fetches."""
    work = types.SimpleNamespace(hub=types.SimpleNamespace(settings=Settings(copr=limits)))
    jobdir, outcome = overlay.build(kind="reading", **source_fetch.options(work, *commands))
    return outcome, (jobdir / "result" / "checkout.log").read_text()


@pytest.mark.parametrize("path", ["/plain", "/moved"])
def test_a_file_is_fetched(overlay, site, path):
    outcome, said = fetch(overlay, source_fetch.one(site + path, "x-1-1.src.rpm"))
    assert outcome.ok, said
    assert "x-1-1.src.rpm" in [each.name for each in outcome.results]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/none", "404"),
        ("/away", "its host is not among those that the settings allow"),
        ("/passwords", "the protocol must be one of https http"),
        ("/round", "redirected again and again"),
        ("/long", "larger than 4096 bytes"),
        ("/slow", "more than 2 seconds"),
    ],
)
def test_what_is_not_allowed_is_not_fetched(overlay, site, path, answer):
    outcome, said = fetch(overlay, source_fetch.one(site + path, "x"))
    assert not outcome.ok and answer in said
    assert "x" not in [each.name for each in outcome.results]


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest/meta-data", "http://[fe80::1]/x", "http://2852039166/x"]
)
def test_what_only_this_link_has_is_not_fetched(overlay, url):
    outcome, said = fetch(overlay, source_fetch.one(url, "x"), limits=Copr())
    assert not outcome.ok and "on this machine's own link" in said


@pytest.mark.parametrize(("hosts", "followed"), [(["*"], True), (["127.0.0.1"], False)])
def test_git_is_led_elsewhere_where_every_host_is_allowed(overlay, server, site, hosts, followed):
    limits = Copr(allowed_hosts=hosts)
    work = types.SimpleNamespace(hub=types.SimpleNamespace(settings=Settings(copr=limits)))
    found = source_scm.parse({"clone_url": f"{site}/x.git"}, limits)
    server.asked.clear()
    _, outcome = overlay.build(kind="reading", **source_scm.fetching_of(work, found, found.name, ""))
    assert not outcome.ok and any(path.startswith("/y.git/") for path in server.asked) == followed


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ext::sh", "scp://127.0.0.1/x"])
def test_no_other_protocol_is_spoken(overlay, url):
    outcome, said = fetch(overlay, source_fetch.one(url, "x"), limits=Copr())
    assert not outcome.ok and "the protocol must be one of" in said


def test_names_are_looked_up_and_certificates_checked_as_the_host_does(overlay):
    files = ("/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt")
    outcome, said = fetch(
        overlay, ("/bin/sh", "-c", 'for f; do ! [ -L "$f" ] || continue; cat "$f" > out; done', "x", *files)
    )
    assert outcome.ok, said

"""Sources in source control: what is refused before any process starts, and Subversion from a real server."""

import socket
import subprocess
import time
import types

import pytest

from appliance.builder import source_jobs, source_scm
from appliance.errors import GenericError
from appliance.hub import host_programs
from appliance.settings import Copr, Settings

BAD = [
    ({"clone_url": "ext::sh -c date"}, "protocol"),
    ({"clone_url": "file:///etc"}, "protocol"),
    ({"clone_url": "git+ssh://-oProxyCommand=x/y"}, "protocol"),
    ({"clone_url": "ssh://-oProxyCommand=x/y"}, "netloc|host"),
    ({"clone_url": "https://u:p@git.example/x"}, "password"),
    ({"clone_url": "https://git.example/x y"}, "White space"),
    ({"clone_url": "https://git.example/x\n--upload-pack=y"}, "White space"),
    ({"clone_url": "https://git.example/a/%2e%2e/b"}, "climbing"),
    ({"clone_url": "https://git.example/a%2fb"}, "climbing"),
    ({"clone_url": "https://other.example/x"}, "host is not among"),
    ({"committish": "--upload-pack=x"}, "invalid committish"),
    ({"committish": "-oProxyCommand=x"}, "invalid committish"),
    ({"committish": "a b"}, "invalid committish"),
    ({"committish": "main\n"}, "invalid committish"),
    ({"committish": "$(x)"}, "invalid committish"),
    ({"committish": "#--help"}, "invalid committish"),
]


@pytest.mark.parametrize(("given", "answer"), BAD)
def test_what_could_mean_more_is_refused(given, answer):
    limits = Copr(allowed_hosts=["git.example", "-*"])
    with pytest.raises(GenericError, match=answer):
        source_scm.parse({"type": "git", "clone_url": "https://git.example/x.git", **given}, limits)


@pytest.mark.parametrize("path", ["../etc", "a/../../b", "-x", "a\nb"])
def test_no_path_leads_out_of_a_checkout(path):
    with pytest.raises(GenericError, match="invalid subdirectory"):
        source_scm.below("subdirectory", {"subdirectory": path})


@pytest.mark.parametrize(
    ("url", "program", "address"),
    [
        ("https://git.example/a//b.git", "git", "https://git.example/a/b.git"),
        ("git://git.example/x", "git", "git://git.example/x"),
        ("svn://git.example/x/trunk", "svn", "svn://git.example/x/trunk"),
        ("https://git.example/x/trunk", "svn", "https://git.example/x/trunk"),
    ],
)
def test_addresses_have_one_form(url, program, address):
    found = source_scm.parse({"type": program, "clone_url": url}, Copr())
    assert (found.program, found.address(), found.revision) == (program, address, "HEAD")


def test_a_missing_tool_is_named():
    with pytest.raises(GenericError, match="no-such-tool is not installed on this host"):
        host_programs.find("no-such-tool", "sources")


@pytest.fixture
def svn(tmp_path):
    """The address of a directory in Subversion with a spec file and its source."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "x.spec").write_text(
        "Name: x\nVersion: 1\nRelease: 1\nSummary: x\nLicense: MIT\nSource: data\n%description\nx\n"
    )
    (tree / "data").write_text("data\n")
    subprocess.run(["svnadmin", "create", tmp_path / "r"], check=True)
    url = (tmp_path / "r").as_uri() + "/trunk"
    subprocess.run(["svn", "import", "-q", "-m", "first", tree, url], check=True, stdout=subprocess.DEVNULL)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["svnserve", "--daemon", "--foreground", "--listen-host", "127.0.0.1", "--listen-port", str(port)]
    server = subprocess.Popen([*words, "--root", tmp_path])
    time.sleep(0.5)
    yield f"svn://127.0.0.1:{port}/r/trunk"
    server.terminate()
    server.wait()


def test_subversion(workshop, svn):
    found = source_scm.parse({"type": "svn", "clone_url": svn}, Copr())
    work = types.SimpleNamespace(hub=types.SimpleNamespace(settings=Settings()))
    script = source_jobs.PRELUDE + source_jobs.PACK
    jobdir, outcome = workshop.build(
        kind="script",
        output=source_jobs.OUTPUT,
        command=("/bin/bash", "-c", script, "x", f"./{found.name}", ""),
        **source_scm.fetching_of(work, found, found.name, ""),
    )
    assert outcome.ok, (outcome, (jobdir / "result" / "checkout.log").read_text())
    assert {"x-1-1.src.rpm", "x.spec"} <= {each.name for each in outcome.results}
    assert outcome.revision == "1"

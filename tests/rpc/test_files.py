"""Files over HTTP: what a browser, dnf and wget see of them, and what nobody sees."""

import http.client
import os
import re
import shutil
import subprocess

import pytest
import requests


@pytest.fixture(scope="module")
def topdir(served):
    root = served.hub.paths.koji
    (root / "work" / "logs").mkdir(parents=True)
    (root / "work" / "logs" / "build.log").write_bytes(bytes(range(32, 127)) * 100)
    (root / "work" / "page.html").write_text("<script>alert(1)</script>")
    (root / "work" / "picture.svg").write_text("<svg onload='alert(1)'/>")
    (root / "work" / "a&b <c>: 'd'.txt").write_text("odd")
    (root / "work" / "blob").write_bytes(b"\x00\x01\xff" * 100)
    (root / "work" / ".user").write_text("1")
    (root / "work" / "way-out").symlink_to("/etc/passwd")
    (root / "work" / "home").symlink_to("logs/build.log")
    os.mkfifo(root / "work" / "pipe")
    (root / "repomd.xml").write_text("<repomd/>")
    return root


@pytest.fixture(scope="module")
def get(served, topdir):
    def ask(path, method="GET", **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(
            method, f"{served.url}/kojifiles/{path}", headers=names, allow_redirects=False, timeout=10
        )

    return ask


def raw_status(served, target):
    """The status of a request whose target no client library has tidied up."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.putrequest("GET", target, skip_host=False)
    connection.endheaders()
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_file_is_sent_whole(get, topdir):
    reply = get("work/logs/build.log")
    assert reply.content == (topdir / "work/logs/build.log").read_bytes()
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert reply.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=100-199", slice(100, 200)),
        ("bytes=9000-", slice(9000, None)),
        ("bytes=-5", slice(-5, None)),
        ("bytes=-999999", slice(0, None)),
        ("bytes=100-999999", slice(100, None)),
    ],
)
def test_a_range_is_sent_exactly(get, topdir, wanted, part):
    whole = (topdir / "work/logs/build.log").read_bytes()
    reply = get("work/logs/build.log", Range=wanted)
    assert reply.content == whole[part]
    assert reply.status_code == (200 if reply.content == whole else 206)


@pytest.mark.parametrize("wanted", ["bytes=9500-", "bytes=10-5", "bytes=-0", "bytes=99999999999999999999-"])
def test_a_range_beyond_the_file_is_416(get, wanted):
    reply = get("work/logs/build.log", Range=wanted)
    assert reply.status_code == 416
    assert reply.headers["Content-Range"] == "bytes */9500"


@pytest.mark.parametrize("wanted", ["bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=-"])
def test_a_range_that_is_none_gets_the_whole(get, wanted):
    assert len(get("work/logs/build.log", Range=wanted).content) == 9500


def test_head_has_the_length_and_no_body(get):
    reply = get("work/logs/build.log", method="HEAD")
    assert (reply.content, reply.headers["Content-Length"]) == (b"", "9500")


def test_what_a_client_has_is_not_sent_again(get):
    first = get("work/logs/build.log")
    assert get("work/logs/build.log", If_None_Match=first.headers["ETag"]).status_code == 304
    assert get("work/logs/build.log", If_Modified_Since=first.headers["Last-Modified"]).status_code == 304
    assert get("work/logs/build.log", If_None_Match='"other"').status_code == 200


def test_a_part_of_a_changed_file_is_not_sent(get):
    reply = get("work/logs/build.log", Range="bytes=5-", If_Range='"other"')
    assert (reply.status_code, len(reply.content)) == (200, 9500)


@pytest.mark.parametrize("name", ["page.html", "picture.svg"])
def test_pages_out_of_a_build_are_shown_as_text_in_a_sandbox(get, name):
    headers = get(f"work/{name}").headers
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]


def test_what_is_no_text_is_a_download(get):
    headers = get("work/blob").headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "path",
    [
        "work/way-out",
        "work/.user",
        "work/pipe",
        "nothing",
        "work/logs/build.log/x",
        "work/%00",
        "%2e%2e/lock",
    ],
)
def test_what_is_not_for_the_outside_is_404(get, path):
    assert get(path).status_code == 404


@pytest.mark.parametrize(
    "target",
    [
        "/kojifiles/../appliance.db",
        "/kojifiles/work/../../appliance.db",
        "/kojifiles/%2e%2e/appliance.db",
        "/kojifiles//etc/passwd",
        "/kojifiles/..%2fappliance.db",
        "/kojifiles/work/..;/..;/appliance.db",
        "/kojifiles/..\\appliance.db",
    ],
)
def test_nothing_outside_the_topdir_is_sent(served, topdir, target):
    assert raw_status(served, target) == 404


def test_a_link_within_the_topdir_is_followed(get):
    assert len(get("work/home").content) == 9500


def test_a_volume_on_another_disk_is_served(get, topdir, tmp_path_factory):
    other = tmp_path_factory.mktemp("disk")
    (other / "file").write_text("there")
    (topdir / "vol" / "big").symlink_to(other)
    assert get("vol/big/file").text == "there"


def test_a_directory_is_listed_with_relative_links(get):
    page = get("work/").text
    links = re.findall(r'href="([^"]+)"', page)
    assert "logs/" in links
    assert "home" in links
    assert not [link for link in links if link.startswith(("/", "http")) or ".user" in link]


def test_odd_names_are_escaped_and_can_be_followed(served, get):
    page = get("work/").text
    assert "<c>" not in page
    link = next(link for link in re.findall(r'href="([^"]+)"', page) if "a%26b" in link)
    assert requests.get(f"{served.url}/kojifiles/work/{link}", timeout=10).text == "odd"


def test_a_directory_without_its_slash_is_redirected(served, get):
    reply = get("work/logs")
    assert (reply.status_code, reply.headers["Location"]) == (301, "logs/")
    assert requests.get(f"{served.url}/kojifiles/work/logs", timeout=10).url.endswith("/work/logs/")


@pytest.mark.skipif(not shutil.which("wget"), reason="wget is not installed")
def test_wget_walks_a_tree(served, topdir, tmp_path):
    tree = topdir / "packages" / "walked"
    for name in ("a/b/one", "a/two", "three:3"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name)
    words = ["wget", "-q", "-r", "-np", "-nH", "--cut-dirs=3", "-R", "index.html*"]
    subprocess.run([*words, f"{served.url}/kojifiles/packages/walked/"], cwd=tmp_path, check=True, timeout=30)
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["a/b/one", "a/two", "three:3"]


def test_repository_indexes_are_asked_for_anew(get):
    assert get("repomd.xml").headers["Cache-Control"] == "no-cache"


def test_many_slow_readers_do_not_keep_others_waiting(served, get, topdir):
    """Files are sent by the server's own loop: more readers than threads may stand still at once."""
    (topdir / "large").write_bytes(b"x" * (8 << 20))
    slow = [http.client.HTTPConnection("127.0.0.1", served.port, timeout=10) for _ in range(40)]
    for connection in slow:
        connection.request("GET", "/kojifiles/large")
    assert get("repomd.xml").elapsed.total_seconds() < 2
    for connection in slow:
        connection.close()

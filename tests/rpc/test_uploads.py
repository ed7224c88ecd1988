"""Uploads: what clients and builders may put where, in chunks, and what nobody may."""

import errno
import fcntl
import hashlib
import os
import threading
import xmlrpc.client
import zlib
from pathlib import Path

import koji
import pytest
import requests

from appliance.hub import uploads
from tests.rpc.conftest import client


@pytest.fixture(scope="module")
def work(served):
    return served.hub.paths.koji / "work"


@pytest.fixture
def place(request):
    """A directory of its own for each test."""
    return f"cli/{abs(hash(request.node.nodeid))}"


def put(session, data, path, name="file", **options):
    """One raw upload, as Koji's client makes it; the answer."""
    offset = options.pop("offset", 0)
    url, headers, body = session._prepUpload(data, offset, path, name, **options)
    try:
        return session._sendCall(url, headers, body)
    except xmlrpc.client.Fault as fault:
        raise koji.convertFault(fault) from None


def test_chunks_make_a_file(clients, work, place):
    data = os.urandom(300_000)
    for start in range(0, len(data), 100_000):
        chunk = data[start : start + 100_000]
        answer = put(clients.user, chunk, place, offset=start)
        assert answer == {
            "size": 100_000,
            "offset": start,
            "fileverify": "adler32",
            "hexdigest": f"{zlib.adler32(chunk):08x}",
        }
    assert (work / place / "file").read_bytes() == data
    assert clients.anon.checkUpload(place, "file", "sha256")["hexdigest"] == hashlib.sha256(data).hexdigest()


def test_koji_upload_works_as_it_is(clients, work, place, tmp_path):
    source = tmp_path / "source.bin"
    source.write_bytes(os.urandom(3_000_000))
    clients.user.uploadWrapper(str(source), place)
    assert (work / place / "source.bin").read_bytes() == source.read_bytes()


@pytest.mark.parametrize("kind", ["md5", "adler32", "sha256"])
def test_what_was_written_is_verified(clients, place, kind):
    answer = put(clients.user, b"hello", place, verify=kind)
    checksum = koji.util.adler32_constructor if kind == "adler32" else getattr(hashlib, kind)
    assert answer["hexdigest"] == checksum(b"hello").hexdigest()


def test_overwriting_cuts_off_what_was_there(clients, work, place):
    put(clients.user, b"a long first text", place)
    put(clients.user, b"short", place, overwrite=True)
    assert (work / place / "file").read_bytes() == b"short"


def test_a_file_is_not_begun_twice_unasked(clients, place):
    put(clients.user, b"one", place)
    with pytest.raises(koji.GenericError, match="upload path exists"):
        put(clients.user, b"two", place, overwrite=False)


def test_minus_one_appends(clients, work, place):
    put(clients.user, b"one", place)
    assert put(clients.user, b"two", place, offset=-1)["offset"] == 3
    assert (work / place / "file").read_bytes() == b"onetwo"


def test_a_chunk_out_of_order_is_told(clients, place):
    put(clients.user, b"0123456789", place)
    with pytest.raises(koji.GenericError, match="Incorrect upload length"):
        put(clients.user, b"x", place, offset=2, overwrite=False)


@pytest.mark.parametrize("offset", [-2, 2**63 - 1, 2**70])
def test_impossible_offsets_are_refused(clients, place, offset):
    with pytest.raises(koji.GenericError):
        put(clients.user, b"x", place, offset=offset)


@pytest.mark.parametrize(
    "name",
    [
        "../file",
        "a/b",
        "/etc/passwd",
        ".user",
        ".hidden",
        "",
        "..",
        "a\nb",
        "a\0b",
        "x" * 256,
        "\uff0e\uff0e\uff0fx",
        "\u2024x",
    ],
)
def test_odd_file_names_are_refused(clients, place, name):
    with pytest.raises(koji.GenericError):
        put(clients.user, b"x", place, name)


@pytest.mark.parametrize(
    "path",
    [
        "../out",
        "a/../../out",
        "/abs",
        "..",
        ".",
        "a\nb",
        "a\0b",
        "x" * 300,
        "\uff0e\uff0e/out",
        "tasks",
        "tasks/1",
        "tasks/1/x",
        "tasks/1/1/../../../../out",
        "tasks/../../out",
    ],
)
def test_odd_directories_are_refused(clients, served, path):
    with pytest.raises(koji.GenericError):
        put(clients.user, b"x", path)
    assert not (served.hub.paths.koji / "out").exists()


def test_a_directory_is_its_first_users(clients, place):
    put(clients.user, b"mine", place)
    with pytest.raises(koji.GenericError, match="not owner"):
        put(clients.admin, b"yours", place, "other")


def test_a_dot_user_file_cannot_be_read_or_written(clients, served, place):
    put(clients.user, b"mine", place)
    with pytest.raises(koji.GenericError, match="Invalid upload filename"):
        clients.admin.checkUpload(place, ".user")
    assert requests.get(f"{served.url}/kojifiles/work/{place}/.user", timeout=5).status_code == 404


def test_only_the_host_that_has_the_task_open_writes_to_it(clients):
    task = clients.admin.makeTask("sleep", [1], arch="noarch")
    path = koji.pathinfo.taskrelpath(task)
    for session in (clients.user, clients.admin, clients.builder):
        with pytest.raises((koji.ActionNotAllowed, koji.AuthError)):
            put(session, b"x", path)
    clients.builder.host.openTask(task)
    put(clients.builder, b"log", path, "build.log")
    assert clients.anon.listTaskOutput(task) == ["build.log"]
    clients.builder.host.closeTask(task, koji.xmlrpcplus.dumps((1,), methodresponse=1))
    with pytest.raises(koji.ActionNotAllowed, match="does not own task"):
        put(clients.builder, b"late", path, "late.log")


def test_an_upload_never_goes_through_a_link(clients, work, place, tmp_path):
    put(clients.user, b"x", place)
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (work / place / "link").symlink_to(victim)
    (work / place / "away").symlink_to(tmp_path)
    with pytest.raises(koji.GenericError, match="symlink"):
        put(clients.user, b"x", place, "link", overwrite=True)
    with pytest.raises(koji.GenericError, match="leads out"):
        put(clients.user, b"x", f"{place}/away", "victim", overwrite=True)
    assert victim.read_text() == "untouched"


def test_two_writers_of_one_file_do_not_mix(clients, served, place):
    """Whoever comes second while the first still writes is told to come again."""
    put(clients.user, b"", place)
    other = client(served, "kojiuser")
    pieces, gate = [b"x" * 65536] * 20, threading.Event()

    def slowly():
        for piece in pieces:
            gate.wait(5)
            yield piece

    def raw():
        headers = {
            "Koji-Session-Id": str(other.sinfo["session-id"]),
            "Koji-Session-Key": other.sinfo["session-key"],
            "Content-Type": "application/octet-stream",
        }
        query = f"filepath={place}&filename=file&overwrite=1&offset=0&fileverify=adler32"
        requests.post(f"{served.url}/kojihub?{query}", data=slowly(), headers=headers, timeout=30)

    with (served.hub.paths.koji / "work" / place / "file").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(koji.LockError):
            put(clients.user, b"y", place, overwrite=True)
    thread = threading.Thread(target=raw)
    thread.start()
    gate.set()
    thread.join(30)
    assert (served.hub.paths.koji / "work" / place / "file").stat().st_size == 20 * 65536


def test_a_full_disk_is_said_plainly(tmp_path):
    def until_full():
        yield b"x"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(koji.GenericError, match="No space left on device"):
        uploads.receive(uploads.Upload(tmp_path / "file", verify="md5"), until_full())
    again = uploads.Upload(tmp_path / "file", verify="md5", overwrite=True)
    assert uploads.receive(again, [b"whole"])["size"] == 5


def test_nobody_uploads_without_logging_in(served, place):
    query = f"filename=x&filepath={place}&offset=0"
    headers = {"Content-Type": "application/octet-stream"}
    reply = requests.post(f"{served.url}/kojihub?{query}", data=b"x", headers=headers, timeout=5)
    assert "1002" in reply.text
    with pytest.raises(koji.ActionNotAllowed):
        client(served).uploadFile(place, "x", 1, None, 0, "eA==")


def test_task_output_is_read_in_parts(clients, served):
    directory = Path(served.hub.paths.topdir.work()) / koji.pathinfo.taskrelpath(777)
    directory.mkdir(parents=True)
    (directory / "build.log").write_bytes(b"0123456789")
    read = clients.anon.downloadTaskOutput
    assert read(777, "build.log", 3, 4) == b"3456"
    assert read(777, "build.log", -3) == b"789"
    assert read(777, "build.log", 20) == b""
    assert read(777, "build.log", "5") == b"56789"


@pytest.mark.parametrize("name", ["../build.log", "/etc/passwd", "out", "", None, 5, ["x"]])
def test_task_output_stays_inside(clients, served, name):
    directory = Path(served.hub.paths.topdir.work()) / koji.pathinfo.taskrelpath(778)
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / "out").is_symlink():
        (directory / "out").symlink_to("/etc/passwd")
    with pytest.raises(koji.GenericError):
        clients.anon.downloadTaskOutput(778, name)

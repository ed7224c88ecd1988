"""Whoever reads a repository while it changes finds a whole one, whatever becomes of the writer."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import createrepo_c
import pytest

from appliance.repodata import Retention, compose, publish
from appliance.testing.rpmfile import Spec, write

from .shelf import NOW, dnf, packages


def repository(shelf, paths, **options):
    return compose(map(shelf.add, paths), shelf.load, cache=shelf.cache, timestamp=NOW, **options)


@pytest.fixture
def paths(tmp_path):
    return write(tmp_path / "rpms", *(Spec(f"pkg{number:02d}") for number in range(51)))


def names(repo: Path) -> set[str]:
    return {path.name for path in (repo / "repodata").iterdir()}


def test_files_on_disk_are_the_ones_composed(shelf, paths, tmp_path):
    composed = repository(shelf, paths)
    publish(composed, tmp_path / "repo")
    assert names(tmp_path / "repo") == {*composed.files, "repomd.xml"}
    for name in names(tmp_path / "repo"):
        assert (tmp_path / "repo" / "repodata" / name).read_bytes() == composed.read(name)


def test_unknown_file_is_no_part_of_a_repository(shelf, paths):
    with pytest.raises(KeyError):
        repository(shelf, paths).read("0-primary.xml.gz")


def read_whole(repo: Path) -> int:
    """As a client does: the index, then what it names, each by its checksum; gives the number of packages."""
    index = createrepo_c.Repomd()
    createrepo_c.xml_parse_repomd(str(repo / "repodata/repomd.xml"), index)
    found = {}
    for record in index.records:
        content = (repo / record.location_href).read_bytes()
        assert hashlib.sha256(content).hexdigest() == record.checksum
        found[record.type] = repo / record.location_href
    kinds = (str(found[kind]) for kind in ("primary", "filelists", "other"))
    return sum(1 for _ in createrepo_c.PackageIterator(*kinds))


def test_reader_sees_a_whole_repository_while_fifty_packages_are_added(shelf, paths, tmp_path):
    repo, counts, done, faults = tmp_path / "repo", [], threading.Event(), []
    publish(repository(shelf, paths[:1]), repo)

    def read():
        try:
            while not done.is_set():
                counts.append(read_whole(repo))
        except Exception as error:
            faults.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for count in range(2, 52):
        publish(repository(shelf, paths[:count]), repo)
    done.set()
    reader.join()
    assert faults == []
    assert counts == sorted(counts) and len(set(counts)) > 1
    assert read_whole(repo) == 51


WRITER = """
import sys
from pathlib import Path
from appliance.repodata import compose, publish
from tests.repodata.shelf import NOW, Shelf
shelf, repo, paths = Shelf(), Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
entries = [shelf.add(path) for path in paths]
sys.stdout.write("ready\\n")
sys.stdout.flush()
while True:
    for count in range(len(entries)):
        publish(compose(entries[:count], shelf.load, cache=shelf.cache, timestamp=NOW), repo)
"""


def test_writer_killed_at_any_moment_leaves_a_whole_repository(shelf, paths, tmp_path):
    repo = tmp_path / "repo"
    publish(repository(shelf, paths), repo)
    for delay in range(6):
        command = [sys.executable, "-c", WRITER, repo, *paths]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as writer:
            assert writer.stdout.readline() == b"ready\n"
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(0.03 + delay * 0.007)
            writer.send_signal(signal.SIGKILL)
        assert 0 <= read_whole(repo) <= 51
    publish(repository(shelf, paths), repo)
    assert not [name for name in names(repo) if name.startswith(".")]


def killed_at(count, work):
    """Do WORK in a process that is killed as it touches the disk for the COUNT-th time; False if it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            _count_down(count)
            work()
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL)
    return status != 0


def _count_down(count):
    left, fsync = iter(range(count)), os.fsync

    def step(event, words):
        writes = event in ("os.rename", "os.remove", "os.mkdir", "fsync") or (
            event == "open" and "w" in (words[1] or "")
        )
        if writes and next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(step)
    os.fsync = lambda handle: (step("fsync", ()), fsync(handle))


def test_a_writer_killed_at_each_step_leaves_the_old_repository_or_the_new(shelf, paths, tmp_path):
    repo, old, new = tmp_path / "repo", repository(shelf, paths[:10]), repository(shelf, paths)
    publish(old, repo)
    found, count = [], 0
    while killed_at(count, lambda: publish(new, repo, retention=Retention(0, 0))):
        found.append(read_whole(repo))
        if len(found) == 1 or found[-1] != found[-2]:
            assert len(dnf(tmp_path, repo, "repoquery").splitlines()) == found[-1]
        count += 1
    assert count > 10 and found == sorted(found) and set(found) == {10, 51}
    assert read_whole(repo) == 51


def test_replaced_files_stay_for_clients_that_still_fetch_them(shelf, paths, tmp_path):
    repo, retention = tmp_path / "repo", Retention(seconds=60, generations=1)
    generations = [repository(shelf, paths[:count]) for count in (1, 2, 3, 4)]
    for at, composed in enumerate(generations):
        publish(composed, repo, retention=retention, clock=lambda at=at: NOW + 10.0 * at)
    assert names(repo) >= {name for composed in generations for name in composed.files}
    publish(repository(shelf, paths[:5]), repo, retention=retention, clock=lambda: NOW + 85.0)
    kept = names(repo)
    assert not kept & set(generations[0].files) and not kept & set(generations[1].files)
    assert kept >= {*generations[2].files, *generations[3].files}


def test_last_generations_stay_however_old(shelf, paths, tmp_path):
    repo, retention = tmp_path / "repo", Retention(seconds=0, generations=2)
    generations = [repository(shelf, paths[:count]) for count in (1, 2, 3, 4)]
    for at, composed in enumerate(generations):
        publish(composed, repo, retention=retention, clock=lambda at=at: NOW + 1000.0 * at)
    expected = {name for composed in generations[1:] for name in composed.files}
    assert names(repo) == {*expected, "repomd.xml"}


def test_going_back_to_a_former_set_keeps_its_files(shelf, paths, tmp_path):
    repo, retention = tmp_path / "repo", Retention(seconds=0, generations=0)
    for count in (1, 2, 1):
        publish(repository(shelf, paths[:count]), repo, retention=retention)
    assert read_whole(repo) == 1
    assert names(repo) == {*repository(shelf, paths[:1]).files, "repomd.xml"}


def test_files_of_others_are_left_alone(shelf, paths, tmp_path):
    repo = tmp_path / "repo"
    publish(repository(shelf, paths[:1]), repo)
    (repo / "repodata" / "EMPTY_REPO").write_text("a note")
    publish(repository(shelf, paths[:2]), repo, retention=Retention(seconds=0, generations=0))
    assert (repo / "repodata" / "EMPTY_REPO").read_text() == "a note"


def test_signature_is_of_the_index_in_place(shelf, paths, tmp_path):
    repo = tmp_path / "repo"
    for count in (1, 2):
        publish(repository(shelf, paths[:count]), repo, signer=lambda index: b"signed " + index)
        index = (repo / "repodata" / "repomd.xml").read_bytes()
        assert (repo / "repodata" / "repomd.xml.asc").read_bytes() == b"signed " + index
    publish(repository(shelf, paths[:3]), repo)
    assert "repomd.xml.asc" not in names(repo)


def test_failing_signer_leaves_the_former_repository(shelf, paths, tmp_path):
    repo = tmp_path / "repo"
    publish(repository(shelf, paths[:1]), repo)

    def refuse(index):
        raise OSError("no key")

    with pytest.raises(OSError, match="no key"):
        publish(repository(shelf, paths[:2]), repo, signer=refuse)
    assert [package.name for package in packages(repo)] == ["pkg00"]


def test_index_is_renamed_into_place_last(shelf, paths, tmp_path, monkeypatch):
    renamed = []
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda path, to: (renamed.append(to.name), replace(path, to))[1])
    composed = repository(shelf, paths)
    publish(composed, tmp_path / "repo", signer=lambda index: b"s")
    assert renamed[-2:] == ["repomd.xml.asc", "repomd.xml"]
    assert set(renamed) > set(composed.files)

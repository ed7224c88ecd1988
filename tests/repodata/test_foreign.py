"""Repositories that others made are read without loss, and refused where they are not what they say."""

import shutil

import pytest

from appliance.repodata import ForeignRepository, RepodataError, compose, from_rpm, publish
from appliance.testing.rpmfile import Spec, write

from .shelf import NOW, createrepo, facts, packages

URL = "https://mirror.example.com/os/x86_64/"


@pytest.fixture
def foreign(rpms, tmp_path):
    """Makes the directory of a repository by the command, with the options given."""

    def make(*options):
        repo = tmp_path / "foreign"
        repo.mkdir()
        for path in rpms:
            if ".signed-" not in path.name:
                shutil.copy2(path, repo / path.name)
        return createrepo(repo, *options)

    return make


@pytest.mark.parametrize("kind", ["gz", "zstd", "xz", "bz2"])
def test_packages_read_from_metadata_are_those_read_from_files(foreign, kind):
    repo = foreign("--general-compress-type", kind)
    reader = ForeignRepository(repo, URL)
    reader.verify()
    found = list(reader.packages())
    assert len(found) > 20
    for entry, fragment in found:
        assert fragment == from_rpm(repo / entry.href)
        assert entry == fragment.entry(entry.href, URL.rstrip("/"), URL)


def test_base_that_the_metadata_names_is_kept(foreign):
    repo = foreign("--baseurl", "http://elsewhere.example/pool/")
    assert {entry.base for entry, _ in ForeignRepository(repo, URL).packages()} == {"http://elsewhere.example/pool"}


def test_foreign_packages_are_listed_at_their_own_place(foreign, shelf, tmp_path):
    repo = foreign()
    entries = [shelf.put(fragment) and entry for entry, fragment in ForeignRepository(repo, URL).packages()]
    publish(compose(entries, shelf.load, cache={}, timestamp=NOW), tmp_path / "ours")
    ours, theirs = map(facts, packages(tmp_path / "ours")), map(facts, packages(repo))
    assert list(ours) == [{**package, "location_base": URL.rstrip("/")} for package in theirs]


def test_other_files_come_unpacked(foreign, tmp_path):
    comps = tmp_path / "comps.xml"
    comps.write_text("<comps><group><id>g</id></group></comps>")
    reader = ForeignRepository(foreign("--groupfile", comps), URL)
    assert reader.extra("group") == comps.read_bytes()
    assert reader.extra("updateinfo") is None


def test_wanted_names_what_to_fetch(foreign):
    repo = foreign()
    reader = ForeignRepository(repo, URL)
    wanted = list(reader.wanted())
    assert [path.partition("-")[2].partition(".")[0] for path, _, _ in wanted] == [
        "primary",
        "filelists",
        "other",
    ]
    assert all(kind == "sha256" and checksum in path for path, kind, checksum in wanted)
    assert list(reader.wanted("updateinfo")) == []


def test_changed_file_is_noticed(foreign):
    repo = foreign()
    reader = ForeignRepository(repo, URL)
    path = repo / next(reader.wanted())[0]
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(RepodataError, match="is not what the index says"):
        reader.verify()


def test_file_that_was_not_fetched_is_named(foreign):
    repo = foreign()
    reader = ForeignRepository(repo, URL)
    (repo / next(reader.wanted())[0]).unlink()
    with pytest.raises(RepodataError, match=r"primary\.xml\.\w+ was not fetched"):
        list(reader.packages())


def test_path_out_of_the_repository_is_refused(foreign, tmp_path):
    index = foreign() / "repodata" / "repomd.xml"
    index.write_text(index.read_text().replace('href="repodata/', 'href="../../'))
    with pytest.raises(RepodataError, match="is not a path inside"):
        list(ForeignRepository(index.parents[1], URL).packages())


def test_garbage_is_refused(foreign, tmp_path):
    repo = foreign("--general-compress-type", "gz")
    primary = repo / next(ForeignRepository(repo, URL).wanted())[0]
    primary.write_text("<metadata><package type='rpm'>")
    with pytest.raises(RepodataError, match="cannot be read"):
        list(ForeignRepository(repo, URL).packages())
    (repo / "repodata" / "repomd.xml").write_text("no index")
    with pytest.raises(RepodataError, match="is not the index"):
        ForeignRepository(repo, URL)


def test_repository_without_filelists_is_refused(tmp_path):
    write(tmp_path / "repo", Spec("a"))
    repo = createrepo(tmp_path / "repo")
    index = repo / "repodata" / "repomd.xml"
    index.write_text(index.read_text().replace('type="filelists"', 'type="renamed"'))
    with pytest.raises(RepodataError, match="names no filelists"):
        list(ForeignRepository(repo, URL).packages())

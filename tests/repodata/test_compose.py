"""A composed repository is the one that the createrepo_c command would have made."""

import gzip
import hashlib
import random
from dataclasses import replace

import createrepo_c
import pytest
import zstandard

from appliance.repodata import (
    GZ,
    ZST,
    DuplicatePackage,
    Entry,
    Listing,
    RepodataError,
    Tags,
    compose,
    comps,
    from_package,
    modules,
    pkglist,
    pkgorigins,
    productid,
    publish,
    updateinfo,
)
from appliance.testing.rpmfile import Spec, write

from .shelf import NOW, createrepo, dnf, facts, packages, records, synthetic

COMPS = b"""<?xml version="1.0"?>
<comps><group><id>tools</id><name>Sample Tools</name><description/><default>true</default>
<uservisible>true</uservisible><packagelist><packagereq type="mandatory">sample</packagereq></packagelist>
</group></comps>
"""
UPDATEINFO = b"""<?xml version="1.0" encoding="UTF-8"?>
<updates><update from="qa@example.com" status="final" type="security" version="1"><id>ADV-1</id>
<title>One</title><issued date="2024-03-01 00:00:00"/><pkglist><collection short="c"><name>c</name>
<package name="sample" version="1.2" release="3" epoch="4" arch="noarch"><filename>s.rpm</filename></package>
</collection></pkglist></update></updates>
"""
ODD_NAMES = ["a b&c<d>\"e'.rpm", "plus+tilde~caret^%20.rpm", "ünï-文件.rpm", "line\nbreak\t.rpm"]
MODULE = b"""document: modulemd-defaults
version: 1
data:
  module: sample
  stream: one
"""


@pytest.fixture(scope="module")
def theirs(rpms, tmp_path_factory):
    """A directory of all packages, indexed by the command in both compressions."""
    repo = tmp_path_factory.mktemp("theirs")
    for path in rpms:
        if ".signed-" not in path.name:
            (repo / path.name).hardlink_to(path)
    return createrepo(repo, "--general-compress-type", "gz")


def listed_as(repo, shelf):
    """Entries of the same files in the order that the command chose."""
    return [shelf.add(repo / package.location_href) for package in packages(repo)]


@pytest.mark.parametrize("compression", [GZ, ZST], ids=["gz", "zst"])
def test_every_field_of_every_package_is_the_commands(theirs, shelf, tmp_path, compression):
    entries = listed_as(theirs, shelf)
    publish(compose(entries, shelf.load, cache={}, timestamp=NOW, compression=compression), tmp_path)
    ours = packages(tmp_path)
    assert len(ours) == len(entries) > 20
    assert [facts(package) for package in ours] == [facts(package) for package in packages(theirs)]


@pytest.mark.parametrize("compression", [GZ, ZST], ids=["gz", "zst"])
def test_unpacked_files_are_byte_for_byte_the_commands(theirs, shelf, compression):
    ours = compose(listed_as(theirs, shelf), shelf.load, cache={}, timestamp=NOW, compression=compression)
    expected = records(theirs)
    for record in ours.records:
        assert record.open_checksum == expected[record.type].checksum_open
        assert record.open_size == expected[record.type].size_open


@pytest.mark.parametrize("compression", [GZ, ZST], ids=["gz", "zst"])
def test_index_tells_sizes_and_checksums_of_both_forms(rpms, shelf, compression):
    repo = compose(map(shelf.add, rpms[:3]), shelf.load, cache={}, timestamp=NOW, compression=compression)
    for record in repo.records:
        content = repo.read(record.filename)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (record.size, record.checksum)
        opened = unpack(content, compression)
        assert (len(opened), hashlib.sha256(opened).hexdigest()) == (record.open_size, record.open_checksum)


def unpack(content, compression):
    if compression is GZ:
        return gzip.decompress(content)
    return zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True).read()


@pytest.mark.parametrize("compression", [GZ, ZST], ids=["gz", "zst"])
def test_dnf_finds_in_ours_what_it_finds_in_theirs(theirs, shelf, tmp_path, compression):
    entries = listed_as(theirs, shelf)
    publish(compose(entries, shelf.load, cache={}, timestamp=NOW, compression=compression), tmp_path / "ours")
    words = "%{name} %{evr} %{arch} %{location} %{provides} %{requires} %{size} %{sourcerpm} %{files}"
    query = ("repoquery", "--qf", words)
    ours = dnf(tmp_path, tmp_path / "ours", *query)
    assert len(ours.splitlines()) > 20
    assert ours == dnf(tmp_path, theirs, *query)


def test_dnf_fetches_packages_from_where_the_entries_say(built, shelf, tmp_path):
    (libs,) = (path for path in built if path.name == "sample-libs-1.2-3.noarch.rpm")
    repo = tmp_path / "repo"
    entries = []
    for path in built:
        href = f"builds/0001 & more/{path.name}"
        (repo / href).parent.mkdir(parents=True, exist_ok=True)
        (repo / href).hardlink_to(path)
        entries.append(shelf.add(path, href))
    publish(compose(entries, shelf.load, cache={}, timestamp=NOW), repo)
    dnf(tmp_path, repo, "install", "--downloadonly", "--downloaddir", tmp_path / "got", "sample-libs")
    assert (tmp_path / "got" / "sample-libs-1.2-3.noarch.rpm").read_bytes() == libs.read_bytes()


def test_packages_may_lie_in_another_place_altogether(built, shelf, tmp_path):
    (libs,) = (path for path in built if path.name == "sample-libs-1.2-3.noarch.rpm")
    entry = shelf.add(libs)._replace(base=f"file://{libs.parent}", href=libs.name)
    publish(compose([entry], shelf.load, cache={}, timestamp=NOW), tmp_path / "repo")
    (found,) = packages(tmp_path / "repo")
    assert (found.location_base, found.location_href) == (entry.base, entry.href)
    got = tmp_path / "got"
    dnf(tmp_path, tmp_path / "repo", "install", "--downloadonly", "--downloaddir", got, "sample-libs")
    assert (got / libs.name).read_bytes() == libs.read_bytes()


@pytest.mark.parametrize("href", ODD_NAMES)
def test_any_file_name_survives(built, shelf, tmp_path, href):
    publish(compose([shelf.add(built[0], href)], shelf.load, cache={}, timestamp=NOW), tmp_path)
    assert [package.location_href for package in packages(tmp_path)] == [href]


def test_empty_set_is_a_repository_too(shelf, tmp_path):
    publish(compose([], shelf.load, cache={}, timestamp=NOW), tmp_path / "repo")
    assert packages(tmp_path / "repo") == []
    assert dnf(tmp_path, tmp_path / "repo", "repoquery") == ""


def test_same_set_gives_the_same_bytes_from_any_cache(rpms, shelf):
    entries = [shelf.add(path) for path in rpms if ".signed-" not in path.name]
    first, cache = {}, {}
    compose(entries[:-1], shelf.load, cache=cache, timestamp=NOW)
    one = compose(entries, shelf.load, cache=first, timestamp=NOW)
    two = compose(entries, shelf.load, cache=cache, timestamp=NOW)
    assert one.repomd == two.repomd
    assert {name: one.read(name) for name in one.files} == {name: two.read(name) for name in two.files}


@pytest.mark.parametrize("change", ["first", "middle", "last", "removed"])
def test_change_anywhere_reads_the_rows_of_one_block_alone(shelf, tmp_path, change):
    entries = list(synthetic(shelf, 5000))
    spare = entries.pop()
    cache: dict[str, bytes] = {}
    compose(entries, shelf.load, cache=cache, timestamp=NOW)
    assert sorted(shelf.asked) == sorted(entry.digest for entry in entries)
    shelf.asked.clear()
    at = {"first": 0, "middle": 2500, "last": 4999, "removed": 2500}[change]
    entries[at : at + (change == "removed")] = [] if change == "removed" else [spare]
    publish(compose(entries, shelf.load, cache=cache, timestamp=NOW), tmp_path)
    assert 0 < len(shelf.asked) <= 512
    assert [package.name for package in packages(tmp_path)] == [entry.name for entry in entries]


@pytest.mark.parametrize("compression", [GZ, ZST], ids=["gz", "zst"])
def test_what_a_list_that_was_composed_gains_is_all_that_is_read(shelf, compression):
    """The rest of a block's text is in the blocks that stood there before, however often the list changed meanwhile."""
    entries = list(synthetic(shelf, 2000))
    spares = [entries.pop() for _ in range(2)]
    cache: dict[str, bytes] = {}
    listing = Listing.of(entries)
    compose(listing, shelf.load, cache=cache, timestamp=NOW, compression=compression)
    shelf.asked.clear()
    place = sum(len(run.entries) for run in listing.runs[:3]) + 5
    edited = listing.edited(place, place, spares[:1]).edited(place + 2, place + 2, spares[1:2]).edited(700, 701, [])
    ours = compose(edited, shelf.load, cache=cache, timestamp=NOW, compression=compression)
    assert sorted(shelf.asked) == sorted(entry.digest for entry in spares)
    anew = compose(list(edited), shelf.load, cache={}, timestamp=NOW, compression=compression)
    assert ours.repomd == anew.repomd


def test_blocks_are_of_like_size_and_a_change_leaves_nearly_all_of_them_as_they_were():
    seeded = random.Random(7)
    entries = [Entry(f"p{n}", "0", "1", "1", "noarch", "", seeded.randbytes(32).hex(), "", "") for n in range(20_000)]
    whole = [tuple(part.entries) for part in Listing.of(entries).parts()]
    assert [entry for block in whole for entry in block] == entries
    assert max(map(len, whole)) < 400 and 90 < len(entries) / len(whole) < 170
    made_anew = []
    for at in range(0, len(entries), 100):
        fewer = {tuple(part.entries) for part in Listing.of(entries[:at] + entries[at + 1 :]).parts()}
        made_anew.append(len(fewer - set(whole)))
    assert max(made_anew) <= 8 and sum(made_anew) / len(made_anew) < 1.5


def test_nothing_new_reads_nothing(shelf):
    entries, cache = list(synthetic(shelf, 1000)), {}
    first = compose(entries, shelf.load, cache=cache, timestamp=NOW)
    shelf.asked.clear()
    assert compose(entries, shelf.load, cache=cache, timestamp=NOW).repomd == first.repomd
    assert shelf.asked == []


def test_damaged_block_is_made_again(shelf):
    entries, cache = list(synthetic(shelf, 300)), {}
    first = compose(entries, shelf.load, cache=cache, timestamp=NOW)
    for key in cache:
        cache[key] = cache[key][:-1] + b"?"
    assert compose(entries, shelf.load, cache=cache, timestamp=NOW).repomd == first.repomd


def test_compressions_do_not_share_blocks(shelf):
    entries, cache = list(synthetic(shelf, 10)), {}
    for compression in (GZ, ZST, GZ):
        repo = compose(entries, shelf.load, cache=cache, timestamp=NOW, compression=compression)
        assert unpack(repo.read(repo.records[0].filename), compression).endswith(b"</metadata>")


def test_same_nevra_with_other_content_is_refused_and_both_are_named(shelf, tmp_path):
    (one,) = write(tmp_path / "a", Spec("twin", epoch=1))
    (two,) = write(tmp_path / "b", Spec("twin", epoch=1, summary="Another"))
    entries = [shelf.add(one, origin="twin-1.0-1"), shelf.add(two, origin="twin-again-7-7")]
    with pytest.raises(DuplicatePackage, match=r"twin-1:1\.0-1\.noarch .* twin-1\.0-1 and twin-again-7-7"):
        compose(entries, shelf.load, cache={}, timestamp=NOW)
    assert len(compose(Listing.with_repeats(entries), shelf.load, cache={}, timestamp=NOW).records) == 3


def test_same_package_twice_is_listed_once(shelf, built, tmp_path):
    entries = [shelf.add(built[0]), shelf.add(built[0], "elsewhere/x.rpm"), shelf.add(built[1])]
    publish(compose(entries, shelf.load, cache={}, timestamp=NOW), tmp_path)
    assert [package.location_href for package in packages(tmp_path)] == [built[0].name, built[1].name]


def test_package_without_stored_metadata_is_named(shelf, built):
    entry = shelf.add(built[0], origin="sample-1.2-3")
    with pytest.raises(RepodataError, match=r"no metadata is stored for sample.* \(sample-1\.2-3\)"):
        compose([entry], lambda digests: {}, cache={}, timestamp=NOW)


def test_groups_advisories_and_modules_reach_dnf(shelf, built, tmp_path):
    extras = [*comps(COMPS), *updateinfo(UPDATEINFO), *modules(MODULE, MODULE), *productid(b"cert\n")]
    entries = [shelf.add(path) for path in built]
    publish(compose(entries, shelf.load, cache={}, timestamp=NOW, extras=extras), tmp_path / "repo")
    found = records(tmp_path / "repo")
    assert set(found) == {
        "primary", "filelists", "other", "group", "group_gz", "updateinfo", "modules", "productid"
    }  # fmt: skip
    assert found["group"].location_href.endswith("-comps.xml")
    assert found["group"].checksum == found["group_gz"].checksum_open
    assert found["modules"].location_href.endswith("-modules.yaml.gz")
    assert "Sample Tools" in dnf(tmp_path, tmp_path / "repo", "group", "list")
    assert "sample-4:1.2-3.noarch" in dnf(tmp_path, tmp_path / "repo", "repoquery", "--advisory=ADV-1")


def test_index_carries_revision_time_and_tags(shelf, tmp_path):
    tags = Tags(distro=(("Sample 1", "cpe:/o:sample:1"), ("Plain", "")), content=("binary",), repo=("r",))
    publish(compose([], shelf.load, cache={}, timestamp=NOW, revision="event-7", tags=tags), tmp_path)
    index = createrepo_c.Repomd(str(tmp_path / "repodata/repomd.xml"))
    assert index.revision == "event-7"
    assert index.distro_tags == [("cpe:/o:sample:1", "Sample 1"), (None, "Plain")]
    assert (index.content_tags, index.repo_tags) == (["binary"], ["r"])
    assert {record.timestamp for record in index.records} == {NOW}


def test_revision_is_the_time_unless_given(shelf):
    assert b"<revision>1700000000</revision>" in compose([], shelf.load, cache={}, timestamp=NOW).repomd


def test_lists_for_build_hosts(shelf, built):
    entries = [shelf.add(path, f"toplink/{path.name}") for path in built]
    foreign = replace(shelf.put(from_package(createrepo_c.package_from_rpm(str(built[0])))), name="far")
    listed = [*entries, foreign.entry("x.rpm", base="http://far.example")]
    assert pkglist(listed).decode().splitlines() == [entry.href for entry in entries]
    repo = compose(
        [], shelf.load, cache={}, timestamp=NOW, compression=ZST, extras=pkgorigins([("a-1-1.noarch", "u/")])
    )
    name = next(record.filename for record in repo.records if record.type == "origin")
    assert name.endswith("-pkgorigins.gz")
    assert gzip.decompress(repo.read(name)) == b"a-1-1.noarch\tu/\n"

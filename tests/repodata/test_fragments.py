"""A package's metadata is made once, from its headers, and comes out of storage as it went in."""

import hashlib
import os
import pickle
import shutil

import createrepo_c
import pytest

from appliance.repodata import Fragment, RepodataError, from_package, from_rpm
from appliance.repodata.fragments import headers


def test_fragment_of_a_file_is_what_createrepo_c_makes_of_it(rpms):
    for path in rpms:
        theirs = from_package(createrepo_c.package_from_rpm(str(path)))
        assert from_rpm(path) == theirs, path.name


def test_fragment_says_what_the_package_is(built):
    found = {fragment.name: fragment for fragment in map(from_rpm, built) if fragment.arch != "src"}
    sample = found["sample"]
    assert (sample.epoch, sample.version, sample.release, sample.arch) == ("4", "1.2", "3", "noarch")
    assert sample.sourcerpm == "sample-1.2-3.src.rpm"
    path = next(path for path in built if path.name == "sample-1.2-3.noarch.rpm")
    assert sample.pkgid == hashlib.sha256(path.read_bytes()).hexdigest()
    assert sample.size == path.stat().st_size


def test_a_given_checksum_spares_reading_the_payload(built, tmp_path):
    whole = from_rpm(built[0])
    cut = tmp_path / "headers-only.rpm"
    with open(built[0], "rb") as file:
        cut.write_bytes(headers(file))
    found = from_rpm(cut, checksum=whole.pkgid, mtime=0)
    assert found.pkgid == whole.pkgid
    assert (found.filelists, found.other) == (whole.filelists, whole.other)


def test_time_of_the_file_can_be_told(built):
    assert b'<time file="77" ' in from_rpm(built[0], mtime=77).primary


def test_time_of_the_file_is_never_rounded_up(built, tmp_path):
    late = tmp_path / "late.rpm"
    shutil.copy(built[0], late)
    os.utime(late, ns=(0, 1_700_000_000_999_999_992))  # which no float can tell from the next second
    assert from_rpm(late) == from_package(createrepo_c.package_from_rpm(str(late)))
    assert b'<time file="1700000000" ' in from_rpm(late).primary


def test_storage_gives_back_the_same_fragment(rpms):
    for path in rpms:
        fragment = from_rpm(path)
        assert Fragment.unpack(fragment.pack()) == fragment
        assert pickle.loads(pickle.dumps(fragment)) == fragment


def test_stored_fragment_is_smaller_than_its_texts(built):
    fragment = from_rpm(built[-1])
    assert len(fragment.pack()) < len(fragment.primary + fragment.rest + fragment.filelists + fragment.other)


def test_damaged_row_is_noticed(built):
    row = bytearray(from_rpm(built[0]).pack())
    row[len(row) // 2] ^= 1
    with pytest.raises(RepodataError, match="damaged"):
        Fragment.unpack(bytes(row))


@pytest.mark.parametrize("content", [b"", b"no package at all" * 20, b"\xed\xab\xee\xdb" + b"\0" * 200])
def test_what_is_no_package_is_refused_by_name(tmp_path, content):
    path = tmp_path / "odd.rpm"
    path.write_bytes(content)
    with pytest.raises(RepodataError, match=r"odd\.rpm is not an RPM package"):
        from_rpm(path)


def test_package_cut_in_its_headers_is_refused(built, tmp_path):
    path = tmp_path / "cut.rpm"
    path.write_bytes(built[0].read_bytes()[:5000])
    with pytest.raises(RepodataError, match="cut short"):
        from_rpm(path)


def test_header_that_claims_to_be_huge_is_refused_without_reading_it(tmp_path):
    path = tmp_path / "huge.rpm"
    path.write_bytes(b"\xed\xab\xee\xdb" + b"\0" * 92 + b"\x8e\xad\xe8\x01\0\0\0\0" + b"\xff" * 8)
    with pytest.raises(RepodataError, match="is not an RPM package"):
        from_rpm(path)


def test_checksum_of_another_kind_is_refused(built):
    with pytest.raises(RepodataError, match="is not the sha256"):
        from_rpm(built[0], checksum="d41d8cd98f00b204e9800998ecf8427e")

"""Blocks on disk come back whole, and the least used go first."""

import os

import pytest

from appliance.repodata import BlockCache, compose
from appliance.testing.rpmfile import Spec, write

from .shelf import NOW

ONE, TWO, SIX = (digit * 64 for digit in "126")


def test_block_comes_back_to_another_process(tmp_path):
    BlockCache(tmp_path)[ONE] = b"block"
    cache = BlockCache(tmp_path)
    assert cache[ONE] == b"block"
    assert list(cache) == [ONE] and len(cache) == 1


def test_block_that_is_not_kept_is_a_key_error(tmp_path):
    cache = BlockCache(tmp_path / "none")
    assert cache.get(ONE) is None
    with pytest.raises(KeyError):
        del cache[ONE]
    assert len(cache) == 0


def test_least_used_blocks_go_first(tmp_path):
    cache = BlockCache(tmp_path, limit=20)
    for age, key in ((300, ONE), (200, TWO), (100, SIX)):
        cache[key] = b"x" * 10
        os.utime(cache.path(key), (NOW - age, NOW - age))
    assert cache[ONE] == b"x" * 10
    assert cache.prune() == 10
    assert sorted(cache) == [ONE, SIX]


def test_leftovers_of_dead_writers_go(tmp_path):
    cache = BlockCache(tmp_path)
    cache[ONE] = b"block"
    leftover = cache.path(ONE).with_name(".new-abc")
    leftover.write_bytes(b"half")
    os.utime(leftover, (NOW, NOW))
    cache.prune(now=NOW + 3599)
    assert leftover.exists()
    cache.prune(now=NOW + 3601)
    assert not leftover.exists() and list(cache) == [ONE]


@pytest.mark.parametrize("left", [0, 3, -1])
def test_block_that_a_crash_cut_short_is_made_again(shelf, tmp_path, left):
    entries = [shelf.add(path) for path in write(tmp_path / "rpms", Spec("a"), Spec("b"))]
    cache = BlockCache(tmp_path / "cache")
    first = compose(entries, shelf.load, cache=cache, timestamp=NOW)
    for key in cache:
        cache.path(key).write_bytes(cache[key][:left])
    assert compose(entries, shelf.load, cache=cache, timestamp=NOW).repomd == first.repomd
    shelf.asked.clear()
    compose(entries, shelf.load, cache=cache, timestamp=NOW)
    assert shelf.asked == []

"""Twenty thousand packages: a change costs what it touches."""

import time

from appliance.repodata import BlockCache, compose, publish

from .shelf import NOW, packages, synthetic


def test_one_package_more_in_twenty_thousand_takes_half_a_second_at_most(shelf, tmp_path):
    entries = list(synthetic(shelf, 20_001))
    spare, cache = entries.pop(10_000), BlockCache(tmp_path / "cache")
    publish(compose(entries, shelf.load, cache=cache, timestamp=NOW), tmp_path / "repo")
    entries.insert(777, spare)
    start = time.perf_counter()
    publish(compose(entries, shelf.load, cache=cache, timestamp=NOW), tmp_path / "repo")
    assert time.perf_counter() - start < 0.5
    assert len(packages(tmp_path / "repo")) == 20_001

"""Builds are put in order by what source packages need and give; what can't be built is named before."""

from pathlib import Path

import pytest

from appliance.errors import GenericError
from appliance.hub import ordering, source_packages
from appliance.hub.source_packages import Need, SourcePackage
from tests import distribution

REPOSITORY = {"gcc": [("EQ", ("0", "12.2", "1"))], "old": [("EQ", ("0", "1.0", "1"))]}


def source(name, *needs, gives=()):
    wanted = tuple(each if isinstance(each, Need) else Need(each) for each in needs)
    return SourcePackage(Path(f"{name}.src.rpm"), name, wanted, frozenset({name, *gives}))


def names(sources, available=REPOSITORY):
    return [[each.name for each in level] for level in ordering.levels(sources, available)]


def test_what_can_be_built_at_once_is_one_level():
    sources = [source("c", "a-devel", "b"), source("b", "gcc"), source("a", gives=["a-devel"])]
    assert names(sources) == [["a", "b"], ["c"]]


def test_a_cycle_is_named():
    with pytest.raises(GenericError, match=r"need each other: (a -> b -> a|b -> a -> b)"):
        names([source("a", "b"), source("b", "a"), source("c")])


def test_a_cycle_that_the_repository_breaks_is_none():
    assert names([source("old", "b"), source("b", "old")]) == [["b"], ["old"]]


def test_a_missing_requirement_is_named_with_who_needs_it():
    needs = [Need("gcc", ordering._GREATER | ordering._EQUAL, "13"), Need("nowhere")]
    with pytest.raises(GenericError) as said:
        names([source("a", *needs)])
    assert "a needs gcc >= 13, which" in str(said.value)
    assert "a needs nowhere, which" in str(said.value)


def test_the_same_package_twice_is_refused():
    with pytest.raises(GenericError, match="of the same package"):
        names([source("a"), source("a")])


@pytest.mark.parametrize(
    ("asked", "holds"), [("12.2", True), ("12.2-1", True), ("12.2-2", False), ("1:1", False), ("12", True)]
)
def test_versions_compare_as_rpm_compares_them(asked, holds):
    need = Need("gcc", ordering._GREATER | ordering._EQUAL, asked)
    assert ordering.available_for(need, REPOSITORY) == holds


def test_a_source_package_says_what_its_build_will_give():
    found = source_packages.read(distribution.source_package("chain-a"))
    assert {"chain-a", "pkgconfig(chain_a)"} <= found.gives
    found = source_packages.read(distribution.source_package("chain-b"))
    assert Need("pkgconfig(chain_a)", 12, "1.0") in found.needs
    assert "/usr/bin/chain-b" in found.gives


def test_real_source_packages_are_ordered():
    sources = [source_packages.read(distribution.source_package(name)) for name in ("chain-b", "chain-a")]
    assert names(sources, {"gcc": [(None, (None, None, None))]}) == [["chain-a"], ["chain-b"]]


def test_what_is_no_source_package_is_refused(tmp_path):
    (tmp_path / "x.src.rpm").write_text("no")
    with pytest.raises(GenericError, match=r"x\.src\.rpm can't be read"):
        source_packages.read(tmp_path / "x.src.rpm")


def test_what_a_level_before_gives_is_not_missing():
    first, second = source("a", gives=["a-devel"]), source("b", Need("a-devel", ordering._EQUAL, "7"))
    assert names([second], ordering.with_gifts(REPOSITORY, [first])) == [["b"]]

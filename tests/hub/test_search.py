"""Searching by clients' own patterns, good and bad."""

import time

import pytest

from appliance.errors import GenericError
from appliance.hub import imports, search


@pytest.fixture
def named(hub, boss):
    """Builds of packages with awkward names."""
    with hub.write(boss) as call:
        for name in ("a" * 60 + "-b", "under_score", "underxscore", "UPPER", "libstdc++"):
            imports.new_build(call, {"name": name, "version": "1", "release": "1", "epoch": None})


def test_a_pattern_that_never_ends_is_given_up_and_the_hub_goes_on(hub, named):
    began = time.monotonic()
    with pytest.raises(GenericError, match="takes too long"), hub.read() as call:
        search.find(call, "(a|aa)+$", "package", "regexp")
    assert time.monotonic() - began < 5
    with hub.read() as call:
        assert len(search.find(call, "^under", "package", "regexp")) == 2


def test_an_underscore_in_a_glob_is_an_underscore(hub, named):
    with hub.read() as call:
        assert [row["name"] for row in search.find(call, "under_s*", "package", "glob")] == ["under_score"]


@pytest.mark.parametrize(
    ("terms", "match", "name"),
    [
        ("upper", "glob", "UPPER"),
        ("^upp", "regexp", "UPPER"),
        (r"c\+\+$", "regexp", "libstdc++"),
        ("libstdc++", "exact", "libstdc++"),
        ("lib*++", "glob", "libstdc++"),
    ],
)
def test_names_are_found_whatever_their_case_unless_the_very_name_is_asked_for(hub, named, terms, match, name):
    with hub.read() as call:
        assert [row["name"] for row in search.find(call, terms, "package", match)] == [name]
        assert search.find(call, "upper", "package", "exact") == []


@pytest.mark.parametrize("terms", ["(", "[a", "*a", "a{2,1}", "(?P<x"])
def test_what_is_no_pattern_is_refused(hub, terms):
    with pytest.raises(GenericError, match="Invalid regular expression"), hub.read() as call:
        search.find(call, terms, "package", "regexp")

"""Every method documents itself, and the reference says what the methods do."""

import pytest

from appliance.rpc.koji import load_methods, parameters
from tests import reference

METHODS = load_methods().methods


def test_the_reference_has_not_fallen_behind():
    assert reference.PAGE.read_text(encoding="utf-8") == reference.text(), "make reference"


@pytest.mark.parametrize("name", METHODS)
def test_every_parameter_is_explained(name):
    doc = METHODS[name].doc
    silent = [each for each in METHODS[name].signature.parameters if not parameters.has_line(doc, each)]
    assert not silent


def test_every_method_says_what_it_does_and_who_may():
    for method in METHODS.values():
        first, *_ = method.doc.split("\n")
        assert first.endswith((".", ";", ",", ":")) or len(first) > 40, method.name
        assert f"Needs: {method.need.words}" in method.doc


def test_no_explanation_is_of_a_parameter_that_is_gone():
    assert not parameters.unused({name: method.signature for name, method in METHODS.items()})

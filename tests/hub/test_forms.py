"""Forms: what counts as sent, what a field makes of it, in which order rules speak."""

import pytest

from appliance.hub import rules
from appliance.hub.fields import (
    Choice,
    Choices,
    Flag,
    Form,
    Invalid,
    Joined,
    Number,
    Patterns,
    Text,
    Tristate,
)


def value(field, **given):
    """What a form makes of a field, or the list of what is wrong with it."""
    form = Form([field], given)
    return form[field.name] if form.validate() else form.errors[field.name]


@pytest.mark.parametrize(
    ("sent", "meant"),
    [(True, True), ("true", True), ("y", True), (1, True), (False, False), ("false", False), ("", False)],
)
def test_flags_are_true_unless_they_say_otherwise(sent, meant):
    assert value(Flag("x"), x=sent) is meant
    assert value(Tristate("x"), x=sent) is meant


def test_only_a_tristate_tells_no_from_nothing():
    assert value(Flag("x")) is False
    assert value(Tristate("x")) is None


@pytest.mark.parametrize(("sent", "meant"), [("7", 7), (7, 7), (" 7 ", 7), (7.9, 7)])
def test_numbers_come_as_they_like(sent, meant):
    assert value(Number("x"), x=sent) == meant


@pytest.mark.parametrize("sent", ["seven", "7.5", {}, "0x7"])
def test_what_is_no_number_is_refused(sent):
    assert value(Number("x"), x=sent) == ["Not a valid integer value."]


def test_an_optional_number_may_be_blank():
    assert value(Number("x", (rules.optional, rules.between(0, 9))), x="") is None
    assert value(Number("x", (rules.optional, rules.between(0, 9))), x="10") == ["Number must be between 0 and 9."]


def test_a_list_is_words_except_where_many_are_taken():
    assert value(Text("x"), x=["a", "b", 1]) == "a b 1"
    assert value(Joined("x"), x=["a:1", "b:2"]) == "a:1, b:2"
    assert value(Choices("x", choices="abc"), x=["a", "b"]) == ["a", "b"]
    assert value(Choices("x", choices="abc"), x="a") == ["a"]


def test_an_empty_list_says_something_only_as_text():
    many = Form([Choices("x", choices="abc")], {"x": []})
    assert many["x"] == [] and "x" not in many.given
    text = Form([Text("x")], {"x": []})
    assert text["x"] == "" and "x" in text.given


def test_wrong_choices_are_named():
    assert value(Choice("x", choices=("a", "b")), x="c") == ["Not a valid choice."]
    assert value(Choices("x", choices=("a", "b")), x=["c"]) == ["'c' is not a valid choice for this field."]
    assert value(Choices("x", choices="ab"), x=["c", "a", "d", "c"]) == [
        "'c', 'd' are not valid choices for this field."
    ]


def test_patterns_fit_something_or_are_wrong():
    names = ("fedora-40-x86_64", "epel-9-x86_64")
    assert value(Patterns("x", choices=names), x=["fedora-*"]) == ["fedora-*"]
    assert value(Patterns("x", choices=names), x=["suse-*", "*"]) == ["'suse-*' is not a valid choice for this field."]


def test_a_missing_text_is_all_that_is_said():
    field = Text("x", (rules.required("Say something"), rules.at_most(3), rules.pattern("^a", "Not a")))
    assert value(field, x=" ") == ["Say something"]
    assert value(field, x="bcde") == ["Field cannot be longer than 3 characters.", "Not a"]
    assert value(field, x=" abc ") == "abc"


def test_rules_that_look_at_other_fields_see_them_tidied():
    seen = []

    def look(entry, form):
        seen.append(form["other"])
        raise Invalid("no")

    form = Form([Text("x", (look,)), Text("other")], {"other": " y "})
    assert not form.validate()
    assert seen == ["y"] and str(form.lines()) == "x: no"
    assert str(form.printed()) == "Bad request parameters: {'x': ['no']}"


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("http://example.org", True),
        ("https://example.org:8080/a?b=c#d", True),
        ("http://127.0.0.1/", True),
        ("http://[::1]:80/", True),
        ("http://bücher.example/", True),
        ("http://localhost/", False),
        ("http://a..b/", False),
        ("http://x.y:port/", False),
        ("http://me@example.org/", False),
        ("ftp://example.org", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_addresses_are_of_the_web(address, right):
    assert rules.is_url(address) is right


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("a@example.org", True),
        ("a.b+c@sub.example.org", True),
        ("ü@example.org", True),
        (".a@example.org", False),
        ("a.@example.org", False),
        ("a..b@example.org", False),
        ("a b@example.org", False),
        ("a" * 65 + "@example.org", True),  # Copr does not look at the length before the @ alone
        ("a@127.0.0.1", False),
        ("a@example", False),
        ("a@host.localhost", False),
        ("a@b@example.org", False),
    ],
)
def test_mail_goes_to_a_public_domain(address, right):
    assert rules.is_mail(address) is right

"""SCM URLs: what they mean, what is refused before anything runs, whom the list of allowed places lets in."""

import posixpath
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.errors import BuildError, GenericError
from appliance.hub import scm

HOSTILE = [
    "git+ssh://-oProxyCommand=touch%20x/a#r",
    "git+ssh://-x@host/a#r",
    "git://host/a#--upload-pack=touch",
    "git://host/a#-oProxyCommand=x",
    "git://host/a?--help#r",
    "ext::sh -c touch#r",
    "file:///etc/passwd#r",
    "git+file:///etc#r",
    "git://host/a#b\nc",
    "git://host/a\0b#c",
    "git://host/allowed/%2e%2e/secret#r",
    "git://host/allowed%2f..%2fsecret#r",
    "git://host/allowed?../../secret#r",
    "git://host/allowed?a/%2e%2e/%2e%2e/b#r",
    "git://host/..#r",
    "git://host/#r",
    "git://host/a",
    "git://host/a;b#c",
    "git://user:secret@host/a#r",
    "git://one@two@host/a#r",
    "git:///a#r",
    "git://[::1/a#r",
    "git+https://host\\@other/a#r",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_an_address_that_means_more_than_a_place_is_refused(url: str) -> None:
    with pytest.raises(GenericError):
        scm.parse(url)


def test_the_parts_of_an_address() -> None:
    found = scm.parse("git+https://me@host:80//group/./x/../pkg.git/?rpm/#v1.0")
    assert found == scm.Source(
        url="git+https://me@host:80//group/./x/../pkg.git/?rpm/#v1.0", scheme="git+https://", user="me",
        host="host:80", repository="/group/pkg.git", module="rpm", revision="v1.0", kind="GIT",
    )  # fmt: skip
    assert (found.program, found.transport, found.name) == ("git", "https", "pkg")
    assert found.address() == "https://me@host:80/group/pkg.git"
    assert found.at("abc") == "git+https://host:80/group/pkg.git?rpm#abc"


def test_a_git_directory_is_named_after_what_it_belongs_to() -> None:
    assert scm.parse("git://host/group/pkg/.git#v1").name == "pkg"
    assert scm.parse("svn+ssh://me@host/pkg?trunk#5").address() == "svn+ssh://me@host/pkg"


pieces = st.lists(
    st.sampled_from(["..", ".", "", "a", "b.git", "-x", "%2e%2e", "%2E", "%2f", "%5c", "a%00b", "c d", "ü", ";", "%"]),
    min_size=1, max_size=6,
)  # fmt: skip


@given(path=pieces, module=pieces)
@example(path=[";", "."], module=[""])
def test_no_spelling_of_a_path_leads_where_another_is_compared(path: list[str], module: list[str]) -> None:
    try:
        found = scm.parse(f"git+http://host/{'/'.join(path)}?{'/'.join(module)}#r")
    except GenericError:
        return
    for part in (found.repository, found.module):
        assert part == "" or posixpath.normpath(part) == part
        assert not {".", ".."} & set(unquote(part).split("/"))
        assert unquote(part).count("/") == part.count("/")
        assert not part.startswith("-")
    again = scm.parse(f"git+http://host{found.repository}?{found.module}#r")
    assert (again.repository, again.module) == (found.repository, found.module)


SOURCE = scm.parse("git+https://git.example.com/rpms/bash.git#abc")


@pytest.mark.parametrize(
    ("allowed", "terms"),
    [
        ("git.example.com:/rpms/*", scm.Terms(True, ("make", "sources"))),
        ("*.example.com:/rpms/*:no", scm.Terms(False, ("make", "sources"))),
        ("git.example.com:/rpms/bash.git:off:fetch,-v", scm.Terms(False, ("fetch", "-v"))),
        ("git.example.com:/rpms/*:yes:", scm.Terms(True, None)),
        ("nonsense other:/x git.example.com:/*:false:", scm.Terms(False, None)),
        ("!git.example.com:/private/* git.example.com:/*:0:", scm.Terms(False, None)),
    ],
)
def test_the_first_entry_that_matches_says_the_terms(allowed: str, terms: scm.Terms) -> None:
    assert scm.listed(SOURCE, allowed) == terms


@pytest.mark.parametrize("allowed", ["", "other:/*", "git.example.com:/rpms", "!git.example.com:/rpms/* *:*"])
def test_what_no_entry_allows_is_refused(allowed: str) -> None:
    with pytest.raises(BuildError, match=r"git\.example\.com:/rpms/bash\.git is not in the list of allowed SCMs"):
        scm.listed(SOURCE, allowed)


def test_an_allowed_directory_cannot_be_climbed_out_of() -> None:
    """CVE-2017-1002153."""
    source = scm.parse("git://git.example.com/rpms/../private/bash#abc")
    with pytest.raises(BuildError, match=":/private/bash is not"):
        scm.listed(source, "git.example.com:/rpms/*")

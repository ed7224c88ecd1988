"""Projects: whose they are, how they are found and listed, what goes when one goes."""

import pytest

from tests.copr.conftest import ARM, EPEL, X86

# whose they are


def test_a_group_has_projects_of_its_own(copr):
    team = copr.group("team", "alice", "bob")
    name = copr.alice.new_project("shared", [X86], owner=team)
    assert copr.bob.get("project", ownername=team, projectname=name)["full_name"] == f"{team}/{name}"
    assert [each["name"] for each in copr.anon.get("project/list", ownername=team)["items"]] == [name]
    assert copr.anon.get("project/list", ownername="alice", limit=1)["items"][:1] != [name]
    copr.bob.put(f"project/edit/{team}/{name}", description="by a member")
    build_id = copr.bob.submit(name, owner=team)
    assert copr.row(build_id)["ownername"] == team


def test_strangers_make_no_projects_for_a_group(copr):
    team = copr.group("closed", "alice")
    body = {"name": "x", "chroots": [X86]}
    said = copr.bob.refused("POST", f"project/add/{team}", 403, json=body)
    assert said == "User 'bob' doesn't have access to the copr group 'closed' (fas_name='closed')"
    assert copr.bob.refused("POST", "project/add/@none", 404, json=body) == "Group none does not exist."
    assert copr.bob.ask("POST", "project/add/alice", 403, json=body)


def test_a_group_may_have_a_project_of_the_name_that_a_member_has(copr):
    team = copr.group("twins", "alice")
    name = copr.alice.new_project("twin", [X86])
    copr.alice.post(f"project/add/{team}", name=name, chroots=[X86])
    said = copr.alice.refused("POST", f"project/add/{team}", 400, json={"name": name, "chroots": [X86]})
    assert said == f"name: Group twins (fas: twins) already has a project named '{name}'."


@pytest.mark.parametrize("name", ["", "a b", "a/b", "12", "x" * 101, "a\u2028b"])
def test_a_name_is_short_and_plain(copr, name):
    said = copr.alice.refused("POST", "project/add/alice", 400, json={"name": name, "chroots": [X86]})
    assert said.startswith("name: ")


@pytest.mark.parametrize(
    ("contact", "right"),
    [
        ("alice@sub.example.org", True),
        ("http://example.org/alice", True),
        ("alice", False),
        ("alice@host", False),
        ("a..b@example.org", False),
        ("alice@machine.local", False),
        ("ftp://example.org", False),
    ],
)
def test_a_contact_is_an_address(copr, project, contact, right):
    body = {"contact": contact}
    answer = copr.alice.ask("PUT", f"project/edit/alice/{project}", 200 if right else 400, json=body)
    assert right or answer["error"] == "contact: Contact must be email address or URL"


# finding and listing


@pytest.fixture(scope="module")
def zoo(copr):
    """Projects of carol's with different things to be found by."""
    made = {
        "lion": copr.carol.new_project("lion", [X86], description="the Quick fox"),
        "bear": copr.carol.new_project("bear", [EPEL], instructions="lazy dogs_50%"),
        "wolf": copr.carol.new_project("wolf", [X86]),
    }
    copr.build(made["wolf"], name="sheepskin", owner="carol")
    return {name: kind for kind, name in made.items()}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("quick", ["lion"]),
        ("QUICK dogs", ["bear", "lion"]),
        ("nothing sheepskin", ["wolf"]),
        ("sheep*", ["wolf"]),
        ("lion.", ["lion"]),
        ("epel-9", ["bear"]),
        ("s_50%", ["bear"]),
        ("s%50", []),
        ("carol/ion", ["lion"]),
        ("arol/", ["wolf", "bear", "lion"]),
        ("/wolf", ["wolf"]),
        ("@carol/wolf", []),
    ],
)
def test_projects_are_found_by_any_of_the_words(copr, zoo, query, found):
    items = copr.anon.get("project/search", query=query)["items"]
    kinds = [zoo[each["name"]] for each in items if each["ownername"] == "carol"]
    assert sorted(kinds) == sorted(found)


@pytest.mark.parametrize("query", ["ab", " a ", "**", "a*b"])
def test_two_letters_are_too_few_to_search_for(copr, query):
    said = copr.anon.refused("GET", "project/search", 400, params={"query": query})
    assert said == "Search string must have at least 3 characters"


def test_listings_are_ordered_and_cut(copr, zoo):
    def kinds(**page):
        items = copr.anon.get("project/list", ownername="carol", **page)["items"]
        return [zoo[each["name"]] for each in items]

    assert kinds(order="name") == ["bear", "lion", "wolf"]
    assert kinds(order="name", order_type="DESC", limit=2) == ["wolf", "lion"]
    assert kinds(order="name", limit=1, offset=1) == ["lion"]
    assert kinds(order="repo_priority") == kinds()  # none has one


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("full_name", "Cannot order by full_name"),
        ("packages", "Cannot order by packages"),
        ("forked_from", "Cannot order by forked_from"),
        ("id; DROP TABLE project", "Cannot order by id; DROP TABLE project, copr doesn't have such property"),
    ],
)
def test_orders_that_are_none_are_refused(copr, order, said):
    assert copr.anon.refused("GET", "project/list", 500, params={"order": order}) == said


def test_packages_are_ordered_as_copr_numbers_their_sources(copr, project):
    sources = {
        "scm": {"clone_url": "https://git.example/x.git"},
        "rubygems": {"gem_name": "x"},
        "pypi": {"pypi_package_name": "x"},
    }
    for kind, source in sources.items():
        copr.alice.post(f"package/add/alice/{project}/{kind}/{kind}", package_name=kind, **source)
    found = copr.anon.get("package/list", ownername="alice", projectname=project, order="source_type")
    assert [each["name"] for each in found["items"]] == ["pypi", "rubygems", "scm"]


# their chroots


def test_a_chroot_that_is_built_for_stays(copr, project):
    ids = [copr.alice.submit(project, chroots=[ARM]) for _ in range(2)]
    body = {"chroots": [X86]}
    said = copr.alice.refused("PUT", f"project/edit/alice/{project}", 409, json=body)
    assert said == (f"Can't drop chroot from project, related builds {ids[0]} and {ids[1]} are still in progress")
    copr.alice.put(f"build/cancel/{ids[0]}")
    copr.advance(ids[1], "succeeded")
    said = copr.alice.refused("PUT", f"project/edit/alice/{project}", 409, json=body)
    assert said == f"Can't drop chroot from project, related build {ids[0]} is still in progress"
    copr.alice.ask("DELETE", f"build/delete/{ids[0]}")
    answer = copr.alice.put(f"project/edit/alice/{project}", **body)
    assert list(answer["chroot_repos"]) == [X86]


def test_a_chroot_that_returns_has_its_settings_again(copr, project):
    address = f"project-chroot/edit/alice/{project}/{ARM}"
    copr.alice.put(address, additional_packages="gcc make", bootstrap="on", isolation="simple")
    copr.alice.put(f"project/edit/alice/{project}", chroots=[X86])
    copr.alice.put(f"project/edit/alice/{project}", chroots=[X86, ARM])
    found = copr.alice.get("project-chroot", ownername="alice", projectname=project, chrootname=ARM)
    assert found["additional_packages"] == ["gcc", "make"]
    assert found["isolation"] == "simple" and found["delete_after_days"] is None


def test_settings_are_reset_by_name(copr, project):
    address = f"project-chroot/edit/alice/{project}/{X86}"
    copr.alice.put(address, additional_packages="gcc", with_opts="x y")
    answer = copr.alice.put(address, reset_fields="additional_packages comps_zlib last_build_timestamp")
    assert answer["additional_packages"] == [] and answer["with_opts"] == ["x", "y"]
    said = copr.alice.refused("PUT", address, 400, json={"reset_fields": "id"})
    assert said.startswith("Trying to reset an invalid attribute: id")


def test_an_empty_list_changes_nothing(copr, project):
    address = f"project-chroot/edit/alice/{project}/{X86}"
    copr.alice.put(address, additional_modules=["nodejs:12", "perl:5"], additional_repos=["http://a.example"])
    answer = copr.alice.put(address, additional_modules=[], additional_repos=[])
    assert answer["additional_modules"] == ["nodejs:12", "perl:5"]
    assert answer["additional_repos"] == []  # this one is text, and empty text says so


def test_comps_lie_beside_the_repository(copr, project):
    address = f"project-chroot/edit/alice/{project}/{X86}"
    place = copr.hub.paths.results / "alice" / project / X86 / "comps.xml"
    answer = copr.alice.ask("PUT", address, files={"upload_comps": ("my.xml", b"<comps/>")})
    assert answer["comps_name"] == "my.xml" and place.read_bytes() == b"<comps/>"
    assert copr.alice.put(address, delete_comps=True)["comps_name"] is None
    assert not place.exists()


# going


def test_a_project_goes_with_all_that_it_left(copr, project):
    build_id = copr.build(project)
    kept = copr.results("alice", "another")
    place = copr.results("alice", project, X86, f"{build_id:08d}-hello").parents[1]
    copr.alice.delete(f"project/delete/alice/{project}")
    assert not place.exists() and kept.exists()
    assert copr.anon.get(f"build/{build_id}", 404)
    copr.alice.post("project/add/alice", name=project, chroots=[X86])
    assert copr.anon.get("build/list", ownername="alice", projectname=project)["items"] == []


def test_a_project_that_builds_stays(copr, project):
    build_id = copr.alice.submit(project)
    said = copr.alice.refused("DELETE", f"project/delete/alice/{project}", 400)
    assert said == f"Build(s) {build_id} are still running.\n"
    assert copr.alice.state(build_id) == "pending"

"""A hub kept in a file: what a plan says, what apply does, that a dump is the hub, and what is never touched."""

from textwrap import dedent

import pytest

from appliance.errors import GenericError
from appliance.hub import content_generators, packages, permissions, state, tags, wanted
from tests.testing.hubfile import HUB


@pytest.fixture
def file(tmp_path):
    """A function that writes a bootstrap file; its path."""

    def write(text):
        path = tmp_path / "hub.toml"
        path.write_text(dedent(text))
        return path

    return write


def test_plan_says_what_apply_does(hub, file):
    path = file(HUB)
    planned = wanted.plan(hub, path)
    assert "+ tag f39" in planned and "+ project carol/tools" in planned and "+ user carol" in planned
    assert wanted.apply(hub, path) == planned
    assert wanted.plan(hub, path) == wanted.apply(hub, path) == []


def test_a_plan_changes_nothing(hub, file):
    before = wanted.dump(hub)
    wanted.plan(hub, file(HUB))
    assert wanted.dump(hub) == before


def test_a_plan_of_a_dump_is_empty(hub, file):
    wanted.apply(hub, file(HUB))
    dumped = file(wanted.dump(hub))
    assert wanted.plan(hub, dumped) == wanted.plan(hub, dumped, prune=True) == []


def test_a_dump_makes_the_same_hub_elsewhere(hub, file, tmp_path):
    wanted.apply(hub, file(HUB))
    text = wanted.dump(hub)
    state.init(tmp_path / "other", empty=True)
    other = state.open_hub(tmp_path / "other")
    wanted.apply(other, file(text))
    again = wanted.dump(other)
    other.close()
    assert again == text


def test_secrets_are_in_no_dump_but_their_change_is_seen(hub, file):
    wanted.apply(hub, file(HUB))
    assert "carolpw" not in wanted.dump(hub) and "scrypt" not in wanted.dump(hub)
    changed = file('[[user]]\nname = "carol"\npassword = "another"\n')
    assert wanted.plan(hub, changed) == ["~ user carol: password changes"]


def test_what_the_file_does_not_have_stays_unless_told(hub, file, boss):
    wanted.apply(hub, file(HUB))
    with hub.write(boss) as call:
        tags.create(call, "stray")
        packages.put(call, tags.known(call, "f39"), "extra", boss.user_id, force=True)
        permissions.grant(call, "carol", "host")
    path = file(HUB)
    assert wanted.plan(hub, path) == []
    removed = wanted.apply(hub, path, prune=True)
    assert "- tag stray" in removed
    assert '~ user carol: permissions: ["host", "tag"] -> ["tag"]' in removed
    with hub.read() as call:
        assert tags.get(call, "stray") is None
        listed = packages.listed(call, tags.known(call, "f39"))
    assert {each["package_name"] for each in listed} == {"bash", "openssl"}
    assert wanted.plan(hub, path, prune=True) == []


def test_who_may_import_as_a_content_generator_is_pruned(hub, file, boss):
    wanted.apply(hub, file(HUB))
    with hub.write(boss) as call:
        content_generators.grant(call, boss.user_id, "container-build")
        content_generators.grant(call, "carol", "stray", create=True)
    assert wanted.plan(hub, file(HUB)) == []
    removed = wanted.apply(hub, file(HUB), prune=True)
    assert [line for line in removed if "content_generator" in line] == [
        f'~ content_generator container-build: users: ["{boss.user_name}", "carol"] -> ["carol"]',
        '~ content_generator stray: users: ["carol"] -> (nothing)',
    ]
    assert wanted.plan(hub, file(HUB), prune=True) == []


def test_what_a_tag_says_of_a_group_that_it_shall_inherit_is_pruned(hub, file):
    base = """
        [[tag]]
        name = "base"
        groups = {build = ["bash"]}
        [[tag]]
        name = "child"
        inherit = ["base"]
    """
    wanted.apply(hub, file(base + '        groups = {build = ["gcc"]}\n'))
    path = file(base + '        groups = {build = {inherited = true, packages = ["gcc"]}}\n')
    assert wanted.plan(hub, path) == []
    groups = ['{ build = ["gcc"] }', '{ build = { inherited = true, packages = ["gcc"] } }']
    assert wanted.apply(hub, path, prune=True) == [f"~ tag child: groups: {' -> '.join(groups)}"]
    assert wanted.plan(hub, path, prune=True) == []


def test_sections_that_the_file_has_not_are_not_its_own(hub, file):
    wanted.apply(hub, file(HUB))
    only_targets = file('[[target]]\nname = "other"\nbuild_tag = "f39"\ndest_tag = "f39"\n')
    assert wanted.plan(hub, only_targets, prune=True) == ["+ target other", "- target f39"]


def test_a_mistake_leaves_nothing_of_the_file(hub, file):
    before = wanted.dump(hub)
    path = file('[[tag]]\nname = "good"\n[[target]]\nname = "t"\nbuild_tag = "a b!"\ndest_tag = "good"\n')
    with pytest.raises(GenericError):
        wanted.apply(hub, path)
    assert wanted.dump(hub) == before


def test_a_change_is_shown_with_both_its_sides(hub, file):
    wanted.apply(hub, file(HUB))
    path = file('[[tag]]\nname = "f39"\narches = "x86_64 aarch64"\n')
    assert wanted.apply(hub, path) == ['~ tag f39: arches: "x86_64" -> "x86_64 aarch64"']

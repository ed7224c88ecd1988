"""Tags and targets of a bootstrap file."""

import pytest

from appliance.errors import ConfigurationError
from appliance.hub import bootstrap, external_repos, groups, inheritance, packages, tags, targets

FILE = """
[[tag]]
name = "f40-build"
arches = "x86_64"
inherit = ["f40", {parent = "common", noconfig = true}]
groups = { build = ["bash", "rpm-build"], srpm-build = ["bash"] }
packages = ["kernel"]
extra = { "mock.new_chroot" = 0 }
[[tag.external_repo]]
name = "base"
url = "file:///srv/mini/$arch"
[[tag.external_repo]]
name = "updates"
url = "file:///srv/updates/$arch"

[[tag]]
name = "f40"
locked = true
perm = "tag"
packages = { bash = "alice" }

[[tag]]
name = "f41-build"
[[tag.external_repo]]
name = "base"
url = "file:///srv/other/$arch"

[[target]]
name = "f40"
build_tag = "f40-build"
dest_tag = "f40"
"""


@pytest.fixture
def apply(hub, tmp_path):
    def applied(text):
        path = tmp_path / "bootstrap.toml"
        path.write_text(text)
        return bootstrap.apply(hub, path)

    return applied


def rows(hub):
    """All that is in the database."""
    with hub.read() as call:
        names = call.tx.column("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return {name: call.tx.tuples(f'SELECT * FROM "{name}"') for name in names}


def test_a_file_makes_tags_with_all_that_it_says(hub, apply):
    lines = apply(FILE)
    assert lines == [
        "tag f40: made empty, because f40-build inherits from it",
        "tag common: made empty, because f40-build inherits from it",
    ]
    with hub.read() as call:
        build = tags.require(call, "f40-build")
        assert (build["arches"], build["extra"]) == ("x86_64", {"mock.new_chroot": 0})
        links = inheritance.parents(call, build["id"])
        assert [(link["name"], link["noconfig"]) for link in links] == [("f40", False), ("common", True)]
        found = {group["name"]: group["packagelist"] for group in groups.of_tag(call, build["id"])}
        assert {name: [each["package"] for each in group] for name, group in found.items()} == {
            "build": ["bash", "rpm-build"],
            "srpm-build": ["bash"],
        }
        assert tags.require(call, "f40")["locked"] and tags.require(call, "f40")["perm"] == "tag"
        owners = {each["package_name"]: each["owner_name"] for each in packages.listed(call, build["id"], inherit=True)}
        assert owners == {"kernel": "boss", "bash": "alice"}
        target = targets.require(call, "f40")
        assert (target["build_tag_name"], target["dest_tag_name"]) == ("f40-build", "f40")


def test_two_tags_may_call_different_repositories_the_same(hub, apply):
    apply(FILE)
    with hub.read() as call:
        found = external_repos.places(call)
        assert {(each["tag_name"], each["external_repo_name"], each["url"], each["priority"]) for each in found} == {
            ("f40-build", "base", "file:///srv/mini/$arch/", 0),
            ("f40-build", "updates", "file:///srv/updates/$arch/", 10),
            ("f41-build", "f41-build-base", "file:///srv/other/$arch/", 0),
        }


def test_applying_it_again_changes_nothing(hub, apply):
    apply(FILE)
    before = rows(hub)
    assert apply(FILE) == []
    assert rows(hub) == before


def test_a_changed_file_changes_what_it_names_and_no_more(hub, boss, apply):
    apply(FILE)
    with hub.write(boss) as call:
        groups.add_package(call, "f40-build", "build", "make")
        packages.add(call, "f40-build", "kernel", block=True)
    changed = FILE.replace('inherit = ["f40", {parent = "common", noconfig = true}]', 'inherit = ["common", "f40"]')
    changed = changed.replace("file:///srv/updates", "http://updates").replace('"rpm-build"]', '"gcc"]', 1)
    apply(changed)
    with hub.read() as call:
        links = inheritance.parents(call, tags.known(call, "f40-build"))
        assert [(link["name"], link["noconfig"]) for link in links] == [("common", False), ("f40", False)]
        build = next(group for group in groups.of_tag(call, "f40-build") if group["name"] == "build")
        assert {each["package"] for each in build["packagelist"]} == {"bash", "rpm-build", "make", "gcc"}
        assert external_repos.require(call, "updates")["url"] == "http://updates/$arch/"
        assert packages.allowed(call, tags.known(call, "f40-build"), packages.identify(call, "kernel"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[[tag]]\nname = "t"\ninherits = ["x"]', "unknown key inherits; did you mean inherit"),
        ('[[tag]]\narches = "x86_64"', "has no name"),
        ('[[target]]\nname = "t"\nbuild_tag = "a"\ndest_tag = "b"\ntag = "c"', "unknown key tag"),
    ],
)
def test_an_entry_that_cannot_be_meant_so_is_refused_and_nothing_is_made(hub, apply, text, reason):
    before = rows(hub)
    with pytest.raises(ConfigurationError, match=reason):
        apply(text)
    assert rows(hub) == before

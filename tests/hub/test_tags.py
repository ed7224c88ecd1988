"""What changes of tags set off, and what strangers may not."""

import pytest

from appliance.errors import ActionNotAllowed
from appliance.hub import external_repos, groups, inheritance, packages, tags, targets
from appliance.hub.hub import Session
from appliance.rpc.koji import load_methods


@pytest.fixture
def made(hub, boss):
    """A tag with one of everything; its id."""
    with hub.write(boss) as call:
        tag_id = tags.create(call, "t", arches="x86_64")
        tags.create(call, "parent")
        packages.add(call, "t", "bash", owner="boss")
        groups.add(call, "t", "build")
        groups.add_package(call, "t", "build", "bash")
        external_repos.create(call, "base", "http://base")
        external_repos.add_to_tag(call, "t", "base", 0)
    return tag_id


CHANGES = {
    "create": lambda call: tags.create(call, "u"),
    "edit": lambda call: tags.edit(call, "t", arches="i686"),
    "extra": lambda call: tags.edit(call, "t", extra={"a": 1}),
    "delete": lambda call: tags.delete(call, "t"),
    "inherit": lambda call: inheritance.write(
        call, tags.known(call, "t"), inheritance.link(tags.known(call, "parent"))
    ),
    "list a package": lambda call: packages.add(call, "t", "gcc", owner="boss"),
    "block a package": lambda call: packages.block(call, "t", "bash"),
    "drop a package": lambda call: packages.remove(call, "t", "bash"),
    "add a group": lambda call: groups.add(call, "t", "srpm-build"),
    "add to a group": lambda call: groups.add_package(call, "t", "build", "make"),
    "block in a group": lambda call: groups.block_package(call, "t", "build", "bash"),
    "remove a group": lambda call: groups.remove(call, "t", "build"),
    "move an external repo": lambda call: external_repos.edit_in_tag(call, "t", "base", priority=5),
    "edit an external repo": lambda call: external_repos.edit(call, "base", url="http://other"),
    "delete an external repo": lambda call: external_repos.delete(call, "base"),
    "make a target": lambda call: targets.create(call, "target", "t", "t"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_wakes_who_composes_repositories(hub, boss, made, change):
    before = hub.bell.heard("repos")
    with hub.write(boss) as call:
        change(call)
        assert hub.bell.heard("repos") == before, "the bell rang before the change was durable"
    assert hub.bell.heard("repos") > before


def test_a_deleted_tag_leaves_nothing_that_holds(hub, boss, made):
    with hub.write(boss) as call:
        inheritance.write(call, tags.known(call, "parent"), inheritance.link(made))
        targets.create(call, "target", "t", "parent")
        tags.delete(call, "t")
    with hub.read() as call:
        tables = call.tx.column("SELECT name FROM sqlite_master WHERE type = 'table'")
        for table in tables:
            columns = set(call.tx.column(f"SELECT name FROM pragma_table_info('{table}')"))
            for column in {"tag_id", "parent_id", "build_tag", "dest_tag"} & columns:
                if "revoke_event" in columns:
                    holding = f"SELECT COUNT(*) FROM {table} WHERE {column} = {made} AND revoke_event IS NULL"
                    assert call.tx.value(holding) == 0, f"{table}.{column}"


def test_looking_a_package_up_does_not_wait_for_the_writer():
    getPackage, getTagID = (load_methods().find(name) for name in ("getPackage", "getTagID"))
    assert not getPackage.may_write(["bash"], {"strict": True})
    assert getPackage.may_write(["bash", False, True], {})
    assert getTagID.may_write(["f40"], {"create": True})


@pytest.mark.parametrize("create", [packages.get, tags.identify])
def test_strangers_cannot_fill_the_hub_with_names(hub, create):
    with hub.write(Session()) as call, pytest.raises(ActionNotAllowed, match="you must be logged in"):
        create(call, "junk", strict=False, create=True)

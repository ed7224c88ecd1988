"""The events that make a tag's repository stale."""

import pytest

from appliance.hub import external_repos, groups, inheritance, packages, tag_changes, tags, targets

# each changes what "child" has to offer: its own, its parent's, or its external repository's
CHANGES = (
    lambda call: tags.create(call, "child", arches="x86_64"),
    lambda call: inheritance.write(call, tags.known(call, "child"), inheritance.link(tags.known(call, "parent"))),
    lambda call: packages.add(call, "parent", "bash", owner="boss"),
    lambda call: packages.block(call, "child", "bash"),
    lambda call: packages.unblock(call, "child", "bash"),
    lambda call: tags.edit(call, "parent", extra={"mock.new_chroot": 1}),
    lambda call: tags.edit(call, "child", arches="i686"),
    lambda call: groups.add(call, "parent", "build"),
    lambda call: groups.add_package(call, "child", "build", "bash"),
    lambda call: groups.block(call, "child", "build"),
    lambda call: external_repos.add_to_tag(call, "parent", "base", 0),
    lambda call: external_repos.edit(call, "base", url="http://elsewhere"),
    lambda call: external_repos.set_data(call, "base", {"revision": 2}),
    lambda call: tags.mark_updated(call, tags.known(call, "child"), 0),
)


@pytest.fixture
def changed(hub, boss):
    """A unit of work after all the changes, with others between them; (call, the events of the changes)."""
    with hub.write(boss) as call:
        tags.create(call, "parent")
        tags.create(call, "stranger")
        external_repos.create(call, "base", "http://base")
        made = []
        for number, change in enumerate(CHANGES):
            with call.tx.savepoint():
                change(call)
                made.append(call.tx.event())
            with call.tx.savepoint():
                tags.edit(call, "stranger", extra={"n": number})
                targets.create(call, f"target-{number}", "stranger", "child")
        yield call, made


def test_the_last_change_is_the_one_before(changed):
    call, made = changed
    assert tag_changes.last(call, "child") == made[-1]
    # before it inherited and had a repository, their changes were none of its own
    assert [tag_changes.last(call, "child", before=event) for event in made[2:]] == made[1:-1]


def test_the_first_change_is_the_one_after(changed):
    call, made = changed
    assert tag_changes.first(call, "child") == made[0]
    linked = made[1:]  # as of then it inherits, so that what its parent does counts
    found = [tag_changes.first(call, "child", after=event) for event in linked]
    assert found == [*linked[1:], None]


def test_without_inheritance_only_its_own_changes_count(changed):
    call, made = changed
    own = [made[number] for number in (0, 1, 3, 4, 6, 8, 9, 13)]
    assert tag_changes.last(call, "child", before=made[-1], inherit=False) == own[-2]
    child = [tags.known(call, "child")]
    for event, following in zip(own, [*own[1:], None], strict=True):
        assert tag_changes.first(call, "child", after=event, inherit=False) == following
        assert tag_changes.since(call, event, child) == (following is not None)


def test_a_deleted_tag_did_not_change_after_its_end(hub, boss, changed):
    call, made = changed
    with call.tx.savepoint():
        tags.delete(call, "child")
        end = call.tx.event()
    with call.tx.savepoint():
        tags.edit(call, "parent", extra={"later": 1})
    assert tag_changes.last(call, "child") == end
    assert tag_changes.last(call, "child", before=made[3]) == made[2]

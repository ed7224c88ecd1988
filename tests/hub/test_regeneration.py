"""Which repositories are asked for when something changes, and that nothing else is looked at."""

import pytest

from appliance.hub import external_repos, inheritance, packages, regeneration, repos, tags, targets

TAGS = ("one", "two", "three")


@pytest.fixture
def site(hub, boss):
    """Three products, each with a tag for what is built and one that is built from; all repositories are current."""
    with hub.write(boss) as call:
        for name in TAGS:
            parent = tags.create(call, name)
            tags.create(call, f"{name}-build", arches="x86_64")
            inheritance.write(call, tags.identify(call, f"{name}-build"), [inheritance.link(parent)])
            targets.create(call, name, f"{name}-build", name)
    with hub.write(boss) as call:
        for name in TAGS:
            repo_id, _ = repos.init(call, f"{name}-build")
            repos.done(call, repo_id, {})
    with hub.write(boss) as call:
        return regeneration.look_after(call)


def asked(hub, boss, since):
    """The tags whose repository is asked for by a look at what changed after SINCE; nothing of it stays."""
    with hub.write(boss) as call:
        regeneration.look_after(call, since)
        return call.tx.column("SELECT t.name FROM repo_queue q JOIN tag t ON t.id = q.tag_id ORDER BY t.name")


def test_nothing_is_asked_for_when_nothing_changed(hub, boss, site):
    assert asked(hub, boss, site) == []


def test_what_inherits_from_a_changed_tag_is_asked_for(hub, boss, site):
    with hub.write(boss) as call:
        packages.add(call, "two", "bash", owner="boss")
    assert asked(hub, boss, site) == ["two-build"]


def test_a_far_ancestor_counts(hub, boss, site):
    with hub.write(boss) as call:
        base = tags.create(call, "base")
        for name in ("one", "three"):
            inheritance.write(call, tags.identify(call, name), [inheritance.link(base)])
    with hub.write(boss) as call:
        for name in ("one", "three"):
            repo_id, _ = repos.init(call, f"{name}-build")
            repos.done(call, repo_id, {})
    with hub.write(boss) as call:
        since = regeneration.look_after(call)
    with hub.write(boss) as call:
        tags.edit(call, "base", extra={"changed": True})
    assert asked(hub, boss, since) == ["one-build", "three-build"]


def test_a_changed_external_repository_counts_for_the_tags_that_use_it(hub, boss, site):
    with hub.write(boss) as call:
        external_repos.create(call, "fedora", "http://example.com/$arch")
        external_repos.add_to_tag(call, "three", "fedora", 5)
        repo_id, _ = repos.init(call, "three-build")
        repos.done(call, repo_id, {})
    with hub.write(boss) as call:
        since = regeneration.look_after(call)
    with hub.write(boss) as call:
        external_repos.set_data(call, "fedora", {"revisions": {"http://example.com/x86_64": "abc"}})
    assert asked(hub, boss, since) == ["three-build"]


def test_a_new_target_has_its_repository_made(hub, boss, site):
    with hub.write(boss) as call:
        tags.create(call, "four-build", arches="x86_64")
    assert asked(hub, boss, site) == []
    with hub.write(boss) as call:
        targets.create(call, "four", "four-build", "one")
    assert asked(hub, boss, site) == ["four-build"]


def test_a_look_costs_the_same_however_many_tags_there_are(hub, boss, site):
    def statements(count):
        with hub.write(boss) as call:
            for number in range(count):
                tags.create(call, f"more-{count}-{number}-build", arches="x86_64", extra={"repo.auto": False})
                targets.create(call, f"more-{count}-{number}", f"more-{count}-{number}-build", "one")
        with hub.write(boss) as call:
            since = regeneration.look_after(call)
            packages.add(call, "one", f"package-{count}", owner="boss")
        said = []
        with hub.write(boss) as call:
            call.tx._connection.set_trace_callback(said.append)
            regeneration.look_after(call, since)
            call.tx._connection.set_trace_callback(None)
        return len(said)

    assert statements(1) == statements(40)

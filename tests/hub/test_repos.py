"""Repositories where recorded answers do not look: which is current, files of a new one, failing requests."""

import json
from contextlib import suppress

import koji
import pytest

from appliance.errors import GenericError
from appliance.hub import dist_repos, groups, hosts, packages, repo_requests, repos, tags, tasks
from appliance.hub.hub import Session

READY = koji.REPO_STATES["READY"]


@pytest.fixture
def tag(hub, boss):
    with hub.write(boss) as call:
        tag_id = tags.create(call, "t-build", arches="x86_64 i686")
        groups.add(call, "t-build", "build", description="a <b> & c")
        packages.add(call, "t-build", "bad", owner="boss")
        packages.block(call, "t-build", "bad")
    return tag_id


@pytest.fixture
def builder(hub, boss):
    with hub.write(boss) as call:
        return Session(user_id=boss.user_id, host_id=hosts.create(call, "builder", ["noarch"]))


def begun(hub, boss, **opts):
    with hub.write(boss) as call:
        return repos.init(call, "t-build", **opts)


def ready(hub, boss, **opts):
    repo_id, event = begun(hub, boss, **opts)
    with hub.write(boss) as call:
        repos.done(call, repo_id, {})
    return repo_id, event


def change(hub, boss):
    with hub.write(boss) as call:
        tags.edit(call, "t-build", extra={"n": call.now()})


def current(hub):
    with hub.read() as call:
        found = repos.current(call, "t-build")
    return found and found["id"]


def test_a_repository_is_current_until_its_tag_changes(hub, boss, tag):
    assert current(hub) is None
    one, _ = ready(hub, boss)
    assert current(hub) == one
    change(hub, boss)
    assert current(hub) is None
    two, _ = ready(hub, boss)
    assert current(hub) == two


def test_a_repository_of_the_past_never_becomes_the_latest(hub, boss, tag):
    _, past = ready(hub, boss)
    change(hub, boss)
    newest, _ = ready(hub, boss)
    ready(hub, boss, event=past)
    latest = hub.paths.koji / "repos" / "t-build" / "latest"
    assert latest.readlink().name == str(newest)
    assert (latest / "repo.json").is_file()


def test_a_new_repository_has_what_hosts_read(hub, boss, tag):
    repo_id, event = begun(hub, boss, opts={"separate_src": True})
    place = hub.paths.koji / "repos" / "t-build" / str(repo_id)
    assert {each.name for each in place.iterdir()} == {"groups", "repo.json", "x86_64", "i386", "src"}
    assert (place / "x86_64" / "toplink").resolve() == hub.paths.koji
    assert (place / "x86_64" / "blocklist").read_text() == "bad\n"
    assert "a &lt;b&gt; &amp; c" in (place / "groups" / "comps.xml").read_text()
    described = json.loads((place / "repo.json").read_text())
    assert (described["event_id"], described["custom_opts"]) == (event, {"separate_src": True})


def test_a_repository_that_is_rolled_back_leaves_no_files(hub, boss, tag):
    with suppress(ZeroDivisionError), hub.write(boss) as call:
        repos.init(call, "t-build")
        raise ZeroDivisionError
    assert list((hub.paths.koji / "repos").iterdir()) == []


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "link"])
def test_uploads_that_lead_elsewhere_are_refused(hub, boss, tag, name):
    upload = hub.paths.koji / "work" / "up"
    upload.mkdir(parents=True)
    (upload / "link").symlink_to("/etc/passwd")
    repo_id, _ = begun(hub, boss)
    with hub.write(boss) as call, pytest.raises(GenericError):
        repos.done(call, repo_id, {"x86_64": ["up", [name]]})


def test_files_of_a_repository_stay_uploads_if_one_is_missing(hub, boss, tag):
    upload = hub.paths.koji / "work" / "up"
    upload.mkdir(parents=True)
    (upload / "repomd.xml").write_text("x")
    repo_id, _ = begun(hub, boss)
    with pytest.raises(GenericError, match="uploaded file missing"), hub.write(boss) as call:
        repos.done(call, repo_id, {"x86_64": ["up", ["repomd.xml", "gone"]]})
    assert (upload / "repomd.xml").read_text() == "x"


def asked(hub, session, **opts):
    with hub.write(session) as call:
        return repo_requests.make(call, "t-build", **opts)


def queue(hub, session):
    with hub.write(session) as call:
        repo_requests.check_queue(call)
        return repo_requests.listed(call, [], ["id", "active", "tries", "task_id", "repo_id"], {"order": "id"})


def test_a_repository_serves_every_request_that_it_can(hub, boss, tag):
    first = asked(hub, boss)["request"]["id"]
    special = asked(hub, boss, opts={"src": True})["request"]["id"]
    repo_id, _ = ready(hub, boss)
    with hub.read() as call:
        assert repo_requests.look(call, first)["repo"]["id"] == repo_id
        assert repo_requests.look(call, special)["repo"] is None
    assert asked(hub, boss)["repo"]["id"] == repo_id
    assert asked(hub, boss, force=True)["repo"] is None


def test_a_request_whose_task_fails_is_tried_again_a_few_times(hub, boss, tag, builder):
    asked(hub, boss)
    tried = set()
    for _ in range(hub.settings.repositories.request_tries + 3):
        row = queue(hub, boss)[0]
        if not row["active"]:
            break
        tried.add(row["task_id"])
        with hub.write(boss) as call:
            tasks.cancel(call, row["task_id"])
        heard = hub.bell.heard("repos")
    assert not row["active"]
    assert hub.bell.heard("repos") > heard  # who waits for it has to learn that it does not come
    assert len(tried) == row["tries"] == hub.settings.repositories.request_tries + 1


def test_only_so_many_requests_are_served_at_once(hub, boss, tag):
    hub.settings.repositories.max_tasks = 1
    asked(hub, boss, opts={"src": True})
    urgent = asked(hub, boss, priority=-5)["request"]["id"]
    assert [row["id"] for row in queue(hub, boss) if row["task_id"]] == [urgent]


def test_tags_that_want_it_get_repositories_by_themselves(hub, boss, tag):
    with hub.write(boss) as call:
        tags.create(call, "other")
        tags.edit(call, "t-build", extra={"repo.auto": True})
        repo_requests.request_automatically(call)
        repo_requests.request_automatically(call)
        found = repo_requests.listed(call, [], ["tag_name", "priority"])
    assert found == [{"tag_name": "t-build", "priority": koji.PRIO_DEFAULT + 5}]


def test_a_change_of_the_tag_ends_its_repositories(hub, boss, tag):
    repo_id, _ = ready(hub, boss)
    change(hub, boss)
    with hub.write(boss) as call:
        repos.update_end_events(call)
        assert repos.require(call, repo_id)["end_event"] is not None


@pytest.mark.parametrize("name", ["../escape.rpm", "a/b.rpm", "..", ""])
def test_packages_of_a_dist_repository_cannot_escape_it(hub, boss, tag, name):
    with hub.write(boss) as call:
        dist_repos.request(call, "t-build", [], {"arch": ["x86_64"]})
        repo = repos.newest(call, "t-build", state=repos.INIT, dist=True)
    upload = hub.paths.koji / "work" / "up"
    upload.mkdir(parents=True)
    (upload / "repo_manifest").write_text("[]")
    (upload / "kojipkgs").write_text(json.dumps({name: {"id": 1}}))
    with hub.write(boss) as call, pytest.raises(GenericError, match="Invalid file name"):
        dist_repos.move_in(call, repo["id"], "up", "x86_64")


def test_a_newer_dist_repository_cancels_the_one_being_made_if_the_tag_says_so(hub, boss, tag):
    with hub.write(boss) as call:
        tags.edit(call, "t-build", extra={"distrepo.cancel_others": True})
        one = dist_repos.request(call, "t-build", [], {"arch": ["x86_64"]})
        two = dist_repos.request(call, "t-build", [], {"arch": ["x86_64"]})
        assert [tasks.state(call, each) for each in (one, two)] == [tasks.CANCELED, tasks.FREE]

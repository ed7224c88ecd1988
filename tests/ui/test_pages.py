"""Every page answers, however one comes to it: small, escaped, and without what the API would refuse."""

from collections import deque

import pytest

PAGES = [
    "/", "/builds", "/builds?state=failed", "/builds?name=lib&owner=mira", "/tasks", "/tasks?state=waiting",
    "/tasks?method=buildArch", "/tasks?owner=nobody", "/packages", "/packages?name=lib", "/packages/libquay", "/tags", "/tags?name=f42*",
    "/tags/f42-build", "/tags/f42-build?view=packages", "/tags/f42-build?view=builds", "/tags/f42?view=builds&which=own",
    "/tags/f42-build?view=groups", "/tags/f42?view=repo", "/tags/f42-build?view=history", "/tags/f42-build?view=edit",
    "/tags/f42?event=20", "/targets", "/targets/f42", "/repos", "/repos?state=ready", "/hosts", "/hosts/localhost",
    "/channels/default", "/users", "/users?kind=2", "/users/mira", "/history", "/history?tag=f42&table=tag_listing",
    "/history?editor=jonas", "/history?tag=nothing", "/search", "/search?q=lib", "/search?q=3", "/search?q=nothing*",
    "/coprs", "/coprs?name=light", "/coprs/builds", "/coprs/mira/lighthouse/", "/coprs/mira/lighthouse/?view=packages",
    "/coprs/mira/lighthouse/?view=builds&package=mooring", "/coprs/mira/lighthouse/?view=monitor",
    "/coprs/mira/lighthouse/?view=people", "/coprs/mira/lighthouse/?view=history", "/coprs/mira/lighthouse/?view=edit", "/coprs/build/3", "/api", "/api/koji",
    "/api/koji?name=tag&method=editTag2", "/api/copr", "/login",
]  # fmt: skip


@pytest.mark.parametrize("who", [None, "kit", "mira"])
def test_every_page_is_there_and_small(site, who):
    visitor = site.visitor(who)
    for path in PAGES:
        answer = visitor.get(path)
        assert answer.status_code == 200, (path, answer.text[-600:])
        assert len(answer.content) < 100_000, path


def test_every_link_leads_somewhere(site):
    """All that can be reached from the overview by an admin, a page deep into each listing."""
    visitor = site.visitor("mira")
    seen, waiting = set(), deque(["/"])
    while waiting:
        path = waiting.popleft()
        if path in seen or path.startswith(("/kojifiles", "/results", "/healthz", "/static")):
            continue
        seen.add(path)
        answer = visitor.get(path)
        assert answer.status_code in (200, 302), (path, answer.status_code, answer.text[-400:])
        if answer.status_code == 200 and "text/html" in answer.headers["Content-Type"] and _worth_it(path, seen):
            waiting.extend(link for link in visitor.links(path) if link not in seen)
    assert len(seen) > 150


def _worth_it(path, seen):
    """The reference of the API, and the lines of logs, are many of a kind."""
    return not path.startswith(("/api/", "/logs/")) and len(seen) < 600


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/builds/999999", 404), ("/tasks/999999", 404), ("/tags/nothing", 404), ("/packages/nothing", 404),
        ("/coprs/mira/nothing/", 404), ("/coprs/build/999999", 404), ("/nothing", 404), ("/logs/task/1/../../x", 404),
        ("/logs/build/1/nothing.log", 404), ("/builds/../../etc/passwd", 404), ("/rpms/999999", 404),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_to_be_so(site, path, status):
    answer = site.visitor().get(path)
    assert answer.status_code == status
    assert "<h1>Not found</h1>" in answer.text


def test_pages_for_people_ask_strangers_to_sign_in(site):
    answer = site.visitor().get("/coprs/new")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=%2Fcoprs%2Fnew")


def test_addresses_that_the_clients_print_lead_to_the_pages(site):
    visitor = site.visitor()
    build = site.value("SELECT MIN(id) FROM build")
    found = {
        "/taskinfo?taskID=3": "/tasks/3", f"/buildinfo?buildID={build}": f"/builds/{build}",
        "/taginfo?tagID=1": "/tags/f42", "/packageinfo?packageID=1": "/packages/libquay", "/hostinfo?hostID=1": "/hosts/localhost",
        "/coprs/mira/lighthouse/build/2/": "/coprs/build/2",
        "/coprs/mira/lighthouse/package/mooring/": "/coprs/mira/lighthouse/?view=builds&package=mooring",
    }  # fmt: skip
    for path, where in found.items():
        assert visitor.get(path).headers["Location"] == where


def test_a_hub_that_is_offline_shows_nothing(site):
    site.hub.settings.koji.offline = True
    try:
        answer = site.visitor().get("/builds")
    finally:
        site.hub.settings.koji.offline = False
    assert answer.status_code == 503
    assert "libquay" not in answer.text


def test_what_only_admins_of_a_project_see_others_do_not(site):
    with site.hub.write() as call:
        project = call.tx.value("SELECT id FROM project")
        call.tx.execute(
            "INSERT INTO project_permission (project_id, user_id, builder, admin)"
            " SELECT :project, id, 1, 0 FROM users WHERE name = 'jonas'", {"project": project},
        )  # fmt: skip
    path = "/coprs/mira/lighthouse/?view=people"
    assert "asks for it" in site.visitor("mira").get(path).text
    assert "asks for it" not in site.visitor("kit").get(path).text
    assert "asks for it" not in site.visitor().get(path).text


def test_an_older_time_is_shown_as_it_was(site):
    visitor = site.visitor()
    tagged = site.value(
        "SELECT l.create_event FROM tag_listing l JOIN build b ON b.id = l.build_id WHERE b.version = '1.4.2'"
    )
    now = visitor.get("/tags/f42-updates?view=builds").text
    then = visitor.get(f"/tags/f42-updates?view=builds&event={tagged - 1}").text
    assert "libquay-1.4.2-1.fc42" in now and "libquay-1.4.1-2.fc42" not in now
    assert "libquay-1.4.1-2.fc42" in then and "libquay-1.4.2-1.fc42" not in then

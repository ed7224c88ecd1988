"""Who may do what: a table by hand of actions and the least role that may, every cell of it asked for real."""

import re

import pytest

from appliance.db.models.copr import ProjectPermission
from appliance.db.models.core import Account
from appliance.hub import accounts, users
from appliance.rpc.copr.router import Router, registered
from tests.copr.conftest import X86, Person

ROLES = ("nobody", "stranger", "asking", "builder", "manager", "owner", "admin")
URL = "http://sources.example/hello-1-1.src.rpm"
BODY = {"ownername": "alice", "projectname": "{project}"}
SCM = {"package_name": "fresh", "clone_url": "https://git.example/x.git"}

# (least role, method, path, body; a form with the name of a file where one is sent)
TABLE = [
    ("nobody", "GET", "", None),
    ("nobody", "GET", "project/list?ownername=alice", None),
    ("nobody", "GET", "rpmrepo/alice/{project}/fedora-rawhide", None),
    ("nobody", "GET", "build-chroot?build_id={build}&chrootname=" + X86, None),
    ("nobody", "GET", "build-chroot/list?build_id={build}", None),
    ("nobody", "GET", "build-chroot/list/{build}", None),
    ("nobody", "GET", "build-chroot/build-config?build_id={build}&chrootname=" + X86, None),
    ("nobody", "GET", "build-chroot/build-config/{build}/" + X86, None),
    ("nobody", "GET", "build-chroot/built-packages?build_id={build}&chrootname=" + X86, None),
    ("stranger", "POST", "project/add/{me}", {"name": "{project}-mine", "chroots": [X86]}),
    ("stranger", "POST", "project/fork/alice/{project}", {"name": "{project}-fork", "ownername": "{me}"}),
    ("builder", "POST", "build/create/upload", (BODY, "hello-1-1.src.rpm")),
    ("builder", "POST", "build/create/rpm-upload", (BODY, "hello-1-1.noarch.rpm")),
    ("manager", "POST", "project/permissions/set/alice/{project}", {"bob": {"builder": "approved"}}),
    ("owner", "POST", "project/add/alice", {"name": "{project}-alices", "chroots": [X86]}),
    ("nobody", "GET", "project?ownername=alice&projectname={project}", None),
    ("nobody", "GET", "build/{build}", None),
    ("nobody", "GET", "build/list?ownername=alice&projectname={project}", None),
    ("nobody", "GET", "project-chroot/build-config?ownername=alice&projectname={project}&chrootname=" + X86, None),
    ("nobody", "GET", "events", None),
    ("stranger", "GET", "auth-check", None),
    ("stranger", "PUT", "project/fork/alice/{project}", {"name": "{project}-fork", "ownername": "{me}"}),
    ("nobody", "GET", "project/permissions/can_build_in/{me}/alice/{project}", None),
    ("builder", "POST", "build/create/url", {**BODY, "pkgs": URL}),
    ("builder", "POST", "build/create/scm", {**BODY, "clone_url": "https://git.example/x.git"}),
    ("builder", "POST", "build/create/distgit", {**BODY, "package_name": "x", "distgit": "fedora"}),
    ("builder", "POST", "build/create/pypi", {**BODY, "pypi_package_name": "six"}),
    ("builder", "POST", "build/create/rubygems", {**BODY, "gem_name": "rake"}),
    ("builder", "POST", "build/create/custom", {**BODY, "script": "#!/bin/sh", "chroot": X86}),
    ("builder", "POST", "build/check-before-build", BODY),
    ("builder", "POST", "package/build", {**BODY, "package_name": "hello"}),
    ("builder", "PUT", "build/cancel/{running}", None),
    ("builder", "POST", "build/promote/{build}", {"tag": "nothing"}),
    ("manager", "DELETE", "build/delete/{build}", None),
    ("manager", "POST", "package/add/alice/{project}/fresh/scm", SCM),
    ("manager", "POST", "package/edit/alice/{project}/hello/scm", {**SCM, "package_name": "hello"}),
    ("manager", "POST", "package/edit/alice/{project}/hello", {"max_builds": 3, "package_name": "hello"}),
    ("manager", "PUT", "package/reset", {**BODY, "package_name": "hello"}),
    ("manager", "DELETE", "package/delete", {**BODY, "package_name": "hello"}),
    ("manager", "PUT", "project/edit/alice/{project}", {"description": "changed"}),
    ("manager", "PUT", "project-chroot/edit/alice/{project}/" + X86, {"additional_packages": "x"}),
    ("nobody", "GET", "project-chroot?ownername=alice&projectname={project}&chrootname=" + X86, None),
    ("nobody", "GET", "package/list?ownername=alice&projectname={project}", None),
    ("nobody", "GET", "package?ownername=alice&projectname={project}&packagename=hello", None),
    ("nobody", "GET", "build/source-chroot/{build}", None),
    ("nobody", "GET", "build/source-build-config/{build}", None),
    ("nobody", "GET", "build/built-packages/{build}", None),
    ("nobody", "GET", "build-chroot/{build}/" + X86, None),
    ("nobody", "GET", "monitor?ownername=alice&projectname={project}", None),
    ("nobody", "GET", "mock-chroots/list", None),
    ("nobody", "GET", "project/search?query=table", None),
    ("stranger", "PUT", "project/permissions/request/alice/{project}", {"builder": True}),
    ("manager", "GET", "project/permissions/get/alice/{project}", None),
    ("manager", "PUT", "project/permissions/set/alice/{project}", {"bob": {"builder": "approved"}}),
    ("manager", "POST", "webhook/generate/alice/{project}", None),
    ("manager", "PUT", "project/regenerate-repos/alice/{project}", None),
    ("owner", "DELETE", "project/delete/alice/{empty}", {"verify": True}),
]


@pytest.fixture
def place(copr):
    """A project of alice's with a package, a build that ended and one that waits."""
    project = copr.alice.new_project("table", [X86])
    copr.alice.post(
        f"package/add/alice/{project}/hello/scm", package_name="hello", clone_url="https://git.example/hello.git"
    )
    empty = copr.alice.new_project("empty", [X86])
    copr.admin.put(f"project/permissions/set/alice/{project}", admin={"builder": "approved"})
    return {"project": project, "empty": empty, "build": copr.build(project), "running": copr.alice.submit(project)}


@pytest.fixture
def person(copr, place):
    """The one who has a role in the project."""

    def find(role):
        fixed = {"nobody": copr.anon, "stranger": copr.bob, "owner": copr.alice, "admin": copr.admin}
        if role in fixed:
            return fixed[role]
        held = {"asking": {"admin": 1, "builder": 1}, "builder": {"builder": 2}, "manager": {"admin": 2}}[role]
        with copr.hub.write() as call:
            named = {"names": [place["project"], place["empty"]]}
            for project in call.tx.column("SELECT id FROM project WHERE name IN :names", named):
                call.tx.insert(ProjectPermission, project_id=project, user_id=users.identify(call, "carol"), **held)
        return copr.carol

    return find


def filled(value, places):
    if isinstance(value, dict):
        return {filled(key, places): filled(each, places) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(filled(each, places) for each in value)
    return value.format(**places) if isinstance(value, str) else value


def sent(body):
    if isinstance(body, tuple):
        return {"data": body[0], "files": {"pkgs": (body[1], b"content")}}
    return {"json": body}


# Endpoints whose refusals say more than a status, each with the test that asks them.
ELSEWHERE = {
    ("POST", "/api-token"): "test_a_token_ends_on_its_last_day_and_is_renewed",
    ("DELETE", "/build/delete/list"): "test_of_several_builds_all_go_or_none",
    ("GET", "/gssapi_login"): "without Kerberos nobody comes in there",
    ("GET", "/gssapi_login/web-ui"): "without Kerberos nobody comes in there",
}


def test_every_endpoint_has_a_row(copr):
    found, router = set(ELSEWHERE), Router(registered())
    for _, method, path, _ in TABLE:
        address = re.sub(r"\{\w+\}", "1", path).partition("?")[0]
        found.add((method, router.find(method, f"/{address}")[0].pattern.rstrip("/")))
    for resource in registered():
        for method, endpoint in resource.endpoints.items():
            assert endpoint.warning or (method, resource.pattern.rstrip("/")) in found, (method, resource.pattern)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("least", "method", "path", "body"), TABLE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_action_asks_for_its_role(place, person, least, method, path, body, role):
    who = person(role)
    places = {**place, "me": who.name or "alice"}
    request = {} if body is None else sent(filled(body, places))
    status = who.send(method, "/api_3/" + path.format(**places), **request).status_code
    if ROLES.index(role) >= ROLES.index(least):
        assert status not in (401, 403, 404, 405, 500)
    else:
        assert status == (401 if role == "nobody" else 403)


def test_a_role_is_asked_for_and_approved(copr, place):
    name = place["project"]
    copr.bob.put(f"project/permissions/request/alice/{name}", builder=True)
    copr.bob.refused("POST", "build/create/url", 403, json={"ownername": "alice", "projectname": name, "pkgs": URL})
    assert copr.alice.get(f"project/permissions/get/alice/{name}")["permissions"]["bob"]["builder"] == "request"
    copr.alice.put(f"project/permissions/set/alice/{name}", bob={"builder": "approved"})
    copr.bob.submit(name, owner="alice")
    copr.alice.put(f"project/permissions/set/alice/{name}", bob={"builder": "nothing"})
    copr.bob.refused("POST", "build/create/url", 403, json={"ownername": "alice", "projectname": name, "pkgs": URL})


def test_who_renews_a_token_has_the_new_one_only(copr):
    old = Person(copr.anon.url, "carol")
    made = copr.carol.post("api-token")
    assert old.send("GET", "/api_3/auth-check").status_code == 401
    copr.carol.http.auth = (made["api_login"], made["api_token"])
    assert copr.carol.get("auth-check")["name"] == "carol"


def test_a_token_ends_on_its_last_day_and_is_renewed(copr):
    made = copr.carol.post("api-token")
    copr.carol.http.auth = (made["api_login"], made["api_token"])
    assert copr.carol.get("auth-check")["name"] == "carol"
    with copr.hub.write() as call:
        call.tx.update(Account, {"expires": call.now() - 1}, api_login=made["api_login"])
    assert copr.carol.send("GET", "/api_3/auth-check").status_code == 401
    assert copr.carol.send("POST", "/api_3/api-token").status_code == 401
    with copr.hub.write(copr.session("carol")) as call:
        renewed = accounts.renew(call)
    copr.carol.http.auth = (renewed["api_login"], renewed["api_token"])
    assert copr.carol.get("auth-check")["name"] == "carol"

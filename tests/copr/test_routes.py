"""How Copr's API is knocked at: addresses, methods, tokens, bodies, and files that are sent along."""

import functools
import os

import pytest
import requests

from appliance.errors import BadRequest
from appliance.hub import copr_submissions
from appliance.rpc.copr import request as request_

X86 = "fedora-rawhide-x86_64"


# addresses and methods


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 200),
        ("GET", "/", 200),
        ("GET", "/project/list", 200),
        ("GET", "/project/list/", 200),
        ("GET", "/build/1x", 404),
        ("GET", "/no/such/thing", 404),
        ("PUT", "/project/list", 405),
        ("DELETE", "/build/create/url", 405),
    ],
)
def test_addresses_are_known_by_their_methods(copr, method, path, status):
    assert copr.anon.send(method, f"/api_3{path}").status_code == status


def test_what_is_unknown_is_told_in_words(copr):
    assert copr.anon.refused("GET", "nothing", 404) == "Such API endpoint doesn't exist"
    assert copr.anon.refused("PUT", "build/list", 405) == "The method is not allowed for the requested URL."


def test_heads_and_options_are_answered(copr):
    head = copr.anon.send("HEAD", "/api_3/project/list")
    assert (head.status_code, head.content) == (200, b"")
    options = copr.anon.send("OPTIONS", "/api_3/build/cancel/1")
    assert options.headers["Allow"] == "OPTIONS, POST, PUT"


# who asks


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic YWxpY2U=",
        "Basic YWxpY2UtbG9naW46d3Jvbmc=",
        "Bearer alice-token",
    ],
)
def test_without_a_right_token_one_is_nobody(copr, header):
    headers = {} if header is None else {"Authorization": header}
    answer = requests.get(f"{copr.anon.url}/api_3/auth-check", headers=headers, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["error"].startswith("Login invalid/expired.") and answer.json()["output"] == "notok"


def test_a_new_token_replaces_the_old_one(copr):
    fresh = copr.carol.ask("POST", "api-token")
    copr.carol.ask("GET", "auth-check", 401)
    copr.carol.http.auth = (fresh["api_login"], fresh["api_token"])
    assert copr.carol.get("auth-check")["name"] == "carol"


def test_an_old_method_works_and_is_warned_of(copr, project):
    build_id = copr.alice.submit(project)
    answer = copr.alice.send("POST", f"/api_3/build/cancel/{build_id}")
    assert answer.status_code == 200
    assert answer.headers["Warning"] == "This method is deprecated: Use PUT method instead of POST"
    assert "Warning" not in copr.alice.send("PUT", f"/api_3/build/cancel/{build_id}").headers


# bodies


@pytest.mark.parametrize("body", [b"{", b"[1, 2]", b'"text"', b"[" * 100_000])
def test_what_is_no_json_object_is_refused(copr, body):
    headers = {"Content-Type": "application/json"}
    answer = copr.alice.send("POST", "/api_3/project/add/alice", data=body, headers=headers)
    assert answer.status_code == 400


def test_forms_say_the_same_as_json(copr, project):
    answer = copr.alice.ask("PUT", f"project/edit/alice/{project}", data={"description": "of a form"})
    assert answer["description"] == "of a form"


def test_a_huge_text_is_refused(copr):
    body = b'{"name": "' + b"x" * (request_.MAX_TEXT + 1) + b'"}'
    headers = {"Content-Type": "application/json"}
    assert copr.alice.send("POST", "/api_3/project/add/alice", data=body, headers=headers).status_code == 413


# files


@pytest.fixture
def submitted(copr):
    """The directory of what was submitted, as a function that lists it."""
    room = copr.hub.paths.submitted
    return lambda: sorted(str(path.relative_to(room)) for path in room.rglob("*") if path.is_file())


def upload(person, project, name, content, status=200, **options):
    form = {"ownername": "alice", "projectname": project, **options}
    return person.ask("POST", "build/create/upload", status, data=form, files={"pkgs": (name, content)})


def test_an_uploaded_package_can_be_fetched_until_it_has_served(copr, project, submitted):
    content = os.urandom(3_000_000)
    build = upload(copr.alice, project, "hello-1-1.src.rpm", content)
    (held,) = submitted()
    assert held.endswith("/hello-1-1.src.rpm")
    url = build["source_package"]["url"]
    assert requests.get(url, timeout=10).content == content
    copr.advance(build["id"], "pending")
    assert submitted() == [] and requests.get(url, timeout=10).status_code == 404


def test_an_upload_is_built_again_from_what_is_kept_of_it(copr, project, submitted):
    build = upload(copr.alice, project, "hello-1-1.src.rpm", b"content")
    copr.advance(build["id"], "succeeded")
    before = copr.row(build["id"])
    with copr.hub.write(copr.session("alice")) as call, pytest.raises(BadRequest, match="upload it again"):
        copr_submissions.again(call, before)
    kept = copr.hub.paths.results / "kept" / "hello-1-1.src.rpm"
    kept.parent.mkdir()
    kept.write_bytes(b"content")
    with copr.hub.write(copr.session("alice")) as call:
        again = copr_submissions.again(call, {**before, "srpm_url": "/results/kept/hello-1-1.src.rpm"})
    (held,) = submitted()
    assert (copr.hub.paths.submitted / held).read_bytes() == b"content"
    copr.advance(again, "succeeded")
    assert submitted() == []


def test_a_built_package_is_uploaded_as_such(copr, project):
    form = {"ownername": "alice", "projectname": project}
    send = functools.partial(copr.alice.ask, "POST", "build/create/rpm-upload", data=form)
    build = send(files={"pkgs": ("hello-1-1.noarch.rpm", b"content")})
    copr.advance(build["id"], "succeeded")
    for name in ("hello-1-1.src.rpm", "hello.spec", "hello.txt"):
        said = send(status=400, files={"pkgs": (name, b"content")})["error"]
        assert "only .rpm files that are no source packages" in said


@pytest.mark.parametrize(
    ("who", "name", "options", "status"),
    [
        ("alice", "hello.tar.gz", {}, 400),
        ("alice", "hello-1-1.src.rpm", {"chroots": "no-such-chroot"}, 400),
        ("alice", "hello-1-1.src.rpm", {"ownername": "nobody"}, 404),
        ("bob", "hello-1-1.src.rpm", {}, 403),
        ("anon", "hello-1-1.src.rpm", {}, 401),
    ],
)
def test_a_refused_upload_leaves_no_file(copr, project, submitted, who, name, options, status):
    upload(getattr(copr, who), project, name, b"content", status, **options)
    assert submitted() == []


@pytest.mark.parametrize("name", ["../../evil-1-1.src.rpm", "/etc/evil-1-1.src.rpm", "a\\evil-1-1.src.rpm"])
def test_the_name_of_an_upload_is_no_path(copr, project, submitted, name):
    upload(copr.alice, project, name, b"content")
    (held,) = [path for path in submitted() if "evil" in path]
    assert held.count("/") == 1 and held.endswith("evil-1-1.src.rpm")
    for path in copr.hub.paths.submitted.rglob("*evil*"):
        path.unlink()


def test_files_may_be_so_large_and_no_larger(copr, project, submitted, monkeypatch):
    monkeypatch.setattr(copr.hub.settings.copr, "max_download", 1000)
    monkeypatch.setattr(request_, "MAX_TEXT", 1000)
    upload(copr.alice, project, "hello-1-1.src.rpm", b"x" * 5000, 413)
    assert submitted() == []


def test_files_are_taken_from_those_only_who_may_send_them(copr, submitted):
    answer = copr.anon.send("GET", "/api_3/project/list", files={"pkgs": ("a.src.rpm", b"x" * 100_000)})
    assert answer.status_code == 200 and submitted() == []


def test_a_torn_upload_is_refused(copr, project, submitted):
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    body = b'--edge\r\nContent-Disposition: form-data; name="pkgs"; filename="a.src.rpm"\r\n\r\nhalf of it'
    answer = copr.alice.send("POST", "/api_3/build/create/upload", data=body, headers=headers)
    assert answer.status_code == 400 and submitted() == []

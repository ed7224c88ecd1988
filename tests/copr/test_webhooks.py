"""Webhooks in: which packages each forge's push builds again, and who is not believed. Events out: the feed, and hooks."""

import hashlib
import hmac
import http.server
import json
import threading
import time

import pytest

from appliance.hub import announcer
from tests.copr.conftest import X86

URL = "https://git.example/team/tools.git"
SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hooked(copr, request):
    """(project's number, secret, name): a project with packages of one repository, whose webhook has a secret."""
    name = copr.alice.new_project("hooked", [X86])
    for package, where in {"one": "one", "two": "two", "whole": ""}.items():
        copr.alice.post(
            f"package/add/alice/{name}/{package}/scm",
            package_name=package,
            clone_url=URL,
            subdirectory=where,
            webhook_rebuild=True,
            committish="main",
        )
    copr.alice.post(f"package/add/alice/{name}/quiet/scm", package_name="quiet", clone_url=URL)
    script = {"script": "#!/bin/sh", "chroot": X86, "package_name": "scripted"}
    copr.alice.post(f"package/add/alice/{name}/scripted/custom", **script)
    made = copr.alice.post(f"webhook/generate/alice/{name}")
    return made["id"], made["webhook_secret"], name


def github(ref="refs/heads/main", paths=("one/x.c",), **more):
    commits = [{"added": [], "modified": list(paths), "removed": []}]
    return {"ref": ref, "after": SHA, "repository": {"clone_url": URL}, "commits": commits, **more}


def gitlab(ref="refs/heads/main", kind="push"):
    return {"object_kind": kind, "ref": ref, "after": SHA, "project": {"git_http_url": URL}, "user_username": "eve"}


def bitbucket():
    new = {"type": "branch", "name": "main", "target": {"hash": SHA}}
    links = {"self": {"href": "https://api.example"}, "html": {"href": URL.removesuffix(".git")}}
    return {"repository": {"links": links}, "push": {"changes": [{"new": new}]}}


def pagure():
    repo = {"fullname": "team/tools", "full_url": "https://git.example/team/tools"}
    return {"topic": "pagure.git.receive", "msg": {"branch": "main", "end_commit": SHA, "repo": repo}}


def send(copr, path, body, status=200, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = copr.anon.send("POST", f"/webhooks/{path}/", data=data, headers=names)
    assert answer.status_code == status, answer.text
    return answer.text.split()


def built(copr, numbers):
    """The packages that these builds are of."""
    return [copr.alice.get(f"build/{number}")["source_package"]["name"] for number in numbers]


@pytest.mark.parametrize(
    ("forge", "body", "expected"),
    [
        ("github", github(), ["one", "whole"]),
        ("github", github(paths=["README"]), ["whole"]),
        ("github", github(ref="refs/tags/two-1.0"), ["two"]),
        ("gitlab", gitlab(), ["one", "two", "whole"]),
        ("gitlab", gitlab("refs/tags/one-2", "tag_push"), ["one"]),
        ("bitbucket", bitbucket(), ["one", "two", "whole"]),
        ("pagure", pagure(), ["one", "two", "whole"]),
    ],
)
def test_a_push_builds_what_it_touches(copr, hooked, forge, body, expected):
    number, secret, _ = hooked
    builds = send(copr, f"{forge}/{number}/{secret}", body)
    assert built(copr, builds) == expected
    wanted = body.get("ref", "").removeprefix("refs/tags/") if "tags" in body.get("ref", "") else SHA
    config = copr.alice.get(f"build/source-build-config/{builds[0]}")
    assert config["source_dict"]["committish"] == wanted if "source_dict" in config else wanted in json.dumps(config)


@pytest.mark.parametrize(
    "body",
    [
        github(ref="refs/heads/other"),
        github(after="0" * 40),
        github(repository={"clone_url": "https://git.example/x"}),
    ],
)
def test_a_push_that_touches_nothing_builds_nothing(copr, hooked, body):
    number, secret, _ = hooked
    assert send(copr, f"github/{number}/{secret}", body) == ["SKIPPED"]


def test_one_package_can_be_asked_for(copr, hooked):
    number, secret, _ = hooked
    assert built(copr, send(copr, f"github/{number}/{secret}/whole", github())) == ["whole"]


def test_who_does_not_know_the_secret_is_refused(copr, hooked):
    number, _, name = hooked
    foreign = copr.bob.new_project("foreign", [X86])
    secret = copr.bob.post(f"webhook/generate/bob/{foreign}")["webhook_secret"]
    for wrong in ("None", "x", secret):
        send(copr, f"github/{number}/{wrong}", github(), 403)
    send(copr, f"github/999999/{secret}", github(), 404)
    assert copr.alice.get("build/list", ownername="alice", projectname=name)["items"] == []


def test_a_signature_must_be_right_where_there_is_one(copr, hooked):
    number, secret, _ = hooked
    body = json.dumps(github()).encode()
    good = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    assert send(copr, f"github/{number}/{secret}", body, X_Hub_Signature_256=f"sha256={good}")
    for bad in (f"sha256={good[:-1]}0x", "sha256=", "", "sha256=\u00e9"):
        send(copr, f"github/{number}/{secret}", body, 403, X_Hub_Signature_256=bad.encode().decode("latin-1"))
    send(copr, f"gitlab/{number}/{secret}", gitlab(), 403, X_Gitlab_Token="another")
    assert send(copr, f"gitlab/{number}/{secret}", gitlab(), X_Gitlab_Token=secret)


def test_a_delivery_that_comes_again_builds_nothing_more(copr, hooked):
    number, secret, name = hooked
    first = send(copr, f"github/{number}/{secret}", github(), X_GitHub_Delivery="d-1")
    assert send(copr, f"github/{number}/{secret}", github(), X_GitHub_Delivery="d-1") == first
    assert len(copr.alice.get("build/list", ownername="alice", projectname=name)["items"]) == len(first)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b"null", 400),
        (b"[" * 5000, 400),
        (github(ref="refs/tags/one-$(x)"), 400),
        (github(after="--upload-pack=x"), 400),
        (github(after="a b"), 400),
        (b" " * (9 << 20), 413),
    ],
)
def test_strange_bodies_are_refused(copr, hooked, body, status):
    number, secret, _ = hooked
    send(copr, f"github/{number}/{secret}", body, status)


def test_a_custom_webhook_answers_with_its_build(copr, hooked):
    number, secret, name = hooked
    (build,) = send(copr, f"custom/{number}/{secret}/scripted", b"what happened")
    (room,) = list(copr.hub.paths.submitted.glob("*/hook_payload"))
    assert room.read_bytes() == b"what happened"
    send(copr, f"custom/{number}/{secret}", b"", 400)
    send(copr, f"custom/{number}/{secret}/nothing", b"", 404)
    send(copr, f"custom/{number}/wrong/scripted", b"", 403)
    (build,) = send(copr, f"custom-dir/alice/{name}:custom:x/{secret}/scripted", b"")
    assert copr.alice.get(f"build/{build}")["project_dirname"] == f"{name}:custom:x"


def test_the_feed_goes_on_where_one_left_it(copr, project):
    start = copr.anon.get("events")["next"]
    build = copr.build(project)
    found = copr.anon.get("events", since=start)
    own = [each["body"] for each in found["events"] if each["body"].get("build") == build]
    assert own[0]["state"] == "starting" or own[0]["state"] == "running"
    assert (own[-1]["build_state"], own[-1]["ended"]) == ("succeeded", True)
    numbers = [each["id"] for each in found["events"]]
    assert numbers == sorted(set(numbers)) and found["next"] == numbers[-1]
    assert copr.anon.get("events", since=found["next"]) == {"events": [], "next": found["next"]}
    first = copr.anon.get("events", since=start, limit=1)
    assert len(first["events"]) == 1 and copr.anon.get("events", since=first["next"])["events"][0]["id"] > first["next"]
    assert "must be a number" in copr.anon.get("events", 400, since="x")["error"]


def test_events_are_sent_on_signed_until_they_are_taken(copr, project):
    taken, refuse = [], [True]

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            good = self.headers["X-Appliance-Signature-256"] == announcer.signature("s3cret", body)
            status = 500 if refuse and refuse.pop() else 204
            if status == 204 and good:
                taken.append(json.loads(body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    copr.hub.settings.events.hooks = [{"url": url, "secret": "s3cret", "topics": ["copr.*"]}]
    sender = announcer.Announcer(copr.hub)
    sender.start()
    time.sleep(0.3)
    build = copr.build(project)
    end = time.monotonic() + 15
    while not any(each["body"]["ended"] and each["body"]["build"] == build for each in taken):
        assert time.monotonic() < end, taken
        time.sleep(0.05)
    sender.stop()
    server.shutdown()
    numbers = [each["id"] for each in taken]
    assert numbers == sorted(set(numbers))

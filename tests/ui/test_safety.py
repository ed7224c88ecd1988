"""Nobody acts through another's browser, no page runs what it shows, and pages ask for what the API asks for."""

import http.client
import re

import pytest

from appliance.hub.authority import ANYONE, PermissionNeed
from appliance.rpc.koji import load_methods
from appliance.ui import site as map_of_site
from appliance.ui.visit import local
from tests.ui import sample


def test_every_page_carries_the_policy(site):
    for path in ("/", "/login", "/nothing", "/static/ui.css", "/coprs/new", "/api/koji"):
        headers = site.visitor().get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_no_page_has_scripts_or_styles_of_its_own(site):
    visitor = site.visitor("mira")
    for path in ("/", "/builds/1", "/tags/f42-build", "/coprs/mira/lighthouse/?view=edit", "/submit", "/api"):
        text = visitor.get(path).text
        assert not re.search(r"<script(?! src=\"/static/)|<style|\sstyle=|\son[a-z]+=|javascript:", text), path


def test_cookies_are_kept_from_scripts_and_other_sites(site):
    visitor = site.visitor()
    for answer in (visitor.get("/"), visitor.post("/login", {"user": "kit", "password": sample.PASSWORD})):
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie


def test_cookies_travel_encrypted_where_the_site_does(site):
    site.hub.settings.url = "https://hub.example.com"
    try:
        assert "Secure" in site.visitor().get("/").headers["Set-Cookie"]
    finally:
        site.hub.settings.url = ""


@pytest.mark.parametrize("token", [None, "", "0" * 32])
def test_a_form_without_its_token_does_nothing(site, token):
    visitor = site.visitor("mira")
    fields = {"tag": "made-by-a-stranger"} | ({} if token is None else {"token": token})
    answer = visitor.http.post(site.url + "/tags/new", data=fields, allow_redirects=False, timeout=30)
    assert answer.status_code == 403
    assert "made-by-a-stranger" in answer.text  # what was typed is not lost
    assert site.value("SELECT COUNT(*) FROM tag WHERE name = 'made-by-a-stranger'") == 0


def test_the_token_of_one_session_is_no_good_in_another(site):
    kit, mira = site.visitor("kit"), site.visitor("mira")
    fields = {"tag": "crossed", "token": kit.token()}
    assert mira.http.post(site.url + "/tags/new", data=fields, timeout=30).status_code == 403


def test_a_form_of_another_site_is_refused(site):
    visitor = site.visitor("mira")
    answer = visitor.post("/tags/new", {"tag": "crossed"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert site.value("SELECT COUNT(*) FROM tag WHERE name = 'crossed'") == 0


def test_acts_are_never_done_by_a_link(site):
    visitor = site.visitor("mira")
    for act in map_of_site.ACTS:
        path = re.sub(r"<[^>]*:int>", "1", re.sub(r"<\w+(:path)?>", "f42", act.pattern))
        before = site.value("SELECT MAX(id) FROM events"), site.value("SELECT COUNT(*) FROM task")
        assert visitor.get(path).status_code in (200, 302, 404, 405), path
        assert before == (site.value("SELECT MAX(id) FROM events"), site.value("SELECT COUNT(*) FROM task"))


@pytest.mark.parametrize(
    ("where", "leads"),
    [
        ("/tags", "/tags"), ("/search?q=a", "/search?q=a"), ("https://evil.example", "/"), ("//evil.example", "/"),
        ("/\\evil.example", "/"), ("javascript:alert(1)", "/"), ("", "/"), ("/a\r\nSet-Cookie: x", "/"),
    ],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(site, where, leads):
    assert local(where) == leads
    answer = site.visitor().post("/login", {"user": "kit", "password": sample.PASSWORD, "next": where})
    assert answer.headers["Location"].removeprefix(site.url) == leads


def test_a_wrong_password_is_refused_and_not_repeated(site):
    answer = site.visitor().post("/login", {"user": "mira", "password": "a wrong guess"})
    assert answer.status_code == 403
    assert "invalid username or password" in answer.text and "a wrong guess" not in answer.text


def test_who_has_signed_out_is_a_stranger(site):
    visitor = site.visitor("kit")
    kept = dict(visitor.http.cookies)
    assert visitor.post("/logout").status_code == 303
    visitor.http.cookies.update(kept)
    assert "Sign in" in visitor.get("/").text


def test_an_ended_session_makes_a_stranger_not_an_error(site):
    visitor = site.visitor("kit")
    with site.hub.write() as call:
        call.tx.execute("UPDATE sessions SET closed = 1")
    answer = visitor.get("/tags")
    assert answer.status_code == 200 and "Sign in" in answer.text


def needs():
    methods = load_methods().methods
    for act in map_of_site.ACTS:
        for name in (act.like or "").split():
            yield pytest.param(act, methods[name], id=f"{act.pattern} {name}")


map_of_site.load()


@pytest.mark.parametrize(("act", "method"), list(needs()))
def test_an_act_needs_what_the_method_needs(act, method):
    """Ownership and policies are decided by the verb that both call; what is declared must be the same."""
    if isinstance(method.need, PermissionNeed):
        assert act.need == method.need
    else:
        assert not isinstance(act.need, PermissionNeed)
        assert act.need is not ANYONE


def test_every_act_but_signing_in_needs_somebody(site):
    open_to_all = {act.pattern for act in map_of_site.ACTS if act.need is ANYONE}
    assert open_to_all == {"/login", "/theme"}
    for act in map_of_site.ACTS:
        path = re.sub(r"<[^>]*:int>", "1", re.sub(r"<\w+(:path)?>", "f42", act.pattern))
        if act.pattern not in open_to_all:
            assert site.visitor().post(path).status_code in (403, 404), path


def test_bodies_of_strangers_are_not_read(site):
    """A stranger's upload is refused by what its head says."""
    connection = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=20)
    connection.putrequest("POST", "/submit")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", "30")
    connection.endheaders(b"--x\r\nContent-Disposition: form")
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"csp-report": 3}', b"x" * 100_000])
def test_a_report_of_nothing_is_no_error(site, body):
    answer = site.visitor().http.post(site.url + "/policy-violations", data=body, timeout=30)
    assert answer.status_code in (204, 400)


@pytest.mark.parametrize(
    "body", [b"--x\r\n", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n", b"\0" * 50, b"--x--\r\n"]
)  # fmt: skip
def test_a_broken_form_is_refused_in_words(site, body):
    visitor = site.visitor("kit")
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = visitor.http.post(site.url + "/submit", data=body, headers=headers, timeout=30)
    assert answer.status_code in (400, 403) and "<h1>" in answer.text
    assert not list(site.hub.paths.submitted.glob(".form-*"))


def test_files_of_builds_are_never_pages_of_this_site(site):
    place = site.hub.paths.koji / "scratch" / "kit"
    place.mkdir(parents=True)
    for name in ("page.html", "drawing.svg", "program.js", "a.spec"):
        (place / name).write_text("<script>alert(1)</script>")
        answer = site.visitor().get(f"/kojifiles/scratch/kit/{name}")
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert "sandbox" in answer.headers["Content-Security-Policy"]

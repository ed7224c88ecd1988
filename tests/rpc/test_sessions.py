"""Sessions: who may use them, for how long, in which order, and what guessing costs."""

import contextlib
import threading
import time
import xmlrpc.client

import koji
import pytest
import requests

from appliance.hub import sessions
from appliance.hub.passwords import Throttle
from appliance.testing.clients import Session
from tests.rpc.conftest import PASSWORDS, client

DAY = 86400


class Clock:
    """The hub's clock, which tests move on."""

    def __init__(self, hub):
        self.offset = 0.0
        hub.database.clock = lambda: time.time() + self.offset

    def pass_(self, seconds):
        self.offset += seconds


def call_as(session, callnum, method, *args):
    session.callnum = callnum
    return session.callMethod(method, *args)


def stolen(session):
    """Another client with the same key."""
    thief = Session(session.baseurl, {"max_retries": 1})
    thief.setSession(dict(session.sinfo))
    return thief


# the order of calls


def test_a_write_is_not_done_twice(served):
    session = client(served, "kojiadmin")
    call_as(session, 10, "createTag", "once")
    with pytest.raises(koji.RetryError):
        call_as(session, 10, "createTag", "twice")
    assert client(served).getTag("twice") is None


def test_an_older_call_is_a_replay(served):
    session = client(served, "kojiadmin")
    call_as(session, 20, "createTag", "newer")
    with pytest.raises(koji.SequenceError):
        call_as(session, 19, "createTag", "older")


def test_what_failed_may_be_tried_again(served):
    session = client(served, "kojiadmin")
    with pytest.raises(koji.GenericError):
        call_as(session, 30, "createTag", "bad name!")
    call_as(session, 30, "createTag", "good-name")
    assert client(served).getTag("good-name")


def test_reading_does_not_use_numbers_up(served):
    session = client(served, "kojiadmin")
    assert [call_as(session, 40, "getAPIVersion") for _ in range(3)] == [1, 1, 1]


# whose session


def test_a_key_is_worth_nothing_after_logout(served):
    session = client(served, "kojiuser")
    thief = stolen(session)
    assert thief.getLoggedInUser()["name"] == "kojiuser"
    session.logout()
    with pytest.raises(koji.AuthError):
        thief.getLoggedInUser()


def test_a_session_is_bound_to_its_address(serve):
    appliance = serve(trusted_proxies=["127.0.0.1"])
    session = client(appliance, "kojiuser")
    headers = {
        "Koji-Session-Id": str(session.sinfo["session-id"]),
        "Koji-Session-Key": session.sinfo["session-key"],
    }
    document = {"method": "getLoggedInUser"}
    url = f"{appliance.url}/kojihub/json"
    assert "result" in requests.post(url, json=document, headers=headers, timeout=5).json()
    headers["X-Forwarded-For"] = "10.1.2.3"
    fault = requests.post(url, json=document, headers=headers, timeout=5).json()["fault"]
    assert fault == {"code": 1002, "string": "Invalid session or bad credentials"}


def test_an_address_from_a_stranger_is_not_believed(served):
    session = client(served, "kojiuser")
    headers = {
        "Koji-Session-Id": str(session.sinfo["session-id"]),
        "Koji-Session-Key": session.sinfo["session-key"],
        "X-Forwarded-For": "10.1.2.3",
    }
    reply = requests.post(f"{served.url}/kojihub/json", json={"method": "getLoggedInUser"}, headers=headers, timeout=5)
    assert reply.json()["result"]["name"] == "kojiuser"


def test_addresses_may_be_left_unchecked(serve):
    appliance = serve(check_client_ip=False, trusted_proxies=["127.0.0.1"])
    session = client(appliance, "kojiuser")
    headers = {
        "Koji-Session-Id": str(session.sinfo["session-id"]),
        "Koji-Session-Key": session.sinfo["session-key"],
        "X-Forwarded-For": "10.1.2.3",
    }
    reply = requests.post(
        f"{appliance.url}/kojihub/json", json={"method": "getLoggedInUser"}, headers=headers, timeout=5
    )
    assert reply.json()["result"]["name"] == "kojiuser"


def test_the_database_does_not_hold_keys(served):
    session = client(served, "kojiuser")
    with served.hub.read() as call:
        kept = call.tx.column("SELECT key FROM sessions")
    assert session.sinfo["session-key"] not in kept


def test_a_host_needs_its_exclusive_session(serve):
    appliance = serve()
    first = client(appliance, "kojibuilder.local")
    with pytest.raises(koji.AuthError, match="exclusive"):
        first.host.getID()
    first.exclusiveSession()
    assert first.host.getID() == 1
    second = client(appliance, "kojibuilder.local")
    with pytest.raises(koji.AuthLockError):
        second.host.getID()
    second.exclusiveSession(force=True)
    assert second.host.getID() == 1
    with pytest.raises(koji.AuthError):
        first.host.getID()


def test_a_subsession_of_the_exclusive_session_works_and_ends_with_it(serve):
    master = client(serve(), "kojibuilder.local")
    master.exclusiveSession()
    child = master.subsession()
    assert child.host.getID() == 1
    master.logout()
    with pytest.raises(koji.AuthError):
        child.host.getID()


# for how long


def test_a_session_left_alone_expires(serve):
    appliance = serve(session_timeout=DAY, session_renewal_timeout=0)
    clock = Clock(appliance.hub)
    session = client(appliance, "kojiuser")
    clock.pass_(DAY - 60)
    assert session.getLoggedInUser()
    clock.pass_(DAY - 60)
    assert session.getLoggedInUser(), "reading keeps a session alive"
    clock.pass_(DAY + 60)
    with pytest.raises(xmlrpc.client.Fault, match="has expired"):
        session._sendCall(*session._prepCall("getLoggedInUser", ()))


def test_the_last_use_survives_a_restart(serve):
    appliance = serve(session_timeout=DAY, session_renewal_timeout=0)
    clock = Clock(appliance.hub)
    session = client(appliance, "kojiuser")
    clock.pass_(DAY - 60)
    session.getLoggedInUser()
    with appliance.hub.write() as call:
        sessions.flush(call)
        used = call.tx.value("SELECT update_time FROM sessions WHERE id = :id", {"id": session.sinfo["session-id"]})
    assert used == pytest.approx(time.time() + DAY - 60, abs=30)


def test_koji_renews_an_expired_session_by_itself(serve):
    appliance = serve(session_renewal_timeout=60)
    clock = Clock(appliance.hub)
    session = client(appliance, "kojiuser")
    before = dict(session.sinfo)
    clock.pass_(3600 + 60)
    assert session.getLoggedInUser()["name"] == "kojiuser"
    assert session.sinfo["session-id"] == before["session-id"]
    assert session.sinfo["session-key"] != before["session-key"]


def test_an_exclusive_session_stays_exclusive_when_renewed(serve):
    appliance = serve(session_renewal_timeout=60)
    clock = Clock(appliance.hub)
    session = client(appliance, "kojibuilder.local")
    session.exclusiveSession()
    clock.pass_(3600 + 60)
    assert session.host.getID() == 1


def test_a_renewal_needs_the_right_user(serve):
    appliance = serve(session_renewal_timeout=60)
    clock = Clock(appliance.hub)
    session = client(appliance, "kojiuser")
    clock.pass_(3600 + 60)
    with pytest.raises(koji.AuthError):
        session._callMethod("login", ["kojiadmin", PASSWORDS["kojiadmin"]], {"renew": True}, retry=False)


def test_old_sessions_are_swept_away(serve):
    appliance = serve(session_timeout=DAY)
    clock = Clock(appliance.hub)
    client(appliance, "kojiuser").logout()
    client(appliance, "kojiuser")
    clock.pass_(9 * DAY)
    with appliance.hub.write() as call:
        sessions.sweep(call)
        assert call.tx.value("SELECT COUNT(*) FROM sessions") == 0


# proofs


def proven(appliance, method="sslLogin", *args, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    document = {"method": method, "params": list(args)}
    return requests.post(f"{appliance.url}/kojihub/json", json=document, headers=names, timeout=5).json()


def test_a_trusted_proxys_certificate_logs_in(serve):
    appliance = serve(trusted_proxies=["127.0.0.0/8"])
    subject = "CN=kojiuser,O=Example\\, Inc,C=DE"
    info = proven(appliance, X_SSL_Client_Verify="SUCCESS", X_SSL_Client_S_DN=subject)["result"]
    headers = {"Koji_Session_Id": str(info["session-id"]), "Koji_Session_Key": info["session-key"]}
    found = proven(appliance, "getLoggedInUser", **headers)["result"]
    assert (found["name"], found["authtype"]) == ("kojiuser", koji.AUTHTYPES["SSL"])


def test_a_strangers_certificate_header_is_nothing(served):
    reply = proven(served, X_SSL_Client_Verify="SUCCESS", X_SSL_Client_S_DN="/CN=kojiadmin")
    assert reply["fault"]["string"] == "could not verify client: None"
    assert proven(served, X_Remote_User="kojiadmin@EXAMPLE.COM")["fault"]["code"] == 1002


def test_a_failed_certificate_is_refused(serve):
    appliance = serve(trusted_proxies=["127.0.0.1"])
    reply = proven(appliance, X_SSL_Client_Verify="FAILED:expired", X_SSL_Client_S_DN="/CN=kojiadmin")
    assert reply["fault"]["string"] == "could not verify client: FAILED:expired"
    reply = proven(appliance, X_SSL_Client_Verify="SUCCESS", X_SSL_Client_S_DN="/O=nobody")
    assert reply["fault"]["string"].startswith("unable to get user information (CN)")


def test_a_principal_makes_its_user_once(serve):
    appliance = serve(trusted_proxies=["127.0.0.1"])
    assert "result" in proven(appliance, X_Remote_User="newcomer@EXAMPLE.COM")
    assert "result" in proven(appliance, X_Remote_User="newcomer@EXAMPLE.COM")
    found = client(appliance).getUser("newcomer@EXAMPLE.COM")
    assert (found["name"], found["krb_principals"]) == ("newcomer", ["newcomer@EXAMPLE.COM"])


def test_strangers_may_be_kept_out(serve):
    appliance = serve(trusted_proxies=["127.0.0.1"], login_creates_user=False)
    fault = proven(appliance, X_Remote_User="newcomer@EXAMPLE.COM")["fault"]
    assert fault == {"code": 1002, "string": "Unknown user: newcomer@EXAMPLE.COM"}


def test_only_the_realms_allowed_come_in(serve):
    appliance = serve(trusted_proxies=["127.0.0.1"], allowed_krb_realms="GOOD.COM, FINE.ORG")
    assert "result" in proven(appliance, X_Remote_User="a@FINE.ORG")
    fault = proven(appliance, X_Remote_User="kojiadmin@EVIL.COM")["fault"]
    assert fault["string"] == "Kerberos principal's realm: EVIL.COM is not allowed"


def test_the_web_logs_others_in_only_if_it_may(serve):
    settings = {"trusted_proxies": ["127.0.0.1"], "proxy_dns": ["/CN=web"]}
    appliance = serve(**settings)
    web = {"X_SSL_Client_Verify": "SUCCESS", "X_SSL_Client_S_DN": "/CN=web"}
    assert "result" in proven(appliance, "sslLogin", "kojiuser", **web)
    other = {**web, "X_SSL_Client_S_DN": "/CN=kojiuser"}
    fault = proven(appliance, "sslLogin", "kojiadmin", **other)["fault"]
    assert fault["string"] == "/CN=kojiuser is not authorized to login other users"
    gssapi = koji.AUTHTYPES["GSSAPI"]
    assert "same auth mechanism" in proven(appliance, "sslLogin", "kojiuser", gssapi, **web)["fault"]["string"]


# guessing


def test_guessing_is_slowed_and_nobody_is_locked_out(serve):
    appliance = serve()
    session = client(appliance)
    begun = time.monotonic()
    for number in range(8):
        with pytest.raises(koji.AuthError, match="invalid username or password"):
            session.callMethod("login", "kojiadmin", f"guess {number}")
    assert time.monotonic() - begun > 1
    assert client(appliance, "kojiadmin").getLoggedInUser()["name"] == "kojiadmin"


def test_guessing_does_not_keep_the_writer(serve):
    appliance = serve()
    worker = client(appliance, "kojiadmin")
    stop = threading.Event()

    def guess():
        session = client(appliance)
        while not stop.is_set():
            with contextlib.suppress(koji.GenericError):
                session.callMethod("login", "kojiadmin", "wrong")

    guessers = [threading.Thread(target=guess) for _ in range(4)]
    for thread in guessers:
        thread.start()
    begun = time.monotonic()
    for number in range(10):
        worker.createTag(f"meanwhile-{number}")
    elapsed = time.monotonic() - begun
    stop.set()
    for thread in guessers:
        thread.join(20)
    assert elapsed < 5


def test_delays_grow_and_are_forgiven():
    now = [0.0]
    slept = []
    throttle = Throttle(lambda: now[0], slept.append)
    for _ in range(12):
        assert not throttle.attempt("here", lambda: False)
    assert slept[:4] == [0.0, 0.0, 0.0, 0.05]
    assert slept == sorted(slept)
    assert slept[-1] == 1.0
    assert throttle.delay("elsewhere") == 0.0
    now[0] = 61.0
    assert throttle.delay("here") == 0.0


def test_a_blocked_user_is_out_at_once(serve):
    appliance = serve()
    session = client(appliance, "kojiuser")
    client(appliance, "kojiadmin").disableUser("kojiuser")
    with pytest.raises(koji.AuthError, match="logins by kojiuser are not allowed"):
        session.getLoggedInUser()


def test_maintenance_lets_admins_in_alone(serve):
    appliance = serve(lock_out=True)
    with pytest.raises(koji.ServerOffline):
        client(appliance).getAPIVersion()
    assert client(appliance, "kojiadmin").getAPIVersion() == 1


def test_the_settings_are_shown_without_secrets(serve):
    appliance = serve()
    appliance.hub.settings.events.hooks = [{"url": "http://127.0.0.1:1/told", "secret": "between-us"}]
    appliance.hub.settings.copr.webhook_keys = ["between-us-too"]
    shown = client(appliance, "kojiadmin").showOpts()
    assert "/told" in shown and "between-us" not in shown

"""Kerberos tickets, taken without a web server in front; a realm of our own gives them out."""

import os
import shutil
import socket
import subprocess
import time

import koji
import pytest
import requests

from appliance.testing.clients import Session

pytest.importorskip("requests_gssapi")
_PROGRAMS = ("krb5kdc", "kadmin.local", "kdb5_util", "kinit")
_MISSING = [name for name in _PROGRAMS if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}")

REALM = "TEST.EXAMPLE"


@pytest.fixture(scope="module")
def realm(tmp_path_factory):
    """The environment of a realm with a key distribution centre, a service's keytab and a user's ticket."""
    room = tmp_path_factory.mktemp("krb")
    port = _free_port()
    (room / "krb5.conf").write_text(
        f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n rdns = false\n"
        f" dns_canonicalize_hostname = false\n"
        f"[realms]\n {REALM} = {{\n  kdc = 127.0.0.1:{port}\n }}\n"
    )
    (room / "kdc.conf").write_text(
        f"[kdcdefaults]\n kdc_ports = {port}\n kdc_tcp_ports = {port}\n"
        f"[realms]\n {REALM} = {{\n  database_name = {room}/db\n  key_stash_file = {room}/stash\n }}\n"
    )
    env = {
        **os.environ,
        "PATH": f"{os.environ['PATH']}:/usr/sbin",
        "KRB5_CONFIG": str(room / "krb5.conf"),
        "KRB5_KDC_PROFILE": str(room / "kdc.conf"),
        "KRB5CCNAME": f"FILE:{room}/ccache",
        "KRB5RCACHENAME": "none:",
    }

    def run(*words, **options):
        return subprocess.run(words, env=env, check=True, capture_output=True, text=True, **options)

    run("kdb5_util", "create", "-s", "-P", "master", "-r", REALM)
    for query in (
        "addprinc -pw ticket maria",
        "addprinc -randkey HTTP/localhost",
        f"ktadd -k {room}/keytab HTTP/localhost",
    ):
        run("kadmin.local", "-r", REALM, "-q", query)
    centre = subprocess.Popen(
        ["krb5kdc", "-n", "-r", REALM], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _wait_for(port)
    run("kinit", f"maria@{REALM}", input="ticket\n")
    yield env, room / "keytab"
    centre.terminate()
    centre.wait(10)


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return bound.getsockname()[1]


def _wait_for(port):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the key distribution centre did not start")


@pytest.fixture
def negotiated(realm, serve, monkeypatch):
    """A client whose requests carry a ticket."""
    env, keytab = realm
    for name in ("KRB5_CONFIG", "KRB5CCNAME", "KRB5RCACHENAME"):
        monkeypatch.setenv(name, env[name])
    appliance = serve(keytab=str(keytab))
    return f"http://localhost:{appliance.port}/kojihub", appliance


def _login(url, **options):
    from requests_gssapi import HTTPSPNEGOAuth

    body = koji.xmlrpcplus.dumps((), "sslLogin")
    auth = HTTPSPNEGOAuth(opportunistic_auth=True) if options.pop("ticket", True) else None
    return requests.post(f"{url}/ssllogin", data=body, auth=auth, timeout=10, **options)


def test_a_ticket_logs_its_principal_in(negotiated):
    url, appliance = negotiated
    reply = _login(url)
    assert reply.headers["WWW-Authenticate"].startswith("Negotiate ")
    info = koji.xmlrpcplus.loads(reply.content)[0][0]
    session = Session(f"{appliance.url}/kojihub", sinfo=info)
    found = session.getLoggedInUser()
    assert (found["name"], found["krb_principal"]) == ("maria", f"maria@{REALM}")
    assert found["authtype"] == koji.AUTHTYPES["GSSAPI"]


@pytest.mark.parametrize("header", [None, "Negotiate", "Negotiate !!!", "Negotiate YWJj", "Basic YWJj"])
def test_without_a_ticket_one_is_asked_for(negotiated, header):
    url, _ = negotiated
    reply = _login(url, ticket=False, headers={"Authorization": header} if header else {})
    assert (reply.status_code, reply.headers["WWW-Authenticate"]) == (401, "Negotiate")


def test_other_calls_need_no_ticket(negotiated):
    url, _ = negotiated
    assert koji.ClientSession(url).getAPIVersion() == 1

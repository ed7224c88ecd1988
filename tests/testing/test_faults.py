"""What goes wrong on order, as real clients meet it; and recordings that answer for a hub."""

import json
import time

import koji
import pytest
import requests
from copr.v3 import Client
from copr.v3.exceptions import CoprException

from appliance import testing
from appliance.testing import clients


def test_an_answer_comes_late_once(appliance_hub):
    appliance_hub.faults.late("getTag", 0.5)
    begun = time.monotonic()
    appliance_hub.user.getTag("x")
    assert time.monotonic() - begun >= 0.5
    begun = time.monotonic()
    appliance_hub.user.getTag("x")
    assert time.monotonic() - begun < 0.4


def test_a_lost_answer_of_a_reading_call_is_asked_for_again(appliance_hub):
    appliance_hub.seed.tag("f39")
    appliance_hub.faults.drop("getTag")
    assert appliance_hub.user.getTag("f39")["name"] == "f39"
    assert appliance_hub.faults.happened == [("drop", "getTag")]


def test_a_lost_answer_of_a_change_is_told_by_its_number(appliance_hub):
    appliance_hub.faults.drop("createTag")
    with pytest.raises(koji.RetryError):
        appliance_hub.admin.createTag("f39")
    assert appliance_hub.admin.getTag("f39")["name"] == "f39"


def test_kojis_client_waits_until_the_server_is_back(appliance_hub):
    patient = appliance_hub.session("user", offline_retry=True, offline_retry_interval=0.1)
    appliance_hub.faults.offline("getTag", times=2)
    assert patient.getTag("x") is None
    assert appliance_hub.faults.happened == [("offline", "getTag")] * 2
    appliance_hub.faults.offline(message="back at noon")
    with pytest.raises(koji.ServerOffline, match="back at noon"):
        appliance_hub.user.getTag("x")


def test_a_session_that_expired_is_renewed_by_kojis_client(appliance_hub):
    number = appliance_hub.user.sinfo["session-id"]
    appliance_hub.faults.expire("getLoggedInUser")
    assert appliance_hub.user.getLoggedInUser()["name"] == "user"
    assert appliance_hub.user.sinfo["session-id"] == number
    assert ("expire", "getLoggedInUser") in appliance_hub.faults.happened


def test_copr_fails_for_a_named_address(appliance_hub):
    appliance_hub.faults.fail("GET /api_3/project/list", status=500, times=2)
    with pytest.raises(CoprException):
        appliance_hub.copr.project_proxy.get_list("user")
    assert requests.get(f"{appliance_hub.url}/api_3/project/list", timeout=9).status_code == 500
    assert appliance_hub.copr.project_proxy.get_list("user") == []


def test_a_call_within_a_multicall_is_found(appliance_hub):
    appliance_hub.faults.late("getUser", 0.3)
    with appliance_hub.user.multicall() as calls:
        found = calls.getUser("admin")
    assert found.result["name"] == "admin"
    assert appliance_hub.faults.happened == [("late", "multiCall")]


def test_orders_are_taken_back(appliance_hub):
    appliance_hub.faults.fail()
    appliance_hub.faults.clear()
    assert appliance_hub.user.getTag("x") is None


def test_a_recording_answers_like_the_hub(appliance_hub, tmp_path):
    file = tmp_path / "calls.jsonl"
    appliance_hub.record(file)
    before = _tour(appliance_hub.url)
    assert "userpw" not in file.read_text()
    with testing.replay(file) as replayed:
        assert _tour(replayed.url) == before
        assert replayed.missed == []
        with pytest.raises(koji.GenericError, match="not in the recording: getTag"):
            koji.ClientSession(f"{replayed.url}/kojihub").getTag("never asked for")
    assert [line["call"] for line in replayed.missed] == ["getTag"]


def _tour(url):
    """What a client that does a little of everything is told."""
    session = clients.Session(f"{url}/kojihub", {"user": "admin", "password": "adminpw"})
    session.login()
    told = [session.getTag("f39"), session.createTag("f39"), session.getTag("f39")]
    with pytest.raises(koji.GenericError) as refused:
        session.createTag("f39")
    with session.multicall() as calls:
        several = [calls.getUser("admin"), calls.listTags()]
    copr = Client(clients.copr_settings(url, "admin"))
    project = copr.project_proxy.add("admin", "p", chroots=["epel-9-x86_64"])
    return [*told, str(refused.value), [each.result for each in several], project["full_name"]]


def test_a_line_of_a_recording_is_plain_json(appliance_hub, tmp_path):
    appliance_hub.record(tmp_path / "calls.jsonl")
    appliance_hub.user.getTag("f39")
    (line,) = map(json.loads, (tmp_path / "calls.jsonl").read_text().splitlines())
    assert line.pop("seconds") >= 0
    assert line == {"api": "koji", "call": "getTag", "params": ["f39"], "result": None}

"""What a supervisor and a monitoring system are told."""

import json
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from appliance import testing


def test_each_part_says_how_it_is() -> None:
    with testing.hub() as hub, urllib.request.urlopen(f"{hub.url}/healthz") as answer:
        said = json.load(answer)
    assert said["status"] == "ok"
    assert said["parts"]["database"] == said["parts"]["disk"] == "ok"


def test_a_full_disk_is_no_health() -> None:
    with testing.hub() as hub:
        hub.appliance.hub.settings.builder.min_disk_mb = 1 << 40
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{hub.url}/healthz")
    assert refused.value.code == 503
    assert "MiB are free" in json.load(refused.value)["parts"]["disk"]


def test_numbers_are_in_prometheus_format() -> None:
    with testing.hub() as hub, urllib.request.urlopen(f"{hub.url}/metrics") as answer:
        families = {each.name: each for each in text_string_to_metric_families(answer.read().decode())}
    assert {sample.labels["state"] for sample in families["appliance_tasks"].samples} == {"free", "assigned", "open"}
    assert families["appliance_last_event"].samples[0].value > 0

"""Liveness for supervisors at /healthz, numbers for Prometheus at /metrics."""

import json
from collections.abc import Iterator

import bottle
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector

from appliance.hub import vitals
from appliance.hub.hub import Hub

_WORDS = {
    "tasks": "Tasks that wait or run, by state",
    "builds": "Builds of packages, by state",
    "hosts_ready": "Build hosts that take tasks",
    "disk_free_bytes": "Space left for results",
    "last_event": "The number of the last change",
}


def mount(app: bottle.Bottle, hub: Hub) -> None:
    """Serve both on APP."""
    registry = CollectorRegistry()
    registry.register(_Numbers(hub))
    ProcessCollector(registry=registry)
    app.route("/healthz", callback=lambda: _health(hub))
    app.route("/metrics", callback=lambda: _metrics(registry))


def _health(hub: Hub) -> str:
    """`{status, parts}`; 503 if a part is not well."""
    parts = vitals.parts(hub)
    well = all(state == vitals.OK for state in parts.values())
    bottle.response.content_type = "application/json"
    bottle.response.status = 200 if well else 503
    return json.dumps({"status": vitals.OK if well else "failing", "parts": parts})


def _metrics(registry: CollectorRegistry) -> bytes:
    bottle.response.content_type = CONTENT_TYPE_LATEST
    return generate_latest(registry)


class _Numbers:
    """The hub's numbers, looked up when they are asked for."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self.hub.read() as call:
            found = vitals.numbers(call)
        for name, values in found.items():
            labels = ["state"] if "" not in values else []
            family = GaugeMetricFamily(f"appliance_{name}", _WORDS[name], labels=labels)
            for label, value in values.items():
                family.add_metric([label] if labels else [], value)
            yield family

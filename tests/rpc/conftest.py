"""A served hub with the kit's users in it: kojiadmin, kojiuser, and the host kojibuilder.local."""

import shutil
import types

import pytest

from appliance.app import Appliance
from appliance.hub.state import open_hub
from appliance.testing.clients import Session
from tests import kits

PASSWORDS = {"kojiadmin": "adminpw", "kojiuser": "userpw", "kojibuilder.local": "builderpw"}


@pytest.fixture(scope="session")
def kit_state(tmp_path_factory):
    """A state that is made once; tests are served copies of it."""
    return kits.prepare(kits.KOJI, tmp_path_factory.mktemp("served") / "state")


@pytest.fixture
def serve(kit_state, tmp_path):
    """A function that serves a fresh hub with the settings given; it is gone after the test."""
    running = []

    def start(**settings):
        state = tmp_path / f"state{len(running)}"
        shutil.copytree(kit_state, state)
        hub = open_hub(state, kits.KOJI / "appliance.toml")
        for name, value in settings.items():
            setattr(hub.settings.koji, name, value)
        appliance = Appliance(hub, "127.0.0.1:0", builder=False)
        appliance.start()
        running.append(appliance)
        return appliance

    yield start
    for appliance in running:
        appliance.stop()


@pytest.fixture(scope="module")
def served(kit_state, tmp_path_factory):
    """One hub for all tests of a module, which must not stand in each other's way."""
    state = tmp_path_factory.mktemp("module") / "state"
    shutil.copytree(kit_state, state)
    appliance = Appliance(open_hub(state, kits.KOJI / "appliance.toml"), "127.0.0.1:0", builder=False)
    appliance.start()
    yield appliance
    appliance.stop()


def client(appliance, user=None, **opts):
    """Koji's own client, logged in as USER; it neither retries nor logs in again by itself."""
    session = Session(f"{appliance.url}/kojihub", {"max_retries": 1, "retry_interval": 0, **opts})
    if user:
        session.opts.update(user=user, password=PASSWORDS[user])
        session.login()
    return session


@pytest.fixture(scope="module")
def clients(served):
    """admin, user, builder (in an exclusive session) and anon of the module's hub."""
    builder = client(served, "kojibuilder.local")
    builder.exclusiveSession()
    return types.SimpleNamespace(
        admin=client(served, "kojiadmin"),
        user=client(served, "kojiuser"),
        builder=builder,
        anon=client(served),
    )

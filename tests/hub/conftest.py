"""A hub of one's own in each test: a state directory with an admin and a user, opened without a server."""

import shutil
from contextlib import contextmanager

import pytest

from appliance.hub import state, users
from appliance.hub.hub import Session


@pytest.fixture(scope="session")
def made_state(tmp_path_factory):
    """A state that is made once; tests take copies of it."""
    path = tmp_path_factory.mktemp("hub") / "state"
    state.init(path, empty=True)
    hub = state.open_hub(path)
    with hub.write() as call:
        users.bring_about(call, {"name": "boss", "password": "x", "permissions": ["admin"], "api_token": "b"})
        users.bring_about(call, {"name": "alice", "password": "x", "api_token": "a"})
    hub.close()
    return path


@pytest.fixture
def hub(made_state, tmp_path):
    shutil.copytree(made_state, tmp_path / "state")
    opened = state.open_hub(tmp_path / "state")
    yield opened
    opened.close()


class _Undone(Exception):
    pass


@pytest.fixture
def undone(hub):
    """A writing unit of work that leaves nothing behind: `with undone(session) as call`."""

    @contextmanager
    def unit(session):
        try:
            with hub.write(session) as call:
                yield call
                raise _Undone
        except _Undone:
            pass

    return unit


@pytest.fixture
def boss(hub):
    """The session of the admin."""
    return _session(hub, "boss", "admin")


@pytest.fixture
def alice(hub):
    """The session of a user without permissions."""
    return _session(hub, "alice")


def _session(hub, name, *perms):
    with hub.read() as call:
        user_id = users.identify(call, name)
    return Session(user_id=user_id, user_name=name, perms=frozenset(perms))

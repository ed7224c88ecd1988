"""A state directory: made once by `init`, opened by everything else."""

import secrets
from pathlib import Path

from appliance import settings
from appliance.db import seed
from appliance.errors import ConfigurationError
from appliance.hub import bootstrap, users
from appliance.hub.hub import Hub, Session

ADMIN = "admin"


def open_hub(state: Path, config: Path | None = None) -> Hub:
    """The hub of an existing state directory. Raises ConfigurationError where there is none."""
    hub = Hub(state, settings.load(config or state / "appliance.toml"))
    if not hub.paths.database.exists():
        raise ConfigurationError(f"{state} is not a state directory; make one with: appliance --state {state} init")
    hub.migrate()
    return hub


def init(state: Path, config: Path | None = None, empty: bool = False) -> list[str]:
    """Make a state directory; lines to print. Raises ConfigurationError if there is one already."""
    state.mkdir(parents=True, exist_ok=True)
    hub = Hub(state, settings.load(config or state / "appliance.toml"))
    if hub.paths.database.exists():
        raise ConfigurationError(f"{state} is a state directory already")
    hub.paths.make()
    hub.migrate()
    with hub.write() as call:
        seed.plant(call.tx)
    lines = [] if empty else _first_admin(hub)
    hub.close()
    return lines


def _first_admin(hub: Hub) -> list[str]:
    password = secrets.token_urlsafe(12)
    with hub.write() as call:
        lines = users.bring_about(call, {"name": ADMIN, "password": password, "permissions": ["admin"]})
    return [f"user {ADMIN}: password {password}", *lines]


def operator(hub: Hub) -> Session:
    """The session of the person at the machine: the first admin."""
    with hub.read() as call:
        return bootstrap.operator(call)

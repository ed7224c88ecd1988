"""Clients of a hub for tests: Koji's sessions logged in, Copr's with tokens, and the files that tools read."""

import os
from pathlib import Path
from textwrap import dedent
from typing import Any

import koji

from appliance.hub import hosts, sessions, users
from appliance.hub.hub import Hub
from appliance.testing.template import PEOPLE

_PATIENCE = {"max_retries": 4, "retry_interval": 0.2, "anon_retry": True, "timeout": 60}


class Session(koji.ClientSession):
    """Koji's own client, but that it does not log out when it is collected.

    Python collects in whatever thread is at it, the hub's own among them: that one would wait for its own answer.
    """

    def __del__(self) -> None:
        pass


def koji_session(hub: Hub, url: str, name: str | None = None, **opts: Any) -> Session:
    """Koji's own client; logged in as NAME, if that is given, without a login's round trip and its cost."""
    opened = Session(f"{url}/kojihub", {**_PATIENCE, **opts})
    if name is None:
        return opened
    opened.opts.update(user=name, password=PEOPLE.get(name, ""))
    opened.auth_method = {"method": "login", "kwargs": {"opts": None}}  # how it renews a session that expired
    opened.setSession(_begun(hub, name))
    opened.authtype = koji.AUTHTYPES["NORMAL"]
    return opened


def _begun(hub: Hub, name: str) -> dict[str, Any]:
    address = "127.0.0.1" if hub.settings.koji.check_client_ip else "-"
    with hub.write() as call:
        user_id = users.identify(call, name)
        begun = sessions.begin(call, user_id, koji.AUTHTYPES["NORMAL"], address)
        if hosts.get(call, name) is not None:
            sessions.take_place(call, begun["session-id"], user_id)
    return begun


def copr_client(url: str, name: str) -> Any:
    """Copr's own client, with the API token of NAME."""
    from copr.v3 import Client

    return Client(copr_settings(url, name))


def copr_settings(url: str, name: str) -> dict[str, Any]:
    """What Copr's clients want to know."""
    told = {"username": name, "login": f"{name}-login", "token": f"{name}-token"}
    return {**told, "copr_url": url, "encrypted": False}


def furnish(home: Path, url: str, name: str) -> None:
    """Make HOME a home directory in which `koji` (profile `appliance`, the default too) knows the hub, and
    `copr-cli` logs in as NAME. Koji's client takes no password from a profile.
    """
    profiles = home / ".koji" / "config.d"
    profiles.mkdir(parents=True, exist_ok=True)
    (profiles / "appliance.conf").write_text("".join(_profile(title, url) for title in ("koji", "appliance")))
    (home / ".config").mkdir(exist_ok=True)
    lines = [f"{key} = {value}" for key, value in copr_settings(url, name).items()]
    (home / ".config" / "copr").write_text("\n".join(["[copr-cli]", *lines, ""]))


def _profile(title: str, url: str) -> str:
    return dedent(
        f"""
        [{title}]
        server = {url}/kojihub
        weburl = {url}
        topurl = {url}/kojifiles
        authtype = password
        poll_interval = 1
        """
    )


def environment(home: Path) -> dict[str, str]:
    """The environment of a program that shall find its settings in HOME."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_CONFIG", "KOJI_"))}
    return {**kept, "HOME": str(home)}

"""Who sent a request: its address, and what a trusted front proxy has proven about the sender."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from appliance.hub.hub import Origin

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxies:
    """The front proxies whose headers are believed, by address or network (`127.0.0.1`, `10.0.0.0/8`).

    From these alone `X-Forwarded-For` gives the client's address, `X-Remote-User` a Kerberos principal, and
    `X-SSL-Client-Verify` and `X-SSL-Client-S-DN` what became of a client certificate. A trusted proxy must
    set or
    drop all of them itself.
    """

    def __init__(self, trusted: list[str]) -> None:
        self._trusted: list[Network] = [ipaddress.ip_network(each, strict=False) for each in trusted]

    def origin(self, environ: Mapping[str, Any]) -> Origin:
        """The origin of a WSGI request."""
        peer = str(environ.get("REMOTE_ADDR") or "-")
        if not self._trusted or not self._believes(peer):
            return Origin(address=peer)
        return Origin(
            address=self._client(environ.get("HTTP_X_FORWARDED_FOR", ""), peer),
            principal=environ.get("HTTP_X_REMOTE_USER") or None,
            verified=environ.get("HTTP_X_SSL_CLIENT_VERIFY") or None,
            subject=environ.get("HTTP_X_SSL_CLIENT_S_DN") or None,
        )

    def _believes(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._trusted)

    def _client(self, forwarded: str, peer: str) -> str:
        """The last address that a trusted proxy did not add itself: what stands before it is hearsay."""
        for address in reversed([each.strip() for each in forwarded.split(",") if each.strip()]):
            peer = address
            if not self._believes(address):
                break
        return peer

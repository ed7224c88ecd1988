"""Kerberos tickets in HTTP's Negotiate scheme (RFC 4559), for an appliance that has a keytab of its own."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from appliance.errors import ConfigurationError

CHALLENGE = "Negotiate"


@dataclass(frozen=True)
class Verdict:
    """Who has come (None: nobody yet, ask again), and what the client is told in WWW-Authenticate."""

    principal: str | None
    reply: str = CHALLENGE


class Negotiator:
    """Takes tickets for the services in a KEYTAB."""

    def __init__(self, keytab: str) -> None:
        try:
            import gssapi
        except ImportError:
            raise ConfigurationError("koji.keytab needs the Python package gssapi (extra `kerberos`)") from None
        self._gssapi: Any = gssapi
        self._store = {"keytab": f"FILE:{keytab}"}

    def accept(self, authorization: str | None) -> Verdict:
        """What an Authorization header proves."""
        scheme, _, text = (authorization or "").partition(" ")
        if scheme.lower() != "negotiate" or not text:
            return Verdict(None)
        try:
            return self._step(base64.b64decode(text, validate=True))
        except (binascii.Error, self._gssapi.exceptions.GSSError):
            return Verdict(None)

    def _step(self, ticket: bytes) -> Verdict:
        held = self._gssapi.Credentials(usage="accept", store=self._store)
        context = self._gssapi.SecurityContext(creds=held, usage="accept")
        token = context.step(ticket)
        reply = f"{CHALLENGE} {base64.b64encode(token).decode()}" if token else CHALLENGE
        return Verdict(str(context.initiator_name) if context.complete else None, reply)

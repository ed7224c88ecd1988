"""Sends the feed on: each of the settings' addresses gets every message, signed, in order, until it has taken it."""

import hashlib
import hmac
import json
import logging
import threading
import urllib.request
from fnmatch import fnmatchcase
from typing import Any

from appliance.db.connection import Row
from appliance.db.models.copr import MessageCursor
from appliance.errors import ConfigurationError
from appliance.hub import messages
from appliance.hub.hub import Hub

log = logging.getLogger(__name__)

_TIMEOUT = 10  # seconds that a receiver may take
_LONGEST = 300  # seconds between two attempts, at most
_CURSOR = "SELECT last FROM message_cursor WHERE url = :url"


class Announcer:
    """A thread for each `[[events.hooks]]` of the settings: `url`, `secret`, and `topics`, patterns (all).

    The body is the message as JSON; `X-Appliance-Signature-256` is sha256= and the body's HMAC with the secret. A
    hook that is new begins with what happens from then on.
    """

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._stopping = threading.Event()
        hooks = [_checked(each) for each in hub.settings.events.hooks]
        self._threads = [
            threading.Thread(target=self._run, args=(hook,), name="announcer", daemon=True) for hook in hooks
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Send no more; what was not sent is sent after the next start."""
        self._stopping.set()
        self.hub.bell.ring(messages.TOPIC)
        for thread in self._threads:
            thread.join(1)

    def _run(self, hook: Row) -> None:
        last, failures = self._begin(hook), 0
        while not self._stopping.is_set():
            heard = self.hub.bell.heard(messages.TOPIC)
            try:
                last, failures = self._send_on(hook, last), 0
            except OSError as error:
                last, failures = self._begin(hook), failures + 1
                log.warning("%s did not take an event: %s", hook["url"], error)
                self._stopping.wait(min(_LONGEST, 2**failures))
            else:
                self.hub.bell.wait((messages.TOPIC,), heard, None)

    def _begin(self, hook: Row) -> int:
        with self.hub.write() as call:
            last = call.tx.value(_CURSOR, {"url": hook["url"]})
            if last is None:
                last = messages.feed(call)["next"]
                call.tx.insert(MessageCursor, url=hook["url"], last=last)
        return int(last)

    def _send_on(self, hook: Row, last: int) -> int:
        """Send what comes after LAST; the number of the last that was taken."""
        while not self._stopping.is_set():
            with self.hub.read() as call:
                found = messages.after(call, last, 100)
            if not found:
                break
            for message in found:
                self._send(hook, message)
                last = message["id"]
        return last

    def _send(self, hook: Row, message: Row) -> None:
        if any(fnmatchcase(message["topic"], pattern) for pattern in hook["topics"]):
            post(hook, json.dumps(message).encode())
        with self.hub.write() as call:
            call.tx.update(MessageCursor, {"last": message["id"]}, url=hook["url"])


def post(hook: Row, body: bytes) -> None:
    """Send a body to a hook. Raises OSError where it is not taken."""
    headers = {"Content-Type": "application/json", "X-Appliance-Signature-256": signature(hook["secret"], body)}
    request = urllib.request.Request(hook["url"], body, headers)
    with urllib.request.urlopen(request, timeout=_TIMEOUT):
        pass


def signature(secret: str, body: bytes) -> str:
    """How a body is signed with a secret, as GitHub's webhooks are."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _checked(hook: Any) -> Row:
    known = {"url", "secret", "topics"}
    if not isinstance(hook, dict) or not {"url", "secret"} <= set(hook) <= known:
        raise ConfigurationError("events.hooks: each has url and secret, and may have topics")
    if not str(hook["url"]).startswith(("http://", "https://")):
        raise ConfigurationError(f"events.hooks: {hook['url']} is no http or https address")
    return {"topics": ["*"], **hook}

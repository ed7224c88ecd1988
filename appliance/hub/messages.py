"""The feed of what happened: one message for each change of a build's state or of a tag, in order, to be read or sent on."""

import json
from typing import Any

from appliance.db.connection import Row
from appliance.db.models.copr import Message
from appliance.errors import BadRequest
from appliance.hub.hub import Call

TOPIC = "messages"  # rung when there is a new one
_MOST = 1000
_AFTER = "SELECT id, time, topic, body FROM message WHERE id > :since ORDER BY id LIMIT :limit"


def send(call: Call, topic: str, **body: Any) -> None:
    """Add a message: it is there if and only if what it tells of is."""
    call.tx.insert(Message, time=call.now(), topic=topic, body=json.dumps(body))
    call.ring(TOPIC)


def after(call: Call, since: int, limit: int = _MOST) -> list[Row]:
    """The messages after that number, the oldest first: `id`, `time` in seconds, `topic`, `body`."""
    rows = call.tx.rows(_AFTER, {"since": since, "limit": min(limit, _MOST)})
    return [{**row, "body": json.loads(row["body"])} for row in rows]


def feed(call: Call, since: Any = None, limit: Any = None) -> Row:
    """`events`, and `next`: what to give as SINCE to go on from there. Without SINCE, where the feed ends now."""
    if since is None:
        return {"events": [], "next": call.tx.value("SELECT COALESCE(MAX(id), 0) FROM message")}
    start, most = _number("since", since), _number("limit", _MOST if limit is None else limit)
    found = after(call, start, max(1, most))
    return {"events": found, "next": found[-1]["id"] if found else start}


def _number(name: str, value: Any) -> int:
    text = str(value)
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadRequest(f"{name} must be a number")
    return int(text)


def sweep(call: Call) -> None:
    """Forget messages, and what webhooks were delivered, after as many days as the settings say."""
    oldest = {"oldest": call.now() - call.settings.events.keep_days * 86400}
    call.tx.execute("DELETE FROM message WHERE time < :oldest", oldest)
    call.tx.execute("DELETE FROM webhook_delivery WHERE time < :oldest", oldest)

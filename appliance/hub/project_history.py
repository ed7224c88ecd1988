"""Who changed what of a Copr project when: its settings, chroots, packages, and people's parts in it."""

import json

from appliance.db.connection import Row
from appliance.db.models.copr import ProjectChange
from appliance.hub.hub import Call

_LISTED = """
SELECT c.time AS ts, u.name AS who, c.noun, c.subject, c.old, c.new FROM project_change c
LEFT JOIN users u ON u.id = c.user_id WHERE c.project_id = :project AND (c.noun <> :hidden)
ORDER BY c.id DESC LIMIT :limit OFFSET :offset
"""
PART = "part"  # who holds which role: for the eyes of the project's admins, as in the API


def note(call: Call, project_id: int, noun: str, subject: str, old: Row | None, new: Row | None) -> None:
    """Record that a thing of a project was made (no OLD), changed, or taken away (no NEW); no change is none."""
    if old is not None and new is not None:
        differs = [name for name in new if old.get(name) != new[name]]
        old, new = ({name: values.get(name) for name in differs} for values in (old, new))
        if not differs:
            return
    call.tx.insert(
        ProjectChange, project_id=project_id, time=call.now(), user_id=call.session.user_id, noun=noun, subject=subject,
        old=None if old is None else json.dumps(old), new=None if new is None else json.dumps(new),
    )  # fmt: skip


def listed(call: Call, project: Row, parts: bool, limit: int = 100, offset: int = 0) -> list[Row]:
    """Changes, the newest first; people's parts are among them if PARTS.

    `ts, who, noun, subject, event` (None), `kind` (plus, minus, other), `fields` [(name, old, new)].
    """
    hidden = "" if parts else PART
    params = {"project": project["id"], "hidden": hidden, "limit": limit, "offset": offset}
    return [_entry(row) for row in call.tx.rows(_LISTED, params)]


def _entry(row: Row) -> Row:
    old, new = (None if row[side] is None else json.loads(row[side]) for side in ("old", "new"))
    kind = "plus" if old is None else "minus" if new is None else "other"
    names = new if new is not None else old or {}
    fields = [(name, (old or {}).get(name), (new or {}).get(name)) for name in names]
    told = {name: row[name] for name in ("ts", "who", "noun", "subject")}
    return {**told, "event": None, "kind": kind, "fields": fields}

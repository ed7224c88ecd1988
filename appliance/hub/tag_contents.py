"""Windows on what is in a tag: its packages and builds a page at a time, each with the tag that it comes
from.
"""

from appliance.db.connection import Row
from appliance.db.history import holds
from appliance.db.queries import packages as package_queries
from appliance.db.queries import tagged as queries
from appliance.db.select import Options, like
from appliance.hub import inheritance, tagged
from appliance.hub.hub import Call

_NAMES = """
SELECT p.id, p.name FROM tag_packages k JOIN package p ON p.id = k.package_id
WHERE k.tag_id IN :tags AND {holds} AND {wanted} GROUP BY p.id, p.name ORDER BY p.name LIMIT :limit OFFSET
:offset
"""
_TAGGED = """
SELECT b.id, k.name, b.version, b.release, b.epoch, b.state, b.task_id, b.start_time AS start_ts,
       b.completion_time AS completion_ts, o.name AS owner_name, e.time AS tagged_ts, c.name AS tagger_name
FROM tag_listing l JOIN build b ON b.id = l.build_id JOIN package k ON k.id = b.pkg_id
JOIN users o ON o.id = b.owner JOIN events e ON e.id = l.create_event JOIN users c ON c.id = l.creator_id
WHERE l.tag_id = :tag AND {holds} ORDER BY l.create_event DESC, b.id DESC LIMIT :limit OFFSET :offset
"""


def packages(call: Call, tag_id: int, text: str, window: Options, event: int | None = None) -> list[Row]:
    """A window of the packages that a tag lists, inherited ones too, by name: those that have TEXT in it.

    `package_name, tag_name` (whose list it stands on), `blocked, extra_arches, owner_name`; the nearest
    entry counts.
    """
    places = inheritance.order(call, tag_id, event)
    tags = {place.tag_id for place in places}
    wanted = "LOWER(p.name) LIKE LOWER(:text) ESCAPE '\\'" if text else "1 = 1"
    params = {"tags": tags, "event": event, "text": like(f"*{text}*"), **window}
    found = call.tx.rows(_NAMES.format(holds=holds("k", event), wanted=wanted), params)
    if not found:
        return []
    select = package_queries.entries(event, True, True).also("k.tag_id IN :tags", tags=tags)
    entries = select.also("k.package_id IN :packages", packages=[row["id"] for row in found]).rows(call.tx)
    nearest = _nearest(entries, places)
    return [nearest[row["id"]] for row in found if row["id"] in nearest]


def _nearest(entries: list[Row], places: list[inheritance.Place]) -> dict[int, Row]:
    """{package: the entry that counts}, by the order in which the tag looks."""
    found: dict[int, Row] = {}
    by_tag: dict[int, list[Row]] = {}
    for row in entries:
        by_tag.setdefault(row["tag_id"], []).append(row)
    for place in places:
        admitted = (row for row in by_tag.get(place.tag_id, ()) if place.admits(row["package_name"]))
        for row in admitted:
            found.setdefault(row["package_id"], row)
    return found


def own_builds(call: Call, tag_id: int, window: Options, event: int | None = None) -> list[Row]:
    """A window of the builds that are in the tag itself, the last tagged first, with who tagged them and
    when.
    """
    return call.tx.rows(_TAGGED.format(holds=holds("l", event)), {"tag": tag_id, "event": event, **window})


def latest_builds(call: Call, tag_id: int, text: str, window: Options, event: int | None = None) -> list[Row]:
    """A window of the latest build of each package in a tag, inherited ones too, with `tag_name` where it
    is from.
    """
    wanted = tagged.Filter(event=event, inherit=True, latest=True)
    picked = tagged.pick(call, tag_id, wanted)
    if picked is None:
        return []
    select = queries.builds(picked)
    if text:
        select.also("LOWER(p.name) LIKE LOWER(:text) ESCAPE '\\'", text=like(f"*{text}*"))
    select.order = "p.name"
    found: list[Row] = select.rows(call.tx, window)
    return found

"""Repositories that may go: expired, abandoned, deleted ones, and what was read of external ones long ago."""

import json
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from appliance.db.connection import Params, Row
from appliance.db.queries import retention as queries
from appliance.hub import files, repos
from appliance.hub import foreign as external
from appliance.hub.hub import Call
from appliance.hub.retention import DAY, Waste, days

_NUMBER = re.compile(r"<(?:int|i4|i8)>(\d+)</")
_BATCH = 1000
_GRACE = 3600.0  # seconds: a task that has just failed may be looked into


def mentioned(call: Call) -> set[int]:
    """Every number that the arguments of open tasks hold: whatever has one of these ids may be needed."""
    return {int(each) for request in call.tx.column(queries.REQUESTS) for each in _NUMBER.findall(request)}


def expired(call: Call) -> Iterator[Waste]:
    """Repositories that have been expired or broken for as long as the settings say: rows and files."""
    limit = call.settings.repositories.expired_days * DAY
    for repo in _found(call, queries.EXPIRED, {"before": call.now() - limit}):
        why = f"it has been out of use for {days(call.now() - repo['state_time'])}"
        yield _waste(call, repo, why, partial(_delete, queries.EXPIRED, repo["id"], limit))


def superseded(call: Call) -> Iterator[Waste]:
    """Ready repositories that newer ones have replaced: they expire, and go later."""
    for repo in _found(call, queries.SUPERSEDED, _superseded_before(call)):
        why = "a newer one has replaced it, or its tag is gone; it expires"
        yield Waste("repository", f"{repo['tag_name']}/{repo['id']}", why, partial(_expire, repo["id"]))


def _superseded_before(call: Call) -> Params:
    limits = call.settings.repositories
    before = call.now() - limits.superseded_minutes * 60
    return {"before": before, "dist_before": call.now() - limits.expired_days * DAY}


def abandoned(call: Call) -> Iterator[Waste]:
    """Repositories whose task ended without finishing them."""
    for repo in _found(call, queries.ABANDONED, {"before": call.now() - _GRACE}):
        yield _waste(call, repo, "its task ended without it", partial(_delete, queries.ABANDONED, repo["id"], _GRACE))


def _found(call: Call, sql: str, params: Params) -> Iterator[Row]:
    busy = mentioned(call)
    return (repo for repo in call.tx.rows(sql, params) if repo["id"] not in busy)


def _waste(call: Call, repo: Row, why: str, take: partial[None]) -> Waste:
    name = f"{repo['tag_name']}/{repo['id']}"
    return Waste("repository", name, why, take, (repos.directory_of(call, repo),))


def _delete(sql: str, repo_id: int, limit: float, call: Call) -> None:
    """Mark it deleted and remove its files, if it is still among those that SQL finds."""
    for repo in _found(call, sql, {"before": call.now() - limit}):
        if repo["id"] == repo_id:
            repos.set_state(call, repo_id, repos.DELETED)
            files.discard(call, repos.directory_of(call, repo))


def _expire(repo_id: int, call: Call) -> None:
    for repo in _found(call, queries.SUPERSEDED, _superseded_before(call)):
        if repo["id"] == repo_id:
            repos.expire(call, repo_id)


def deleted(call: Call) -> Iterator[Waste]:
    """Directories of repositories that are marked deleted, by us or by kojira."""
    there = dict(_directories(call))
    rows = call.tx.tuples(queries.STATES, {"ids": json.dumps(list(there))})
    for repo_id in sorted(number for number, state in rows if state == repos.DELETED):
        place = there[repo_id]
        name = f"{place.parent.name}/{repo_id}"
        yield Waste("repository", name, "it is marked deleted", partial(_discard, place), (place,))


def _directories(call: Call) -> Iterator[tuple[int, Path]]:
    for root in ("repos", "repos-dist"):
        for place in (call.paths.koji / root).glob("*/[0-9]*"):
            if place.name.isdigit() and not place.is_symlink():
                yield int(place.name), place


def _discard(place: Path, call: Call) -> None:
    files.discard(call, place)


# external repositories


def foreign(call: Call) -> Iterator[Waste]:
    """Revisions of external repositories that no tag's repository has shown for as long as the settings say."""
    for url, revision in _forgotten(call):
        why = f"nothing has referred to it for {call.settings.retention.external_days} days"
        yield Waste("external", f"{url} {revision[:12]}", why, partial(_forget, url, revision))


def _forgotten(call: Call) -> list[tuple[str, str]]:
    before = call.now() - call.settings.retention.external_days * DAY
    needed: set[tuple[str, str]] = set()
    for text in call.tx.column(queries.REVISIONS, {"before": before}):
        needed.update((json.loads(text or "{}") or {}).get("revisions", {}).items())
    return [(url, revision) for url, revision in call.tx.tuples(queries.FOREIGN) if (url, revision) not in needed]


def _forget(url: str, revision: str, call: Call) -> None:
    if (url, revision) in _forgotten(call):
        external.forget(call, url, revision)


def fragments(call: Call) -> Iterator[Waste]:
    """Package metadata that no package has any more, a thousand at a time."""
    digests = iter(call.tx.column(queries.ORPHANS))
    while some := list(islice(digests, _BATCH)):
        yield Waste("metadata", f"{len(some)} packages", "no package has it any more", partial(_drop_fragments, some))


def _drop_fragments(digests: list[str], call: Call) -> None:
    call.tx.execute(queries.DROP_ORPHANS, {"digests": digests})

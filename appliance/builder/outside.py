"""What external repositories hold: looked at before a tag's repository is made, and now and then by the clock."""

import logging

from appliance.builder import fetch, local
from appliance.db.connection import Row
from appliance.db.queries import tag_changes
from appliance.errors import GenericError
from appliance.hub import external_repos, repo_content
from appliance.hub.hub import Call, Hub
from appliance.hub.repo_content import Wanted

log = logging.getLogger(__name__)

Seen = dict[str, dict[str, str]]


def used(call: Call, tag_id: int) -> list[tuple[Row, str]]:
    """The external repositories that a tag's repositories are merged with, each with a URL it has for an arch."""
    arches = repo_content.arches(call, tag_id)
    return [pair for arch in arches for pair in repo_content.external(call, Wanted(tag_id, arch))]


def look(hub: Hub, tag_id: int) -> None:
    """Bring what is known of a tag's external repositories up to date. Raises GenericError for one out of reach."""
    with hub.read() as call:
        found = used(call, tag_id)
    _note(hub, {(repo["external_repo_name"], url): fetch.refresh(hub, url) for repo, url in found})


def look_around(hub: Hub) -> None:
    """The same for all that is built from. One that is out of reach is told of in the log, and tried next time."""
    with hub.read() as call:
        found = [pair for tag_id in tag_changes.build_tags(call.tx, None) for pair in used(call, tag_id)]
    revisions = {}
    for name, url in dict.fromkeys((repo["external_repo_name"], url) for repo, url in found):
        try:
            revisions[name, url] = fetch.refresh(hub, url)
        except GenericError as error:
            log.warning("external repository %s: %s", name, error)
    _note(hub, revisions)


def _note(hub: Hub, revisions: dict[tuple[str, str], str]) -> None:
    """Record the revisions that were seen; an unchanged repository makes no event, so no tag is behind it."""
    seen: Seen = {}
    for (name, url), revision in revisions.items():
        seen.setdefault(name, {})[url] = revision
    with hub.read() as call:
        known = {name: external_repos.data(call, name) or {} for name in seen}
    changed = {name: found for name, found in seen.items() if not found.items() <= _revisions(known[name]).items()}
    if changed:
        with hub.write() as call:
            call.session = local.ensure(call)
            for name, found in changed.items():
                merged = {**_revisions(known[name]), **found}
                external_repos.set_data(call, name, {**known[name], "revisions": merged})


def _revisions(known: Row) -> dict[str, str]:
    return dict(known.get("revisions", {}))
